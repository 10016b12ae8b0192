//! Stripe, by plain HTTP: checkouts are opened, looked at and closed, and money goes back. Every call says all that it
//! needs, computed from the booking, so that a repeat under its key is the same call.

mod account;
mod said;

use scheduling::booking::{Booking, Heard};
use scheduling::definition::Payments;
use scheduling::outbox::Refunding;
use scheduling::token::BookingId;
use scheduling::when;
use serde_json::Value;

use self::account::Account;
use self::said::{heard_of_checkout, heard_of_event, heard_of_refund, id_in, returned, stands};
use super::undone::{Undone, short};
use crate::call::Call;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Platform;
use crate::page::links;

pub(crate) use self::said::{
    booking_of_event, dispute_of_event, is_of_mode, payment_of_event, tells_of_money,
};

/// Methods that are paid days later.
const DELAYED: &str = "acss_debit au_becs_debit bacs_debit boleto customer_balance konbini multibanco nz_bank_account oxxo sepa_debit us_bank_account";
/// Of these, the ones whose orders end after some days, with the currency that they take.
const ORDERS: [(&str, &str); 3] = [("boleto", "BRL"), ("konbini", "JPY"), ("oxxo", "MXN")];
/// The locales of Stripe's page.
const LOCALES: &str = " bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW ";

/// Opens the checkout that a booking's ledger has made room for.
pub(super) async fn open<P: Platform>(
    call: &Call<'_, P>,
    payments: &Payments,
    booking: &Booking,
) -> Result<Heard, Undone> {
    let account = Account::of(call.platform, payments)?;
    let nothing = || Undone::ForGood("there is nothing to pay".to_owned());
    let payment = booking.payment.as_ref().ok_or_else(nothing)?;
    let checkout = payment.checkout.as_ref().ok_or_else(nothing)?;
    let words = call.words();
    let (id, email) = (booking.id.as_str(), booking.visitor.contact.email.trim());
    let at = when::start(words, &booking.visitor.time_zone, booking.start);
    let described = format!("{} · {} · {at}", booking.title, booking.noted.name);
    let back = format!("{}{}", call.site.base_url, links::paying_path(booking, call.platform.secrets()));
    let (currency, amount) =
        (payment.price.currency.code().to_ascii_lowercase(), payment.price.at_stripe().to_string());
    let expires_at = checkout.expires_at.timestamp().to_string();
    let locale = locale(&booking.visitor.locale);
    let form = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", currency.as_str()),
        ("line_items[0][price_data][unit_amount]", &amount),
        ("line_items[0][price_data][product_data][name]", &described),
        ("client_reference_id", id),
        ("metadata[booking]", id),
        ("payment_intent_data[metadata][booking]", id),
        ("payment_intent_data[description]", &described),
        ("customer_email", email),
        ("expires_at", &expires_at),
        ("locale", locale),
        ("success_url", &back),
        ("cancel_url", &back),
        ("adaptive_pricing[enabled]", "false"),
    ];
    let mut form = encoded(&form);
    if let Some(days) = booking.order_lasts_days().filter(|_| account.delayed) {
        for (method, _) in ORDERS.iter().filter(|(_, taken)| *taken == payment.price.currency.code()) {
            form = format!("{form}&payment_method_options[{method}][expires_after_days]={days}");
        }
    } else {
        for (place, method) in DELAYED.split(' ').enumerate() {
            form = format!("{form}&excluded_payment_method_types[{place}]={method}");
        }
    }
    let repeats = format!("{id}.pay.{}", checkout.number);
    let made = account.call(call.platform, "checkout/sessions", Some(form), Some(&repeats)).await?;
    match (id_in(&made["id"]), made["url"].as_str()) {
        (Some(id), Some(url)) if account.leads_to(url, &call.site.base_url) => {
            let (id, url) = (id.to_owned(), url.to_owned());
            Ok(Heard::CheckoutMade { number: checkout.number, id, url })
        }
        (Some(_), Some(url)) => {
            Err(Undone::ForNow(format!("nobody is sent to pay at {}, which is not https://", short(url))))
        }
        _ => Err(Undone::ForNow("Stripe has made a checkout without an address".to_owned())),
    }
}

/// A form, as it is sent.
fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// The locale of Stripe's page for a reader; by the browser's where it has none.
fn locale(wanted: &str) -> &str {
    let has = |locale: &str| LOCALES.contains(&format!(" {locale} "));
    let language = wanted.split('-').next().unwrap_or_default();
    if has(wanted) {
        wanted
    } else if has(language) {
        language
    } else {
        "auto"
    }
}

/// What Stripe says of a checkout; `None` while it can be paid.
pub(super) async fn look(
    outgoing: &impl Outgoing,
    payments: &Payments,
    checkout: &str,
) -> Result<Option<Heard>, Undone> {
    let account = Account::of(outgoing, payments)?;
    let said = account.call(outgoing, &format!("checkout/sessions/{checkout}"), None, None).await?;
    as_it_stands(&account, outgoing, &said).await
}

/// What a checkout says. Of one that is paid later, its payment tells whether it can still come: the checkout itself
/// says the same before and after.
async fn as_it_stands(
    account: &Account,
    outgoing: &impl Outgoing,
    checkout: &Value,
) -> Result<Option<Heard>, Undone> {
    let heard = heard_of_checkout(checkout);
    let (Some(Heard::Promised { id }), Some(intent)) = (&heard, id_in(&checkout["payment_intent"])) else {
        return Ok(heard);
    };
    let intent = account.call(outgoing, &format!("payment_intents/{intent}"), None, None).await?;
    let is_broken = matches!(intent["status"].as_str(), Some("requires_payment_method" | "canceled"));
    Ok(Some(if is_broken {
        Heard::PromiseBroken { id: id.clone() }
    } else {
        Heard::Promised { id: id.clone() }
    }))
}

/// Lets nobody pay in a checkout any more. Where that cannot be done, it was paid, or has expired by itself.
pub(super) async fn close(
    outgoing: &impl Outgoing,
    payments: &Payments,
    checkout: &str,
) -> Result<Heard, Undone> {
    let account = Account::of(outgoing, payments)?;
    let path = format!("checkout/sessions/{checkout}");
    let closed = account.call(outgoing, &format!("{path}/expire"), Some(String::new()), None).await;
    let said = match closed {
        Ok(said) => said,
        Err(Undone::ForGood(_)) => account.call(outgoing, &path, None, None).await?,
        Err(undone) => return Err(undone),
    };
    as_it_stands(&account, outgoing, &said)
        .await?
        .ok_or_else(|| Undone::ForNow("Stripe did not close a checkout that is open".to_owned()))
}

/// Sends money back, once: a refund that is there already is not made again, also when Stripe has forgotten its key;
/// nor is what its host has sent back there.
pub(super) async fn refund(
    outgoing: &impl Outgoing,
    payments: &Payments,
    booking: &BookingId,
    (payment, refund): (&str, &Refunding),
) -> Result<Heard, Undone> {
    let account = Account::of(outgoing, payments)?;
    let Refunding { number, money } = refund;
    let number_text = number.to_string();
    let is_own = |refund: &&Value| refund["metadata"]["refund"].as_str() == Some(&number_text);
    let refunds = account.refunds(outgoing, payment).await?;
    let said = if let Some(known) = refunds.iter().find(is_own) {
        known.clone()
    } else {
        let mut amount = money.at_stripe();
        let sent: Vec<&Value> = refunds.iter().filter(|refund| stands(refund)).collect();
        if !sent.is_empty() {
            let made = account.call(outgoing, &format!("payment_intents/{payment}"), None, None).await?;
            let sum = sent.iter().filter_map(|refund| refund["amount"].as_u64()).sum();
            amount = amount.min(made["amount_received"].as_u64().unwrap_or(amount).saturating_sub(sum));
        }
        if amount == 0 {
            // All of it has gone back, or will have once the last has arrived.
            let last = sent.iter().find(|refund| refund["status"] != "succeeded").or(sent.first());
            return last
                .and_then(|last| heard_of_refund(last, *number, returned(&refunds)))
                .ok_or_else(|| Undone::ForGood("there is nothing left of the payment".to_owned()));
        }
        let amount = amount.to_string();
        let form = [
            ("payment_intent", payment),
            ("amount", &amount),
            ("reason", "requested_by_customer"),
            ("metadata[booking]", booking.as_str()),
            ("metadata[refund]", &number_text),
        ];
        let repeats = format!("{booking}.refund.{number}.{amount}");
        account.call(outgoing, "refunds", Some(encoded(&form)), Some(&repeats)).await?
    };
    heard_of_refund(&said, *number, returned(&refunds))
        .ok_or_else(|| Undone::ForNow("Stripe has said nothing of a refund".to_owned()))
}

/// What follows from an event of Stripe's. Of money that goes back, Stripe is asked: an event that comes late may say
/// that it went, though it has failed since.
pub(crate) async fn heard(
    outgoing: &impl Outgoing,
    payments: &Payments,
    event: &Value,
) -> Result<Option<Heard>, Undone> {
    let (name, object) = (event["type"].as_str().unwrap_or_default(), &event["data"]["object"]);
    if name != "charge.refunded" && !name.starts_with("refund.") {
        return Ok(heard_of_event(event));
    }
    let account = Account::of(outgoing, payments)?;
    let number = object["metadata"]["refund"].as_str().and_then(|number| number.parse().ok());
    if let (Some(number), Some(id)) = (number, id_in(&object["id"])) {
        let said = account.call(outgoing, &format!("refunds/{id}"), None, None).await?;
        return Ok(heard_of_refund(&said, number, None));
    }
    let Some(payment) = id_in(&object["payment_intent"]) else { return Ok(None) };
    let sum = returned(&account.refunds(outgoing, payment).await?);
    Ok(sum.map(|money| Heard::Returned { of: payment.to_owned(), money }))
}

/// The booking that a payment was made for, as we have told Stripe; `None` where it was for something else.
pub(crate) async fn booking_of_payment(
    outgoing: &impl Outgoing,
    payments: &Payments,
    payment: &str,
) -> Result<Option<BookingId>, Undone> {
    let account = Account::of(outgoing, payments)?;
    let said = account.call(outgoing, &format!("payment_intents/{payment}"), None, None).await?;
    Ok(said["metadata"]["booking"].as_str().and_then(BookingId::parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_stripes_speaks_the_visitors_language() {
        for (wanted, expected) in [
            ("en", "en"),
            ("ja", "ja"),
            ("pt-BR", "pt-BR"),
            ("de-AT", "de"),
            ("zh-Hant", "zh"),
            ("ar", "auto"),
        ] {
            assert_eq!(locale(wanted), expected);
        }
    }
}

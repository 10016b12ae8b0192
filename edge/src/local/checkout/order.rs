//! What a call to create a session asks for, checked as Stripe does.

use std::collections::BTreeMap;

use scheduling::mail::MailAddress;
use scheduling::money::{Currency, Money, Unpayable};

use super::error::StripeError;
use super::params::Params;
use super::records::{Line, Order};

/// Languages of Stripe's page.
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];
/// Methods that Stripe has.
const METHODS: &[&str] = &[
    "acss_debit",
    "affirm",
    "afterpay_clearpay",
    "alipay",
    "alma",
    "amazon_pay",
    "au_becs_debit",
    "bacs_debit",
    "bancontact",
    "billie",
    "bizum",
    "blik",
    "boleto",
    "card",
    "cashapp",
    "crypto",
    "customer_balance",
    "eps",
    "fpx",
    "giropay",
    "grabpay",
    "ideal",
    "kakao_pay",
    "klarna",
    "konbini",
    "kr_card",
    "mb_way",
    "mobilepay",
    "multibanco",
    "naver_pay",
    "nz_bank_account",
    "oxxo",
    "p24",
    "pay_by_bank",
    "payco",
    "paynow",
    "paypal",
    "paypay",
    "payto",
    "pix",
    "promptpay",
    "revolut_pay",
    "samsung_pay",
    "satispay",
    "scalapay",
    "sepa_debit",
    "sequra",
    "sofort",
    "sunbit",
    "swish",
    "twint",
    "upi",
    "us_bank_account",
    "wechat_pay",
    "zip",
];
/// Of these, those that are paid later, with the currencies that they take.
const DELAYED: &[(&str, &[&str])] = &[
    ("konbini", &["JPY"]),
    ("sepa_debit", &["EUR"]),
    ("multibanco", &["EUR"]),
    ("us_bank_account", &["USD"]),
    ("bacs_debit", &["GBP"]),
    ("acss_debit", &["CAD", "USD"]),
    ("au_becs_debit", &["AUD"]),
    ("nz_bank_account", &["NZD"]),
    ("boleto", &["BRL"]),
    ("oxxo", &["MXN"]),
    ("customer_balance", &["EUR", "GBP", "JPY", "MXN", "USD"]),
];
/// Characters of a reference; of an address.
const MOST_REFERENCE: usize = 200;
const MOST_ADDRESS: usize = 5000;

/// Reads the parameters of a call to create a session.
pub(super) fn read(mut params: Params) -> Result<Order, StripeError> {
    let mode = params.must("mode")?;
    if mode != "payment" {
        let message = format!("The stand-in of Stripe has sessions of the mode payment alone, not {mode}.");
        return Err(StripeError::invalid(message).of("mode"));
    }
    let (lines, total) = lines(&mut params)?;
    let expires_at = params.number("expires_at")?.and_then(|seconds| i64::try_from(seconds).ok());
    let success_url = params.must("success_url")?;
    check_address(&success_url, "success_url")?;
    let cancel_url = params.take("cancel_url")?;
    if let Some(address) = &cancel_url {
        check_address(address, "cancel_url")?;
    }
    params.one_of("ui_mode", &["hosted_page"])?;
    params.flag("automatic_tax[enabled]")?;
    params.one_of("payment_intent_data[capture_method]", &["automatic", "automatic_async"])?;
    let expires_after_days = expires_after_days(&mut params)?;
    let excluded_methods = params.list("excluded_payment_method_types")?;
    let methods = methods(&mut params, &excluded_methods, total.currency)?;
    let order = Order {
        lines,
        total,
        expires_at,
        success_url,
        cancel_url,
        client_reference_id: params.short("client_reference_id", MOST_REFERENCE)?,
        customer_email: email(&mut params, "customer_email")?,
        locale: params.one_of("locale", LOCALES)?,
        submit_type: params.one_of("submit_type", &["auto", "book", "donate", "pay"])?,
        adaptive_pricing: params.flag("adaptive_pricing[enabled]")?,
        metadata: params.metadata("metadata")?,
        excluded_methods,
        methods,
        intent_metadata: params.metadata("payment_intent_data[metadata]")?,
        intent_description: params.short("payment_intent_data[description]", 1000)?,
        receipt_email: email(&mut params, "payment_intent_data[receipt_email]")?,
        statement_descriptor_suffix: params.short("payment_intent_data[statement_descriptor_suffix]", 22)?,
        expires_after_days,
    };
    params.finish()?;
    Ok(order)
}

/// For how many days an order lasts, of the methods that let this be chosen: 1 to 60 at most.
fn expires_after_days(params: &mut Params) -> Result<BTreeMap<String, i64>, StripeError> {
    let mut all = BTreeMap::new();
    for (method, most) in [("konbini", 60), ("boleto", 60), ("oxxo", 7)] {
        let name = format!("payment_method_options[{method}][expires_after_days]");
        let Some(days) = params.number(&name)? else { continue };
        if !(1..=most).contains(&days) {
            let message = format!("Invalid {name}: must be between 1 and {most}");
            return Err(StripeError::invalid(message).of(&name));
        }
        all.insert(method.to_owned(), i64::try_from(days).unwrap_or_default());
    }
    Ok(all)
}

fn lines(params: &mut Params) -> Result<(Vec<Line>, Money), StripeError> {
    let mut lines = Vec::new();
    let (mut total, mut currency) = (0_u64, None);
    while params.has_within(&format!("line_items[{}]", lines.len())) {
        let item = format!("line_items[{}]", lines.len());
        if let Some(price) = params.take(&format!("{item}[price]"))? {
            return Err(StripeError::missing("price", &price, &format!("{item}[price]")));
        }
        let name = format!("{item}[price_data][currency]");
        let code = params.must(&name)?;
        let here = Currency::named(&code.to_uppercase()).ok_or_else(|| {
            let message = format!("Invalid currency: {code}. It is not one that Stripe takes.");
            StripeError::invalid(message).of(&name)
        })?;
        if currency.is_some_and(|currency| currency != here) {
            let message = "All prices on a Checkout Session must use the same currency.";
            return Err(StripeError::invalid(message).of("line_items"));
        }
        currency = Some(here);
        let name = format!("{item}[price_data][unit_amount]");
        let missing = || {
            StripeError::invalid(format!("Missing required param: {name}."))
                .code("parameter_missing")
                .of(&name)
        };
        let unit_amount = params.number(&name)?.ok_or_else(missing)?;
        let name = format!("{item}[quantity]");
        let quantity = params.number(&name)?.filter(|quantity| *quantity > 0).ok_or_else(|| {
            StripeError::invalid("Quantity is required. Add `quantity` to your line item.").of(&name)
        })?;
        lines.push(Line {
            name: params.must(&format!("{item}[price_data][product_data][name]"))?,
            description: params.take(&format!("{item}[price_data][product_data][description]"))?,
        });
        total = total.saturating_add(unit_amount.saturating_mul(quantity));
    }
    let Some(currency) = currency else {
        let message = "You must pass `line_items` in payment mode.";
        return Err(StripeError::invalid(message).code("parameter_missing").of("line_items"));
    };
    Ok((lines, payable(total, currency)?))
}

/// The total, if it can be paid.
fn payable(total: u64, currency: Currency) -> Result<Money, StripeError> {
    let refused = |message: String, code| StripeError::invalid(message).code(code).of("line_items");
    let written = |money: &Money| format!("{} {}", money.decimal(), money.currency.code().to_lowercase());
    let Some(money) = Money::of_stripe(total, currency) else {
        let message = format!("Invalid amount: {total} is not a whole number of {}.", currency.code());
        return Err(refused(message, "amount_invalid"));
    };
    match money.unpayable_at_stripe() {
        None => Ok(money),
        Some(Unpayable::Less(least)) => {
            let message = format!(
                "The Checkout Session's total amount due must add up to at least {}.",
                written(&least)
            );
            Err(refused(message, "amount_too_small"))
        }
        Some(Unpayable::More(most)) => {
            let message =
                format!("The Checkout Session's total amount due must be no more than {}.", written(&most));
            Err(refused(message, "amount_too_large"))
        }
        Some(Unpayable::Between(step)) => {
            let message = format!("Invalid amount: {total} is not a multiple of {}.", written(&step));
            Err(refused(message, "amount_invalid"))
        }
    }
}

/// What may be paid with: the methods that were named, else a card and what is paid later and was not excluded.
fn methods(params: &mut Params, excluded: &[String], currency: Currency) -> Result<Vec<String>, StripeError> {
    let named = params.list("payment_method_types")?;
    for (name, list) in [("payment_method_types", &named[..]), ("excluded_payment_method_types", excluded)] {
        if let Some(place) = list.iter().position(|method| !METHODS.contains(&method.as_str())) {
            let name = format!("{name}[{place}]");
            let message = format!("Invalid {name}: must be one of {}", METHODS.join(", "));
            return Err(StripeError::invalid(message).of(&name));
        }
    }
    if !named.is_empty() {
        if !excluded.is_empty() {
            let message = "You may only specify one of these parameters: payment_method_types, excluded_payment_method_types.";
            return Err(StripeError::invalid(message).of("excluded_payment_method_types"));
        }
        return Ok(named);
    }
    let delayed = DELAYED.iter().filter(|(_, currencies)| currencies.contains(&currency.code()));
    let all = std::iter::once("card").chain(delayed.map(|(method, _)| *method)).map(str::to_owned);
    Ok(all.filter(|method| !excluded.contains(method)).collect())
}

fn email(params: &mut Params, name: &str) -> Result<Option<String>, StripeError> {
    let given = params.take(name)?;
    match given {
        Some(wrong) if MailAddress::parse(&wrong).is_err() => {
            let message = format!("Invalid email address: {wrong}");
            Err(StripeError::invalid(message).code("email_invalid").of(name))
        }
        given => Ok(given),
    }
}

fn check_address(address: &str, name: &str) -> Result<(), StripeError> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    // Its own placeholder has braces, which an address has not.
    let is_sound = rest.is_some_and(|rest| {
        !rest.starts_with(['/', '?', '#'])
            && !rest.is_empty()
            && !rest.contains([' ', '"', '<', '>', '\\', '^', '`'])
    });
    if address.chars().count() > MOST_ADDRESS || !is_sound {
        return Err(StripeError::invalid("Not a valid URL").code("url_invalid").of(name));
    }
    Ok(())
}

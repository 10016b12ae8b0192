//! Payment links: a page of somebody else's takes the money, and its owner says so with a signed word.

use scheduling::booking::{Booking, Heard};
use scheduling::locale::fill;
use scheduling::money::{Currency, Money};
use serde_json::Value;

use crate::call::Call;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Platform;
use crate::form::errors::is_line;
use crate::page::links;
use crate::protocol::standard_webhooks;

/// The keys that such a word may be signed with: of the secrets that are set.
pub(crate) fn keys(outgoing: &impl Outgoing, secrets: &[String]) -> Vec<Vec<u8>> {
    let values = secrets.iter().filter_map(|name| outgoing.secret(name));
    values.filter_map(|value| standard_webhooks::key(&value)).collect()
}

/// Why nobody can pay by a link: none of the secrets that its word is signed with is there.
pub(crate) fn unheard(secrets: &[String]) -> String {
    format!("the secret {} is not set, or is no key: payments cannot be heard of", secrets.join(", "))
}

/// The most characters of a reference.
const MOST_REFERENCE: usize = 255;

/// The most of a currency's smallest unit: what every reader of JSON reads as it is.
const MOST_AMOUNT: u64 = (1 << 53) - 1;

/// What a word is about that says that something was paid.
pub(crate) const PAID: &str = "payment.succeeded";

/// The address of the page that takes the money for a booking.
pub(crate) fn address<P: Platform>(call: &Call<'_, P>, url: &str, booking: &Booking) -> String {
    let Some(payment) = &booking.payment else { return url.to_owned() };
    let back = format!("{}{}", call.site.base_url, links::paying_path(booking, call.platform.secrets()));
    fill(url, |name| {
        let value = match name {
            "booking" => booking.id.to_string(),
            "amount" => payment.price.amount.to_string(),
            "decimal" => payment.price.decimal(),
            "currency" => payment.price.currency.code().to_owned(),
            "email" => booking.visitor.contact.email.clone(),
            "return" => back.clone(),
            _ => return None,
        };
        Some(form_urlencoded::byte_serialize(value.as_bytes()).collect())
    })
}

/// What such a word says, with the booking that it is about: `{ "type": "payment.succeeded", "booking", "amount",
/// "currency", "reference" }`. `None` if it says something else.
pub(crate) fn said(word: &Value) -> Option<(&str, Heard)> {
    let text = |name: &str| word[name].as_str().filter(|text| !text.is_empty());
    if text("type") != Some(PAID) {
        return None;
    }
    let money = Money {
        amount: word["amount"].as_u64().filter(|amount| (1..=MOST_AMOUNT).contains(amount))?,
        currency: Currency::named(text("currency")?)?,
    };
    let reference =
        text("reference").filter(|text| text.chars().count() <= MOST_REFERENCE && is_line(text))?;
    Some((text("booking")?, Heard::Paid { money, reference: reference.to_owned() }))
}

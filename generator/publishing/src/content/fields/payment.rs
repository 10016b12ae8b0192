//! `[payment]`: who takes the money for pages with a price.

use scheduling::definition::Payments;

use super::{secrets, values};
use crate::content::toml::keys::PAYMENT;
use crate::content::toml::reader::{Reader, Section, Text, Value};
use crate::content::toml::suggest::{listed, nearest};

/// What is filled into the address of a page that takes payments.
const PLACEHOLDERS: [&str; 6] = ["{booking}", "{amount}", "{decimal}", "{currency}", "{email}", "{return}"];

#[derive(Clone, Copy)]
enum Kind {
    Stripe,
    Link,
}

/// `[payment]` of a site or a host.
pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Payments> {
    let value = section.get("payment")?;
    let payment = reader.section(&value, &PAYMENT)?;
    let kinds = [("stripe", Kind::Stripe), ("link", Kind::Link)];
    let kind = reader.required(&payment, "provider").and_then(|value| values::one_of(reader, &value, &kinds));
    match kind? {
        Kind::Stripe => stripe(reader, &payment),
        Kind::Link => link(reader, &payment),
    }
}

fn stripe(reader: &mut Reader<'_>, payment: &Section<'_>) -> Option<Payments> {
    let secret = reader.required(payment, "secret").and_then(|value| secrets::one(reader, &value));
    let signing = reader.required(payment, "webhook_secret");
    let webhook_secret = signing.as_ref().and_then(|value| secrets::one(reader, value));
    if let (Some(signing), true) = (&signing, secret.is_some() && secret == webhook_secret) {
        reader
            .mistake(signing.span(), "`secret` and `webhook_secret` name the same variable")
            .help("Stripe gives out two: a key (`sk_…` or `rk_…`), and with a webhook its signing secret (`whsec_…`)");
    }
    let url = match payment.get("url") {
        Some(value) => api_address(reader, &value),
        None => Some(Payments::STRIPE.to_owned()),
    };
    let delayed = payment.get("delayed").and_then(|value| reader.flag(&value)).unwrap_or(false);
    Some(Payments::Stripe { secret: secret?, webhook_secret: webhook_secret?, url: url?, delayed })
}

/// The address of an API like Stripe's: a stand-in, or a proxy.
fn api_address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let url = values::url(reader, value)?;
    if url.contains('{') {
        reader
            .mistake(value.span(), "`url` is the address of Stripe's API here, in which nothing is filled in")
            .help("leave it out, or use `provider = \"link\"` for a payment page of your own");
        return None;
    }
    if url.starts_with("http://") {
        reader
            .doubt(value.span(), "nobody can pay once the site is published")
            .help("Stripe is asked over `https://` only; `serve` also uses `http://`, for testing");
    }
    Some(url.trim_end_matches('/').to_owned())
}

fn link(reader: &mut Reader<'_>, payment: &Section<'_>) -> Option<Payments> {
    for key in ["webhook_secret", "delayed"] {
        if let Some(place) = payment.key_span(key) {
            reader
                .mistake(place, format!("`{key}` is for `provider = \"stripe\"` only"))
                .help("leave it out: a link has `url` and `secret`");
        }
    }
    let url = reader.required(payment, "url").and_then(|value| page_address(reader, &value));
    let secret = reader.required(payment, "secret").map(|value| secrets::names(reader, &value));
    Some(Payments::Link { url: url?, secret: secret.filter(|names| !names.is_empty())? })
}

/// The address of a page that takes payments, with what is filled in.
fn page_address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    let filled = PLACEHOLDERS.iter().fold(text.value.to_owned(), |url, name| url.replace(name, "1"));
    if let Some(unknown) = braces(&filled) {
        refuse_placeholder(reader, &text, unknown);
        return None;
    }
    if values::parse_url(&filled).is_none() {
        return values::url(reader, value);
    }
    let rest = text.value.split_once("://").map_or("", |(_, rest)| rest);
    if rest.split(['/', '?', '#']).next().is_some_and(|domain| domain.contains('{')) {
        reader
            .mistake(text.span, "nothing can be filled into the domain")
            .help(format!("for example: `{LINK_EXAMPLE}`"));
        return None;
    }
    if !text.value.contains("{booking}") {
        reader
            .mistake(text.span, "`url` lacks `{booking}`")
            .help("without it, nobody could tell Daymark which booking was paid")
            .help(format!("for example: `{LINK_EXAMPLE}`"));
        return None;
    }
    if text.value.starts_with("http://") {
        reader
            .doubt(text.span, "visitors would pay over a connection that is not encrypted")
            .help("use `https://`");
    }
    Some(text.value.to_owned())
}

const LINK_EXAMPLE: &str = "url = \"https://shop.example.com/pay?ref={booking}&amount={amount}\"";

fn refuse_placeholder(reader: &mut Reader<'_>, text: &Text<'_>, unknown: &str) {
    let diagnostic = reader.mistake(text.span.clone(), format!("`{unknown}` cannot be filled in"));
    if let Some(likely) = nearest(unknown, PLACEHOLDERS.into_iter()) {
        diagnostic.label(format!("did you mean `{likely}`?"));
    }
    diagnostic
        .help(format!("known are {}", listed(PLACEHOLDERS.into_iter(), "and")))
        .help("write other braces as `%7B` and `%7D`");
}

/// The first stretch in braces, or a brace alone.
fn braces(text: &str) -> Option<&str> {
    let start = text.find(['{', '}'])?;
    let rest = &text[start..];
    Some(rest.find('}').map_or(rest, |end| &rest[..=end]))
}

//! What content may hold and this version does not do yet: its shape is checked, then it is refused or doubted.

use super::keys::{ASSOCIATION, MAIL, PRICE, WEBHOOK};
use super::reader::{Reader, Section, Value};
use super::secrets;
use super::suggest::{listed, nearest};
use super::values;

/// What webhooks can be told of.
const EVENTS: [&str; 15] = [
    "booking.requested",
    "booking.confirmed",
    "booking.alert",
    "booking.declined",
    "booking.rescheduled",
    "booking.cancelled",
    "booking.awaiting_payment",
    "booking.paid",
    "booking.expired",
    "booking.reminder_due",
    "booking.outcome_recorded",
    "calendar.unreachable",
    "delivery.failing",
    "contact.erased",
    "endpoint.test",
];

/// `[[webhooks]]` of a site or a host.
pub(super) fn webhooks(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("webhooks") else { return };
    for webhook in reader.sections(&value, &WEBHOOK) {
        if let Some(url) = reader.required(&webhook, "url") {
            values::url(reader, &url);
        }
        if let Some(secret) = reader.required(&webhook, "secret") {
            secret_names(reader, &secret);
        }
        if let Some(events) = webhook.get("events") {
            event_names(reader, &events);
        }
    }
    unused(reader, section, "webhooks", "webhooks are not sent yet");
}

/// `[mail]` of the site.
pub(super) fn mail(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("mail") else { return };
    if let Some(mail) = reader.section(&value, &MAIL) {
        if let Some(provider) = reader.required(&mail, "provider") {
            reader.line(&provider);
        }
        if let Some(from) = reader.required(&mail, "from") {
            sender(reader, &from);
        }
        if let Some(secret) = mail.get("secret") {
            secret_names(reader, &secret);
        }
    }
    unused(reader, section, "mail", "mail is not sent yet");
}

/// `without_calendar` of the site.
pub(super) fn without_calendar(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("without_calendar") else { return };
    let Some(text) = reader.text(&value) else { return };
    match text.value {
        "confirm" => {}
        "request" => not_yet(
            reader,
            &value,
            "requests that await a host's decision",
            "leave it out, or write `\"confirm\"`",
        ),
        other => {
            reader
                .mistake(text.span, format!("`without_calendar` cannot be `{other}`"))
                .help("it is `\"confirm\"`, or `\"request\"` once requests work");
        }
    }
}

/// `calendars` of a host.
pub(super) fn calendars(reader: &mut Reader<'_>, section: &Section<'_>) {
    let Some(value) = section.get("calendars") else { return };
    if reader.list(&value).is_some() {
        not_yet(
            reader,
            &value,
            "reading calendars",
            "leave it out; bookings of this site are kept apart from each other all the same",
        );
    }
}

/// `approval`, `approval_within`, `price`, `reminders` and `associations` of a page.
pub(super) fn of_meeting(reader: &mut Reader<'_>, section: &Section<'_>) {
    if let Some(value) = section.get("approval")
        && reader.flag(&value) == Some(true)
    {
        not_yet(
            reader,
            &value,
            "requests that await a host's decision",
            "leave it out, or write `false`: bookings are then confirmed at once",
        );
    }
    if let Some(value) = section.get("approval_within") {
        values::minutes(reader, &value, 30 * values::DAY);
    }
    if let Some(value) = section.get("price") {
        price(reader, &value);
    }
    if let Some(value) = section.get("reminders") {
        for reminder in reader.list(&value).unwrap_or_default() {
            values::minutes(reader, &reminder, 90 * values::DAY);
        }
        unused(reader, section, "reminders", "reminders are not sent yet");
    }
    if let Some(value) = section.get("associations") {
        for association in reader.sections(&value, &ASSOCIATION) {
            for key in ["type", "id"] {
                if let Some(value) = reader.required(&association, key) {
                    reader.line(&value);
                }
            }
        }
        unused(reader, section, "associations", "associations are not used yet");
    }
}

fn price(reader: &mut Reader<'_>, value: &Value<'_>) {
    let Some(price) = reader.section(value, &PRICE) else { return };
    if let Some(amount) = reader.required(&price, "amount") {
        reader.whole(&amount, 1, 99_999_999, "of the currency's smallest unit");
    }
    if let Some(currency) = reader.required(&price, "currency")
        && let Some(text) = reader.text(&currency)
        && !(text.value.len() == 3 && text.value.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        reader
            .mistake(text.span, format!("`{}` is no currency", text.value))
            .help("three capital letters (ISO 4217): `JPY`, `EUR`, `USD`");
    }
    not_yet(reader, value, "payment", "leave it out: the page then books without payment");
}

/// One name of an environment variable, or two while a secret is changed.
fn secret_names(reader: &mut Reader<'_>, value: &Value<'_>) {
    if !Reader::is_text(value) && !Reader::is_list(value) {
        return reader.wrong_type(value, "a text in quotes, or a list of them").unwrap_or_default();
    }
    let names =
        if Reader::is_text(value) { vec![value.clone()] } else { reader.list(value).unwrap_or_default() };
    for name in names {
        let Some(text) = reader.text(&name) else { continue };
        if !secrets::is_variable_name(text.value) && !reader.holds_secret(&text.span) {
            reader
                .secret_mistake(
                    text.span,
                    "`secret` should be the name of an environment variable, not the secret itself",
                )
                .help(format!("capital letters, digits and underscores: `{}`", value.example_line()));
        }
    }
}

fn event_names(reader: &mut Reader<'_>, value: &Value<'_>) {
    let is_known = |name: &str| match name.strip_suffix('*') {
        Some(beginning) => EVENTS.iter().any(|event| event.starts_with(beginning)),
        None => EVENTS.contains(&name),
    };
    for text in reader.texts(value) {
        if !is_known(text.value) {
            let diagnostic = reader.mistake(text.span, format!("there is no event `{}`", text.value));
            if let Some(likely) = nearest(text.value, EVENTS.into_iter()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help(format!(
                "events are {}; `booking.*` is all of them that begin so, `*` is all",
                listed(EVENTS.into_iter(), "and")
            ));
        }
    }
}

/// A sender as mails show it: a bare address, or a name and an address in angle brackets.
fn sender(reader: &mut Reader<'_>, value: &Value<'_>) {
    let Some(text) = reader.line(value) else { return };
    let bare =
        text.value.split_once('<').map_or(text.value, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    if !email_address::EmailAddress::is_valid(bare) {
        reader
            .mistake(text.span, format!("`{}` is no sender", text.value))
            .help(format!("for example: `{}`", value.example_line()));
    }
}

fn not_yet(reader: &mut Reader<'_>, value: &Value<'_>, what: &str, help: &str) {
    let message = format!("`{}` is not yet supported: {what} will come later", value.name);
    reader.mistake(value.span(), message).help(help);
}

fn unused(reader: &mut Reader<'_>, section: &Section<'_>, key: &'static str, message: &str) {
    if let Some(span) = section.key_span(key) {
        reader.doubt(span, message).help("it is read and checked, and does nothing");
    }
}

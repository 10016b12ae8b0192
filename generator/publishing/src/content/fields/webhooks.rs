//! `[[webhooks]]`: endpoints that are told of bookings.

use scheduling::booking::Event;
use scheduling::definition::Webhook;

use super::{secrets, values};
use crate::content::toml::keys::WEBHOOK;
use crate::content::toml::reader::{Reader, Section, Value};
use crate::content::toml::suggest::{listed, nearest};

/// The names of the events that a webhook may ask for: all that is told of bookings and contacts.
fn names() -> impl Iterator<Item = &'static str> + Clone {
    Event::ALL.into_iter().filter(|event| event.is_told()).map(Event::name)
}

/// `[[webhooks]]` of a site or a host. Those that name no events take `default_events`. Each address is there once,
/// also beside `others` that are told of the same bookings: a delivery is signed with the secret that its address has.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    default_events: &str,
    others: &[Webhook],
) -> Vec<Webhook> {
    let Some(value) = section.get("webhooks") else { return Vec::new() };
    let mut webhooks: Vec<Webhook> = Vec::new();
    for webhook in reader.sections(&value, &WEBHOOK) {
        let url = reader.required(&webhook, "url").and_then(|value| {
            let url = address(reader, &value)?;
            let is_among = |webhooks: &[Webhook]| webhooks.iter().any(|webhook| webhook.url == url);
            if is_among(&webhooks) {
                reader.mistake(value.span(), "two webhooks have this address").help(
                    "one can take several events: `events = [\"booking.confirmed\", \"booking.cancelled\"]`",
                );
            } else if is_among(others) {
                reader
                    .mistake(value.span(), "a webhook in `site.toml` has this address")
                    .help("it receives the events of every host's bookings: remove one of the two");
            }
            Some(url)
        });
        let secret = reader.required(&webhook, "secret").map(|secret| secrets::names(reader, &secret));
        let events = match webhook.get("events") {
            Some(events) => event_names(reader, &events),
            None => vec![default_events.to_owned()],
        };
        if let (Some(url), Some(secret)) = (url, secret) {
            webhooks.push(Webhook { url, secret, events });
        }
    }
    webhooks
}

fn address(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let url = values::url(reader, value)?;
    if url.starts_with("http://") {
        reader.doubt(value.span(), "this endpoint will receive nothing once the site is published").help(
            "events are sent over `https://` only; `serve` also sends them over `http://`, for testing",
        );
    }
    Some(url)
}

fn event_names(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let mut events = Vec::new();
    let is_known = |name: &str| match name.strip_suffix('*') {
        Some(beginning) => names().any(|event| event.starts_with(beginning)),
        None => names().any(|event| event == name),
    };
    for text in reader.texts(value) {
        if is_known(text.value) {
            events.push(text.value.to_owned());
        } else {
            let diagnostic = reader.mistake(text.span, format!("unknown event `{}`", text.value));
            if let Some(likely) = nearest(text.value, names()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help(format!(
                "events are {}; `booking.*` means all that begin with `booking.`, and `*` means all",
                listed(names(), "and")
            ));
        }
    }
    events
}

//! A webhook endpoint (Standard Webhooks 1.0.0).

use std::borrow::Cow;

use base16ct::lower as hex;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Payload, Rules};
use crate::booking::{Event, Party};
use crate::definition::Webhook;
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;
use crate::text::balanced;
use crate::view;

const KIND: &str = "webhook";

/// The largest body, in bytes (Standard Webhooks 1.0.0 wants them below 20 kB).
const MOST_BODY_BYTES: usize = 20_000;
/// How much of an address's digest names it in the ids of deliveries, in bytes.
const TAG_BYTES: usize = 6;

impl Rules for Webhook {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        self.url.as_str().into()
    }

    fn tag(&self) -> String {
        hex::encode_string(&Sha256::digest(&self.url)[..TAG_BYTES])
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    fn receiver(&self) -> &str {
        &self.url
    }

    fn takes(&self, event: Event) -> bool {
        event.is_told() && Webhook::takes(self, event.name())
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        pauses::of_three_days(failures)
    }

    fn payload(&self, news: &News<'_>) -> Payload {
        Payload::Webhook(Body::new(news.event.name(), data(news), news.at))
    }
}

impl Webhook {
    /// Whether it is told of that event. Whatever it takes, it hears of an erasure: it may hold what is to be erased.
    pub fn takes(&self, event: &str) -> bool {
        event == Event::Erased.name() || self.events.iter().any(|pattern| matches(pattern, event))
    }
}

/// `*` is every event, `booking.*` every one of a booking; anything else is a name.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

/// What every notice tells of a booking: it, as the host sees it; when it was to be before, where that changed; and
/// what time was proposed before, and is no more.
fn data(news: &News<'_>) -> Value {
    let News { booking, former, .. } = *news;
    let mut data = json!({ "booking": view::booking(&news.subscribers.booking(booking), Party::Host) });
    if let Some(former) = former.filter(|former| former.time() != booking.time()) {
        data["previous"] = json!({ "start": view::rfc3339(former.start), "end": view::rfc3339(former.end) });
    }
    if let Some(dropped) = news.dropped() {
        data["dropped"] = json!({ "start": view::rfc3339(dropped.start), "end": view::rfc3339(dropped.end) });
    }
    data
}

/// The body of every notice. One type for all events, so that all carry the same. Its fields are in the order of their
/// names, as those in it are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// What it tells.
    pub data: Value,
    /// When it happened.
    pub timestamp: String,
    /// The event's name.
    #[serde(rename = "type")]
    pub event: String,
}

impl Body {
    /// A body that is not too large: else long answers are cut, then long tracking parameters too: `data.cut` says so.
    pub fn new(event: &str, data: Value, now: DateTime<Utc>) -> Self {
        let timestamp = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut body = Self { data, timestamp, event: event.to_owned() };
        if body.text().len() <= MOST_BODY_BYTES {
            return body;
        }
        body.data["cut"] = json!(true);
        for most in [500, 100, 20] {
            for part in ["answers", "tracking", "guests", "cancel_reason"] {
                cut_texts(&mut body.data["booking"][part], most);
            }
            if body.text().len() <= MOST_BODY_BYTES {
                break;
            }
        }
        body
    }

    /// The text that is signed and sent: the same at every attempt.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Cuts every text in a value to so many characters.
fn cut_texts(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(most) {
                text.truncate(end);
                *text = balanced(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cut_texts(item, most)),
        Value::Object(fields) => fields.values_mut().for_each(|field| cut_texts(field, most)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_is_cut_where_visitors_wrote_much() {
        let now = DateTime::UNIX_EPOCH;
        let small =
            Body::new("booking.confirmed", json!({ "booking": { "answers": { "a": "x" } } }), now).text();
        assert_eq!(
            small,
            r#"{"data":{"booking":{"answers":{"a":"x"}}},"timestamp":"1970-01-01T00:00:00.000Z","type":"booking.confirmed"}"#
        );
        let answers: Vec<String> = (0..20).map(|_| "字".repeat(5000)).collect();
        let data = json!({ "booking": { "id": "aiko.1", "answers": answers, "tracking": { "utm_source": "news" } } });
        let large = json!(Body::new("booking.confirmed", data, now));
        assert!(large.to_string().len() <= MOST_BODY_BYTES);
        assert_eq!(
            (&large["data"]["cut"], &large["data"]["booking"]["id"]),
            (&json!(true), &json!("aiko.1"))
        );
        assert_eq!(large["data"]["booking"]["tracking"]["utm_source"], "news");
    }

    #[test]
    fn an_endpoint_hears_of_erasures_whatever_it_takes() {
        for events in [vec![], vec!["booking.confirmed".to_owned()], vec!["*".to_owned()]] {
            let webhook = Webhook { url: String::new(), secret: Vec::new(), events };
            assert!(Webhook::takes(&webhook, "contact.erased"));
            assert_eq!(Webhook::takes(&webhook, "booking.confirmed"), !webhook.events.is_empty());
        }
    }

    #[test]
    fn a_pattern_is_everything_a_family_or_one_event() {
        for (pattern, name, expected) in [
            ("*", "booking.confirmed", true),
            ("booking.*", "booking.confirmed", true),
            ("booking.*", "calendar.unreachable", false),
            ("booking.confirmed", "booking.confirmed", true),
            ("booking.confirmed", "booking.cancelled", false),
            ("booking", "booking.confirmed", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} and {name}");
        }
    }
}

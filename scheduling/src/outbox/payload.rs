//! What a delivery says, as JSON text: a webhook's body, and what a mail is written from.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::destination::Destination;
use crate::booking::{Booking, Event, Party, Proposal};
use crate::view;

/// The largest body of a webhook, in bytes (Standard Webhooks 1.0.0 wants them below 20 kB).
const MOST_PAYLOAD_BYTES: usize = 20_000;

/// What is kept of an event for a destination.
pub(super) fn content(
    event: Event,
    booking: &Booking,
    former: Option<&Booking>,
    destination: &Destination,
    now: DateTime<Utc>,
) -> String {
    match destination {
        Destination::Record | Destination::Contact { .. } | Destination::Erasure { .. } => String::new(),
        Destination::Webhook(_) => payload(event.name(), &data(booking, former), now),
        Destination::Mail { .. } => {
            let dropped = dropped(booking, former);
            json!({ "event": event.name(), "booking": booking, "dropped": dropped }).to_string()
        }
    }
}

/// What every notice tells of a booking: it, as the host sees it; when it was to be before, where that changed; and
/// what time was proposed before, and is no more.
fn data(booking: &Booking, former: Option<&Booking>) -> Value {
    let mut data = json!({ "booking": view::booking(booking, Party::Host) });
    if let Some(former) = former.filter(|former| former.time() != booking.time()) {
        data["previous"] = json!({ "start": view::rfc3339(former.start), "end": view::rfc3339(former.end) });
    }
    if let Some(dropped) = dropped(booking, former) {
        data["dropped"] = json!({ "start": view::rfc3339(dropped.start), "end": view::rfc3339(dropped.end) });
    }
    data
}

/// A time that was proposed, and is neither the booking's nor proposed any more.
fn dropped(booking: &Booking, former: Option<&Booking>) -> Option<Proposal> {
    let proposal = former?.proposed?;
    let time = (proposal.start, proposal.end);
    (booking.time() != time && booking.asked_time() != time).then_some(proposal)
}

/// The body of every notice (Standard Webhooks: `type`, `timestamp`, `data`). One function for all events, so that all
/// carry the same. Where it would be too large, long answers are cut, then long tracking parameters too: `data.cut`
/// says so.
pub fn payload(event: &str, data: &Value, now: DateTime<Utc>) -> String {
    let timestamp = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let body = |data: &Value| json!({ "type": event, "timestamp": timestamp, "data": data }).to_string();
    let mut text = body(data);
    for most in [500, 100, 20] {
        if text.len() <= MOST_PAYLOAD_BYTES {
            break;
        }
        let mut cut = data.clone();
        cut["cut"] = json!(true);
        for part in ["answers", "tracking", "guests", "cancel_reason"] {
            cut_texts(&mut cut["booking"][part], most);
        }
        text = body(&cut);
    }
    text
}

/// Cuts every text in a value to so many characters.
fn cut_texts(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(most) {
                text.truncate(end);
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
        let small = payload("booking.confirmed", &json!({ "booking": { "answers": { "a": "x" } } }), now);
        assert_eq!(
            small,
            r#"{"data":{"booking":{"answers":{"a":"x"}}},"timestamp":"1970-01-01T00:00:00.000Z","type":"booking.confirmed"}"#
        );
        let answers: Vec<String> = (0..20).map(|_| "字".repeat(5000)).collect();
        let data = json!({ "booking": { "id": "aiko.1", "answers": answers, "tracking": { "utm_source": "news" } } });
        let large: Value = serde_json::from_str(&payload("booking.confirmed", &data, now)).unwrap();
        assert!(large.to_string().len() <= MOST_PAYLOAD_BYTES);
        assert_eq!(
            (&large["data"]["cut"], &large["data"]["booking"]["id"]),
            (&json!(true), &json!("aiko.1"))
        );
        assert_eq!(large["data"]["booking"]["tracking"]["utm_source"], "news");
    }
}

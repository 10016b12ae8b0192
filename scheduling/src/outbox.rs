//! The outbox: the notices that follow from events, written in the transaction that made them happen.
//!
//! They leave at least once. Each carries an id with which receivers drop repeats.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::booking::{Booking, Event, Proposal};
use crate::definition::Webhook;
use crate::ledger::{Destination, Party};
use crate::token::BookingId;
use crate::view;

/// The pauses after each failure of a webhook but the last, in seconds (Standard Webhooks 1.0.0, "Deliverability"): three
/// days in all. Then it is parked.
const WEBHOOK_PAUSES_SECONDS: [u32; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];
/// KV takes one write a second of each key, so a record waits that long for others.
const RECORD_DELAY_SECONDS: i64 = 1;
/// The longest pause after a failure to write a record, or to reach another ledger, in seconds. It is tried for as long as it takes.
const LONGEST_RECORD_PAUSE_SECONDS: u32 = 10 * 60;
/// However long a receiver wants to be left alone, it is asked again after this, in seconds.
pub const LONGEST_RETRY_AFTER_SECONDS: u32 = 24 * 3600;
/// The largest body of a webhook, in bytes (Standard Webhooks 1.0.0 wants them below 20 kB).
const MOST_PAYLOAD_BYTES: usize = 20_000;
/// Why a delivery is parked whose endpoint answered 410 to another one.
pub(crate) const SWITCHED_OFF: &str =
    "the endpoint answered 410 Gone and is turned off; sending this again turns it back on";

/// A notice that must go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The booking's id, the event's number in the booking's life, and the destination's place: the same however often
    /// it is sent, and never used for anything else.
    pub id: String,
    /// Which booking it tells of, where it is one.
    pub booking: Option<BookingId>,
    /// What happened.
    pub event: Event,
    /// Where it goes.
    pub destination: Destination,
    /// JSON: a webhook's body; of a mail, the event and the booking as it was then.
    pub payload: String,
    /// When it is first tried.
    pub next_attempt_at: DateTime<Utc>,
}

/// The deliveries of some events of a booking: one for each event and destination that takes it.
/// `events_before` is how many events the booking has had, and `former` the booking as it was before them, if it was.
pub fn deliveries(
    events: &[Event],
    events_before: u32,
    booking: &Booking,
    former: Option<&Booking>,
    destinations: &[Destination],
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for (event_number, event) in (events_before + 1..).zip(events) {
        let takers = (1..).zip(destinations).filter(|(_, destination)| destination.takes(*event));
        deliveries.extend(takers.map(|(place, destination): (u32, _)| Delivery {
            id: format!("{}.{event_number}.{place}", booking.id),
            booking: Some(booking.id.clone()),
            event: *event,
            destination: destination.clone(),
            payload: content(*event, booking, former, destination, now),
            next_attempt_at: now + destination.delay(),
        }));
    }
    deliveries
}

/// The reminders of a booking that are still to come: one for each of its times and each destination that takes them.
pub fn reminders(booking: &Booking, destinations: &[Destination], now: DateTime<Utc>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for minutes in &booking.reminders_minutes {
        let at = booking.start - TimeDelta::minutes((*minutes).into());
        let takers = (1..).zip(destinations).filter(|(_, destination)| destination.takes(Event::ReminderDue));
        deliveries.extend(takers.filter(|_| at > now).map(|(place, destination): (u32, _)| Delivery {
            id: format!("{}.{}-{minutes}m.{place}", booking.id, booking.sequence),
            booking: Some(booking.id.clone()),
            event: Event::ReminderDue,
            destination: destination.clone(),
            payload: content(Event::ReminderDue, booking, None, destination, at),
            next_attempt_at: at,
        }));
    }
    deliveries
}

/// What is kept of an event for a destination.
fn content(
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

/// What every notice tells of a booking: it, as the host sees it; when it was to be before, where that changed; and what time was
/// proposed before, and is no more.
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

/// The body of every notice (Standard Webhooks: `type`, `timestamp`, `data`). One function for all events, so that all carry
/// the same. Where it would be too large, long answers are cut, then long tracking parameters too: `data.cut` says so.
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

/// How long to wait after so many failures, in seconds; `None` where it is given up. `jitter`, 0 to 999, makes it up to a
/// fifth longer, so that what failed together is not tried together.
pub(crate) fn pause_seconds(destination: &Destination, failures: u32, jitter: u16) -> Option<u32> {
    let place = failures.saturating_sub(1);
    let pause = match destination {
        Destination::Webhook(_) | Destination::Mail { .. } => {
            *WEBHOOK_PAUSES_SECONDS.get(usize::try_from(place).ok()?)?
        }
        Destination::Record | Destination::Contact { .. } | Destination::Erasure { .. } => {
            1u32.checked_shl(place).unwrap_or(u32::MAX).min(LONGEST_RECORD_PAUSE_SECONDS)
        }
    };
    Some(pause + pause * u32::from(jitter) / 5000)
}

impl Destination {
    /// Its kind, by which the outbox finds all deliveries of one sort.
    pub fn kind(&self) -> &'static str {
        match self {
            Destination::Record => "record",
            Destination::Webhook(_) => "webhook",
            Destination::Mail { .. } => "mail",
            Destination::Contact { .. } => "contact",
            Destination::Erasure { .. } => "erasure",
        }
    }

    /// Whether it is told of events. The others follow what is so now, stay within Daymark, and are tried for as long as it takes.
    pub fn takes_notices(&self) -> bool {
        matches!(self, Destination::Webhook(_) | Destination::Mail { .. })
    }

    /// Its name for people: an endpoint's address, or whose mailbox.
    pub fn name(&self) -> &str {
        match self {
            Destination::Record => "record",
            Destination::Webhook(webhook) => &webhook.url,
            Destination::Mail { to: Party::Visitor } => "mail to the visitor",
            Destination::Mail { to: Party::Host } => "mail to the host",
            Destination::Contact { .. } => "the contact's ledger",
            Destination::Erasure { ledger, .. } => ledger,
        }
    }

    /// How long its notices wait at first. Records are not worth waking anybody for: those of a second are written together.
    fn delay(&self) -> TimeDelta {
        match self {
            Destination::Record | Destination::Contact { .. } => TimeDelta::seconds(RECORD_DELAY_SECONDS),
            Destination::Webhook(_) | Destination::Mail { .. } | Destination::Erasure { .. } => {
                TimeDelta::zero()
            }
        }
    }

    /// Whether notices of that event go there.
    pub fn takes(&self, event: Event) -> bool {
        match self {
            // They follow the booking's state; the host's alert repeats what the other event of the same change says.
            Destination::Record | Destination::Contact { .. } => {
                !matches!(event, Event::Alert | Event::ReminderDue)
            }
            Destination::Erasure { .. } => false,
            Destination::Webhook(webhook) => webhook.takes(event.name()),
            // The host's mail follows the event itself, which says what happened. A host looks at the day, and needs no
            // reminder; what a host notes down afterwards, nobody is written of.
            Destination::Mail { to } => match event {
                Event::Alert | Event::OutcomeRecorded | Event::Erased => false,
                Event::ReminderDue => *to == Party::Visitor,
                _ => true,
            },
        }
    }
}

impl Webhook {
    /// Whether it is told of that event.
    pub fn takes(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| matches(pattern, event))
    }
}

/// `*` is every event, `booking.*` every one of a booking; anything else is a name.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_pause(destination: &Destination, failures: u32, jitter: u16, expected: Option<u32>) {
        assert_eq!(pause_seconds(destination, failures, jitter), expected, "after {failures} failures");
    }

    #[test]
    fn webhooks_are_tried_for_three_days_and_records_for_ever() {
        let webhook = Destination::Webhook(Webhook {
            url: "https://hooks.example.com/".to_owned(),
            secret: Vec::new(),
            events: Vec::new(),
        });
        check_pause(&webhook, 1, 0, Some(5));
        check_pause(&webhook, 1, 999, Some(5));
        check_pause(&webhook, 2, 999, Some(359));
        check_pause(&webhook, 9, 0, Some(86_400));
        check_pause(&webhook, 9, 999, Some(103_662));
        check_pause(&webhook, 10, 0, None);
        check_pause(&Destination::Record, 1, 0, Some(1));
        check_pause(&Destination::Record, 4, 0, Some(8));
        check_pause(&Destination::Record, 100, 999, Some(719));
        let days: u32 = WEBHOOK_PAUSES_SECONDS.iter().sum();
        assert_eq!(days / 86_400, 3);
    }

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

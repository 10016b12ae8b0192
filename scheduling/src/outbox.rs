//! The outbox: the notices that follow from events, written in the transaction that made them happen.
//!
//! They leave at least once. Each carries an id with which receivers drop repeats.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::booking::{Booking, Event};
use crate::ledger::Destination;
use crate::token::BookingId;

/// A notice that must go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The booking's id, the event's number in the booking's life, and the destination's place: the same however often
    /// it is sent, and never used for anything else.
    pub id: String,
    /// Which booking it tells of.
    pub booking: BookingId,
    /// What happened.
    pub event: Event,
    /// Where it goes.
    pub destination: Destination,
    /// The body, as JSON.
    pub payload: String,
    /// When it is first tried.
    pub next_attempt_at: DateTime<Utc>,
}

/// The deliveries of some events of a booking, due at once: one for each event and destination that takes it.
/// `events_before` is how many events the booking has had.
pub fn deliveries(
    events: &[Event],
    events_before: u32,
    booking: &Booking,
    destinations: &[Destination],
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for (event_number, event) in (events_before + 1..).zip(events) {
        let payload = payload(*event, booking, now);
        let takers = (1..).zip(destinations).filter(|(_, destination)| destination.takes(*event));
        deliveries.extend(takers.map(|(place, destination): (u32, _)| Delivery {
            id: format!("{}.{event_number}.{place}", booking.id),
            booking: booking.id.clone(),
            event: *event,
            destination: destination.clone(),
            payload: payload.clone(),
            next_attempt_at: now,
        }));
    }
    deliveries
}

/// The body of every notice (Standard Webhooks: `type`, `timestamp`, `data`). One function for all events, so that all carry the same.
fn payload(event: Event, booking: &Booking, now: DateTime<Utc>) -> String {
    json!({
        "type": event.name(),
        "timestamp": now.to_rfc3339_opts(SecondsFormat::Millis, true),
        "data": booking,
    })
    .to_string()
}

impl Destination {
    /// Its kind, by which the outbox finds all deliveries of one sort.
    pub fn kind(&self) -> &'static str {
        match self {
            Destination::Record => "record",
            Destination::Contact => "contact",
            Destination::Webhook { .. } => "webhook",
        }
    }

    /// Whether notices of that event go there.
    pub fn takes(&self, event: Event) -> bool {
        match self {
            // They follow the booking's state; the host's alert repeats what the other event of the same change says.
            Destination::Record | Destination::Contact => event != Event::Alert,
            Destination::Webhook { events, .. } => {
                events.iter().any(|pattern| matches(pattern, event.name()))
            }
        }
    }
}

/// `*` is every event, `booking.*` every one of a booking; anything else is a name.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::matches;

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

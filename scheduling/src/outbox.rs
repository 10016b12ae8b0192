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

/// The deliveries of some events of a booking: one for each event and destination that takes it.
pub fn deliveries(
    events: &[Event],
    booking: &Booking,
    destinations: &[Destination],
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let of_event = |event: &Event| {
        let event = *event;
        destinations.iter().filter(move |destination| destination.takes(event)).map(move |destination| {
            Delivery {
                booking: booking.id.clone(),
                event,
                destination: destination.clone(),
                payload: payload(event, booking, now),
                next_attempt_at: now,
            }
        })
    };
    events.iter().flat_map(of_event).collect()
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

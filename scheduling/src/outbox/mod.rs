//! The outbox: the notices that follow from events, written in the transaction that made them happen.
//!
//! They leave at least once. Each carries an id with which receivers drop repeats.

mod delivery;
mod destination;
mod pauses;
mod payload;

use chrono::{DateTime, TimeDelta, Utc};

use crate::booking::{Booking, Event};

pub use self::delivery::{Attempt, AttemptOutcome, Delivery, DeliveryReport, DeliveryState, Due};
pub use self::destination::Destination;
pub use self::pauses::LONGEST_RETRY_AFTER_SECONDS;
pub(crate) use self::pauses::pause_seconds;
pub use self::payload::payload;

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
            payload: payload::content(*event, booking, former, destination, now),
            next_attempt_at: now + destination.delay(),
        }));
    }
    deliveries
}

/// The reminders of a booking that are still to come: one for each of its times and each destination that takes them.
pub fn reminders(booking: &Booking, destinations: &[Destination], now: DateTime<Utc>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for minutes in &booking.terms.reminders_minutes {
        let at = booking.start - TimeDelta::minutes((*minutes).into());
        let takers = (1..).zip(destinations).filter(|(_, destination)| destination.takes(Event::ReminderDue));
        deliveries.extend(takers.filter(|_| at > now).map(|(place, destination): (u32, _)| Delivery {
            id: format!("{}.{}-{minutes}m.{place}", booking.id, booking.sequence),
            booking: Some(booking.id.clone()),
            event: Event::ReminderDue,
            destination: destination.clone(),
            payload: payload::content(Event::ReminderDue, booking, None, destination, at),
            next_attempt_at: at,
        }));
    }
    deliveries
}

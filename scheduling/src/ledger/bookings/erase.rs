//! Erasing who made bookings, within the transaction of one host's ledger.
//!
//! What is left of a booking is its time, its page, and how it ended. Receivers are told, so that they erase theirs.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::json;

use super::change;
use crate::booking::{Booking, Change, Event, Party};
use crate::definition::Webhook;
use crate::ledger::messages::Reply;
use crate::ledger::store::StoredBooking;
use crate::ledger::{external_ids, outbox_rows, store};
use crate::outbox::{self, Delivery, Destination};
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

/// Bookings that one notice names: as many as its body has room for.
const MOST_NAMED: usize = 300;

/// Erases all bookings of an address that were made until it was asked for.
pub(in crate::ledger) fn erase(
    sql: &mut dyn Sql,
    email: &str,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let mut bookings = store::bookings_of(sql, email)?;
    // Bookings are stamped to the second.
    bookings.retain(|stored| stored.booking.created_at.trunc_subsecs(0) <= asked_at.trunc_subsecs(0));
    if bookings.is_empty() {
        return Ok(Reply::Done);
    }
    let ids: Vec<&BookingId> = bookings.iter().map(|stored| &stored.booking.id).collect();
    outbox_rows::forget_all(sql, &ids)?;
    external_ids::forget_all(sql, &ids)?;
    for stored in &bookings {
        erase_booking(sql, stored, now)?;
    }
    tell(sql, &bookings, now)?;
    outbox_rows::forget_parked_of_erased(sql)?;
    Ok(Reply::Scrubbed)
}

/// Cancels it first where it is still to take place, so that everybody who counts on it knows.
fn erase_booking(sql: &mut dyn Sql, stored: &StoredBooking, now: DateTime<Utc>) -> Result<(), SqlFault> {
    // The contact is on its way out, and is told nothing more.
    let told = |destination: &&Destination| !matches!(destination, Destination::Contact { .. });
    let stored = StoredBooking {
        booking: stored.booking.clone(),
        destinations: stored.destinations.iter().filter(told).cloned().collect(),
        event_count: stored.event_count,
    };
    let cancels = Change::Cancel { by: Party::Host, reason: None };
    let (booking, event_count) = match change::end(sql, &stored, &cancels, now)? {
        Ok(cancelled) => {
            let count = store::booking(sql, &cancelled.id)?.map_or(0, |stored| stored.event_count);
            (cancelled, count)
        }
        // It is over, or was ended before.
        Err(_) => (stored.booking, stored.event_count),
    };
    let erased = booking.erased(now.trunc_subsecs(0));
    let records: Vec<Destination> =
        stored.destinations.into_iter().filter(|kept| *kept == Destination::Record).collect();
    store::erase_booking(sql, &erased, &records, event_count + 1)?;
    let deliveries = outbox::deliveries(&[Event::Erased], event_count, &erased, None, &records, now);
    outbox_rows::insert(sql, &deliveries, now)
}

/// Tells every endpoint that was told of any of the bookings, once.
fn tell(sql: &mut dyn Sql, bookings: &[StoredBooking], now: DateTime<Utc>) -> Result<(), SqlFault> {
    let mut webhooks: BTreeMap<&str, &Webhook> = BTreeMap::new();
    for destination in bookings.iter().flat_map(|stored| &stored.destinations) {
        if let Destination::Webhook(webhook) = destination {
            webhooks.insert(&webhook.url, webhook);
        }
    }
    let takers = webhooks.into_values().filter(|webhook| webhook.takes(Event::Erased.name()));
    let mut notices = Vec::new();
    for (place, webhook) in (1..).zip(takers) {
        let chunks = bookings.chunks(MOST_NAMED).filter_map(|named| Some((named, named.last()?)));
        notices.extend(chunks.map(|(named, last)| notice(named, &last.booking, webhook, place, now)));
    }
    outbox_rows::insert(sql, &notices, now)
}

fn notice(
    named: &[StoredBooking],
    last: &Booking,
    webhook: &Webhook,
    place: u32,
    now: DateTime<Utc>,
) -> Delivery {
    let ids: Vec<&BookingId> = named.iter().map(|stored| &stored.booking.id).collect();
    let data = json!({
        "contact": { "email": last.visitor.contact.email.trim() },
        "host": { "folder": last.host, "name": last.noted.name },
        "bookings": ids,
    });
    Delivery {
        id: format!("{}.erased.{place}", last.id),
        booking: None,
        event: Event::Erased,
        destination: Destination::Webhook(webhook.clone()),
        payload: outbox::payload(Event::Erased.name(), &data, now),
        next_attempt_at: now,
    }
}

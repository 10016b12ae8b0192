//! Erasing who made bookings, within the transaction of one host's ledger.
//!
//! What is left of a booking is its time, its page, and how it ended. Receivers are told, so that they erase theirs.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::json;

use super::change;
use super::uninvite::uninvite;
use crate::booking::{Booking, Change, Event, Party};
use crate::ledger::messages::{Reply, Today};
use crate::ledger::store::StoredBooking;
use crate::ledger::{external_ids, outbox_rows, reminders, store, subscribers};
use crate::outbox::{self, Body, Delivery, Destination, Payload, Request, Subscribers};
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

/// Bookings that one notice names: as many as its body has room for.
const MOST_NAMED: usize = 300;

/// Erases all bookings of an address that were made until it was asked for, and the address from the guests of others.
pub(in crate::ledger) fn erase(
    sql: &mut dyn Sql,
    request: &Request,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let mut bookings = store::bookings_of(sql, &request.email)?;
    // Bookings are stamped to the second.
    let asked_at = request.asked_at.trunc_subsecs(0);
    bookings.retain(|stored| stored.booking.created_at.trunc_subsecs(0) <= asked_at);
    let invited = uninvite(sql, request, today, now)?;
    if let Some(last) = invited.last() {
        tell(sql, &invited, (&request.email, &format!("erased-{}", last.event_count)), today, now)?;
    }
    if bookings.is_empty() {
        return Ok(if invited.is_empty() { Reply::Done } else { Reply::Scrubbed });
    }
    let ids: Vec<&BookingId> = bookings.iter().map(|stored| &stored.booking.id).collect();
    outbox_rows::forget_all(sql, &ids)?;
    reminders::forget(sql, &ids)?;
    external_ids::forget_all(sql, &ids)?;
    for stored in &bookings {
        erase_booking(sql, stored, request.by, today, now)?;
    }
    let email = bookings.last().map_or("", |last| last.booking.visitor.contact.email.trim()).to_owned();
    tell(sql, &bookings, (&email, "erased"), today, now)?;
    outbox_rows::forget_parked_of_erased(sql)?;
    Ok(Reply::Scrubbed)
}

/// Cancels it first where it is still to take place, so that everybody who counts on it knows.
fn erase_booking(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    by: Party,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    // The contact's ledger is told once, that it is erased.
    let contact_key = stored.contact_key.as_deref();
    let stored = StoredBooking { contact_key: None, ..stored.clone() };
    let cancels = Change::Erase { by };
    let (booking, event_count) = match change::end(sql, &stored, &cancels, today, now)? {
        Ok(cancelled) => {
            let count = store::booking(sql, &cancelled.id)?.map_or(0, |stored| stored.event_count);
            (cancelled, count)
        }
        // It is over, or was ended before.
        Err(_) => (stored.booking, stored.event_count),
    };
    let erased = booking.erased(now.trunc_subsecs(0));
    store::erase_booking(sql, &erased, event_count + 1)?;
    let nobody = Subscribers::none(&erased.noted);
    let destinations = Destination::of_booking(&nobody, &erased, &[], contact_key);
    let told = (&nobody, &destinations[..]);
    let deliveries = outbox::deliveries((&[Event::Erased], None), event_count, (&erased, None), told, now);
    outbox_rows::insert(sql, &deliveries, now)
}

/// Tells every endpoint once whose address was erased from which of the bookings that it knows: the address, and a name
/// that no other notice of the last one has.
fn tell(
    sql: &mut dyn Sql,
    bookings: &[StoredBooking],
    erased: (&str, &str),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let bookings: Vec<&StoredBooking> = bookings.iter().filter(|stored| stored.is_known).collect();
    let Some(last) = bookings.last() else { return Ok(()) };
    let subscribers = subscribers::of_today(sql, today, &last.booking.noted)?;
    let mut notices = Vec::new();
    for destination in Destination::of_subscribers(&subscribers, &[]) {
        if matches!(destination, Destination::Webhook(_)) {
            let chunks = bookings.chunks(MOST_NAMED).filter_map(|named| Some((named, named.last()?)));
            let notice = |(named, last): (&[&StoredBooking], &&StoredBooking)| {
                notice((named, &last.booking), erased, &subscribers, &destination, now)
            };
            notices.extend(chunks.map(notice));
        }
    }
    notices.dedup_by(|one, other| one.id == other.id);
    outbox_rows::insert(sql, &notices, now)
}

fn notice(
    (named, last): (&[&StoredBooking], &Booking),
    (email, name): (&str, &str),
    subscribers: &Subscribers,
    destination: &Destination,
    now: DateTime<Utc>,
) -> Delivery {
    let ids: Vec<&BookingId> = named.iter().map(|stored| &stored.booking.id).collect();
    let Booking { host, noted, .. } = subscribers.booking(last);
    let data = json!({
        "contact": { "email": email },
        "host": { "folder": host, "name": noted.name },
        "bookings": ids,
    });
    Delivery {
        id: format!("{}.{name}.{}", last.id, destination.tag()),
        booking: None,
        event: Event::Erased.name(),
        destination: destination.clone(),
        payload: Payload::Webhook(Body::new(Event::Erased.name(), data, now)),
        next_attempt_at: now,
    }
}

//! Booking a time, within the ledger's transaction.

use chrono::{DateTime, Utc};

use super::{Book, Claim, Reply, store};
use crate::booking::Booking;
use crate::claim::conflicts;
use crate::outbox;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};

/// A known key answers first. Then what the rules said, the limits, and what is taken may refuse, in that order; a refusal has written nothing.
pub(super) fn book(sql: &mut dyn Sql, command: &Book, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    if let Some(earlier) = earlier_reply(sql, command, now)? {
        return Ok(earlier);
    }
    match find_place(sql, command, now)? {
        Err(refusal) => Ok(Reply::Refused { refusal }),
        Ok(place) => write(sql, command, &place, now),
    }
}

/// Where a booking sits: in a claim that has room for it, or in one of its own.
enum Seating {
    Join(i64),
    New(Claim),
}

fn earlier_reply(sql: &mut dyn Sql, command: &Book, now: DateTime<Utc>) -> Result<Option<Reply>, SqlFault> {
    let booking = &command.booking;
    let Some(key) = &command.key else {
        let known =
            store::has_booking(sql, &booking.contact.normalised_email(), &booking.page, booking.start)?;
        return Ok(known.then_some(Reply::AlreadyBooked));
    };
    let reply = store::reply_of_key(sql, now, &booking.page, &key.key)?.map(|(body_hash, reply)| {
        if body_hash == key.body_hash {
            reply
        } else {
            Reply::Refused { refusal: Refusal::IdempotencyKeyReused }
        }
    });
    Ok(reply)
}

fn find_place(
    sql: &mut dyn Sql,
    command: &Book,
    now: DateTime<Utc>,
) -> Result<Result<Seating, Refusal>, SqlFault> {
    if let Some(refusal) = command.verdict {
        return Ok(Err(refusal));
    }
    let booking = &command.booking;
    if let Some(most) = command.contact_limit
        && store::count_of_contact(sql, now, &booking.contact.normalised_email())? >= i64::from(most)
    {
        return Ok(Err(Refusal::TooManyRequests));
    }
    for limit in &command.limits {
        if store::count_within(sql, now, &booking.page, limit)? >= i64::from(limit.most) {
            return Ok(Err(Refusal::LimitReached));
        }
    }
    let (start, end) = (booking.start.timestamp(), booking.end.timestamp());
    let mut seating = Seating::New(claim_of(booking, command.capacity));
    for stored in store::claims_near(sql, now, (start, end), &booking.id)? {
        if stored.claim.has_room_for(booking) {
            seating = Seating::Join(stored.id);
        } else if conflicts(&stored.claim, start, end, &booking.buffer) {
            return Ok(Err(Refusal::SlotTaken));
        }
    }
    Ok(Ok(seating))
}

fn write(
    sql: &mut dyn Sql,
    command: &Book,
    seating: &Seating,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let booking = &command.booking;
    store::insert_booking(sql, booking, &command.destinations)?;
    let claim_id = match seating {
        Seating::Join(claim_id) => *claim_id,
        Seating::New(claim) => store::insert_claim(sql, claim)?,
    };
    store::insert_seat(sql, claim_id, &booking.id, None)?;
    for delivery in outbox::deliveries(booking.events_when_made(), booking, &command.destinations, now) {
        store::insert_delivery(sql, &delivery)?;
    }
    let reply = Reply::Booked { booking: Box::new(booking.clone()) };
    if let Some(key) = &command.key {
        store::keep_reply(sql, now, &booking.page, key, &reply)?;
    }
    Ok(reply)
}

fn claim_of(booking: &Booking, capacity: u32) -> Claim {
    Claim {
        page: booking.page.clone(),
        start: booking.start.timestamp(),
        end: booking.end.timestamp(),
        before: i64::from(booking.buffer.before_minutes) * 60,
        after: i64::from(booking.buffer.after_minutes) * 60,
        seats_taken: 1,
        capacity,
    }
}

impl Claim {
    /// A booking with the same page, start and end joins a claim that has room: a group session.
    fn has_room_for(&self, booking: &Booking) -> bool {
        self.page == booking.page
            && (self.start, self.end) == (booking.start.timestamp(), booking.end.timestamp())
            && self.seats_taken < self.capacity
    }
}

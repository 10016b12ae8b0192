//! Changing a booking that is there, within the ledger's transaction.

use chrono::{DateTime, Utc};

use super::book::{against_every_rule, take_seat};
use super::live::{Live, Seating, Wish};
use super::store::StoredBooking;
use super::{Cancel, RecordOutcome, Reply, Reschedule, carry, store};
use crate::booking::{Booking, Change, Event, Status};
use crate::outbox;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

/// Cancels a booking: its time is free with the same commit that tells everyone.
pub(super) fn cancel(sql: &mut dyn Sql, command: &Cancel, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let Some(stored) = store::booking(sql, &command.id)? else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    let change = Change::Cancel { by: command.by, reason: command.reason.clone() };
    Ok(reply(end(sql, &stored, &change, now)?))
}

/// Moves a booking: its old time is free with the same commit that takes the new one. Where that cannot be had, the old one stands.
pub(super) fn reschedule(
    sql: &mut dyn Sql,
    command: &Reschedule,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let Some(stored) = store::booking(sql, &command.id)? else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    Ok(reply(move_to(sql, &stored, command, now)?))
}

/// Answers a request: one answer alone, and only while its time is held.
pub(super) fn decide(
    sql: &mut dyn Sql,
    id: &BookingId,
    accepts: bool,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let Some(stored) = store::booking(sql, id)? else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    let (decided, events) = match stored.booking.transition(&Change::Decide { accepts }, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Reply::Refused { refusal }),
    };
    if store::hold(sql, id, now)?.is_none() {
        return Ok(Reply::Refused { refusal: Refusal::HoldExpired });
    }
    store::update_booking(sql, &decided, events)?;
    if accepts {
        store::keep_seats(sql, id, now)?;
    } else {
        store::free_seats(sql, id)?;
    }
    tell(sql, &stored, &decided, events, now)?;
    Ok(Reply::Changed { booking: Box::new(decided) })
}

/// Keeps how a meeting went. Its time stays taken, whatever is said of it.
pub(super) fn record_outcome(
    sql: &mut dyn Sql,
    command: &RecordOutcome,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let Some(stored) = store::booking(sql, &command.id)? else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    let RecordOutcome { outcome, associations, .. } = command.clone();
    let (recorded, events) =
        match stored.booking.transition(&Change::RecordOutcome { outcome, associations }, now) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Reply::Refused { refusal }),
        };
    if !events.is_empty() {
        store::update_booking(sql, &recorded, events)?;
        tell(sql, &stored, &recorded, events, now)?;
    }
    Ok(Reply::Changed { booking: Box::new(recorded) })
}

/// Carries a change out after which the booking holds no time.
pub(super) fn end(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let (changed, events) = match stored.booking.transition(change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    store::update_booking(sql, &changed, events)?;
    store::free_seats(sql, &changed.id)?;
    tell(sql, stored, &changed, events, now)?;
    Ok(Ok(changed))
}

/// What the booking itself says to the change comes first; then its hold; then the new time, as for a new booking.
fn move_to(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    command: &Reschedule,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let Reschedule { by, start, end, buffer, .. } = *command;
    let (moved, events) = match stored.booking.transition(&Change::Move { by, start, end, buffer }, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(hold) = store::hold(sql, &moved.id, now)? else {
        return Ok(Err(Refusal::HoldExpired));
    };
    if events.is_empty() {
        return Ok(Ok(moved));
    }
    let seating = match find_seating(sql, command, &moved, now)? {
        Ok(seating) => seating,
        Err(refusal) => return Ok(Err(refusal)),
    };
    store::update_booking(sql, &moved, events)?;
    // A claim that is joined has somebody else in it, and so outlives this.
    store::free_seats(sql, &moved.id)?;
    // A request that was to be answered later than it now begins is dead at its start.
    let expires_at = hold.expires_at.map(|at| at.min(moved.start));
    take_seat(sql, &moved, command.capacity, seating, expires_at)?;
    tell(sql, stored, &moved, events, now)?;
    Ok(Ok(moved))
}

fn find_seating(
    sql: &mut dyn Sql,
    command: &Reschedule,
    moved: &Booking,
    now: DateTime<Utc>,
) -> Result<Result<Seating, Refusal>, SqlFault> {
    if let Some(refusal) = command.verdict.or_else(|| against_every_rule(moved)) {
        return Ok(Err(refusal));
    }
    let wish = Wish { booking: moved, capacity: command.capacity, limits: &command.limits };
    let live = Live::around(sql, &wish, now)?;
    if live.limit_reached(&wish) {
        return Ok(Err(Refusal::LimitReached));
    }
    Ok(live.seating(&wish))
}

/// Writes what everyone is told of a change, and of what is still to come: reminders of what was are withdrawn.
fn tell(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    changed: &Booking,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let StoredBooking { booking: former, destinations, event_count } = stored;
    if !former.reminders_minutes.is_empty() {
        carry::forget_reminders(sql, &changed.id)?;
    }
    let mut deliveries = outbox::deliveries(events, *event_count, changed, Some(former), destinations, now);
    if changed.status == Status::Confirmed {
        deliveries.extend(outbox::reminders(changed, destinations, now));
    }
    for delivery in deliveries {
        carry::insert(sql, &delivery, now)?;
    }
    Ok(())
}

fn reply(changed: Result<Booking, Refusal>) -> Reply {
    match changed {
        Ok(booking) => Reply::Changed { booking: Box::new(booking) },
        Err(refusal) => Reply::Refused { refusal },
    }
}

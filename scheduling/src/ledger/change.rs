//! Changing a booking that is there, within the ledger's transaction.

use chrono::{DateTime, Utc};

use super::store::StoredBooking;
use super::{Cancel, Reply, carry, store};
use crate::booking::{Booking, Change};
use crate::outbox;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};

/// Cancels a booking: its time is free with the same commit that tells everyone.
pub(super) fn cancel(sql: &mut dyn Sql, command: &Cancel, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let Some(stored) = store::booking(sql, &command.id)? else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    let change = Change::Cancel { by: command.by, reason: command.reason.clone() };
    match end(sql, &stored, &change, now)? {
        Ok(booking) => Ok(Reply::Changed { booking: Box::new(booking) }),
        Err(refusal) => Ok(Reply::Refused { refusal }),
    }
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
    carry::forget_reminders(sql, &changed.id)?;
    for delivery in outbox::deliveries(events, stored.event_count, &changed, &stored.destinations, now) {
        carry::insert(sql, &delivery, now)?;
    }
    Ok(Ok(changed))
}

//! Pruning: what visitors wrote is let go of once nobody needs it; and all of what nobody ever heard of.
//!
//! Of what took place, or was to, whose it was, when, and what was paid for it stays until its contact is erased: an
//! erasure tells everyone who was told of it. Nothing is let go of while money is to go back for it.

use chrono::{DateTime, Utc};

use super::columns::{json, read_integer, read_json, seconds};
use super::{copies, outbox_rows, retention, store};
use crate::booking::{Booking, Event};
use crate::outbox::Delivery;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Bookings that are pruned at one settling, at most.
const MOST_PRUNED: i64 = 16;

/// Prunes a few bookings that are due. `steady` is the time by which they may be lost for good.
pub(super) fn prune(sql: &mut dyn Sql, steady: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement =
        "SELECT record, proof = 'asked' OR contact_email = '' FROM booking WHERE due_at_seconds <= ?1
        ORDER BY due_at_seconds LIMIT +?2";
    let rows = sql.run(statement, &[seconds(steady), Value::Integer(MOST_PRUNED)])?;
    let mut gone = Vec::new();
    for row in &rows {
        let booking: Booking = read_json(row, 0)?;
        let goes_whole = read_integer(row, 1)? != 0;
        if let Some(until) = retention::kept_for_payment(&booking, goes_whole, steady) {
            store::keep_booking(sql, &booking.id, until)?;
            continue;
        }
        if goes_whole {
            gone.push(booking.id);
            continue;
        }
        store::cut_booking(sql, &booking.cut(), None)?;
        let record = Delivery::record(&booking.id, Event::Erased, "pruned", now);
        outbox_rows::insert(sql, &[record], now)?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    let gone: Vec<&BookingId> = gone.iter().collect();
    outbox_rows::forget_all(sql, &gone)?;
    copies::forget_all(sql, &gone)?;
    let statement = "DELETE FROM booking WHERE id IN (SELECT value FROM json_each(?1))";
    sql.run(statement, &[json(&gone)?]).map(|_| ())
}

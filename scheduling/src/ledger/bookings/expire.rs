//! Ending bookings that nobody confirmed, paid or answered in time. A dead seat takes no time whether this ran or not:
//! it tells, and tidies.

use chrono::{DateTime, Utc};

use super::change;
use crate::booking::Change;
use crate::ledger::columns::{first_instant, read_text, seconds, text};
use crate::ledger::messages::Today;
use crate::ledger::store;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Not those of whoever may have paid: the provider is asked first, which comes before a seat's end, unless nothing ran
/// then. `?1` is now, in seconds.
const NOBODY_TO_ASK_FIRST: &str = "booking_id NOT IN (SELECT booking_id FROM delivery
    WHERE state = 'pending' AND queue = 'notice' AND next_attempt_at_seconds <= ?1
      AND kind = 'payment' AND attempt_count = 0 AND booking_id IS NOT NULL)";

/// Ends each booking whose seats are all dead, and frees them; where others of it live, the proposal that they were
/// for. Seats of bookings that live in another ledger are freed alone.
pub(in crate::ledger) fn expire(
    sql: &mut dyn Sql,
    most: i64,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = format!(
        "SELECT DISTINCT booking_id FROM seat WHERE expires_at_seconds <= ?1 AND {NOBODY_TO_ASK_FIRST} LIMIT +?2"
    );
    let rows = sql.run(&statement, &[seconds(now), Value::Integer(most)])?;
    for row in &rows {
        let text = read_text(row, 0)?;
        let id = BookingId::parse(text).ok_or_else(|| {
            SqlFault::Corrupt(format!("a seat is of `{text}`, which is not a booking's id"))
        })?;
        expire_booking(sql, &id, today, now)?;
    }
    Ok(())
}

fn expire_booking(
    sql: &mut dyn Sql,
    id: &BookingId,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    if has_live_seat(sql, id, now)? {
        store::free_dead_seats(sql, id, now)?;
        return change::expire_proposal(sql, id, today, now);
    }
    if let Some(stored) = store::booking(sql, id)?
        && change::end(sql, &stored, &Change::Expire, today, now)?.is_ok()
    {
        return Ok(());
    }
    store::free_seats(sql, id)
}

fn has_live_seat(sql: &mut dyn Sql, id: &BookingId, now: DateTime<Utc>) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM seat WHERE booking_id = ?1 AND (expires_at_seconds IS NULL OR expires_at_seconds > ?2)";
    Ok(!sql.run(statement, &[text(id), seconds(now)])?.is_empty())
}

/// The instant at which the first seat dies, or has died, whose booking can be ended then.
pub(in crate::ledger) fn first_seat_to_die(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let statement = format!(
        "SELECT expires_at_seconds FROM seat WHERE expires_at_seconds IS NOT NULL AND {NOBODY_TO_ASK_FIRST}
        ORDER BY expires_at_seconds LIMIT 1"
    );
    first_instant(sql, &statement, &[seconds(now)])
}

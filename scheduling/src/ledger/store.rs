//! The ledger's statements: rows to types and back. What they mean is decided elsewhere.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Claim, CountLimit, Destination, IdempotencyKey, Reply};
use crate::availability::LONGEST_MEETING_MINUTES;
use crate::booking::{Booking, Status};
use crate::definition::LONGEST_BUFFER_MINUTES;
use crate::outbox::Delivery;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Idempotency keys are forgotten after this long.
const KEY_LIFE_SECONDS: i64 = 24 * 3600;

/// Statuses in which a booking counts against limits and takes its time.
const LIVE: &str = "('confirmed', 'requested', 'awaiting_payment')";

/// Columns of a claim with its live seats, and the tables that they come from. `?1` is now.
const CLAIM_WITH_SEATS: &str = "SELECT claim.id, claim.page, claim.start_seconds, claim.end_seconds,
        claim.before_seconds, claim.after_seconds, claim.capacity, COUNT(*)
    FROM claim JOIN seat ON seat.claim_id = claim.id AND (seat.expires_at_seconds IS NULL OR seat.expires_at_seconds > ?1)";

/// A claim with its row's number.
pub(super) struct StoredClaim {
    pub(super) id: i64,
    pub(super) claim: Claim,
}

/// The live claims that could be in the way of a meeting from `start` until `end` (seconds since 1970), those held by `booking` alone left out.
pub(super) fn claims_near(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    (start, end): (i64, i64),
    booking: &BookingId,
) -> Result<Vec<StoredClaim>, SqlFault> {
    let statement = format!(
        "{CLAIM_WITH_SEATS} WHERE claim.start_seconds > ?2 AND claim.start_seconds < ?3 AND seat.booking_id <> ?4 GROUP BY claim.id"
    );
    let buffer = i64::from(LONGEST_BUFFER_MINUTES) * 60;
    let meeting = i64::from(LONGEST_MEETING_MINUTES) * 60;
    let parameters =
        [seconds(now), Value::Integer(start - buffer - meeting), Value::Integer(end + buffer), text(booking)];
    sql.run(&statement, &parameters)?.iter().map(read_claim).collect()
}

/// The live claims that end after an instant, by start.
pub(super) fn claims_ending_after(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Result<Vec<Claim>, SqlFault> {
    let statement = format!(
        "{CLAIM_WITH_SEATS} WHERE claim.start_seconds > ?2 AND claim.end_seconds > ?3 GROUP BY claim.id ORDER BY claim.start_seconds"
    );
    let longest = i64::from(LONGEST_MEETING_MINUTES) * 60;
    let parameters = [seconds(now), Value::Integer(from.timestamp() - longest), seconds(from)];
    sql.run(&statement, &parameters)?.iter().map(|row| read_claim(row).map(|stored| stored.claim)).collect()
}

/// How many live bookings of a page start within a limit's stretch.
pub(super) fn count_within(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    page: &str,
    limit: &CountLimit,
) -> Result<i64, SqlFault> {
    let statement = "SELECT COUNT(DISTINCT seat.booking_id)
        FROM claim JOIN seat ON seat.claim_id = claim.id AND (seat.expires_at_seconds IS NULL OR seat.expires_at_seconds > ?1)
        WHERE claim.start_seconds >= ?2 AND claim.start_seconds < ?3 AND claim.page = ?4";
    count(sql, statement, &[seconds(now), seconds(limit.from), seconds(limit.until), text(page)])
}

/// How many bookings a contact has here that are live and not over.
pub(super) fn count_of_contact(sql: &mut dyn Sql, now: DateTime<Utc>, email: &str) -> Result<i64, SqlFault> {
    let statement = format!(
        "SELECT COUNT(*) FROM booking WHERE contact_email = ?1 AND end_seconds > ?2 AND status IN {LIVE}"
    );
    count(sql, &statement, &[text(email), seconds(now)])
}

/// Whether a contact has a live booking of that page at that start.
pub(super) fn has_booking(
    sql: &mut dyn Sql,
    email: &str,
    page: &str,
    start: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    let statement = format!(
        "SELECT COUNT(*) FROM booking WHERE contact_email = ?1 AND end_seconds > ?2 AND start_seconds = ?2 AND page = ?3 AND status IN {LIVE}"
    );
    Ok(count(sql, &statement, &[text(email), seconds(start), text(page)])? > 0)
}

/// What was answered under a key that is still alive, with the digest of the body that it came with.
pub(super) fn reply_of_key(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    page: &str,
    key: &str,
) -> Result<Option<(String, Reply)>, SqlFault> {
    let statement =
        "SELECT body_hash, reply FROM idempotency_key WHERE page = ?1 AND key = ?2 AND made_at_seconds > ?3";
    let alive = Value::Integer(now.timestamp() - KEY_LIFE_SECONDS);
    let rows = sql.run(statement, &[text(page), text(key), alive])?;
    rows.first().map(|row| Ok((read_text(row, 0)?.to_owned(), read_json(row, 1)?))).transpose()
}

/// Keeps a reply under its key, and forgets keys that have lived long enough.
pub(super) fn keep_reply(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    page: &str,
    key: &IdempotencyKey,
    reply: &Reply,
) -> Result<(), SqlFault> {
    let dead = Value::Integer(now.timestamp() - KEY_LIFE_SECONDS);
    sql.run("DELETE FROM idempotency_key WHERE made_at_seconds <= ?1", &[dead])?;
    let statement = "INSERT INTO idempotency_key (page, key, body_hash, reply, made_at_seconds) VALUES (?1, ?2, ?3, ?4, ?5)";
    let parameters = [text(page), text(&key.key), text(&key.body_hash), json(reply)?, seconds(now)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Writes a new booking.
pub(super) fn insert_booking(
    sql: &mut dyn Sql,
    booking: &Booking,
    destinations: &[Destination],
) -> Result<(), SqlFault> {
    let statement = "INSERT INTO booking (id, page, status, start_seconds, end_seconds, contact_email, record, destinations)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let parameters = [
        text(&booking.id),
        text(&booking.page),
        text(booking.status.name()),
        seconds(booking.start),
        seconds(booking.end),
        text(booking.contact.normalised_email()),
        json(booking)?,
        json(&destinations)?,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Writes a booking over its former self.
pub(super) fn update_booking(sql: &mut dyn Sql, booking: &Booking) -> Result<(), SqlFault> {
    let statement =
        "UPDATE booking SET status = ?2, start_seconds = ?3, end_seconds = ?4, record = ?5 WHERE id = ?1";
    let parameters = [
        text(&booking.id),
        text(booking.status.name()),
        seconds(booking.start),
        seconds(booking.end),
        json(booking)?,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// A booking, and where its notices go.
pub(super) fn booking(
    sql: &mut dyn Sql,
    id: &BookingId,
) -> Result<Option<(Booking, Vec<Destination>)>, SqlFault> {
    let rows = sql.run("SELECT record, destinations FROM booking WHERE id = ?1", &[text(id)])?;
    rows.first().map(|row| Ok((read_json(row, 0)?, read_json(row, 1)?))).transpose()
}

/// Bookings that start in a stretch, by start.
pub(super) fn bookings(
    sql: &mut dyn Sql,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    status: Option<Status>,
    most: u32,
) -> Result<Vec<Booking>, SqlFault> {
    let statement = "SELECT record FROM booking
        WHERE start_seconds >= ?1 AND start_seconds < ?2 AND (?3 IS NULL OR status = ?3)
        ORDER BY start_seconds, id LIMIT ?4";
    // The bounds of what SQL here may hold: no date lies beyond them.
    let bound =
        |instant: Option<DateTime<Utc>>, otherwise| instant.map_or(Value::Integer(otherwise), seconds);
    let parameters = [
        bound(from, -(1 << 52)),
        bound(until, 1 << 52),
        status.map_or(Value::Null, |status| text(status.name())),
        Value::Integer(most.into()),
    ];
    sql.run(statement, &parameters)?.iter().map(|row| read_json(row, 0)).collect()
}

/// Writes a claim, and returns its row's number.
pub(super) fn insert_claim(sql: &mut dyn Sql, claim: &Claim) -> Result<i64, SqlFault> {
    let statement =
        "INSERT INTO claim (page, start_seconds, end_seconds, before_seconds, after_seconds, capacity)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id";
    let parameters = [
        text(&claim.page),
        Value::Integer(claim.start),
        Value::Integer(claim.end),
        Value::Integer(claim.before),
        Value::Integer(claim.after),
        Value::Integer(claim.capacity.into()),
    ];
    count(sql, statement, &parameters)
}

/// Seats a booking in a claim, until the seat expires, if it does.
pub(super) fn insert_seat(
    sql: &mut dyn Sql,
    claim_id: i64,
    booking: &BookingId,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), SqlFault> {
    let statement = "INSERT INTO seat (claim_id, booking_id, expires_at_seconds) VALUES (?1, ?2, ?3)";
    let parameters = [Value::Integer(claim_id), text(booking), expires_at.map_or(Value::Null, seconds)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Frees every seat of a booking, and the claims that nobody sits in any more.
pub(super) fn free_seats(sql: &mut dyn Sql, booking: &BookingId) -> Result<(), SqlFault> {
    let freed = sql.run("DELETE FROM seat WHERE booking_id = ?1 RETURNING claim_id", &[text(booking)])?;
    for row in &freed {
        let claim_id = Value::Integer(read_integer(row, 0)?);
        let statement =
            "DELETE FROM claim WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM seat WHERE claim_id = ?1)";
        sql.run(statement, &[claim_id])?;
    }
    Ok(())
}

/// Writes a notice that must go out.
pub(super) fn insert_delivery(sql: &mut dyn Sql, delivery: &Delivery) -> Result<(), SqlFault> {
    let statement = "INSERT INTO delivery (booking_id, event, destination, payload, state, attempts, next_attempt_at_seconds)
        VALUES (?1, ?2, ?3, ?4, 'pending', 0, ?5)";
    let parameters = [
        text(&delivery.booking),
        text(delivery.event.name()),
        json(&delivery.destination)?,
        text(&delivery.payload),
        seconds(delivery.next_attempt_at),
    ];
    sql.run(statement, &parameters).map(|_| ())
}

fn read_claim(row: &Row) -> Result<StoredClaim, SqlFault> {
    let claim = Claim {
        page: read_text(row, 1)?.to_owned(),
        start: read_integer(row, 2)?,
        end: read_integer(row, 3)?,
        before: read_integer(row, 4)?,
        after: read_integer(row, 5)?,
        capacity: u32::try_from(read_integer(row, 6)?).map_err(unreadable)?,
        seats_taken: u32::try_from(read_integer(row, 7)?).map_err(unreadable)?,
    };
    Ok(StoredClaim { id: read_integer(row, 0)?, claim })
}

fn count(sql: &mut dyn Sql, statement: &str, parameters: &[Value]) -> Result<i64, SqlFault> {
    let rows = sql.run(statement, parameters)?;
    rows.first().map_or_else(|| Err(unreadable("an answer without a row")), |row| read_integer(row, 0))
}

fn read_integer(row: &Row, column: usize) -> Result<i64, SqlFault> {
    match row.get(column) {
        Some(Value::Integer(number)) => Ok(*number),
        other => Err(unreadable(format!("column {column} holds {other:?} instead of a number"))),
    }
}

fn read_text(row: &Row, column: usize) -> Result<&str, SqlFault> {
    match row.get(column) {
        Some(Value::Text(text)) => Ok(text),
        other => Err(unreadable(format!("column {column} holds {other:?} instead of text"))),
    }
}

fn read_json<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, SqlFault> {
    serde_json::from_str(read_text(row, column)?).map_err(unreadable)
}

fn unreadable(cause: impl Display) -> SqlFault {
    SqlFault::Corrupt(cause.to_string())
}

fn json(value: &impl Serialize) -> Result<Value, SqlFault> {
    serde_json::to_string(value).map(Value::Text).map_err(|cause| SqlFault::Other(cause.to_string()))
}

fn text(value: impl Display) -> Value {
    Value::Text(value.to_string())
}

fn seconds(instant: DateTime<Utc>) -> Value {
    Value::Integer(instant.timestamp())
}

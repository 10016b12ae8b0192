//! The outbox's rows: written with what they tell of, read when they are due, settled when they were tried.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    first_instant, in_json, json, read_integer, read_json, read_optional_text, read_text, read_u32, seconds,
    text,
};
use super::{
    Attempt, AttemptOutcome, DeliveryReport, DeliveryState, Destination, Due, Reply, contacts, store,
};
use crate::booking::Event;
use crate::outbox::{self, Delivery};
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Taken deliveries are kept so long for the host to see and replay, in days.
const DONE_KEPT_DAYS: i64 = 30;
/// How long a delivery waits that was not tried, in seconds; up to twice as long.
const POSTPONED_SECONDS: i64 = 30;
/// What is kept of a failure's reason, in characters.
const MOST_REASON_CHARACTERS: usize = 300;

/// Writes notices that must go out, in one statement for all; parked where their endpoint is switched off.
pub(super) fn insert(sql: &mut dyn Sql, deliveries: &[Delivery], now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "INSERT INTO delivery (id, booking_id, event, kind, destination, payload, attempt_count,
            next_attempt_at_seconds, state, last_error, settled_at_seconds)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, 0, value ->> 6,
            iif(url IS NULL, 'pending', 'parked'), iif(url IS NULL, NULL, ?2), iif(url IS NULL, NULL, ?3)
        FROM json_each(?1) LEFT JOIN endpoint_off ON url = value ->> 7";
    let mut rows = Vec::new();
    for delivery in deliveries {
        let destination = in_json(&delivery.destination)?;
        let endpoint = match &delivery.destination {
            Destination::Webhook(webhook) => Some(&webhook.url),
            _ => None,
        };
        rows.push((
            &delivery.id,
            &delivery.booking,
            delivery.event.name(),
            delivery.destination.kind(),
            destination,
            &delivery.payload,
            delivery.next_attempt_at.timestamp(),
            endpoint,
        ));
    }
    if rows.is_empty() {
        return Ok(());
    }
    sql.run(statement, &[json(&rows)?, text(outbox::SWITCHED_OFF), seconds(now)]).map(|_| ())
}

/// Nobody is reminded of what will not take place.
pub(super) fn forget_reminders(sql: &mut dyn Sql, booking: &BookingId) -> Result<(), SqlFault> {
    let statement = "DELETE FROM delivery WHERE state = 'pending' AND booking_id = ?1 AND event = ?2";
    sql.run(statement, &[text(booking), text(Event::ReminderDue.name())]).map(|_| ())
}

/// When the first delivery is to be tried that is not due yet.
pub(super) fn first_attempt_after(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let statement = "SELECT MIN(at) FROM (
            SELECT MIN(next_attempt_at_seconds) AS at FROM delivery
                WHERE state = 'pending' AND is_notice = 0 AND next_attempt_at_seconds > ?1
            UNION ALL SELECT MIN(next_attempt_at_seconds) FROM delivery
                WHERE state = 'pending' AND is_notice = 1 AND next_attempt_at_seconds > ?1)";
    first_instant(sql, statement, &[seconds(now)])
}

/// Notices that are due, longest due first.
pub(super) fn due_notices(
    sql: &mut dyn Sql,
    most: u32,
    except: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<Due>, SqlFault> {
    let statement = "SELECT number, id, destination, payload FROM delivery
        WHERE state = 'pending' AND is_notice = 1 AND next_attempt_at_seconds <= ?1
          AND number NOT IN (SELECT value FROM json_each(?3))
        ORDER BY next_attempt_at_seconds, number LIMIT ?2";
    let read = |row: &Row| {
        Ok(Due {
            number: read_integer(row, 0)?,
            id: read_text(row, 1)?.to_owned(),
            destination: read_json(row, 2)?,
            payload: read_text(row, 3)?.to_owned(),
            booking: None,
            event_count: 0,
        })
    };
    let parameters = [seconds(now), Value::Integer(most.into()), json(&except)?];
    sql.run(statement, &parameters)?.iter().map(read).collect()
}

/// Records and what goes to other ledgers, where due, longest due first, each with its booking as it is now.
pub(super) fn due_records(
    sql: &mut dyn Sql,
    most: u32,
    except: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<Due>, SqlFault> {
    let statement =
        "SELECT delivery.number, delivery.id, booking.record, delivery.destination, delivery.payload,
            COALESCE(booking.event_count, 0)
        FROM delivery LEFT JOIN booking ON booking.id = delivery.booking_id
        WHERE delivery.state = 'pending' AND delivery.is_notice = 0 AND delivery.next_attempt_at_seconds <= ?1
          AND delivery.number NOT IN (SELECT value FROM json_each(?3))
        ORDER BY delivery.next_attempt_at_seconds, delivery.number LIMIT ?2";
    let read = |row: &Row| {
        Ok(Due {
            number: read_integer(row, 0)?,
            id: read_text(row, 1)?.to_owned(),
            destination: read_json(row, 3)?,
            payload: read_text(row, 4)?.to_owned(),
            booking: if row.get(2) == Some(&Value::Null) { None } else { Some(read_json(row, 2)?) },
            event_count: read_u32(row, 5)?,
        })
    };
    let parameters = [seconds(now), Value::Integer(most.into()), json(&except)?];
    sql.run(statement, &parameters)?.iter().map(read).collect()
}

/// Notes how attempts went, and clears a little of what is old: it is done about once a second, and nobody waits for it.
pub(super) fn settle(sql: &mut dyn Sql, attempts: &[Attempt], now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let is_taken = |attempt: &&Attempt| attempt.outcome == AttemptOutcome::Taken;
    let numbers: Vec<i64> = attempts.iter().filter(is_taken).map(|attempt| attempt.number).collect();
    let mut scrubbed = !numbers.is_empty() && taken(sql, &numbers, now)?;
    for attempt in attempts {
        settle_one(sql, attempt, now)?;
    }
    scrubbed |= forget_settled_of_erased(sql, attempts)?;
    forget_old(sql, now)?;
    store::forget_keys(sql, now)?;
    Ok(if scrubbed { Reply::Scrubbed } else { Reply::Done })
}

fn settle_one(sql: &mut dyn Sql, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let number = Value::Integer(attempt.number);
    match &attempt.outcome {
        // Settled already, with all others that were taken.
        AttemptOutcome::Taken => Ok(()),
        AttemptOutcome::Failed { reason, retry_after_seconds } => {
            failed(sql, attempt, reason, *retry_after_seconds, now)
        }
        AttemptOutcome::Gone => gone(sql, &number, now),
        AttemptOutcome::Postponed => {
            let pause = POSTPONED_SECONDS + POSTPONED_SECONDS * i64::from(attempt.jitter) / 1000;
            let statement =
                "UPDATE delivery SET next_attempt_at_seconds = ?2 WHERE number = ?1 AND state = 'pending'";
            sql.run(statement, &[number, seconds(now + TimeDelta::seconds(pause))]).map(|_| ())
        }
    }
}

/// Records follow the booking's state, and nobody asks for them afterwards; what told of an event stays to be seen.
/// Returns whether a contact's erasure was completed by it.
fn taken(sql: &mut dyn Sql, numbers: &[i64], now: DateTime<Utc>) -> Result<bool, SqlFault> {
    let numbers = json(&numbers)?;
    let records = "DELETE FROM delivery
        WHERE number IN (SELECT value FROM json_each(?1)) AND state = 'pending' AND is_notice = 0
        RETURNING kind, destination";
    let deleted = sql.run(records, std::slice::from_ref(&numbers))?;
    let mut scrubbed = false;
    for row in &deleted {
        if read_text(row, 0)? == "erasure"
            && let Destination::Erasure { key, .. } = read_json(row, 1)?
        {
            scrubbed |= contacts::erased_by_one(sql, &key, now)?;
        }
    }
    let statement = "UPDATE delivery SET state = 'done', settled_at_seconds = ?2, last_error = NULL
        WHERE number IN (SELECT value FROM json_each(?1)) AND state = 'pending'";
    sql.run(statement, &[numbers, seconds(now)])?;
    Ok(scrubbed)
}

/// What still names somebody who is erased goes when it was taken or given up: nobody can have it sent again.
const OF_ERASED: &str = "state <> 'pending' AND (event = 'contact.erased' OR EXISTS
    (SELECT 1 FROM booking WHERE booking.id = delivery.booking_id AND booking.contact_email = ''))";

/// Of those that were tried. Returns whether there were any.
fn forget_settled_of_erased(sql: &mut dyn Sql, attempts: &[Attempt]) -> Result<bool, SqlFault> {
    let numbers: Vec<i64> = attempts.iter().map(|attempt| attempt.number).collect();
    let statement = format!(
        "DELETE FROM delivery WHERE number IN (SELECT value FROM json_each(?1)) AND {OF_ERASED} RETURNING number"
    );
    Ok(!sql.run(&statement, &[json(&numbers)?])?.is_empty())
}

/// Of those that are parked because their endpoint is switched off.
pub(super) fn forget_parked_of_erased(sql: &mut dyn Sql) -> Result<(), SqlFault> {
    let statement = format!("DELETE FROM delivery WHERE state = 'parked' AND {OF_ERASED}");
    sql.run(&statement, &[]).map(|_| ())
}

/// Forgets all that was told, or is to be told, of some bookings.
pub(super) fn forget_all(sql: &mut dyn Sql, bookings: &[&BookingId]) -> Result<(), SqlFault> {
    let statement = "DELETE FROM delivery WHERE booking_id IN (SELECT value FROM json_each(?1))";
    sql.run(statement, &[json(&bookings)?]).map(|_| ())
}

/// Whether a delivery of that id waits already.
pub(super) fn is_pending(sql: &mut dyn Sql, id: &str) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM delivery WHERE state = 'pending' AND id = ?1 LIMIT 1";
    Ok(!sql.run(statement, &[text(id)])?.is_empty())
}

/// Whether a ledger has yet to erase its bookings of a contact.
pub(super) fn has_erasures(sql: &mut dyn Sql, key: &str) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM delivery
        WHERE state = 'pending' AND kind = 'erasure' AND json_extract(destination, '$.key') = ?1 LIMIT 1";
    Ok(!sql.run(statement, &[text(key)])?.is_empty())
}

fn failed(
    sql: &mut dyn Sql,
    attempt: &Attempt,
    reason: &str,
    retry_after_seconds: Option<u32>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let number = Value::Integer(attempt.number);
    let pending = "SELECT attempt_count, destination FROM delivery WHERE number = ?1 AND state = 'pending'";
    let rows = sql.run(pending, std::slice::from_ref(&number))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let failures = read_u32(row, 0)? + 1;
    let destination: Destination = read_json(row, 1)?;
    let pause = outbox::pause_seconds(&destination, failures, attempt.jitter);
    let asked = retry_after_seconds.unwrap_or(0).min(outbox::LONGEST_RETRY_AFTER_SECONDS);
    let (state, next) = match pause {
        Some(pause) => (DeliveryState::Pending, now + TimeDelta::seconds(pause.max(asked).into())),
        None => (DeliveryState::Parked, now),
    };
    let reason: String = reason.chars().take(MOST_REASON_CHARACTERS).collect();
    let statement =
        "UPDATE delivery SET state = ?2, attempt_count = ?3, next_attempt_at_seconds = ?4, last_error = ?5,
        settled_at_seconds = ?6 WHERE number = ?1";
    let settled_at = if state == DeliveryState::Parked { seconds(now) } else { Value::Null };
    let parameters = [
        number,
        text(state.name()),
        Value::Integer(failures.into()),
        seconds(next),
        text(reason),
        settled_at,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Switches the endpoint off: this delivery and all others to it are parked.
fn gone(sql: &mut dyn Sql, number: &Value, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let rows = sql.run("SELECT destination FROM delivery WHERE number = ?1", std::slice::from_ref(number))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let Destination::Webhook(webhook) = read_json(row, 0)? else { return Ok(()) };
    sql.run(
        "INSERT OR IGNORE INTO endpoint_off (url, since_seconds) VALUES (?1, ?2)",
        &[text(&webhook.url), seconds(now)],
    )?;
    let statement = "UPDATE delivery SET state = 'parked', settled_at_seconds = ?2, last_error = ?3
        WHERE state = 'pending' AND kind = 'webhook' AND json_extract(destination, '$.url') = ?1";
    let parameters = [text(&webhook.url), seconds(now), text(outbox::SWITCHED_OFF)];
    sql.run(statement, &parameters)?;
    forget_parked_of_erased(sql)
}

/// A few of those that were taken long ago, at each settling.
fn forget_old(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "DELETE FROM delivery WHERE state = 'done' AND settled_at_seconds < ?1 AND number IN
        (SELECT number FROM delivery WHERE state = 'done' AND is_notice = 1 ORDER BY next_attempt_at_seconds LIMIT 64)";
    sql.run(statement, &[seconds(now - TimeDelta::days(DONE_KEPT_DAYS))]).map(|_| ())
}

/// Has a delivery go out again that was given up, or that was taken and lost.
pub(super) fn replay(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let statement = "SELECT number, destination FROM delivery WHERE state IN ('parked', 'done') AND id = ?1";
    let rows = sql.run(statement, &[text(id)])?;
    let Some(row) = rows.first() else { return Ok(Reply::Refused { refusal: Refusal::NotFound }) };
    let number = Value::Integer(read_integer(row, 0)?);
    if let Destination::Webhook(webhook) = read_json(row, 1)? {
        sql.run("DELETE FROM endpoint_off WHERE url = ?1", &[text(webhook.url)])?;
    }
    let statement = "UPDATE delivery SET state = 'pending', attempt_count = 0, next_attempt_at_seconds = ?2,
        settled_at_seconds = NULL WHERE number = ?1";
    sql.run(statement, &[number, seconds(now)])?;
    Ok(Reply::Done)
}

/// Deliveries as the host sees them, newest first. What stays within Daymark is nobody's to see.
pub(super) fn deliveries(
    sql: &mut dyn Sql,
    state: DeliveryState,
    most: u32,
) -> Result<Vec<DeliveryReport>, SqlFault> {
    let statement =
        "SELECT id, booking_id, event, destination, attempt_count, next_attempt_at_seconds, last_error
        FROM delivery WHERE state = ?1 AND is_notice = 1 ORDER BY next_attempt_at_seconds DESC LIMIT ?2";
    let read = |row: &Row| {
        let destination: Destination = read_json(row, 3)?;
        let next_attempt_at = DateTime::from_timestamp(read_integer(row, 5)?, 0);
        Ok(DeliveryReport {
            id: read_text(row, 0)?.to_owned(),
            booking: read_optional_text(row, 1)?,
            event: read_text(row, 2)?.to_owned(),
            destination: destination.name().to_owned(),
            state,
            attempts: read_u32(row, 4)?,
            next_attempt_at: next_attempt_at.filter(|_| state == DeliveryState::Pending),
            last_error: read_optional_text(row, 6)?,
        })
    };
    sql.run(statement, &[text(state.name()), Value::Integer(most.into())])?.iter().map(read).collect()
}

impl DeliveryState {
    /// The name, as JSON and SQL hold it.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Done => "done",
            DeliveryState::Parked => "parked",
        }
    }
}

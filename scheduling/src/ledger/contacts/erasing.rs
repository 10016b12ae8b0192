//! Erasing a contact: each host's ledger that may know it is asked to, and the contact goes with the last of them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::booking::{Event, Party};
use crate::ledger::columns::{first_instant, read_optional_text, read_text, seconds, text, unreadable};
use crate::ledger::{outbox_rows, steady};
use crate::order::set;
use crate::outbox::{Delivery, Destination, HostLedger, Payload, Request};
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Days for which an erased contact is remembered: notes from before the erasure may still be on their way.
const ERASED_KNOWN_DAYS: i64 = 1;

/// Begins to erase contacts that have been kept for long enough, and forgets those that were erased long enough ago.
/// `steady` is the time by which they may be lost for good.
pub(in crate::ledger) fn expire(
    sql: &mut dyn Sql,
    most: i64,
    steady: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "SELECT key, email FROM contact WHERE due_at_seconds <= ?1 LIMIT +?2";
    let rows = sql.run(statement, &[seconds(steady), Value::Integer(most)])?;
    for row in &rows {
        let key = read_text(row, 0)?;
        let Some(email) = read_optional_text(row, 1)? else {
            sql.run("DELETE FROM contact WHERE key = ?1", &[text(key)])?;
            continue;
        };
        // Not the bookings made since, which are not noted here yet, or are noted under another key.
        let last = "SELECT MAX(made_at_seconds) FROM contact_booking WHERE contact_key = ?1";
        let asked_at = first_instant(sql, last, &[text(key)])?.unwrap_or(now);
        begin_erasing(sql, key, (&email, &[]), asked_at, now)?;
    }
    Ok(())
}

/// Begins to erase a contact with every host: the bookings made until `asked_at`, and the contact as a guest of others,
/// in these ledgers. What is noted here later is erased then.
pub(in crate::ledger) fn begin_erasing(
    sql: &mut dyn Sql,
    key: &str,
    (email, ledgers): (&str, &[String]),
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "INSERT INTO contact (key, is_erasing, asked_at_seconds) VALUES (?1, 1, ?2)
        ON CONFLICT (key) DO UPDATE SET is_erasing = 1, asked_at_seconds = ?2, due_at_seconds = NULL";
    sql.run(statement, &[text(key), seconds(asked_at)])?;
    let rows = sql.run("SELECT booking_id FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    let mut ledgers = set(ledgers.iter().cloned());
    for row in &rows {
        let id = BookingId::parse(read_text(row, 0)?);
        let id = id.ok_or_else(|| unreadable("a contact's booking has no booking's id"))?;
        ledgers.insert(id.ledger().to_owned());
    }
    for ledger in ledgers {
        ask_ledger(sql, key, email, &ledger, asked_at, now)?;
    }
    // Nobody has to be asked where nothing is noted.
    erased_by_one(sql, key, now).map(|_| ())
}

/// Forgets a booking of which its host's ledger has erased who made it, and the contact with its last one. The owner
/// goes with the owner's last one.
pub(super) fn forget_booking(sql: &mut dyn Sql, key: &str, booking: &BookingId) -> Result<(), SqlFault> {
    let statement = "DELETE FROM contact_booking WHERE contact_key = ?1 AND booking_id = ?2";
    sql.run(statement, &[text(key), text(booking)])?;
    let statement = "DELETE FROM contact WHERE key = ?1 AND is_erasing = 0 AND email IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM contact_booking WHERE contact_key = ?1)";
    sql.run(statement, &[text(key)])?;
    let statement = "UPDATE contact SET owner = NULL, owner_name = NULL WHERE key = ?1 AND NOT EXISTS
        (SELECT 1 FROM contact_booking WHERE contact_key = ?1 AND substr(booking_id, 1, length(owner) + 1) = owner || '.')";
    sql.run(statement, &[text(key)]).map(|_| ())
}

/// Asks a host's ledger to erase its bookings of the contact, unless that waits to be done already.
pub(super) fn ask_ledger(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: &str,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let id = format!("{key}.{}.{ledger}", asked_at.timestamp());
    if outbox_rows::is_pending(sql, &id)? {
        return Ok(());
    }
    let delivery = Delivery {
        id,
        booking: None,
        event: Event::Erased.name(),
        destination: Destination::Erasure(HostLedger { key: key.to_owned(), ledger: ledger.to_owned() }),
        payload: Payload::Erasure(Request { email: email.to_owned(), asked_at, by: Party::Visitor }),
        next_attempt_at: now,
    };
    outbox_rows::insert(sql, &[delivery], now)
}

/// Notes that a host's ledger has erased its bookings of the contact, which goes with the last of them. Returns true if
/// this was the last.
pub(in crate::ledger) fn erased_by_one(
    sql: &mut dyn Sql,
    key: &str,
    now: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    if outbox_rows::has_erasures(sql, key)? {
        return Ok(false);
    }
    let statement = "UPDATE contact SET is_erasing = 0, email = NULL, owner = NULL, owner_name = NULL, due_at_seconds = ?2
        WHERE key = ?1 AND is_erasing = 1 RETURNING 1";
    let until = now + TimeDelta::days(ERASED_KNOWN_DAYS);
    if sql.run(statement, &[text(key), seconds(until)])?.is_empty() {
        return Ok(false);
    }
    sql.run("DELETE FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    Ok(true)
}

/// The instant at which the first contact is due to be erased by itself, or forgotten.
pub(in crate::ledger) fn first_due(sql: &mut dyn Sql) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let first = steady::not_before_trusted("due_at_seconds");
    let statement = format!(
        "SELECT {first} FROM contact WHERE due_at_seconds IS NOT NULL ORDER BY due_at_seconds LIMIT 1"
    );
    first_instant(sql, &statement, &[])
}

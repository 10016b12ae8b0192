//! Keeping contacts: what is noted of their bookings, and how one is erased everywhere.
//!
//! Notes arrive at least once, and in any order: a contact's name and last touch are read off its history, and the owner alone is
//! set. What is asked of hosts' ledgers for an erasure waits in the outbox, as all else that must not be lost; the contact goes
//! when the last of them has done it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::columns::{
    first_instant, json, read_integer, read_optional_integer, read_optional_text, read_text, seconds, text,
    unreadable,
};
use super::{Destination, NoteBooking, Reply, outbox_rows};
use crate::booking::Event;
use crate::contact::{Profile, touch_of};
use crate::outbox::Delivery;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// How long it is remembered that a contact was erased, in days: notes from before it may still be on their way.
const ERASED_KNOWN_DAYS: i64 = 1;

/// The booking that was made last, of the contact `?1`. Of two in one second, the order is arbitrary, but always the same.
const LAST_MADE: &str = "ORDER BY made_at_seconds DESC, booking_id DESC LIMIT 1";

/// Notes a booking as it is now.
pub(super) fn note(sql: &mut dyn Sql, note: &NoteBooking, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let NoteBooking { key, keep_minutes, booking, .. } = note;
    let email = booking.contact.normalised_email();
    let erasure = sql.run("SELECT is_erasing, asked_at_seconds FROM contact WHERE key = ?1", &[text(key)])?;
    if let Some(row) = erasure.first() {
        // Told late, of what was booked before: the erasure was meant for that, too.
        if let Some(asked_at) = read_optional_integer(row, 1)?
            && booking.created_at.timestamp() <= asked_at
        {
            ask_ledger(sql, key, &email, booking.id.ledger(), asked_at, now)?;
            return Ok(Reply::Done);
        }
        // Whoever books again meanwhile is a new contact, once the old one is gone.
        if read_integer(row, 0)? != 0 {
            return Ok(Reply::Refused { refusal: Refusal::Busy });
        }
    }
    note_history(sql, note)?;
    let statement = "INSERT INTO contact (key, is_erasing, email, owner, owner_name, due_at_seconds)
        VALUES (?1, 0, ?2, ?3, ?4, (SELECT MAX(end_seconds) + ?5 * 60 FROM contact_booking WHERE contact_key = ?1))
        ON CONFLICT (key) DO UPDATE SET email = excluded.email, owner = COALESCE(owner, excluded.owner),
        owner_name = COALESCE(owner_name, excluded.owner_name), due_at_seconds = excluded.due_at_seconds";
    let parameters = [
        text(key),
        text(email),
        text(&booking.host),
        text(&booking.host_name),
        keep_minutes.map_or(Value::Null, |minutes| Value::Integer(minutes.into())),
    ];
    sql.run(statement, &parameters)?;
    Ok(Reply::Done)
}

/// Writes the booking into the history, unless it is known as it is, or as it is later.
fn note_history(sql: &mut dyn Sql, note: &NoteBooking) -> Result<(), SqlFault> {
    let booking = &note.booking;
    let statement = "INSERT INTO contact_booking (contact_key, booking_id, event_count, made_at_seconds, name, page, title,
            start_seconds, end_seconds, status, outcome, campaign, source, medium)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        ON CONFLICT (contact_key, booking_id) DO UPDATE SET event_count = ?3, start_seconds = ?8, end_seconds = ?9,
        status = ?10, outcome = ?11 WHERE event_count < ?3";
    let [campaign, source, medium] = touch_of(booking).map(|part| part.map_or(Value::Null, Value::Text));
    let parameters = [
        text(&note.key),
        text(&booking.id),
        Value::Integer(note.event_count.into()),
        seconds(booking.created_at),
        text(&booking.contact.name),
        text(&booking.page),
        text(&booking.title),
        seconds(booking.start),
        seconds(booking.end),
        text(booking.status.name()),
        json(&booking.outcome)?,
        campaign,
        source,
        medium,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Begins to erase what has been kept for long enough, and forgets what was erased long enough ago.
pub(super) fn expire(sql: &mut dyn Sql, most: i64, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "SELECT key, email FROM contact WHERE due_at_seconds <= ?1 LIMIT ?2";
    let rows = sql.run(statement, &[seconds(now), Value::Integer(most)])?;
    for row in &rows {
        let key = read_text(row, 0)?;
        let Some(email) = read_optional_text(row, 1)? else {
            sql.run("DELETE FROM contact WHERE key = ?1", &[text(key)])?;
            continue;
        };
        // Not what was booked since, of which nothing is noted here yet, or under another key.
        let last = "SELECT MAX(made_at_seconds) FROM contact_booking WHERE contact_key = ?1";
        let asked_at = first_instant(sql, last, &[text(key)])?.unwrap_or(now);
        begin_erasing(sql, key, &email, None, asked_at, now)?;
    }
    Ok(())
}

/// Begins to erase a contact: what was booked until `asked_at`. `ledger` is a host's that knows the contact, whatever is noted here.
pub(super) fn begin_erasing(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: Option<&str>,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "INSERT INTO contact (key, is_erasing, asked_at_seconds) VALUES (?1, 1, ?2)
        ON CONFLICT (key) DO UPDATE SET is_erasing = 1, asked_at_seconds = ?2, due_at_seconds = NULL";
    sql.run(statement, &[text(key), seconds(asked_at)])?;
    let rows = sql.run("SELECT booking_id FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    let mut ledgers: BTreeSet<String> = ledger.into_iter().map(str::to_owned).collect();
    for row in &rows {
        let id = BookingId::parse(read_text(row, 0)?);
        let id = id.ok_or_else(|| unreadable("a contact's booking has no booking's id"))?;
        ledgers.insert(id.ledger().to_owned());
    }
    for ledger in ledgers {
        ask_ledger(sql, key, email, &ledger, asked_at.timestamp(), now)?;
    }
    Ok(())
}

/// Has a host's ledger asked to erase its bookings of the contact, unless that waits to be done already.
fn ask_ledger(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: &str,
    asked_at_seconds: i64,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let id = format!("{key}.{asked_at_seconds}.{ledger}");
    if outbox_rows::is_pending(sql, &id)? {
        return Ok(());
    }
    let delivery = Delivery {
        id,
        booking: None,
        event: Event::Erased,
        destination: Destination::Erasure { key: key.to_owned(), ledger: ledger.to_owned() },
        payload: json!({ "email": email, "asked_at_seconds": asked_at_seconds }).to_string(),
        next_attempt_at: now,
    };
    outbox_rows::insert(sql, &[delivery], now)
}

/// A host's ledger has erased its bookings of the contact, which goes with the last of them. Returns whether that was it.
pub(super) fn erased_by_one(sql: &mut dyn Sql, key: &str, now: DateTime<Utc>) -> Result<bool, SqlFault> {
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

/// A contact, where one is kept under that key.
pub(super) fn profile(sql: &mut dyn Sql, key: &str) -> Result<Option<Profile>, SqlFault> {
    let statement = format!(
        "SELECT owner, owner_name, newest.name, newest.made_at_seconds, touch.campaign, touch.source, touch.medium
        FROM contact
        JOIN contact_booking AS newest ON newest.contact_key = ?1 AND newest.booking_id =
            (SELECT booking_id FROM contact_booking WHERE contact_key = ?1 {LAST_MADE})
        LEFT JOIN contact_booking AS touch ON touch.contact_key = ?1 AND touch.booking_id =
            (SELECT booking_id FROM contact_booking WHERE contact_key = ?1
                AND COALESCE(campaign, source, medium) IS NOT NULL {LAST_MADE})
        WHERE contact.key = ?1 AND owner IS NOT NULL"
    );
    let rows = sql.run(&statement, &[text(key)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Profile {
        owner: read_text(row, 0)?.to_owned(),
        owner_name: read_text(row, 1)?.to_owned(),
        name: read_text(row, 2)?.to_owned(),
        booked_at: DateTime::from_timestamp(read_integer(row, 3)?, 0).unwrap_or_default(),
        touch: [read_optional_text(row, 4)?, read_optional_text(row, 5)?, read_optional_text(row, 6)?],
    }))
}

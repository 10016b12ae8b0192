//! Keeping contacts: what is noted of their bookings, and how one is erased everywhere.
//!
//! Notes arrive at least once, and in any order. What is asked of hosts' ledgers for an erasure waits in the outbox, as all
//! else that must not be lost; the contact goes when the last of them has done it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::rows::{
    first_instant, json, read_integer, read_json, read_optional_integer, read_optional_text, read_text,
    seconds, text, unreadable,
};
use super::{Command, Destination, Reply, carry};
use crate::booking::Event;
use crate::contact::{Meeting, Note, Owner, Profile, Touch};
use crate::outbox::Delivery;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// How long it is remembered that a contact was erased, in days: notes from before it may still be on their way.
const ERASED_KNOWN_DAYS: i64 = 1;

/// A contact, as its row has it.
#[derive(Serialize, Deserialize)]
struct Record {
    email: String,
    name: String,
    owner: Owner,
    /// The booking that was made last, of those that are noted.
    last: Made,
    touch: Option<(Touch, Made)>,
}

/// When a booking was made. Of two in one second, the order is arbitrary, but always the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Made {
    at: DateTime<Utc>,
    id: BookingId,
}

/// A contact's row.
struct Stored {
    is_erasing: bool,
    /// When its erasure was asked for, now or earlier.
    asked_at: Option<DateTime<Utc>>,
    record: Option<Record>,
}

/// Notes a booking as it is now.
pub(super) fn note(sql: &mut dyn Sql, note: &Note, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let stored = stored(sql, &note.key)?;
    if let Some(stored) = &stored {
        // Told late, of what was booked before: the erasure was meant for that, too.
        if let Some(asked_at) = stored.asked_at
            && note.meeting.created_at <= asked_at
        {
            ask_ledger(sql, &note.key, &note.email, note.meeting.id.ledger(), asked_at, now)?;
            return Ok(Reply::Done);
        }
        // Whoever books again meanwhile is a new contact, once the old one is gone.
        if stored.is_erasing {
            return Ok(Reply::Refused { refusal: Refusal::Busy });
        }
    }
    if !note_meeting(sql, note)? {
        return Ok(Reply::Done);
    }
    let record = with(stored.and_then(|stored| stored.record), note);
    let last_end = "SELECT MAX(end_seconds) FROM contact_booking WHERE contact_key = ?1";
    let last_end = first_instant(sql, last_end, &[text(&note.key)])?;
    let keep = note.keep_minutes.map(|minutes| TimeDelta::minutes(minutes.into()));
    let due_at = last_end.zip(keep).map(|(end, keep)| end + keep);
    let statement = "INSERT INTO contact (key, is_erasing, due_at_seconds, record) VALUES (?1, 0, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET due_at_seconds = ?2, record = ?3";
    sql.run(statement, &[text(&note.key), due_at.map_or(Value::Null, seconds), json(&record)?])?;
    Ok(Reply::Done)
}

/// Writes the booking into the history; `false` where it is known as it is, or as it is later.
fn note_meeting(sql: &mut dyn Sql, note: &Note) -> Result<bool, SqlFault> {
    let statement = "INSERT INTO contact_booking (contact_key, booking_id, event_count, end_seconds, record)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (contact_key, booking_id) DO UPDATE SET event_count = ?3, end_seconds = ?4, record = ?5
        WHERE event_count < ?3 RETURNING 1";
    let parameters = [
        text(&note.key),
        text(&note.meeting.id),
        Value::Integer(note.event_count.into()),
        seconds(note.meeting.end),
        json(&note.meeting)?,
    ];
    Ok(!sql.run(statement, &parameters)?.is_empty())
}

/// The contact after a note. Its owner is set once.
fn with(record: Option<Record>, note: &Note) -> Record {
    let made = Made { at: note.meeting.created_at, id: note.meeting.id.clone() };
    let touch = note.touch.clone().map(|touch| (touch, made.clone()));
    let Some(mut record) = record else {
        return Record {
            email: note.email.clone(),
            name: note.name.clone(),
            owner: note.host.clone(),
            last: made,
            touch,
        };
    };
    if made >= record.last {
        record.name.clone_from(&note.name);
        record.last = made;
    }
    let is_later = |(_, made): &(Touch, Made)| record.touch.as_ref().is_none_or(|(_, known)| made >= known);
    if touch.as_ref().is_some_and(is_later) {
        record.touch = touch;
    }
    record
}

/// Begins to erase a contact, at somebody's request.
pub(super) fn erase(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: &str,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    begin_erasing(sql, key, email, Some(ledger), now)?;
    Ok(Reply::Done)
}

/// Begins to erase what has been kept for long enough, and forgets what was erased long enough ago.
pub(super) fn expire(sql: &mut dyn Sql, most: i64, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "SELECT key, record FROM contact WHERE due_at_seconds <= ?1 LIMIT ?2";
    let rows = sql.run(statement, &[seconds(now), Value::Integer(most)])?;
    for row in &rows {
        let key = read_text(row, 0)?;
        if row.get(1) == Some(&Value::Null) {
            sql.run("DELETE FROM contact WHERE key = ?1", &[text(key)])?;
        } else {
            let record: Record = read_json(row, 1)?;
            begin_erasing(sql, key, &record.email, None, now)?;
        }
    }
    Ok(())
}

fn begin_erasing(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "INSERT INTO contact (key, is_erasing, asked_at_seconds) VALUES (?1, 1, ?2)
        ON CONFLICT (key) DO UPDATE SET is_erasing = 1, asked_at_seconds = ?2, due_at_seconds = NULL";
    sql.run(statement, &[text(key), seconds(now)])?;
    let rows = sql.run("SELECT booking_id FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    let mut ledgers: BTreeSet<String> = ledger.into_iter().map(str::to_owned).collect();
    for row in &rows {
        let id = BookingId::parse(read_text(row, 0)?);
        let id = id.ok_or_else(|| unreadable("a contact's booking has no booking's id"))?;
        ledgers.insert(id.ledger().to_owned());
    }
    for ledger in ledgers {
        ask_ledger(sql, key, email, &ledger, now, now)?;
    }
    Ok(())
}

/// Has a host's ledger asked to erase its bookings of the contact. One that is to be asked already is asked once more only for
/// what was booked since.
fn ask_ledger(
    sql: &mut dyn Sql,
    key: &str,
    email: &str,
    ledger: &str,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let destination = Destination::Erasure { key: key.to_owned(), ledger: ledger.to_owned() };
    if asked_at < now && carry::is_pending(sql, &destination)? {
        return Ok(());
    }
    let command = Command::EraseBookings { email: email.to_owned(), asked_at };
    let delivery = Delivery {
        id: format!("{key}.{}.{ledger}", asked_at.timestamp()),
        booking: None,
        event: Event::Erased,
        destination,
        payload: serde_json::to_string(&command).map_err(unreadable)?,
        next_attempt_at: now,
    };
    carry::insert(sql, &delivery, now)
}

/// A host's ledger has erased its bookings of the contact, which goes with the last of them. Returns whether that was it.
pub(super) fn erased_by_one(sql: &mut dyn Sql, key: &str, now: DateTime<Utc>) -> Result<bool, SqlFault> {
    if !stored(sql, key)?.is_some_and(|stored| stored.is_erasing) || carry::has_erasures(sql, key)? {
        return Ok(false);
    }
    sql.run("DELETE FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    let statement = "UPDATE contact SET is_erasing = 0, record = NULL, due_at_seconds = ?2 WHERE key = ?1";
    sql.run(statement, &[text(key), seconds(now + TimeDelta::days(ERASED_KNOWN_DAYS))])?;
    Ok(true)
}

/// A contact with its whole history.
pub(super) fn profile(sql: &mut dyn Sql, key: &str) -> Result<Option<Profile>, SqlFault> {
    let Some(record) = stored(sql, key)?.and_then(|stored| stored.record) else { return Ok(None) };
    let rows = sql.run("SELECT record FROM contact_booking WHERE contact_key = ?1", &[text(key)])?;
    let mut meetings: Vec<Meeting> = rows.iter().map(|row| read_json(row, 0)).collect::<Result<_, _>>()?;
    meetings.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    Ok(Some(Profile {
        email: record.email,
        name: record.name,
        owner: record.owner,
        booked_at: record.last.at,
        touch: record.touch.map(|(touch, _)| touch),
        meetings,
    }))
}

fn stored(sql: &mut dyn Sql, key: &str) -> Result<Option<Stored>, SqlFault> {
    let statement = "SELECT is_erasing, asked_at_seconds, record FROM contact WHERE key = ?1";
    let rows = sql.run(statement, &[text(key)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let record = read_optional_text(row, 2)?;
    Ok(Some(Stored {
        is_erasing: read_integer(row, 0)? != 0,
        asked_at: read_optional_integer(row, 1)?.and_then(|at| DateTime::from_timestamp(at, 0)),
        record: record.map(|text| serde_json::from_str(&text).map_err(unreadable)).transpose()?,
    }))
}

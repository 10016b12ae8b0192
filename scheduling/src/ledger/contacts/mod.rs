//! Keeping contacts: the notes of their bookings, and how one is erased everywhere.
//!
//! Notes arrive at least once, and in any order: a contact's name and last touch are read off its history, and only the
//! owner is set. What is asked of hosts' ledgers for an erasure waits in the outbox, like everything else that must not
//! be lost; the contact goes when the last of them has done it.

mod erasing;
mod mails;

use chrono::{DateTime, Utc};

use super::columns::{
    json, read_integer, read_optional_integer, read_optional_text, read_text, seconds, text,
};
use super::messages::{NoteBooking, Reply};
use crate::contact::{Owner, Profile, Touch};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault, Value};

pub(super) use self::erasing::{begin_erasing, erased_by_one, expire, first_due};
pub(super) use self::mails::{admit, told_ledgers};

/// The booking that was made last, of the contact `?1`. Of two in one second, the order is arbitrary, but always the
/// same.
const LAST_MADE: &str = "ORDER BY made_at_seconds DESC, booking_id DESC LIMIT 1";

/// Notes a booking as it is now.
pub(super) fn note(sql: &mut dyn Sql, note: &NoteBooking, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let NoteBooking { key, keep_minutes, booking, .. } = note;
    if booking.visitor.contact.is_erased() {
        erasing::forget_booking(sql, key, &booking.id)?;
        return Ok(Reply::Scrubbed);
    }
    let email = booking.visitor.contact.normalised_email();
    let erasure = sql.run("SELECT is_erasing, asked_at_seconds FROM contact WHERE key = ?1", &[text(key)])?;
    if let Some(row) = erasure.first() {
        // A late note of an earlier booking: the erasure was meant for that, too.
        if let Some(asked_at) = read_optional_integer(row, 1)?
            && booking.created_at.timestamp() <= asked_at
        {
            let asked_at = DateTime::from_timestamp(asked_at, 0).unwrap_or(now);
            erasing::ask_ledger(sql, key, &email, booking.id.ledger(), asked_at, now)?;
            return Ok(Reply::Done);
        }
        // Anyone who books again during an erasure is a new contact, once the old one is gone.
        if read_integer(row, 0)? != 0 {
            return Ok(Reply::Refused { refusal: Refusal::Busy });
        }
    }
    note_history(sql, note)?;
    let statement = "INSERT INTO contact (key, is_erasing, email, owner, owner_name, due_at_seconds)
        VALUES (?1, 0, ?2, ?3, ?4, (SELECT MAX(end_seconds) + ?5 * 60 FROM contact_booking WHERE contact_key = +?1))
        ON CONFLICT (key) DO UPDATE SET email = excluded.email, owner = COALESCE(owner, excluded.owner),
        owner_name = COALESCE(owner_name, excluded.owner_name), due_at_seconds = excluded.due_at_seconds";
    let parameters = [
        text(key),
        text(email),
        text(booking.id.ledger()),
        text(&booking.noted.name),
        keep_minutes.map_or(Value::Null, |minutes| Value::Integer(minutes.into())),
    ];
    sql.run(statement, &parameters)?;
    Ok(Reply::Done)
}

/// Writes the booking into the history, unless this state of it, or a later one, is known.
fn note_history(sql: &mut dyn Sql, note: &NoteBooking) -> Result<(), SqlFault> {
    let booking = &note.booking;
    let statement = "INSERT INTO contact_booking (contact_key, booking_id, event_count, made_at_seconds, name, page, title,
            start_seconds, end_seconds, status, outcome, campaign, source, medium)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        ON CONFLICT (contact_key, booking_id) DO UPDATE SET event_count = ?3, start_seconds = ?8, end_seconds = ?9,
        status = ?10, outcome = ?11 WHERE event_count < ?3";
    let Touch { campaign, source, medium } = Touch::of(booking);
    let or_null = |part: Option<String>| part.map_or(Value::Null, Value::Text);
    let parameters = [
        text(&note.key),
        text(&booking.id),
        Value::Integer(note.event_count.into()),
        seconds(booking.created_at),
        text(&booking.visitor.contact.name),
        text(&booking.page),
        text(&booking.title),
        seconds(booking.start),
        seconds(booking.end),
        text(booking.status.name()),
        json(&booking.outcome)?,
        or_null(campaign),
        or_null(source),
        or_null(medium),
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// A contact, if one is kept under that key; one that is being erased is nobody's any more.
pub(super) fn profile(sql: &mut dyn Sql, key: &str) -> Result<Option<Profile>, SqlFault> {
    let statement = format!(
        "SELECT owner, owner_name, newest.name, newest.made_at_seconds, touch.campaign, touch.source, touch.medium
        FROM contact
        JOIN contact_booking AS newest ON newest.contact_key = ?1 AND newest.booking_id =
            (SELECT booking_id FROM contact_booking WHERE contact_key = ?1 {LAST_MADE})
        LEFT JOIN contact_booking AS touch ON touch.contact_key = ?1 AND touch.booking_id =
            (SELECT booking_id FROM contact_booking WHERE contact_key = ?1
                AND COALESCE(campaign, source, medium) IS NOT NULL {LAST_MADE})
        WHERE contact.key = ?1 AND owner IS NOT NULL AND is_erasing = 0"
    );
    let rows = sql.run(&statement, &[text(key)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Profile {
        owner: Some(Owner { ledger: read_text(row, 0)?.to_owned(), name: read_text(row, 1)?.to_owned() }),
        name: read_text(row, 2)?.to_owned(),
        booked_at: DateTime::from_timestamp(read_integer(row, 3)?, 0).unwrap_or_default(),
        touch: Touch {
            campaign: read_optional_text(row, 4)?,
            source: read_optional_text(row, 5)?,
            medium: read_optional_text(row, 6)?,
        },
    }))
}

//! The ledger's statements: rows to types and back. What they mean is decided elsewhere.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    count, json, number_of, read_integer, read_json, read_optional_integer, read_optional_text, read_text,
    read_u32, seconds, text, unreadable,
};
use super::cursor::Cursor;
use super::messages::{IdempotencyKey, Today};
use super::strangers::Proof;
use super::{retention, steady};
use crate::booking::{Booking, Event, Status};
use crate::claim::Claim;
use crate::definition::in_folder;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Idempotency keys are forgotten after this long.
const KEY_LIFE_SECONDS: i64 = 24 * 3600;

/// How many bookings a person has here that are live and not over, and how many were made in the last day, whatever
/// became of them. `email` is the address as it is counted; anybody can type it, so where it can prove itself, those
/// count with which it did.
pub(super) fn count_of_contact(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    email: &str,
    can_prove: bool,
) -> Result<(i64, i64), SqlFault> {
    let statement = "SELECT COALESCE(SUM(end_seconds > ?1 AND EXISTS (SELECT 1 FROM seat
                WHERE booking_id = booking.id AND (expires_at_seconds IS NULL OR expires_at_seconds > ?1))), 0),
            COALESCE(SUM(made_at_seconds > ?3), 0)
        FROM booking WHERE counted_email = ?2 AND end_seconds > ?3 AND (proof = 'given' OR NOT ?4)";
    let day_ago = seconds(now - TimeDelta::days(1));
    let rows = sql.run(statement, &[seconds(now), text(email), day_ago, Value::Integer(can_prove.into())])?;
    let row = rows.first().ok_or_else(|| unreadable("an answer without a row"))?;
    Ok((read_integer(row, 0)?, read_integer(row, 1)?))
}

/// What was booked under an idempotency key.
pub(super) struct EarlierBooking {
    /// The digest of the body that the key came with.
    pub(super) body_hash: String,
    /// The booking: as it was when it was made, or as it is, where any body under its key means the same.
    pub(super) booking: Box<Booking>,
    /// Whether it holds a time that is not over.
    pub(super) is_live: bool,
}

/// What was booked on the page of a booking under a key that is still alive: also before the page's folder was renamed.
pub(super) fn booking_of_key(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    booking: &Booking,
    key: &str,
) -> Result<Option<EarlierBooking>, SqlFault> {
    let statement = "SELECT idempotency_key.body_hash,
        CASE WHEN idempotency_key.body_hash = '' THEN booking.record ELSE COALESCE(booking.first_record, booking.record) END,
        booking.end_seconds > ?3 AND EXISTS (SELECT 1 FROM seat WHERE seat.booking_id = booking.id
            AND (seat.expires_at_seconds IS NULL OR seat.expires_at_seconds > ?3)),
        idempotency_key.made_at_seconds
        FROM idempotency_key LEFT JOIN booking ON booking.id = idempotency_key.booking_id
        WHERE idempotency_key.page IN (+?1, +?4) AND idempotency_key.key = +?2";
    let before = in_folder(booking.id.ledger(), &booking.page);
    let rows = sql.run(statement, &[text(&booking.page), text(key), seconds(now), text(before)])?;
    let Some(row) = rows.iter().max_by_key(|row| read_integer(row, 3).ok()) else { return Ok(None) };
    if read_integer(row, 3)? <= steady::time(sql, now)?.timestamp() - KEY_LIFE_SECONDS {
        return Ok(None);
    }
    if row.get(1) == Some(&Value::Null) {
        return Err(unreadable("a key's booking is missing"));
    }
    Ok(Some(EarlierBooking {
        body_hash: read_text(row, 0)?.to_owned(),
        booking: read_json(row, 1)?,
        is_live: read_integer(row, 2)? == 1,
    }))
}

/// Keeps under its key that a booking was made.
pub(super) fn keep_reply(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    booking: &Booking,
    key: &IdempotencyKey,
) -> Result<(), SqlFault> {
    let statement =
        "INSERT OR REPLACE INTO idempotency_key (page, key, body_hash, made_at_seconds, booking_id)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let parameters =
        [text(&booking.page), text(&key.key), text(&key.body_hash), seconds(now), text(&booking.id)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Forgets a few of the keys that have lived long enough.
pub(super) fn forget_keys(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "DELETE FROM idempotency_key WHERE made_at_seconds <= ?1
        AND number IN (SELECT number FROM idempotency_key ORDER BY number LIMIT 64)";
    sql.run(statement, &[Value::Integer(now.timestamp() - KEY_LIFE_SECONDS)]).map(|_| ())
}

/// A new booking, with what only the ledger needs of it.
pub(super) struct NewBooking<'a> {
    pub(super) booking: &'a Booking,
    /// The key of its contact, where contacts are kept.
    pub(super) contact_key: Option<&'a str>,
    pub(super) network: Option<&'a str>,
    pub(super) proof: Proof,
}

/// Writes a new booking.
pub(super) fn insert_booking(
    sql: &mut dyn Sql,
    new: &NewBooking<'_>,
    events: &[Event],
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        "INSERT INTO booking (id, page, status, start_seconds, end_seconds, contact_email, counted_email,
            network, proof, made_at_seconds, due_at_seconds, event_count, contact_key, record)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let NewBooking { booking, contact_key, network, proof } = new;
    let contact = &booking.visitor.contact;
    let parameters = [
        text(&booking.id),
        text(&booking.page),
        text(booking.status.name()),
        seconds(booking.start),
        seconds(booking.end),
        text(contact.normalised_email()),
        text(contact.counted_email()),
        network.map_or(Value::Null, text),
        text(proof.name()),
        seconds(now),
        seconds(retention::due_at(booking, today)),
        Value::Integer(number_of(events)),
        contact_key.map_or(Value::Null, text),
        json(booking)?,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Writes a booking over its former self, and counts what happened to it.
pub(super) fn update_booking(
    sql: &mut dyn Sql,
    booking: &Booking,
    events: &[Event],
    today: &Today,
) -> Result<(), SqlFault> {
    let statement = "UPDATE booking SET status = ?2, start_seconds = ?3, end_seconds = ?4,
        due_at_seconds = iif(?5 = 0, due_at_seconds, ?7),
        event_count = event_count + ?5, first_record = COALESCE(first_record, record), record = ?6 WHERE id = ?1";
    let parameters = [
        text(&booking.id),
        text(booking.status.name()),
        seconds(booking.start),
        seconds(booking.end),
        Value::Integer(number_of(events)),
        json(booking)?,
        seconds(retention::due_at(booking, today)),
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Counts that its visitor has moved a booking.
pub(super) fn count_visitor_move(sql: &mut dyn Sql, id: &BookingId) -> Result<(), SqlFault> {
    sql.run("UPDATE booking SET visitor_moves = visitor_moves + 1 WHERE id = ?1", &[text(id)]).map(|_| ())
}

/// Writes what is left of a booking over it, and forgets how it was made: it is due at that instant again, if at all.
pub(super) fn cut_booking(
    sql: &mut dyn Sql,
    booking: &Booking,
    due_at: Option<DateTime<Utc>>,
) -> Result<(), SqlFault> {
    // Where it came from counts for an hour; what is cut for good is older.
    let statement = "UPDATE booking SET record = ?2, first_record = NULL, due_at_seconds = ?3,
        network = iif(?3 IS NULL, NULL, network) WHERE id = ?1";
    let parameters = [text(&booking.id), json(booking)?, due_at.map_or(Value::Null, seconds)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Keeps a booking until an instant.
pub(super) fn keep_booking(sql: &mut dyn Sql, id: &BookingId, until: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "UPDATE booking SET due_at_seconds = ?2 WHERE id = ?1";
    sql.run(statement, &[text(id), seconds(until)]).map(|_| ())
}

/// A booking with what only the ledger needs of it.
#[derive(Clone)]
pub(super) struct StoredBooking {
    pub(super) booking: Booking,
    /// The key of its contact, where contacts are kept.
    pub(super) contact_key: Option<String>,
    /// How many events it has had.
    pub(super) event_count: u32,
    /// How often its visitor has moved it, or asked to.
    pub(super) visitor_moves: u32,
    /// Whether others than its visitor ever heard of it: it was confirmed, or did not have to be.
    pub(super) is_known: bool,
}

/// The columns that [`read_stored`] reads.
pub(super) const STORED: &str = "record, contact_key, event_count, visitor_moves, proof <> 'asked'";

/// A booking, if it is here.
pub(super) fn booking(sql: &mut dyn Sql, id: &BookingId) -> Result<Option<StoredBooking>, SqlFault> {
    let statement = format!("SELECT {STORED} FROM booking WHERE id = ?1");
    let rows = sql.run(&statement, &[text(id)])?;
    rows.first().map(read_stored).transpose()
}

pub(super) fn read_stored(row: &Row) -> Result<StoredBooking, SqlFault> {
    Ok(StoredBooking {
        booking: read_json(row, 0)?,
        contact_key: read_optional_text(row, 1)?,
        event_count: read_u32(row, 2)?,
        visitor_moves: read_u32(row, 3)?,
        is_known: read_integer(row, 4)? != 0,
    })
}

/// Another booking that a payment was made for, by the provider's name of it: also where it goes back, as a second one.
pub(super) fn paid_by(
    sql: &mut dyn Sql,
    reference: &str,
    but: &BookingId,
) -> Result<Option<BookingId>, SqlFault> {
    let statement = "SELECT id FROM booking
            WHERE iif(json_valid(record), record ->> '$.payment.paid.reference', NULL) = ?1 AND id <> ?2
        UNION ALL SELECT booking_id FROM second_payment WHERE reference = ?1 AND booking_id <> ?2 LIMIT 1";
    let rows = sql.run(statement, &[text(reference), text(but)])?;
    Ok(rows.first().map(|row| read_text(row, 0)).transpose()?.and_then(BookingId::parse))
}

/// Notes a payment beside the one that a booking was paid by.
pub(super) fn note_second_payment(
    sql: &mut dyn Sql,
    reference: &str,
    booking: &BookingId,
) -> Result<(), SqlFault> {
    let statement = "INSERT OR IGNORE INTO second_payment (reference, booking_id) VALUES (?1, ?2)";
    sql.run(statement, &[text(reference), text(booking)]).map(|_| ())
}

/// The id of any booking that is here.
pub(super) fn any_booking(sql: &mut dyn Sql) -> Result<Option<BookingId>, SqlFault> {
    let rows = sql.run("SELECT id FROM booking LIMIT 1", &[])?;
    Ok(rows.first().map(|row| read_text(row, 0)).transpose()?.and_then(BookingId::parse))
}

/// Bookings that start in a stretch, by start. What was not confirmed is nobody's but its visitor's.
pub(super) fn bookings(
    sql: &mut dyn Sql,
    (from, until): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    status: Option<Status>,
    after: Option<&Cursor>,
    most: u32,
) -> Result<Vec<Booking>, SqlFault> {
    let statement = "SELECT record FROM booking
        WHERE start_seconds >= ?1 AND start_seconds < ?2 AND proof <> 'asked' AND (?3 IS NULL OR status = ?3)
          AND (?5 IS NULL OR (start_seconds, id) > (?1, ?5))
        ORDER BY start_seconds, id LIMIT +?4";
    // A place before the first instant passes nothing over.
    let after = after.filter(|after| from.is_none_or(|from| from.timestamp() <= after.start.timestamp()));
    let from = after.map_or(from, |after| Some(after.start));
    // The bounds of what SQL here may hold: no date lies beyond them.
    let bound =
        |instant: Option<DateTime<Utc>>, otherwise| instant.map_or(Value::Integer(otherwise), seconds);
    let parameters = [
        bound(from, -(1 << 52)),
        bound(until, 1 << 52),
        status.map_or(Value::Null, |status| text(status.name())),
        Value::Integer(most.into()),
        after.map_or(Value::Null, |after| text(&after.id)),
    ];
    sql.run(statement, &parameters)?.iter().map(|row| read_json(row, 0)).collect()
}

/// Bookings of a contact that are told of one host at once.
const MOST_OF_CONTACT: i64 = 100;

/// The bookings of who has booked here: those of whoever made the newest one first. Of all of them, or of that address.
pub(super) fn contacts(
    sql: &mut dyn Sql,
    email: Option<&str>,
    before: Option<&str>,
    most: u32,
) -> Result<Vec<Booking>, SqlFault> {
    let statement = "SELECT contact_email, MAX(number) AS newest FROM booking
        WHERE contact_email <> '' AND proof <> 'asked' AND (?1 IS NULL OR contact_email = ?1)
        GROUP BY contact_email HAVING ?2 IS NULL OR newest < (SELECT number FROM booking WHERE id = ?2)
        ORDER BY newest DESC LIMIT +?3";
    let parameters =
        [email.map_or(Value::Null, text), before.map_or(Value::Null, text), Value::Integer(most.into())];
    let own = "SELECT record FROM booking WHERE contact_email = ?1 AND proof <> 'asked'
        ORDER BY number DESC LIMIT +?2";
    let mut bookings = Vec::new();
    for contact in sql.run(statement, &parameters)? {
        for row in sql.run(own, &[text(read_text(&contact, 0)?), Value::Integer(MOST_OF_CONTACT)])? {
            bookings.push(read_json(&row, 0)?);
        }
    }
    Ok(bookings)
}

/// The normalised addresses of who has booked here, in their own order.
pub(super) fn addresses(sql: &mut dyn Sql, after: &str, most: u32) -> Result<Vec<String>, SqlFault> {
    let statement = "SELECT DISTINCT contact_email FROM booking WHERE contact_email > ?1
        ORDER BY contact_email LIMIT +?2";
    let rows = sql.run(statement, &[text(after), Value::Integer(most.into())])?;
    rows.iter().map(|row| read_text(row, 0).map(str::to_owned)).collect()
}

/// All bookings of an address, in the order in which they were made.
pub(super) fn bookings_of(sql: &mut dyn Sql, email: &str) -> Result<Vec<StoredBooking>, SqlFault> {
    let statement = format!("SELECT {STORED} FROM booking WHERE contact_email = ?1 ORDER BY number");
    sql.run(&statement, &[text(email)])?.iter().map(read_stored).collect()
}

/// The bookings in which a normalised address stands anywhere, in the order in which they were made. All are read: what
/// is asked for once in a while needs no index.
pub(super) fn bookings_naming(sql: &mut dyn Sql, email: &str) -> Result<Vec<StoredBooking>, SqlFault> {
    let statement =
        format!("SELECT {STORED} FROM booking WHERE instr(lower(record), ?1) > 0 ORDER BY number");
    sql.run(&statement, &[text(email)])?.iter().map(read_stored).collect()
}

/// Writes a booking anew, as it is and as it was first, where `change` makes another text of it.
pub(super) fn rewrite(
    sql: &mut dyn Sql,
    id: &BookingId,
    change: &impl Fn(&str) -> Option<String>,
) -> Result<(), SqlFault> {
    for column in ["record", "first_record"] {
        let statement = format!("SELECT {column} FROM booking WHERE id = ?1");
        let kept = sql.run(&statement, &[text(id)])?;
        let kept = kept.first().map(|row| read_optional_text(row, 0)).transpose()?.flatten();
        if let Some(changed) = kept.and_then(|kept| change(&kept)) {
            let statement = format!("UPDATE booking SET {column} = ?2 WHERE id = ?1");
            sql.run(&statement, &[text(id), text(changed)])?;
        }
    }
    Ok(())
}

/// Writes what is left of a booking over it, and forgets what was answered when it was made.
pub(super) fn erase_booking(sql: &mut dyn Sql, booking: &Booking, event_count: u32) -> Result<(), SqlFault> {
    let statement =
        "UPDATE booking SET contact_email = '', counted_email = '', network = NULL, record = ?2, first_record = NULL, contact_key = NULL,
        event_count = ?3, due_at_seconds = ?4 WHERE id = ?1";
    let due_at = seconds(retention::erased_due_at(booking));
    let parameters = [text(&booking.id), json(booking)?, Value::Integer(event_count.into()), due_at];
    sql.run(statement, &parameters)?;
    let keys = "DELETE FROM idempotency_key WHERE booking_id = ?1";
    sql.run(keys, &[text(&booking.id)]).map(|_| ())
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
    free_empty_claims(sql, &freed)
}

/// Frees the seats that a booking has at one time: from when until when.
pub(super) fn free_seats_at(
    sql: &mut dyn Sql,
    booking: &BookingId,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), SqlFault> {
    let statement = format!("DELETE FROM seat WHERE {SEATS_AT} RETURNING claim_id");
    let freed = sql.run(&statement, &[text(booking), seconds(start), seconds(end)])?;
    free_empty_claims(sql, &freed)
}

/// The seats of the booking ?1 from ?2 until ?3. It may have others: at a time that it is to be moved to.
const SEATS_AT: &str = "booking_id = +?1 AND claim_id IN
    (SELECT id FROM claim WHERE start_seconds = +?2 AND end_seconds = +?3)";

/// How a booking holds a time.
pub(super) struct Hold {
    /// When its last seat there dies, if it does.
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// How a booking holds a time, from when until when; `None` where no seat of it lives there.
pub(super) fn hold(
    sql: &mut dyn Sql,
    booking: &BookingId,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<Option<Hold>, SqlFault> {
    let statement = format!(
        "SELECT expires_at_seconds FROM seat
        WHERE {SEATS_AT} AND (expires_at_seconds IS NULL OR expires_at_seconds > ?4)
        ORDER BY expires_at_seconds IS NULL DESC, expires_at_seconds DESC LIMIT 1"
    );
    let rows = sql.run(&statement, &[text(booking), seconds(start), seconds(end), seconds(now)])?;
    let instant = rows.first().map(|row| read_optional_integer(row, 0)).transpose()?;
    let until = |instant: Option<i64>| instant.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(instant.map(|instant| Hold { expires_at: until(instant) }))
}

/// Keeps the seats that a booking has at one time, those that live, until an instant, or for good.
pub(super) fn keep_seats(
    sql: &mut dyn Sql,
    booking: &BookingId,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        format!("UPDATE seat SET expires_at_seconds = ?5 WHERE {SEATS_AT} AND expires_at_seconds > ?4");
    let until = until.map_or(Value::Null, seconds);
    sql.run(&statement, &[text(booking), seconds(start), seconds(end), seconds(now), until]).map(|_| ())
}

/// Frees a booking's seats that are dead, while others of it live.
pub(super) fn free_dead_seats(
    sql: &mut dyn Sql,
    booking: &BookingId,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "DELETE FROM seat WHERE booking_id = ?1 AND expires_at_seconds <= ?2 RETURNING claim_id";
    let freed = sql.run(statement, &[text(booking), seconds(now)])?;
    free_empty_claims(sql, &freed)
}

fn free_empty_claims(sql: &mut dyn Sql, freed: &[Row]) -> Result<(), SqlFault> {
    for row in freed {
        let claim_id = Value::Integer(read_integer(row, 0)?);
        let statement =
            "DELETE FROM claim WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM seat WHERE claim_id = ?1)";
        sql.run(statement, &[claim_id])?;
    }
    Ok(())
}

//! Bookings' copies in calendars that are read as well: those that are not where they were put, because their host has
//! moved them there, or taken them out. The host is asked; nothing is done by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    json, read_instant, read_integer, read_optional_integer, read_text, seconds, text, unreadable,
};
use super::messages::Reply;
use super::{outbox_rows, store};
use crate::booking::{Event, Status};
use crate::calendar::{Astray, Booked, Found, NoteBusy, Span};
use crate::outbox::{CALENDAR, CalendarCopy, Delivery, Destination, Payload};
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// A server may show what was written to it so much later.
const LAG: TimeDelta = TimeDelta::minutes(2);
/// What is missing still, so long after it was missed first, is missing for certain.
const CERTAIN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// Why a copy is not written that waited while a later one was.
const SAID_BY_LATER: &str = "a later copy has been written";

/// Notes which copies stand in their calendars now, of deliveries that were taken.
pub(super) fn kept(sql: &mut dyn Sql, numbers: Value, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "INSERT INTO copy (booking_id, calendar, kept_at_seconds)
        SELECT booking_id, destination ->> 'calendar', ?2 FROM delivery
            JOIN booking ON booking.id = booking_id AND booking.status = ?4
            WHERE delivery.number IN (SELECT value FROM json_each(?1)) AND kind = +?3
        ON CONFLICT (booking_id) DO UPDATE SET calendar = excluded.calendar,
            kept_at_seconds = excluded.kept_at_seconds, astray_since_seconds = NULL";
    let confirmed = text(Status::Confirmed.name());
    sql.run(statement, &[numbers.clone(), seconds(now), text(CALENDAR), confirmed.clone()])?;
    // What waited before it would only say the same again, and perhaps when its host has moved the copy since.
    let statement = "UPDATE delivery SET state = 'ended', settled_at_seconds = ?2, last_error = ?4
        WHERE state IN ('pending', 'parked') AND queue = 'notice' AND kind = +?3
          AND EXISTS (SELECT 1 FROM json_each(?1) JOIN delivery AS taken ON taken.number = value
            WHERE taken.booking_id = delivery.booking_id AND taken.destination = delivery.destination
              AND delivery.number < taken.number)";
    sql.run(statement, &[numbers.clone(), seconds(now), text(CALENDAR), text(SAID_BY_LATER)])?;
    let statement = "DELETE FROM copy WHERE booking_id IN (
        SELECT booking_id FROM delivery JOIN booking ON booking.id = booking_id AND booking.status <> ?3
        WHERE delivery.number IN (SELECT value FROM json_each(?1)) AND kind = +?2)";
    sql.run(statement, &[numbers, text(CALENDAR), confirmed]).map(|_| ())
}

/// Forgets the copies of some bookings.
pub(super) fn forget_all(sql: &mut dyn Sql, bookings: &[&BookingId]) -> Result<(), SqlFault> {
    let statement = "DELETE FROM copy WHERE booking_id IN (SELECT value FROM json_each(?1))";
    sql.run(statement, &[json(&bookings)?]).map(|_| ())
}

/// Compares the copies that should stand in a calendar with what was found there.
pub(super) fn compare(sql: &mut dyn Sql, noted: &NoteBusy, found: &Found) -> Result<(), SqlFault> {
    // Its host may have made a series of a copy.
    let mut there: BTreeMap<&BookingId, Vec<Span>> = BTreeMap::new();
    for Booked { booking, span, .. } in &found.bookings {
        there.entry(booking).or_default().push(*span);
    }
    // One whose next copy is on its way, or was given up, is not what was kept last.
    let statement =
        "SELECT booking_id, start_seconds, end_seconds FROM copy JOIN booking ON booking.id = booking_id
        WHERE copy.calendar = ?1 AND kept_at_seconds < ?2 AND booking.status = ?3
          AND start_seconds >= ?4 AND end_seconds <= ?5
          AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.booking_id = copy.booking_id AND kind = +?6
            AND state IN ('pending', 'parked') AND queue = 'notice')";
    let parameters = [
        text(&noted.calendar),
        seconds(noted.read_at - LAG),
        text(Status::Confirmed.name()),
        Value::Integer(found.asked.start.max(noted.read_at.timestamp())),
        Value::Integer(found.known_until),
        text(CALENDAR),
    ];
    let mut astray = Vec::new();
    for row in sql.run(statement, &parameters)? {
        let id = id_of(&row)?;
        let own = Span { start: read_integer(&row, 1)?, end: read_integer(&row, 2)? };
        match there.get(&id).map(Vec::as_slice) {
            Some(spans) if spans.contains(&own) => {}
            Some([first, ..]) => astray.push((id, Some(first.start), Some(first.end))),
            Some([]) | None => astray.push((id, None, None)),
        }
    }
    let statement = "UPDATE copy SET astray_since_seconds = NULL WHERE calendar = ?1
        AND booking_id NOT IN (SELECT value ->> 0 FROM json_each(?2))";
    let rows = json(&astray)?;
    sql.run(statement, &[text(&noted.calendar), rows.clone()])?;
    let statement = "UPDATE copy SET astray_since_seconds = COALESCE(astray_since_seconds, ?2),
            moved_start_seconds = value ->> 1, moved_end_seconds = value ->> 2
        FROM json_each(?1) WHERE booking_id = value ->> 0";
    sql.run(statement, &[rows, seconds(noted.read_at)])?;
    // What was written too shortly before to be compared is compared the next time, whether or not anything changes.
    let statement = "UPDATE calendar SET validator = NULL WHERE name = ?1
        AND EXISTS (SELECT 1 FROM copy WHERE copy.calendar = +?1 AND kept_at_seconds >= +?2)";
    sql.run(statement, &[text(&noted.calendar), seconds(noted.read_at - LAG)]).map(|_| ())
}

/// The bookings whose copies are elsewhere, or missing for certain.
pub(super) fn astray(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Vec<Astray>, SqlFault> {
    let statement =
        "SELECT booking_id, copy.calendar, astray_since_seconds, moved_start_seconds, moved_end_seconds
        FROM copy JOIN booking ON booking.id = booking_id JOIN calendar ON calendar.name = copy.calendar
        WHERE astray_since_seconds IS NOT NULL AND booking.status = ?2 AND start_seconds > ?1
          AND (moved_start_seconds IS NOT NULL OR read_at_milliseconds / 1000 - astray_since_seconds >= ?3)
          AND (moved_start_seconds, moved_end_seconds) IS NOT (start_seconds, end_seconds)
        ORDER BY start_seconds, booking_id";
    let certain_after = Value::Integer(CERTAIN_AFTER.num_seconds());
    sql.run(statement, &[seconds(now), text(Status::Confirmed.name()), certain_after])?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &Row) -> Result<Astray, SqlFault> {
    let moved = read_optional_integer(row, 3)?.zip(read_optional_integer(row, 4)?);
    Ok(Astray {
        booking: id_of(row)?,
        calendar: read_text(row, 1)?.to_owned(),
        since: read_instant(row, 2)?,
        moved_to: moved.map(|(start, end)| Span { start, end }),
    })
}

/// Has a booking's copy written anew, wherever its host has put it.
pub(super) fn put_back(sql: &mut dyn Sql, id: &BookingId, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let stored = store::booking(sql, id)?.filter(|stored| stored.booking.status == Status::Confirmed);
    let Some((stored, calendar)) = stored.and_then(|stored| {
        let calendar = stored.booking.terms.write_to.clone()?;
        Some((stored, calendar))
    }) else {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    };
    let destination = Destination::Calendar(CalendarCopy { calendar });
    let again = format!("{id}.{}-{}.{}", stored.event_count, now.timestamp(), destination.tag());
    if !outbox_rows::is_pending(sql, &again)? {
        let delivery = Delivery {
            id: again,
            booking: Some(id.clone()),
            event: Event::Confirmed.name(),
            destination,
            payload: Payload::Booking,
            next_attempt_at: now,
        };
        outbox_rows::insert(sql, &[delivery], now)?;
    }
    sql.run("UPDATE copy SET astray_since_seconds = NULL WHERE booking_id = ?1", &[text(id)])?;
    Ok(Reply::Done)
}

fn id_of(row: &Row) -> Result<BookingId, SqlFault> {
    BookingId::parse(read_text(row, 0)?).ok_or_else(|| unreadable("a copy's booking has no booking's id"))
}

//! Bookings' copies in calendars that are read as well: those that are not where they were put, because their host has
//! moved them there, or taken them out. The host is asked; nothing is done by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    json, read_instant, read_integer, read_optional_integer, read_text, seconds, text, unreadable,
};
use super::messages::Reply;
use super::{bookings, outbox_rows, store};
use crate::booking::{Booking, Event, Status};
use crate::calendar::{Astray, Booked, Found, NoteBusy, Span};
use crate::outbox::{CALENDAR, CalendarCopy, Delivery, Destination, OVERTAKEN, Payload};
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// A server may show what was written to it so much later.
const LAG: TimeDelta = TimeDelta::minutes(2);
/// What is missing is looked for by itself so soon.
const LOOK_AFTER: TimeDelta = TimeDelta::minutes(2);
/// What was looked for by itself twice, so long after each other, and was not there is gone for certain.
pub(super) const CERTAIN_AFTER: TimeDelta = TimeDelta::minutes(10);
/// A calendar that can be read, and did not take a copy, is offered it again so much later.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(6);
/// Copies that are looked for by themselves in one reading.
const MOST_LOOKED_FOR: i64 = 4;

/// Why a copy is not written that waited while a later one was.
const SAID_BY_LATER: &str = "a later copy has been written";

/// What of a copy says that nothing is amiss with it.
const IN_PLACE: &str =
    "astray_since_seconds = NULL, moved_start_seconds = NULL, moved_end_seconds = NULL, is_whole_days = 0,
    gone_since_seconds = NULL, gone_at_seconds = NULL, told = NULL, left_as = NULL";
/// What its host has made of a copy, in short: the same for the same.
pub(super) const MADE: &str = "iif(moved_start_seconds IS NULL, 'missing',
    moved_start_seconds || '-' || moved_end_seconds || iif(is_whole_days, '-days', ''))";
/// Copies that were not written because their calendar lets nobody in; and what has them go out again.
const IS_REFUSED: &str = "state = 'parked' AND queue = 'notice' AND is_refused = 1";
const WAITS: &str = "state = 'pending', is_refused = 0, attempt_count = 0, next_attempt_at_seconds = ?2,
    settled_at_seconds = NULL";

/// Notes which copies stand in their calendars now, of deliveries that were taken.
pub(super) fn kept(sql: &mut dyn Sql, numbers: Value, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = format!(
        "INSERT INTO copy (booking_id, calendar, kept_at_seconds, seen_with)
        SELECT booking_id, destination ->> 'calendar', ?2, calendar.settings FROM delivery
            JOIN booking ON booking.id = booking_id AND booking.status = ?4
            LEFT JOIN calendar ON calendar.name = destination ->> 'calendar'
            WHERE delivery.number IN (SELECT value FROM json_each(?1)) AND kind = +?3
        ON CONFLICT (booking_id) DO UPDATE SET calendar = excluded.calendar,
            kept_at_seconds = excluded.kept_at_seconds, seen_with = excluded.seen_with, {IN_PLACE}"
    );
    let confirmed = text(Status::Confirmed.name());
    sql.run(&statement, &[numbers.clone(), seconds(now), text(CALENDAR), confirmed.clone()])?;
    // Who is let in to write one may write all.
    let statement = format!(
        "UPDATE delivery SET {WAITS} WHERE {IS_REFUSED} AND destination IN (SELECT destination FROM delivery
            WHERE number IN (SELECT value FROM json_each(?1)) AND kind = +?3)"
    );
    sql.run(&statement, &[numbers.clone(), seconds(now), text(CALENDAR)])?;
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

/// Has the copies go out again that a calendar did not take, as it let nobody in, once it can be read. Where it could
/// be read before, only whoever tries sees whether it takes them: that is seldom.
pub(super) fn let_in(
    sql: &mut dyn Sql,
    calendar: &str,
    was_read: bool,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = format!(
        "UPDATE delivery SET {WAITS} WHERE {IS_REFUSED} AND destination = ?1 AND settled_at_seconds <= ?3"
    );
    let destination = Destination::Calendar(CalendarCopy { calendar: calendar.to_owned() });
    let refused_until = if was_read { now - AFTER_REFUSAL } else { now };
    sql.run(&statement, &[json(&destination)?, seconds(now), seconds(refused_until)]).map(|_| ())
}

/// Compares the copies that should stand in a calendar with what was found there.
pub(super) fn compare(sql: &mut dyn Sql, noted: &NoteBusy, found: &Found) -> Result<(), SqlFault> {
    // Its host may have made a series of a copy.
    let mut there: BTreeMap<&BookingId, Vec<&Booked>> = BTreeMap::new();
    for booked in &found.bookings {
        there.entry(&booked.booking).or_default().push(booked);
    }
    // One whose next copy is on its way, or was given up, is not what was kept last.
    let statement =
        "SELECT booking_id, start_seconds, end_seconds, moved_start_seconds, moved_end_seconds, is_whole_days FROM copy JOIN booking ON booking.id = booking_id
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
        let is_in_place = |booked: &&Booked| booked.span == own && !booked.whole_days;
        match there.get(&id).map(Vec::as_slice) {
            Some(places) if places.iter().any(is_in_place) => {}
            Some([first, ..]) => {
                let Span { start, end } = first.span;
                astray.push((id, Some(start), Some(end), first.whole_days, false));
            }
            Some([]) | None => {
                let is_gone = found.gone.contains(&id);
                let was = read_optional_integer(&row, 3)?.zip(read_optional_integer(&row, 4)?);
                let is_beyond = |(start, end): &(i64, i64)| {
                    !is_gone && (*end <= found.asked.start || *start >= found.asked.end)
                };
                // Where it was found by itself, a reading that does not look for it does not see it.
                let (start, end) = was.filter(is_beyond).unzip();
                let whole_days = start.is_some() && read_integer(&row, 5)? != 0;
                astray.push((id, start, end, whole_days, is_gone));
            }
        }
    }
    let seen: Vec<&BookingId> = there.keys().copied().collect();
    let statement = "UPDATE copy SET seen_with = ?3 WHERE calendar = ?1 AND seen_with IS NOT ?3
        AND booking_id IN (SELECT value FROM json_each(?2))";
    sql.run(statement, &[text(&noted.calendar), json(&seen)?, text(&noted.settings)])?;
    let statement = format!(
        "UPDATE copy SET {IN_PLACE} WHERE calendar = ?1
        AND booking_id NOT IN (SELECT value ->> 0 FROM json_each(?2))"
    );
    let rows = json(&astray)?;
    sql.run(&statement, &[text(&noted.calendar), rows.clone()])?;
    let statement = "UPDATE copy SET moved_start_seconds = value ->> 1, moved_end_seconds = value ->> 2,
            is_whole_days = value ->> 3,
            astray_since_seconds = iif((moved_start_seconds, moved_end_seconds, is_whole_days)
                IS (value ->> 1, value ->> 2, value ->> 3), COALESCE(astray_since_seconds, ?2), ?2),
            gone_since_seconds = CASE WHEN value ->> 1 IS NOT NULL THEN NULL
                WHEN value ->> 4 THEN COALESCE(gone_since_seconds, ?2) ELSE gone_since_seconds END,
            gone_at_seconds = CASE WHEN value ->> 1 IS NOT NULL THEN NULL
                WHEN value ->> 4 THEN ?2 ELSE gone_at_seconds END
        FROM json_each(?1) WHERE booking_id = value ->> 0";
    sql.run(statement, &[rows, seconds(noted.read_at)])?;
    // What was written too shortly before to be compared, or is missing and not gone for certain, is compared the next
    // time, whether or not anything changes. What was just missed is looked for soon.
    let statement = "UPDATE calendar SET validator = NULL WHERE name = ?1
        AND EXISTS (SELECT 1 FROM copy WHERE copy.calendar = +?1 AND (kept_at_seconds >= +?2
            OR (astray_since_seconds IS NOT NULL AND moved_start_seconds IS NULL
                AND COALESCE(gone_at_seconds - gone_since_seconds, 0) < ?3)))";
    let (name, certain_after) = (text(&noted.calendar), Value::Integer(CERTAIN_AFTER.num_seconds()));
    sql.run(statement, &[name.clone(), seconds(noted.read_at - LAG), certain_after])?;
    let statement = "UPDATE calendar SET next_read_at_seconds = min(next_read_at_seconds, ?3) WHERE name = ?1
        AND EXISTS (SELECT 1 FROM copy WHERE copy.calendar = +?1 AND astray_since_seconds > ?2
            AND moved_start_seconds IS NULL AND gone_at_seconds IS NULL)";
    let (just, soon) = (noted.read_at - CERTAIN_AFTER, noted.read_at + LOOK_AFTER);
    sql.run(statement, &[name, seconds(just), seconds(soon)]).map(|_| ())
}

/// Has what is missing, and not gone for certain, looked for at the date that was set for that, whoever reads the
/// calendar before.
pub(super) fn look_by(sql: &mut dyn Sql, noted: &NoteBusy, date: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "UPDATE calendar SET next_read_at_seconds = min(next_read_at_seconds, ?2) WHERE name = ?1
        AND EXISTS (SELECT 1 FROM copy WHERE copy.calendar = +?1 AND astray_since_seconds IS NOT NULL
            AND moved_start_seconds IS NULL AND COALESCE(gone_at_seconds - gone_since_seconds, 0) < ?3)";
    let certain_after = Value::Integer(CERTAIN_AFTER.num_seconds());
    sql.run(statement, &[text(&noted.calendar), seconds(date), certain_after]).map(|_| ())
}

/// Copies that were not found in a calendar: each is to be looked for by itself, as it may lie beyond what is read.
pub(super) fn missed(
    sql: &mut dyn Sql,
    calendar: &str,
    now: DateTime<Utc>,
) -> Result<Vec<BookingId>, SqlFault> {
    let statement = "SELECT booking_id FROM copy JOIN booking ON booking.id = booking_id
            JOIN calendar ON calendar.name = copy.calendar
        WHERE copy.calendar = ?1 AND astray_since_seconds IS NOT NULL
          AND (moved_start_seconds IS NULL OR moved_end_seconds <= known_from_seconds
            OR moved_start_seconds >= known_until_seconds)
          AND booking.status = ?2 AND start_seconds > ?3
        ORDER BY gone_at_seconds, booking_id LIMIT ?4";
    let parameters =
        [text(calendar), text(Status::Confirmed.name()), seconds(now), Value::Integer(MOST_LOOKED_FOR)];
    sql.run(statement, &parameters)?.iter().map(id_of).collect()
}

/// The bookings whose copies are elsewhere, or missing for certain, and are not to be left so.
pub(super) fn astray(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Vec<Astray>, SqlFault> {
    let statement = format!(
        "SELECT booking_id, copy.calendar, astray_since_seconds, moved_start_seconds,
            moved_end_seconds, is_whole_days
        FROM copy JOIN booking ON booking.id = booking_id JOIN calendar ON calendar.name = copy.calendar
        WHERE astray_since_seconds IS NOT NULL AND booking.status = ?2 AND start_seconds > ?1
          AND (moved_start_seconds IS NOT NULL OR gone_at_seconds - gone_since_seconds >= ?3
            OR copy.told = 'missing') AND left_as IS NOT {MADE}
        ORDER BY start_seconds, booking_id"
    );
    let certain_after = Value::Integer(CERTAIN_AFTER.num_seconds());
    let rows = sql.run(&statement, &[seconds(now), text(Status::Confirmed.name()), certain_after])?;
    rows.iter().map(|row| read(sql, row, now)).collect()
}

fn read(sql: &mut dyn Sql, row: &Row, now: DateTime<Utc>) -> Result<Astray, SqlFault> {
    let booking = id_of(row)?;
    let moved = read_optional_integer(row, 3)?.zip(read_optional_integer(row, 4)?);
    let moved_to = moved.map(|(start, end)| Span { start, end });
    Ok(Astray {
        calendar: read_text(row, 1)?.to_owned(),
        since: read_instant(row, 2)?,
        whole_days: read_integer(row, 5)? != 0,
        is_taken: is_taken(sql, &booking, moved_to, now)?,
        booking,
        moved_to,
    })
}

/// Whether another meeting is in the way of one where its copy is now.
pub(super) fn is_taken(
    sql: &mut dyn Sql,
    id: &BookingId,
    moved_to: Option<Span>,
    now: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    let start = moved_to.and_then(|span| DateTime::from_timestamp(span.start, 0));
    let Some((start, stored)) = start.zip(store::booking(sql, id)?) else { return Ok(false) };
    let former = stored.booking;
    if start == former.start {
        return Ok(false);
    }
    let end = start + (former.end - former.start);
    bookings::is_taken(sql, &Booking { start, end, ..former }, now)
}

/// Leaves a copy as its host has made it, until they make something else of it: where it was seen.
pub(super) fn leave(
    sql: &mut dyn Sql,
    id: &BookingId,
    seen: Span,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let statement = format!(
        "UPDATE copy SET left_as = {MADE} WHERE booking_id = ?1 AND moved_start_seconds = ?2
            AND moved_end_seconds = ?3 RETURNING 1"
    );
    let parameters = [text(id), Value::Integer(seen.start), Value::Integer(seen.end)];
    if sql.run(&statement, &parameters)?.is_empty() {
        return Ok(Reply::Refused { refusal: Refusal::Superseded });
    }
    outbox_rows::end_mails(sql, id, &[Event::CalendarMoved], OVERTAKEN, now)?;
    Ok(Reply::Done)
}

/// Forgets that a copy is not where it was put: its booking is elsewhere now, or nowhere, or it is put back.
pub(super) fn forget_astray(sql: &mut dyn Sql, id: &BookingId) -> Result<(), SqlFault> {
    let statement = format!("UPDATE copy SET {IN_PLACE} WHERE booking_id = ?1");
    sql.run(&statement, &[text(id)]).map(|_| ())
}

/// Has a booking's copy written anew, whatever its host has made of it: of the booking at the start that was seen.
pub(super) fn put_back(
    sql: &mut dyn Sql,
    id: &BookingId,
    start: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let refused = |refusal| Ok(Reply::Refused { refusal });
    let Some(stored) = store::booking(sql, id)? else { return refused(Refusal::NotFound) };
    let booking = &stored.booking;
    let calendar = match (booking.status, &booking.terms.write_to) {
        (Status::Cancelled, _) => return refused(Refusal::AlreadyCancelled),
        (Status::Declined | Status::Expired, _) => return refused(Refusal::AlreadyDecided),
        (Status::Confirmed, Some(_)) if start.is_some_and(|start| start != booking.start) => {
            return refused(Refusal::Superseded);
        }
        (Status::Confirmed, Some(calendar)) => calendar.clone(),
        _ => return refused(Refusal::NotFound),
    };
    let destination = Destination::Calendar(CalendarCopy { calendar });
    let again = format!("{id}.{}-{}.{}", stored.event_count, now.timestamp(), destination.tag());
    if !outbox_rows::is_pending(sql, &again)? {
        let delivery = Delivery {
            id: again,
            booking: Some(id.clone()),
            event: Event::Confirmed.name(),
            destination,
            payload: Payload::PutBack,
            next_attempt_at: now,
        };
        outbox_rows::insert(sql, &[delivery], now)?;
    }
    outbox_rows::end_mails(sql, id, &[Event::CalendarMissing, Event::CalendarMoved], OVERTAKEN, now)?;
    forget_astray(sql, id)?;
    Ok(Reply::Done)
}

pub(super) fn id_of(row: &Row) -> Result<BookingId, SqlFault> {
    BookingId::parse(read_text(row, 0)?).ok_or_else(|| unreadable("a copy's booking has no booking's id"))
}

//! The host's calendars in other programs, as they were read last: their busy times stand beside claims, and are in the
//! way of meetings by the same rule.
//!
//! What cannot be read is unknown, and never free: a failed reading takes nothing away, and ages what is there.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    first_instant, json, read_instant, read_integer, read_json, read_optional_integer, read_optional_text,
    read_text, read_u32, seconds, text, unreadable,
};
use super::messages::{Calendars, Reply, Today};
use super::{calendar_alerts, copies, store};
use crate::booking::Booking;
use crate::calendar::{Booked, FRESH, Found, Known, NoteBusy, Reading, Span, Unknown, Wanted};
use crate::claim::{Claim, conflicts};
use crate::definition::LONGEST_BUFFER_MINUTES;
use crate::order::merged;
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};

/// A calendar that had so many busy times and has none is doubted once: a feed may be empty for a moment.
const DOUBTED_SPANS: i64 = 5;
/// When a calendar that is doubted is read again.
const DOUBT: TimeDelta = TimeDelta::minutes(5);

const LONGEST_BUFFER_SECONDS: i64 = LONGEST_BUFFER_MINUTES as i64 * 60;

/// What the calendars of a page say to a time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The host is not busy then.
    Free,
    /// The host is.
    Busy,
    /// Nobody knows.
    Unknown,
    /// These are to be read first.
    ReadFirst(Vec<String>),
}

/// Notes a reading. Of two, the one that began later counts, but that no failure makes worse what was read: one that
/// was overtaken changes nothing. What a clock that was ahead has noted overtakes nothing.
pub(super) fn note(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let known = find(sql, &noted.calendar)?;
    let is_gone = noted.reading == Reading::Gone;
    let has_former_settings = |known: &Known| {
        known.settings != noted.settings && known.tried_at > noted.read_at && known.tried_at <= now + FRESH
    };
    if !is_gone && known.as_ref().is_some_and(has_former_settings) {
        return Ok(Reply::Done);
    }
    if known.is_some() && matches!(noted.reading, Reading::Found(_)) {
        let left_out = left_out(sql, &noted.calendar)?;
        if !left_out.iter().filter_map(|unknown| unknown.event.as_ref()).eq(&noted.left_out) {
            // Its host has said something else since it began.
            read_whole(sql, &noted.calendar, now)?;
            return Ok(Reply::Done);
        }
    }
    if is_gone || known.as_ref().is_some_and(|known| known.settings != noted.settings) {
        calendar_alerts::end_untold(sql, noted, now)?;
        let name = text(&noted.calendar);
        sql.run("DELETE FROM busy WHERE calendar = ?1", std::slice::from_ref(&name))?;
        sql.run("DELETE FROM calendar WHERE name = ?1", &[name])?;
    }
    let known = known.filter(|known| known.settings == noted.settings);
    let was_well = known.as_ref().is_some_and(|known| known.failing_since.is_none());
    let overtakes = |at: &DateTime<Utc>| *at >= noted.read_at && *at <= now + FRESH;
    let tried_at = known.as_ref().map(|known| known.tried_at).filter(overtakes);
    let read_at = known.as_ref().and_then(|known| known.read_at).filter(overtakes);
    let is_overtaken = match &noted.reading {
        Reading::Failed(_) | Reading::Refused(_) => tried_at.is_some(),
        Reading::Found(_) | Reading::Unchanged | Reading::Gone => read_at.is_some(),
    };
    if let Some(renewed) = noted.renewed.as_ref().filter(|_| is_overtaken) {
        // It counts all the same: whoever overtook this reading may have used it, and so was given none.
        let statement = "UPDATE calendar SET renewed = ?2 WHERE name = ?1";
        sql.run(statement, &[text(&noted.calendar), text(renewed)])?;
    }
    if is_gone {
        sql.run("DELETE FROM left_out WHERE calendar = ?1", &[text(&noted.calendar)])?;
    }
    if is_gone || is_overtaken {
        return Ok(Reply::Done);
    }
    let (name, read_at) = (text(&noted.calendar), milliseconds(noted.read_at));
    let insert = "INSERT INTO calendar (name, ledger, settings, tried_at_milliseconds, known_from_seconds,
            known_until_seconds, before_seconds, after_seconds, event_count, skipped, next_read_at_seconds, renewed)
        VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, 0, '', ?5, ?6)
        ON CONFLICT (name) DO UPDATE SET ledger = excluded.ledger,
            tried_at_milliseconds = excluded.tried_at_milliseconds,
            next_read_at_seconds = excluded.next_read_at_seconds,
            renewed = COALESCE(excluded.renewed, renewed)";
    let parameters = [
        name.clone(),
        text(&noted.ledger),
        text(&noted.settings),
        milliseconds(tried_at.unwrap_or(noted.read_at)),
        seconds(noted.next_read_at),
        noted.renewed.as_ref().map_or(Value::Null, text),
    ];
    sql.run(insert, &parameters)?;
    match &noted.reading {
        Reading::Found(found) => {
            replace(sql, noted, found)?;
            copies::compare(sql, noted, found)?;
            if let Some(known) = known.as_ref().filter(|known| known.next_read_at > noted.read_at) {
                copies::look_by(sql, noted, known.next_read_at)?;
            }
        }
        Reading::Unchanged => {
            let statement =
                "UPDATE calendar SET read_at_milliseconds = ?2, failing_since_seconds = NULL, error = NULL, is_refused = 0
                WHERE name = ?1 AND read_at_milliseconds IS NOT NULL";
            sql.run(statement, &[name, read_at])?;
        }
        Reading::Failed(reason) | Reading::Refused(reason) => {
            // What began by a clock that was ahead began now at the latest.
            let statement = "UPDATE calendar SET error = ?3, is_refused = ?4,
                failing_since_seconds = min(COALESCE(failing_since_seconds, ?2), ?2) WHERE name = ?1";
            let is_refused = Value::Integer(matches!(noted.reading, Reading::Refused(_)).into());
            sql.run(statement, &[name, seconds(noted.read_at), text(reason), is_refused])?;
        }
        Reading::Gone => {}
    }
    if noted.reading.failure().is_none() {
        copies::let_in(sql, &noted.calendar, was_well, now)?;
    }
    if let Some(known) = find(sql, &noted.calendar)? {
        // What began before another reading failed says nothing of how it is since.
        let is_last = noted.reading.failure().is_some() || tried_at.is_none();
        calendar_alerts::tell(sql, noted, (&known, is_last), today, now)?;
    }
    Ok(Reply::Done)
}

fn milliseconds(instant: DateTime<Utc>) -> Value {
    Value::Integer(instant.timestamp_millis())
}

/// Puts what was found in the place of what was known.
fn replace(sql: &mut dyn Sql, noted: &NoteBusy, found: &Found) -> Result<(), SqlFault> {
    let name = text(&noted.calendar);
    let busy = with_moved_bookings(sql, found)?;
    if busy.is_empty() && is_suddenly_empty(sql, noted)? {
        let statement = "UPDATE calendar SET doubted_since_seconds = COALESCE(doubted_since_seconds, ?2),
                validator = NULL, next_read_at_seconds = min(next_read_at_seconds, ?3) WHERE name = ?1";
        sql.run(statement, &[name, seconds(noted.read_at), seconds(noted.read_at + DOUBT)])?;
        return Ok(());
    }
    sql.run("DELETE FROM busy WHERE calendar = ?1", std::slice::from_ref(&name))?;
    let statement = "INSERT INTO busy (calendar, start_seconds, end_seconds)
        SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)";
    sql.run(statement, &[name.clone(), json(&busy)?])?;
    let in_seconds = |minutes: u32| Value::Integer(i64::from(minutes) * 60);
    let statement = "UPDATE calendar SET read_at_milliseconds = ?2, whole_at_seconds = ?10, known_from_seconds = ?3,
            known_until_seconds = ?4, before_seconds = ?5, after_seconds = ?6, event_count = ?7, validator = ?8,
            error = NULL, unknown_because = ?9, unknown_events = ?12, skipped = ?11, failing_since_seconds = NULL, doubted_since_seconds = NULL,
            is_refused = 0
        WHERE name = ?1";
    let parameters = [
        name,
        milliseconds(noted.read_at),
        Value::Integer(found.asked.start),
        Value::Integer(found.known_until),
        in_seconds(found.keep_free.before_minutes),
        in_seconds(found.keep_free.after_minutes),
        Value::Integer(found.events.into()),
        found.validator.as_ref().map_or(Value::Null, text),
        found.unknown_because.as_ref().map_or(Value::Null, text),
        seconds(noted.read_at),
        text(&found.skipped),
        json(&found.unknown_events)?,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Leaves an event out that makes a calendar unknown, or has it count again. The calendar is to be read whole then.
pub(super) fn leave_out(
    sql: &mut dyn Sql,
    (calendar, event): (&str, &str),
    counts: bool,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let key = [text(calendar), text(event)];
    let is_it = |unknown: &Unknown| unknown.event.as_deref() == Some(event);
    let left_out = left_out(sql, calendar)?.into_iter().find(is_it);
    let mut unknown = unknown_events(sql, calendar)?;
    let found = unknown.iter().find(|unknown| is_it(unknown)).cloned();
    match (left_out, found, counts) {
        (None, None, _) => return Ok(Reply::Refused { refusal: Refusal::NotFound }),
        (None, Some(_), true) | (Some(_), _, false) => return Ok(Reply::Done),
        (None, Some(found), false) => {
            let statement = "INSERT INTO left_out (calendar, event, told) VALUES (?1, ?2, ?3)";
            sql.run(statement, &[text(calendar), text(event), json(&found)?])?;
        }
        (Some(left_out), found, true) => {
            sql.run("DELETE FROM left_out WHERE calendar = ?1 AND event = ?2", &key)?;
            // What was known without it is not known with it, whether or not the calendar can be read.
            let statement = "UPDATE calendar SET unknown_events = ?2,
                    unknown_because = COALESCE(unknown_because, ?3),
                    known_until_seconds = max(known_from_seconds, min(known_until_seconds, ?4)) WHERE name = ?1";
            let (from, because) = (Value::Integer(left_out.from), text(left_out.cause.in_words()));
            if found.is_none() {
                unknown.push(left_out);
            }
            sql.run(statement, &[text(calendar), json(&unknown)?, because, from])?;
        }
    }
    read_whole(sql, calendar, now)?;
    Ok(Reply::Done)
}

/// Has a calendar read soon, whether or not it has changed.
fn read_whole(sql: &mut dyn Sql, calendar: &str, at: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement =
        "UPDATE calendar SET validator = NULL, next_read_at_seconds = min(next_read_at_seconds, ?2)
        WHERE name = ?1";
    sql.run(statement, &[text(calendar), seconds(at)]).map(|_| ())
}

/// The events that a host has left out of a calendar, in order of their digests.
fn left_out(sql: &mut dyn Sql, calendar: &str) -> Result<Vec<Unknown>, SqlFault> {
    let statement = "SELECT told FROM left_out WHERE calendar = ?1 ORDER BY event";
    sql.run(statement, &[text(calendar)])?.iter().map(|row| read_json(row, 0)).collect()
}

fn unknown_events(sql: &mut dyn Sql, calendar: &str) -> Result<Vec<Unknown>, SqlFault> {
    let rows = sql.run("SELECT unknown_events FROM calendar WHERE name = ?1", &[text(calendar)])?;
    rows.first().map_or_else(|| Ok(Vec::new()), |row| read_json(row, 0))
}

/// What is busy, and the bookings of ours that stand elsewhere in the calendar than here: their host has moved them
/// there. Where one stands where it is here, it takes no more time than it does.
fn with_moved_bookings(sql: &mut dyn Sql, found: &Found) -> Result<Vec<Span>, SqlFault> {
    let mut busy = found.busy.clone();
    for Booked { booking, span, .. } in found.bookings.iter().filter(|booked| booked.blocks) {
        let stored = store::booking(sql, booking)?;
        let is_there = |booking: &Booking| {
            booking.status.is_live()
                && (booking.start.timestamp(), booking.end.timestamp()) == (span.start, span.end)
        };
        if !stored.is_some_and(|stored| is_there(&stored.booking)) {
            busy.push(*span);
        }
    }
    let busy = busy.iter().map(|span| (span.start, span.end)).collect();
    Ok(merged(busy).into_iter().map(|(start, end)| Span { start, end }).collect())
}

/// Whether a calendar that was full is found empty, and has not been for a while.
fn is_suddenly_empty(sql: &mut dyn Sql, noted: &NoteBusy) -> Result<bool, SqlFault> {
    let statement =
        "SELECT (SELECT count(*) FROM busy WHERE calendar = ?1), doubted_since_seconds FROM calendar
        WHERE name = ?1";
    let rows = sql.run(statement, &[text(&noted.calendar)])?;
    let Some(row) = rows.first() else { return Ok(false) };
    let is_believed = read_optional_integer(row, 1)?
        .is_some_and(|since| noted.read_at.timestamp() - since >= DOUBT.num_seconds());
    Ok(read_integer(row, 0)? >= DOUBTED_SPANS && !is_believed)
}

/// What a page's calendars say to a meeting at its time. `own` is the time that the booking has already: a calendar
/// that does not tell whose events are whose shows it, too.
pub(super) fn standing(
    sql: &mut dyn Sql,
    asked: &Calendars,
    wish: &Booking,
    own: Option<Span>,
    now: DateTime<Utc>,
) -> Result<Standing, SqlFault> {
    let time = Span { start: wish.start.timestamp(), end: wish.end.timestamp() };
    let mut known = Vec::with_capacity(asked.wanted.len());
    for wanted in &asked.wanted {
        known.push((wanted, find(sql, &wanted.name)?.filter(|known| wanted.is(known))));
    }
    if asked.may_read {
        let is_stale = |known: &Option<Known>| known.as_ref().is_none_or(|known| !known.is_fresh(now));
        let stale = known.iter().filter(|(_, known)| is_stale(known));
        let stale: Vec<String> = stale.map(|(wanted, _)| wanted.name.clone()).collect();
        if !stale.is_empty() {
            return Ok(Standing::ReadFirst(stale));
        }
    }
    let reach = LONGEST_BUFFER_SECONDS;
    for (wanted, _) in &known {
        let around = Span { start: time.start - reach, end: time.end + reach };
        let busy = busy_within(sql, &wanted.name, around)?;
        let is_own = |claim: &Claim| own.is_some_and(|own| (own.start, own.end) == (claim.start, claim.end));
        let in_the_way =
            |claim: &Claim| conflicts(claim, time.start, time.end, &wish.buffer) && !is_own(claim);
        if busy.iter().any(in_the_way) {
            return Ok(Standing::Busy);
        }
    }
    let is_known = |(wanted, known): &(&Wanted, Option<Known>)| {
        known.as_ref().is_some_and(|known| known.covers(time, wanted.known_for_minutes, now))
    };
    Ok(if known.iter().all(is_known) { Standing::Free } else { Standing::Unknown })
}

/// The busy times of a calendar that touch a stretch. As they touch no other, only one of them begins before it.
fn busy_within(sql: &mut dyn Sql, calendar: &str, stretch: Span) -> Result<Vec<Claim>, SqlFault> {
    let statement = "
        SELECT busy.calendar, start_seconds, end_seconds, before_seconds, after_seconds
        FROM busy JOIN calendar ON calendar.name = busy.calendar
        WHERE busy.calendar = ?1 AND start_seconds < ?3 AND end_seconds > ?2 AND start_seconds >= COALESCE(
            (SELECT max(start_seconds) FROM busy WHERE calendar = ?1 AND start_seconds <= ?2), ?2)
        ORDER BY start_seconds";
    let parameters = [text(calendar), Value::Integer(stretch.start), Value::Integer(stretch.end)];
    sql.run(statement, &parameters)?.iter().map(read_claim).collect()
}

/// The busy times of all calendars that end after an instant.
pub(super) fn busy_after(sql: &mut dyn Sql, from: DateTime<Utc>) -> Result<Vec<Claim>, SqlFault> {
    let statement = "SELECT busy.calendar, start_seconds, end_seconds, before_seconds, after_seconds
        FROM busy JOIN calendar ON calendar.name = busy.calendar WHERE end_seconds > ?1
        ORDER BY start_seconds, busy.calendar";
    sql.run(statement, &[seconds(from)])?.iter().map(read_claim).collect()
}

fn read_claim(row: &Row) -> Result<Claim, SqlFault> {
    let span = (read_integer(row, 1)?, read_integer(row, 2)?);
    let kept_free = (read_integer(row, 3)?, read_integer(row, 4)?);
    Ok(Claim::of_calendar(read_text(row, 0)?.to_owned(), span, kept_free))
}

const COLUMNS: &str = "name, ledger, settings, tried_at_milliseconds, read_at_milliseconds, whole_at_seconds,
    known_from_seconds, known_until_seconds, next_read_at_seconds, failing_since_seconds, COALESCE(error, unknown_because),
    event_count, validator, skipped, renewed, is_refused";

/// All calendars that were ever tried to be read, by their names.
pub(super) fn all(sql: &mut dyn Sql) -> Result<Vec<Known>, SqlFault> {
    let statement = format!("SELECT {COLUMNS} FROM calendar ORDER BY name");
    sql.run(&statement, &[])?.iter().map(read).collect()
}

/// The same, each with all that it is read with.
pub(super) fn all_to_read(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Vec<Known>, SqlFault> {
    let all = all(sql)?;
    to_read(sql, all, now)
}

/// The calendars that are to be read now.
pub(super) fn due(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Vec<Known>, SqlFault> {
    let statement = format!("SELECT {COLUMNS} FROM calendar WHERE next_read_at_seconds <= ?1 ORDER BY name");
    let due = sql.run(&statement, &[seconds(now)])?.iter().map(read).collect::<Result<_, SqlFault>>()?;
    to_read(sql, due, now)
}

/// Adds the copies that were missed in each, the events by which it is unknown, and those that were left out of it.
fn to_read(sql: &mut dyn Sql, mut all: Vec<Known>, now: DateTime<Utc>) -> Result<Vec<Known>, SqlFault> {
    for known in &mut all {
        known.missed = copies::missed(sql, &known.name, now)?;
        known.unknown_events = unknown_events(sql, &known.name)?;
        known.left_out = left_out(sql, &known.name)?;
    }
    Ok(all)
}

/// When the next calendar is to be read, after now.
pub(super) fn first_after(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let statement = "SELECT min(next_read_at_seconds) FROM calendar WHERE next_read_at_seconds > ?1";
    first_instant(sql, statement, &[seconds(now)])
}

fn find(sql: &mut dyn Sql, name: &str) -> Result<Option<Known>, SqlFault> {
    let statement = format!("SELECT {COLUMNS} FROM calendar WHERE name = ?1");
    sql.run(&statement, &[text(name)])?.first().map(read).transpose()
}

fn read(row: &Row) -> Result<Known, SqlFault> {
    let instant = |column| {
        let seconds = read_optional_integer(row, column)?;
        Ok::<_, SqlFault>(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    };
    let exactly = |column| {
        let milliseconds = read_optional_integer(row, column)?;
        Ok::<_, SqlFault>(milliseconds.and_then(DateTime::from_timestamp_millis))
    };
    Ok(Known {
        name: read_text(row, 0)?.to_owned(),
        ledger: read_text(row, 1)?.to_owned(),
        settings: read_text(row, 2)?.to_owned(),
        tried_at: exactly(3)?.ok_or_else(|| unreadable("a calendar was tried at no time"))?,
        read_at: exactly(4)?,
        whole_at: instant(5)?,
        known: Span { start: read_integer(row, 6)?, end: read_integer(row, 7)? },
        next_read_at: read_instant(row, 8)?,
        failing_since: instant(9)?,
        error: read_optional_text(row, 10)?,
        events: read_u32(row, 11)?,
        validator: read_optional_text(row, 12)?,
        skipped: read_text(row, 13)?.to_owned(),
        renewed: read_optional_text(row, 14)?,
        is_refused: read_integer(row, 15)? != 0,
        missed: Vec::new(),
        unknown_events: Vec::new(),
        left_out: Vec::new(),
    })
}

//! What a host is told of their calendars: once when one cannot be read, or not all of it, and once when it is well
//! again. It is written with the reading that it follows from, and with what was told last.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::columns::{json as json_of, read_optional_text, seconds, text};
use super::messages::Today;
use super::outbox_rows::HostNews;
use super::{outbox_rows, subscribers};
use crate::booking::Event;
use crate::calendar::{Known, NoteBusy, Reading};
use crate::outbox::{MAIL, Payload};
use crate::sql::{Sql, SqlFault};
use crate::view::rfc3339;

/// A calendar that fails for less than this may well be back before anybody looks.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// The reason of an email that ended because it is not so any more, for the host to read.
const OVERTAKEN: &str = "the calendar's state changed before this email was sent";

/// Tells the host how a calendar is after a reading, where it is another way than they know. `is_last` is whether no
/// reading that began later is known.
pub(super) fn tell(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    (known, is_last): (&Known, bool),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some((host, known_for_minutes)) = noted.host.as_ref().filter(|_| is_last) else { return Ok(()) };
    let counts_until = known.counts_until(*known_for_minutes, now);
    let Some(state) = state(noted, known, counts_until) else { return Ok(()) };
    let Some(event) = event(told(sql, noted)?.as_deref(), state) else { return Ok(()) };
    let Some(subscribers) = subscribers::if_any(sql, today)? else { return Ok(()) };
    let (since, known_until) = match state {
        "ok" => (None, None),
        "partial" => (None, DateTime::from_timestamp(known.known.end, 0).filter(|until| *until > now)),
        _ => (known.failing_since, counts_until),
    };
    let data = json!({
        "host": { "folder": host, "name": subscribers.host.name },
        "calendar": {
            "name": noted.calendar,
            "state": state,
            "since": rfc3339(since.unwrap_or(noted.read_at)),
            "reason": known.error,
            "known_until": known_until.map(rfc3339),
            "next_read_at": rfc3339(noted.next_read_at),
        },
    });
    end_untold(sql, noted, now)?;
    let statement = "UPDATE calendar SET told = ?2 WHERE name = ?1";
    sql.run(statement, &[text(&noted.calendar), text(state)])?;
    let id = format!("{}{}-{state}", beginning(noted), noted.read_at.timestamp_millis());
    let news = HostNews { id, booking: None, event, data, at: now };
    outbox_rows::tell_host(sql, &subscribers, news, |_| true)
}

/// How a calendar is; `None` where that is not worth a word yet.
fn state(noted: &NoteBusy, known: &Known, counts_until: Option<DateTime<Utc>>) -> Option<&'static str> {
    let Some(since) = known.failing_since else {
        return Some(if known.error.is_some() { "partial" } else { "ok" });
    };
    let is_lasting = noted.read_at - since >= PATIENCE;
    let is_unknown = known.read_at.is_some() && counts_until.is_none();
    match &noted.reading {
        Reading::Refused(_) => Some("disconnected"),
        Reading::Failed(_) if is_lasting || is_unknown => Some("failing"),
        // What is doubted is read again first.
        Reading::Failed(_) | Reading::Found(_) | Reading::Unchanged | Reading::Gone => None,
    }
}

/// What a new state is to a host who knows of another one; `None` where it is nothing new.
fn event(told: Option<&str>, state: &str) -> Option<Event> {
    let trouble = |state: &str| match state {
        "ok" => 0,
        "partial" => 1,
        _ => 2,
    };
    match trouble(state).cmp(&told.map_or(0, trouble)) {
        Ordering::Less => Some(Event::CalendarRecovered),
        Ordering::Equal => None,
        Ordering::Greater => Some(Event::CalendarFailing),
    }
}

fn told(sql: &mut dyn Sql, noted: &NoteBusy) -> Result<Option<String>, SqlFault> {
    let rows = sql.run("SELECT told FROM calendar WHERE name = ?1", &[text(&noted.calendar)])?;
    Ok(rows.first().map(|row| read_optional_text(row, 0)).transpose()?.flatten())
}

/// How the ids of all that is told of a calendar begin.
fn beginning(noted: &NoteBusy) -> String {
    format!("{}.calendar-{}.", noted.ledger, noted.calendar)
}

/// Ends the emails about a calendar that have not left: it is another way by now, or another calendar.
pub(super) fn end_untold(sql: &mut dyn Sql, noted: &NoteBusy, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement =
        "UPDATE delivery SET state = 'ended', settled_at_seconds = ?2, last_error = ?3, payload = ?4
        WHERE state = 'pending' AND queue = 'notice' AND kind = ?5 AND substr(id, 1, length(?1)) = ?1";
    let parameters =
        [text(beginning(noted)), seconds(now), text(OVERTAKEN), json_of(&Payload::Cut)?, text(MAIL)];
    sql.run(statement, &parameters).map(|_| ())
}

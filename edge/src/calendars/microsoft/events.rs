//! Occurrences, as `calendarView` tells them.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use scheduling::calendar::{Expanded, Occurrence, Shown, Span, Time, zone_named};
use scheduling::token::BookingId;
use scheduling::zone::WallTime;
use serde_json::Value;

use super::address::origin;
use super::said;
use crate::calendars::unwritten::Unwritten;

/// What is wanted of each event: when it is, how it shows, and whose it is. Nothing else leaves the mailbox.
const SELECT: &str = "iCalUId,start,end,isAllDay,isCancelled,showAs,responseStatus,transactionId";

/// Where the occurrences of a time are, in seconds since 1970. A day more on each side is asked for, as whole days are
/// at midnight in the host's zone, and told in none.
pub(super) fn address(calendar: &str, from: i64, until: i64) -> String {
    let day = TimeDelta::days(1);
    let time = |at: i64, more: TimeDelta| {
        let at = DateTime::from_timestamp(at, 0).unwrap_or_default() + more;
        at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let (from, until) = (time(from, -day), time(until, day));
    format!("{calendar}/calendarView?startDateTime={from}&endDateTime={until}&$select={SELECT}&$top=1000")
}

/// Takes the occurrences of a page.
pub(super) fn take(page: &Value, expanded: &mut Expanded) -> Result<(), Unwritten> {
    let events = page["value"].as_array().ok_or_else(said::no_answer)?;
    for event in events {
        expanded.push(occurrence(event));
    }
    Ok(())
}

/// Where the next page is; the token is told to nobody else than who gave this one.
pub(super) fn next(page: &Value, api: &str) -> Result<Option<String>, String> {
    match &page["@odata.nextLink"] {
        Value::Null => Ok(None),
        Value::String(next) if next.strip_prefix(origin(api)).is_some_and(|path| path.starts_with('/')) => {
            Ok(Some(next.clone()))
        }
        _ => Err("its next page is somewhere else".to_owned()),
    }
}

pub(super) fn occurrence(event: &Value) -> Occurrence {
    Occurrence {
        time: time(event),
        shown: shown(event),
        booking: booking(event),
        name: event["iCalUId"].as_str().unwrap_or_default().to_owned(),
    }
}

/// A booking's copy bears its id, and more behind a slash ([`super::copies`]).
fn booking(event: &Value) -> Option<BookingId> {
    BookingId::parse(event["transactionId"].as_str()?.split('/').next()?)
}

fn shown(event: &Value) -> Shown {
    if event["isCancelled"] == true {
        return Shown::Cancelled;
    }
    if event["responseStatus"]["response"] == "declined" {
        return Shown::Declined;
    }
    match event["showAs"].as_str() {
        Some("free" | "workingElsewhere") => Shown::Free,
        Some("tentative") => Shown::Tentative,
        _ => Shown::Busy,
    }
}

/// Whole days are told from midnight to midnight, whatever the zone that is asked for: in the host's calendar they are
/// those dates.
fn time(event: &Value) -> Option<Time> {
    let (start, end) = (&event["start"], &event["end"]);
    if event["isAllDay"] == true {
        let date = |time| Some(wall(time).filter(|wall| wall.time() == NaiveTime::MIN)?.date_naive());
        if let Some((first, after)) = date(start).zip(date(end)) {
            return Some(Time::Days(first, after));
        }
    }
    let ([start, _], [_, end]) = (instants(start)?, instants(end)?);
    Some(Time::Exact(Span { start: start.timestamp(), end: end.timestamp() }))
}

/// The earliest and the latest instant that a time can mean (`dateTimeTimeZone`).
pub(super) fn instants(time: &Value) -> Option<[DateTime<Utc>; 2]> {
    let wall = wall(time)?;
    match time["timeZone"].as_str()? {
        "UTC" => Some([wall, wall]),
        name => match zone_named(name)?.at_wall_time(wall.naive_utc()) {
            WallTime::Once(instant) => Some([instant, instant]),
            WallTime::Twice(first, second) => Some([first, second]),
            WallTime::Skipped => None,
        },
    }
}

/// A time as a clock on the wall shows it, such as `2026-12-01T09:00:00.0000000`, as if that were in UTC.
fn wall(time: &Value) -> Option<DateTime<Utc>> {
    let text = time["dateTime"].as_str()?;
    format!("{}Z", text.trim_end_matches('Z')).parse().ok()
}

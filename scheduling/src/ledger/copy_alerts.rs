//! What a host is told of a booking's copy that they have moved or taken out of their calendar: once for each change,
//! with the reading that shows it. Or what is done about it, where the host wants a deletion to cancel the booking.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::columns::{count, read_instant, read_integer, read_optional_integer, seconds, text};
use super::copies::MADE;
use super::messages::{Cancel, Today};
use super::outbox_rows::HostNews;
use super::{bookings, copies, outbox_rows, store, subscribers};
use crate::booking::{Booking, Event, Party, Status};
use crate::calendar::{NoteBusy, Reading, Span};
use crate::outbox::{Destination, MAIL, OVERTAKEN};
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::view::{self, rfc3339};

/// Whoever drags an event about has let go of it after that.
const SETTLED: TimeDelta = TimeDelta::minutes(5);
/// Meetings that one email names.
const MOST_NAMED: usize = 10;

/// What a host has made of a copy.
#[derive(Clone, Copy, Debug)]
enum Made {
    /// It is gone for certain.
    Missing,
    /// It is elsewhere, or of another length, or of whole days.
    Moved { start: DateTime<Utc>, end: DateTime<Utc>, whole_days: bool },
}

/// Tells the host what they have made of their copies in a calendar, by the reading that was noted last, where they
/// have not heard of it.
pub(super) fn tell(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    // One that was never seen in the calendar as it is set up now may stand in the one that was set up before.
    let statement = format!(
        "SELECT booking_id, moved_start_seconds, moved_end_seconds, is_whole_days,
            moved_start_seconds IS NULL AND COALESCE(gone_at_seconds - gone_since_seconds, 0) < ?4
        FROM copy JOIN booking ON booking.id = booking_id
            JOIN calendar ON calendar.name = copy.calendar AND read_at_milliseconds = ?8
        WHERE copy.calendar = ?1 AND astray_since_seconds IS NOT NULL AND seen_with = ?5
          AND booking.status = ?2 AND start_seconds > ?3
          AND ?6 - astray_since_seconds >= iif(moved_start_seconds IS NULL, ?4, ?7)
          AND copy.told IS NOT {MADE} AND left_as IS NOT {MADE}
        ORDER BY start_seconds, booking_id"
    );
    let parameters = [
        text(&noted.calendar),
        text(Status::Confirmed.name()),
        seconds(now),
        Value::Integer(copies::CERTAIN_AFTER.num_seconds()),
        text(&noted.settings),
        seconds(noted.read_at),
        Value::Integer(SETTLED.num_seconds()),
        Value::Integer(noted.read_at.timestamp_millis()),
    ];
    let (mut missing, mut any_certain) = (Vec::new(), false);
    for row in sql.run(&statement, &parameters)? {
        let Some(stored) = store::booking(sql, &copies::id_of(&row)?)? else { continue };
        let booking = stored.booking;
        match made(&row)? {
            Made::Missing => {
                any_certain |= read_integer(&row, 4)? == 0;
                missing.push(booking);
            }
            made @ Made::Moved { .. } => {
                heard(sql, &booking, now)?;
                write(sql, noted, (&booking, made), true, today, now)?;
            }
        }
    }
    // What has been missing as long as one that is certain went with it.
    if !any_certain {
        return Ok(());
    }
    if let [booking] = &missing[..]
        && may_cancel(sql, noted, now)?
    {
        let cancel = Cancel { id: booking.id.clone(), by: Party::Host, reason: None, proves: false };
        return bookings::cancel(sql, &cancel, today, now).map(|_| ());
    }
    let is_alone = missing.len() == 1;
    for booking in &missing {
        heard(sql, booking, now)?;
        write(sql, noted, (booking, Made::Missing), is_alone, today, now)?;
    }
    if is_alone { Ok(()) } else { write_of_all(sql, noted, &missing, today, now) }
}

/// Notes that the host hears of what they have made of a copy, and of nothing that they made of it before.
fn heard(sql: &mut dyn Sql, booking: &Booking, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = format!("UPDATE copy SET told = {MADE} WHERE booking_id = ?1");
    sql.run(&statement, &[text(&booking.id)])?;
    let events = [Event::CalendarMissing, Event::CalendarMoved];
    outbox_rows::end_mails(sql, &booking.id, &events, OVERTAKEN, now)
}

fn made(row: &Row) -> Result<Made, SqlFault> {
    if read_optional_integer(row, 1)?.is_none() {
        return Ok(Made::Missing);
    }
    let (start, end) = (read_instant(row, 1)?, read_instant(row, 2)?);
    Ok(Made::Moved { start, end, whole_days: read_integer(row, 3)? != 0 })
}

impl Made {
    fn event(self) -> Event {
        match self {
            Made::Missing => Event::CalendarMissing,
            Made::Moved { .. } => Event::CalendarMoved,
        }
    }
}

/// Whether a copy that is gone for certain ends its booking: its host wants that, and it is the only one that is
/// missing. Where several are, or all else is gone with it, something else may have happened to the calendar.
fn may_cancel(sql: &mut dyn Sql, noted: &NoteBusy, now: DateTime<Utc>) -> Result<bool, SqlFault> {
    let Reading::Found(found) = &noted.reading else { return Ok(false) };
    if !noted.deletion_cancels || found.events == 0 {
        return Ok(false);
    }
    let statement = "SELECT count(*) FROM copy JOIN booking ON booking.id = booking_id
        WHERE copy.calendar = ?1 AND astray_since_seconds IS NOT NULL AND moved_start_seconds IS NULL
          AND booking.status = ?2 AND start_seconds > ?3";
    let parameters = [text(&noted.calendar), text(Status::Confirmed.name()), seconds(now)];
    Ok(count(sql, statement, &parameters)? == 1)
}

/// Writes what everyone who hears of the host's calendars is told; by email only where the host hears of it alone.
fn write(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    (booking, made): (&Booking, Made),
    is_alone: bool,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some(subscribers) = subscribers::if_any(sql, today)? else { return Ok(()) };
    let event = made.event();
    let mut data = json!({
        "booking": view::booking(&subscribers.booking(booking), Party::Host),
        "calendar": noted.calendar,
    });
    if let Made::Moved { start, end, whole_days } = made {
        let span = Span { start: start.timestamp(), end: end.timestamp() };
        let is_taken = copies::is_taken(sql, &booking.id, Some(span), now)?;
        data["moved_to"] = json!({
            "start": rfc3339(start),
            "end": rfc3339(end),
            "whole_days": whole_days,
            "taken": is_taken,
        });
    }
    let news = HostNews {
        id: format!("{}.copy-{}", booking.id, noted.read_at.timestamp_millis()),
        booking: Some(booking.id.clone()),
        event,
        data,
        at: now,
    };
    let is_program: fn(&Destination) -> bool = |destination| destination.kind() != MAIL;
    outbox_rows::tell_host(sql, &subscribers, news, if is_alone { |_| true } else { is_program })
}

/// Writes one email of all copies that are missing. It names no visitor: it is kept beside no booking, with which it
/// would be erased.
fn write_of_all(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    missing: &[Booking],
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some(subscribers) = subscribers::if_any(sql, today)? else { return Ok(()) };
    let named = missing.iter().take(MOST_NAMED).map(|booking| {
        json!({ "title": booking.title, "start": rfc3339(booking.start), "end": rfc3339(booking.end) })
    });
    let named: Vec<serde_json::Value> = named.collect();
    let data = json!({ "calendar": noted.calendar, "count": missing.len(), "bookings": named });
    let id = format!("{}.copies-{}", noted.ledger, noted.read_at.timestamp_millis());
    let news = HostNews { id, booking: None, event: Event::CalendarMissing, data, at: now };
    outbox_rows::tell_host(sql, &subscribers, news, |destination| destination.kind() == MAIL)
}

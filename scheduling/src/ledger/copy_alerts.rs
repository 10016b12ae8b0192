//! What a host is told of a booking's copy that they have moved or taken out of their calendar: once for each change,
//! with the reading that shows it. Or what is done about it, where the host wants a deletion to cancel the booking.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::columns::{
    count, read_instant, read_integer, read_optional_integer, read_optional_text, seconds, text,
};
use super::messages::{Cancel, Today};
use super::{bookings, copies, outbox_rows, store, subscribers};
use crate::booking::{Booking, Event, Party, Status};
use crate::calendar::{NoteBusy, Reading};
use crate::outbox::{Body, Delivery, Destination, OVERTAKEN, Payload};
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::view::{self, rfc3339};

/// Whoever drags an event about has let go of it after that.
const SETTLED: TimeDelta = TimeDelta::minutes(5);

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
    let statement = "SELECT booking_id, moved_start_seconds, moved_end_seconds, is_whole_days, copy.told
        FROM copy JOIN booking ON booking.id = booking_id
            JOIN calendar ON calendar.name = copy.calendar AND read_at_milliseconds = ?8
        WHERE copy.calendar = ?1 AND astray_since_seconds IS NOT NULL AND seen_with = ?5
          AND booking.status = ?2 AND start_seconds > ?3
          AND iif(moved_start_seconds IS NULL, gone_at_seconds - gone_since_seconds >= ?4,
            ?6 - astray_since_seconds >= ?7)
        ORDER BY start_seconds, booking_id";
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
    for row in sql.run(statement, &parameters)? {
        let made = made(&row)?;
        let name = made.name();
        if read_optional_text(&row, 4)?.is_some_and(|told| told == name) {
            continue;
        }
        let id = copies::id_of(&row)?;
        let Some(stored) = store::booking(sql, &id)? else { continue };
        if matches!(made, Made::Missing) && may_cancel(sql, noted, now)? {
            let cancel = Cancel { id, by: Party::Host, reason: None, proves: false };
            bookings::cancel(sql, &cancel, today, now)?;
            continue;
        }
        sql.run("UPDATE copy SET told = ?2 WHERE booking_id = ?1", &[text(&id), text(&name)])?;
        let events = [Event::CalendarMissing, Event::CalendarMoved];
        outbox_rows::end_mails(sql, &id, &events, OVERTAKEN, now)?;
        write(sql, noted, (&stored.booking, made), today, now)?;
    }
    Ok(())
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

    /// What it is, in short: the same for the same.
    fn name(self) -> String {
        match self {
            Made::Missing => "missing".to_owned(),
            Made::Moved { start, end, whole_days } => {
                format!("{}-{}{}", start.timestamp(), end.timestamp(), if whole_days { "-days" } else { "" })
            }
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

/// Writes what everyone who hears of the host's calendars is told.
fn write(
    sql: &mut dyn Sql,
    noted: &NoteBusy,
    (booking, made): (&Booking, Made),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some(subscribers) = subscribers::if_any(sql, today)? else { return Ok(()) };
    let event = made.event();
    let mut data = json!({
        "booking": view::booking_of(booking, &subscribers.host, Party::Host),
        "calendar": noted.calendar,
    });
    if let Made::Moved { start, end, whole_days } = made {
        data["moved_to"] = json!({ "start": rfc3339(start), "end": rfc3339(end), "whole_days": whole_days });
    }
    let name = format!("{}.copy-{}", booking.id, noted.read_at.timestamp_millis());
    let delivery = |destination: Destination| Delivery {
        id: format!("{name}.{}", destination.tag()),
        booking: Some(booking.id.clone()),
        event: event.name(),
        payload: Payload::Webhook(Body::new(event.name(), data.clone(), now)),
        destination,
        next_attempt_at: now,
    };
    let deliveries: Vec<Delivery> =
        Destination::of_calendars(&subscribers, event).into_iter().map(delivery).collect();
    outbox_rows::insert(sql, &deliveries, now)
}

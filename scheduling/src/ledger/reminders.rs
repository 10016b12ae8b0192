//! Reminders: rows that become due by the ledger's clock. Who is reminded is decided then, as the content is by then.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{first_instant, json, read_text, read_u32, seconds, text, unreadable};
use super::messages::Today;
use super::{outbox_rows, store, subscribers};
use crate::booking::{Booking, Event, Status};
use crate::outbox::{self, Destination};
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Sets the reminders of a booking that are still to come.
pub(super) fn set(sql: &mut dyn Sql, booking: &Booking, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let at = |minutes: u32| booking.start - TimeDelta::minutes(minutes.into());
    let minutes = booking.terms.reminders_minutes.iter().copied();
    let rows: Vec<(u32, i64)> = minutes
        .filter(|minutes| at(*minutes) > now)
        .map(|minutes| (minutes, at(minutes).timestamp()))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let statement = "INSERT OR REPLACE INTO reminder (booking_id, minutes, at_seconds)
        SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)";
    sql.run(statement, &[text(&booking.id), json(&rows)?]).map(|_| ())
}

/// Forgets the reminders of some bookings that are to come.
pub(super) fn forget(sql: &mut dyn Sql, bookings: &[&BookingId]) -> Result<(), SqlFault> {
    let statement = "DELETE FROM reminder WHERE booking_id IN (SELECT value FROM json_each(?1))";
    sql.run(statement, &[json(&bookings)?]).map(|_| ())
}

/// Nobody is reminded of what will not take place: neither by what is to come, nor by what is on its way.
pub(super) fn withdraw(sql: &mut dyn Sql, booking: &BookingId) -> Result<(), SqlFault> {
    forget(sql, &[booking])?;
    let statement = "DELETE FROM delivery WHERE state = 'pending' AND booking_id = ?1 AND event = ?2";
    sql.run(statement, &[text(booking), text(Event::ReminderDue.name())]).map(|_| ())
}

/// Writes the deliveries of reminders that are due.
pub(super) fn remind(
    sql: &mut dyn Sql,
    most: i64,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        "SELECT booking_id, minutes FROM reminder WHERE at_seconds <= ?1 ORDER BY at_seconds LIMIT +?2";
    let due = sql.run(statement, &[seconds(now), Value::Integer(most)])?;
    for row in &due {
        let (id, minutes) = (read_text(row, 0)?, read_u32(row, 1)?);
        let id =
            BookingId::parse(id).ok_or_else(|| unreadable("a reminder's booking has no booking's id"))?;
        let statement = "DELETE FROM reminder WHERE booking_id = ?1 AND minutes = ?2";
        sql.run(statement, &[text(&id), Value::Integer(minutes.into())])?;
        let stored = store::booking(sql, &id)?.filter(|stored| stored.booking.status == Status::Confirmed);
        let Some(stored) = stored else { continue };
        let subscribers = subscribers::of_today(sql, today, &stored.booking.noted)?;
        // No guest is reminded.
        let destinations =
            Destination::of_booking(&subscribers, &stored.booking, &[], stored.contact_key.as_deref());
        let deliveries = outbox::reminder(&stored.booking, minutes, (&subscribers, &destinations));
        outbox_rows::insert(sql, &deliveries, now)?;
    }
    Ok(())
}

/// When the first reminder is due.
pub(super) fn first_due(sql: &mut dyn Sql) -> Result<Option<DateTime<Utc>>, SqlFault> {
    first_instant(sql, "SELECT at_seconds FROM reminder ORDER BY at_seconds LIMIT 1", &[])
}

//! The rooms that hosts' calendars make for bookings: kept with the booking, and told to whoever was not told yet.
//! Where none comes, its host is told.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::columns::{seconds, text};
use super::messages::Today;
use super::outbox_rows::HostNews;
use super::store::StoredBooking;
use super::{copies, outbox_rows, store, subscribers};
use crate::booking::{Booking, Change, Event, Party, Place, Status};
use crate::outbox::{self, CALENDAR, Destination, OVERTAKEN, ROOM_AWAITED_FOR};
use crate::sql::{Sql, SqlFault, Value};
use crate::view;

/// A copy that is tried again so soon is waited for.
const SOON: TimeDelta = TimeDelta::minutes(1);
/// A room that is so late may well be there before its host looks, but for those who meet soon.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// Its host has so long before the start to tell everyone of another one.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// Keeps the room that came with a copy, by the number of its delivery.
pub(super) fn keep(
    sql: &mut dyn Sql,
    number: i64,
    (address, is_of_page): (&str, bool),
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let address = address.to_owned();
    let room = if is_of_page { Place::Video(address) } else { Place::Room(Some(address)) };
    match of_copy(sql, number, now)? {
        Some((stored, _)) => give(sql, &stored, room, now),
        None => Ok(()),
    }
}

/// Gives a booking its room. Emails that waited for it leave with it; those who got one without hear of it in another.
fn give(sql: &mut dyn Sql, stored: &StoredBooking, room: Place, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let change = Change::KeepRoom { room };
    let Ok((booking, events)) = stored.booking.transition(&change, now) else { return Ok(()) };
    if events.is_empty() {
        return Ok(());
    }
    let noted = subscribers::if_any(sql, &None)?;
    let today: Today = noted.map(|noted| Box::new(noted.into_owned()));
    store::update_booking(sql, &booking, &events, &today)?;
    outbox_rows::end_mails(sql, &booking.id, &[Event::RoomMissing], OVERTAKEN, now)?;
    let waited = outbox_rows::tell_room(sql, &booking, now)?;
    let subscribers = subscribers::of_today(sql, &today, &booking.noted)?;
    let contact_key = stored.contact_key.as_deref();
    let guests = &booking.visitor.guests;
    let mut destinations = Destination::of_booking(&subscribers, &booking, guests, contact_key);
    destinations.retain(|destination| !waited.contains(&destination.tag()));
    let to = (&*subscribers, &destinations[..]);
    let told = (&events[..], change.by());
    let deliveries = outbox::deliveries(told, stored.event_count, (&booking, Some(&stored.booking)), to, now);
    outbox_rows::insert(sql, &deliveries, now)
}

/// The booking whose copy a delivery is, and whether the copy is tried again soon.
fn of_copy(
    sql: &mut dyn Sql,
    number: i64,
    now: DateTime<Utc>,
) -> Result<Option<(StoredBooking, bool)>, SqlFault> {
    let statement = "SELECT booking_id, state = 'pending' AND next_attempt_at_seconds <= ?3 FROM delivery
        WHERE number = ?1 AND kind = ?2 AND booking_id IS NOT NULL";
    let rows = sql.run(statement, &[Value::Integer(number), text(CALENDAR), seconds(now + SOON)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let is_soon = row.get(1) == Some(&Value::Integer(1));
    Ok(store::booking(sql, &copies::id_of(row)?)?.map(|stored| (stored, is_soon)))
}

/// Gives the bookings that still wait for a room of their own the one that their page has for all by now.
pub(super) fn give_those_of_pages(
    sql: &mut dyn Sql,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let Some(today) = today.as_ref().filter(|today| !today.rooms.is_empty()) else { return Ok(()) };
    let statement = "SELECT DISTINCT booking_id FROM delivery JOIN booking ON booking.id = booking_id
        WHERE state IN ('pending', 'parked', 'ended') AND queue = 'notice' AND kind = +?1 AND status = ?2
          AND start_seconds > ?3 AND record -> '$.location' = '{\"kind\":\"room\",\"value\":null}'";
    let confirmed = text(Status::Confirmed.name());
    for row in sql.run(statement, &[text(CALENDAR), confirmed, seconds(now)])? {
        let Some(stored) = store::booking(sql, &copies::id_of(&row)?)? else { continue };
        if let Some(room) = today.room_of_page(&stored.booking) {
            give(sql, &stored, room, now)?;
        }
    }
    Ok(())
}

/// Has a booking take place in the room that its page has for all by now, where it waited for one of its own.
pub(super) fn take_room_of_page(booking: &mut Booking, today: &Today) {
    if let Some(room) = today.as_ref().and_then(|today| today.room_of_page(booking)) {
        booking.location = room;
    }
}

/// Tells the host, once for each time of a booking, that its room is not there, where its copy failed and is not tried
/// again soon: when emails have left without it for a while, and at the latest while there is time to do something.
pub(super) fn miss(sql: &mut dyn Sql, number: i64, reason: &str, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let Some((stored, is_soon)) = of_copy(sql, number, now)? else { return Ok(()) };
    let booking = &stored.booking;
    if is_soon || !booking.awaits_room() || booking.start <= now {
        return Ok(());
    }
    let Some(subscribers) = subscribers::if_any(sql, &None)? else { return Ok(()) };
    if let Some(room) = subscribers.room_of_page(booking) {
        return give(sql, &stored, room, now);
    }
    let id = format!("{}.room-{}", booking.id, booking.sequence);
    if outbox_rows::is_known(sql, &booking.id, &id)? {
        return Ok(());
    }
    let late = (booking.changed_at + PATIENCE).min(booking.start - AHEAD);
    let news = HostNews {
        id,
        event: Event::RoomMissing,
        data: json!({
            "booking": view::booking(&subscribers.booking(booking), Party::Host),
            "calendar": booking.terms.write_to,
            "reason": reason,
        }),
        booking: Some(booking.id.clone()),
        at: late.max(booking.changed_at + ROOM_AWAITED_FOR).max(now),
    };
    outbox_rows::tell_host(sql, &subscribers, news, |_| true)
}

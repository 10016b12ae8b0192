//! The rooms that hosts' calendars make for bookings: kept with the booking, and told to whoever was not told yet.

use chrono::{DateTime, Utc};

use super::columns::{read_optional_text, text};
use super::messages::Today;
use super::{outbox_rows, store, subscribers};
use crate::booking::Change;
use crate::outbox::{self, CALENDAR, Destination};
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Keeps the room that came with a copy, by the number of its delivery. Emails that waited for it leave with it; those
/// who got one without hear of it in another.
pub(super) fn keep(
    sql: &mut dyn Sql,
    number: i64,
    address: &str,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "SELECT booking_id FROM delivery WHERE number = ?1 AND kind = ?2";
    let rows = sql.run(statement, &[Value::Integer(number), text(CALENDAR)])?;
    let Some(row) = rows.first() else { return Ok(()) };
    let Some(id) = read_optional_text(row, 0)?.and_then(|id| BookingId::parse(&id)) else { return Ok(()) };
    let Some(stored) = store::booking(sql, &id)? else { return Ok(()) };
    let change = Change::KeepRoom { address: address.to_owned() };
    let Ok((booking, events)) = stored.booking.transition(&change, now) else { return Ok(()) };
    if events.is_empty() {
        return Ok(());
    }
    let noted = subscribers::if_any(sql, &None)?;
    let today: Today = noted.map(|noted| Box::new(noted.into_owned()));
    store::update_booking(sql, &booking, &events, &today)?;
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

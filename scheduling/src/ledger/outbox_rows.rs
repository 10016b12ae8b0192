//! The outbox's rows: written with what they tell of, read when they are due, forgotten when nobody may be told.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::columns::{
    first_instant, in_json, json, read_integer, read_json, read_optional_text, read_text, read_u32, seconds,
    text,
};
use crate::booking::{Booking, Contact, Event};
use crate::outbox::{
    Attempt, Body, CALENDAR, Delivery, DeliveryReport, DeliveryState, Destination, Due, ERASURE, MAIL,
    Mailbox, OVERTAKEN, PAYMENT, Payload, Recipient, SIGN_IN, Subscribers, TOO_MANY_MAILS, UNDONE,
};
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Why a delivery is parked whose endpoint answered 410 to another one.
pub(super) const SWITCHED_OFF: &str =
    "the endpoint answered 410 Gone and is turned off; sending this again turns it back on";

/// Writes notices that must go out, in one statement for all; parked where their receiver is switched off.
pub(super) fn insert(sql: &mut dyn Sql, deliveries: &[Delivery], now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "INSERT INTO delivery (id, booking_id, event, kind, queue, receiver, destination, payload,
            attempt_count, next_attempt_at_seconds, state, last_error, settled_at_seconds)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            0, value ->> 8, iif(url IS NULL, 'pending', 'parked'), iif(url IS NULL, NULL, ?2), iif(url IS NULL, NULL, ?3)
        FROM json_each(?1) LEFT JOIN endpoint_off ON url = value ->> 5";
    let mut rows = Vec::new();
    for delivery in deliveries {
        let destination = &delivery.destination;
        rows.push((
            &delivery.id,
            &delivery.booking,
            delivery.event,
            destination.kind(),
            destination.queue().name(),
            destination.receiver(),
            in_json(destination)?,
            in_json(&delivery.payload)?,
            delivery.next_attempt_at.timestamp(),
        ));
    }
    if rows.is_empty() {
        return Ok(());
    }
    sql.run(statement, &[json(&rows)?, text(SWITCHED_OFF), seconds(now)]).map(|_| ())
}

/// What is told of a host's calendars, to whoever hears of these.
pub(super) struct HostNews {
    /// How the ids of its deliveries begin.
    pub(super) id: String,
    /// The booking that it is about, if it is about one.
    pub(super) booking: Option<BookingId>,
    pub(super) event: Event,
    pub(super) data: serde_json::Value,
    pub(super) at: DateTime<Utc>,
}

/// Writes news of a host's calendars for those destinations that are wanted.
pub(super) fn tell_host(
    sql: &mut dyn Sql,
    subscribers: &Subscribers,
    news: HostNews,
    is_wanted: fn(&Destination) -> bool,
) -> Result<(), SqlFault> {
    let HostNews { id, booking, event, data, at } = news;
    let payload = Payload::Webhook(Body::new(event.name(), data, at));
    let takers = Destination::of_calendars(subscribers, event).into_iter().filter(is_wanted);
    let delivery = |destination: Destination| Delivery {
        id: format!("{id}.{}", destination.tag()),
        booking: booking.clone(),
        event: event.name(),
        payload: payload.clone(),
        destination,
        next_attempt_at: at,
    };
    let deliveries: Vec<Delivery> = takers.map(delivery).collect();
    insert(sql, &deliveries, at)
}

/// When the first delivery is to be tried that is not due yet.
pub(super) fn first_attempt_after(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let statement = "SELECT MIN(at) FROM (
            SELECT MIN(next_attempt_at_seconds) AS at FROM delivery
                WHERE state = 'pending' AND queue = 'record' AND next_attempt_at_seconds > ?1
            UNION ALL SELECT MIN(next_attempt_at_seconds) FROM delivery
                WHERE state = 'pending' AND queue = 'notice' AND next_attempt_at_seconds > ?1)";
    first_instant(sql, statement, &[seconds(now)])
}

/// Notices that are due, longest due first; without those of the numbers `except`, which are on their way. Emails about
/// a booking leave to a mailbox one after the other: what leaves last is true last. So do its copies to a calendar,
/// each with the booking as it is now. What its host is told of a booking waits for the copy that is due with it, as it
/// says where that was not taken.
pub(super) fn due_notices(
    sql: &mut dyn Sql,
    most: u32,
    except: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<Due>, SqlFault> {
    let statement = "SELECT delivery.number, delivery.id, destination, payload, record,
          destination = ?6 AND EXISTS (SELECT 1 FROM delivery AS copy WHERE copy.state = 'parked'
            AND copy.queue = 'notice' AND copy.booking_id = delivery.booking_id AND copy.kind = +?5)
        FROM delivery LEFT JOIN booking ON kind = +?5 AND booking.id = booking_id
        WHERE state = 'pending' AND queue = 'notice' AND next_attempt_at_seconds <= ?1
          AND delivery.number NOT IN (SELECT value FROM json_each(?3))
          AND (destination <> ?6 OR NOT EXISTS (SELECT 1 FROM delivery AS copy WHERE copy.state = 'pending'
            AND copy.queue = 'notice' AND copy.next_attempt_at_seconds = delivery.next_attempt_at_seconds
            AND copy.booking_id = delivery.booking_id AND copy.kind = +?5))
          AND (kind NOT IN (?4, ?5)
            OR NOT EXISTS (SELECT 1 FROM json_each(?3) JOIN delivery AS other ON other.number = value
              WHERE other.booking_id = delivery.booking_id AND other.destination = delivery.destination))
        ORDER BY next_attempt_at_seconds, delivery.number LIMIT +?2";
    let read = |row: &Row| {
        Ok(Due {
            number: read_integer(row, 0)?,
            id: read_text(row, 1)?.to_owned(),
            destination: read_json(row, 2)?,
            payload: read_json(row, 3)?,
            booking: if row.get(4) == Some(&Value::Null) { None } else { Some(read_json(row, 4)?) },
            event_count: 0,
            is_copy_parked: read_integer(row, 5)? != 0,
        })
    };
    let host = json(&Destination::Mail(Mailbox { to: Recipient::Host }))?;
    let parameters =
        [seconds(now), Value::Integer(most.into()), json(&except)?, text(MAIL), text(CALENDAR), host];
    let mut due: Vec<Due> =
        sql.run(statement, &parameters)?.iter().map(read).collect::<Result<_, SqlFault>>()?;
    let mut written = BTreeSet::new();
    due.retain(|due| {
        let booking = match &due.payload {
            Payload::Mail(notice) => Some(&notice.booking.id),
            _ => due.booking.as_ref().map(|booking| &booking.id),
        };
        booking.is_none_or(|booking| written.insert(format!("{booking} {}", due.destination.tag())))
    });
    Ok(due)
}

/// Records and what goes to other ledgers, where due, longest due first, each with its booking as it is now. What was
/// never confirmed has no record.
pub(super) fn due_records(
    sql: &mut dyn Sql,
    most: u32,
    except: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<Due>, SqlFault> {
    let statement =
        "SELECT delivery.number, delivery.id, booking.record, delivery.destination, delivery.payload,
            COALESCE(booking.event_count, 0)
        FROM delivery LEFT JOIN booking ON booking.id = delivery.booking_id AND booking.proof <> 'asked'
        WHERE delivery.state = 'pending' AND delivery.queue = 'record' AND delivery.next_attempt_at_seconds <= ?1
          AND delivery.number NOT IN (SELECT value FROM json_each(?3))
        ORDER BY delivery.next_attempt_at_seconds, delivery.number LIMIT +?2";
    let read = |row: &Row| {
        Ok(Due {
            number: read_integer(row, 0)?,
            id: read_text(row, 1)?.to_owned(),
            destination: read_json(row, 3)?,
            payload: read_json(row, 4)?,
            booking: if row.get(2) == Some(&Value::Null) { None } else { Some(read_json(row, 2)?) },
            event_count: read_u32(row, 5)?,
            is_copy_parked: false,
        })
    };
    let parameters = [seconds(now), Value::Integer(most.into()), json(&except)?];
    sql.run(statement, &parameters)?.iter().map(read).collect()
}

/// What still names somebody who is erased goes when it was taken or given up: nobody can have it sent again. What
/// takes a copy out of a calendar names nobody, and can.
const OF_ERASED: &str = "state <> 'pending' AND kind <> 'calendar' AND (event = 'contact.erased' OR EXISTS
    (SELECT 1 FROM booking WHERE booking.id = delivery.booking_id AND booking.contact_email = ''))";

/// Of those that were tried. Returns whether there were any.
pub(super) fn forget_settled_of_erased(sql: &mut dyn Sql, attempts: &[Attempt]) -> Result<bool, SqlFault> {
    let numbers: Vec<i64> = attempts.iter().map(|attempt| attempt.number).collect();
    let statement = format!(
        "DELETE FROM delivery WHERE number IN (SELECT value FROM json_each(?1)) AND {OF_ERASED} RETURNING number"
    );
    Ok(!sql.run(&statement, &[json(&numbers)?])?.is_empty())
}

/// Of those that are parked because their endpoint is switched off.
pub(super) fn forget_parked_of_erased(sql: &mut dyn Sql) -> Result<(), SqlFault> {
    let statement = format!("DELETE FROM delivery WHERE state = 'parked' AND {OF_ERASED}");
    sql.run(&statement, &[]).map(|_| ())
}

/// Forgets all that was told, or is to be told, of some bookings. Money on its way back still goes back.
pub(super) fn forget_all(sql: &mut dyn Sql, bookings: &[&BookingId]) -> Result<(), SqlFault> {
    let statement = "DELETE FROM delivery WHERE booking_id IN (SELECT value FROM json_each(?1))
        AND NOT (kind = ?2 AND state = 'pending')";
    sql.run(statement, &[json(&bookings)?, text(PAYMENT)]).map(|_| ())
}

/// Forgets the emails about a booking to a guest.
pub(super) fn forget_guest(sql: &mut dyn Sql, booking: &BookingId, email: &str) -> Result<(), SqlFault> {
    let statement = "SELECT number, destination FROM delivery WHERE booking_id = ?1 AND kind = ?2";
    for row in sql.run(statement, &[text(booking), text(MAIL)])? {
        let destination: Destination = read_json(&row, 1)?;
        let guest = destination.guest().map(|guest| Contact::of_email(guest).normalised_email());
        if guest.as_deref() == Some(email) {
            let number = Value::Integer(read_integer(&row, 0)?);
            sql.run("DELETE FROM delivery WHERE number = ?1", &[number])?;
        }
    }
    Ok(())
}

/// Writes anew what is kept of a booking's events, where `change` makes another text of it.
pub(super) fn rewrite(
    sql: &mut dyn Sql,
    booking: &BookingId,
    change: &impl Fn(&str) -> Option<String>,
) -> Result<(), SqlFault> {
    for row in sql.run("SELECT number, payload FROM delivery WHERE booking_id = ?1", &[text(booking)])? {
        if let Some(changed) = change(read_text(&row, 1)?) {
            let number = Value::Integer(read_integer(&row, 0)?);
            sql.run("UPDATE delivery SET payload = ?2 WHERE number = ?1", &[number, text(changed)])?;
        }
    }
    Ok(())
}

/// Ends the emails of a booking that have not left, and that those of some events overtake. One that is on its way is
/// taken yet.
pub(super) fn end_overtaken(
    sql: &mut dyn Sql,
    booking: &Booking,
    by: &[Event],
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let is_overtaken = |earlier: &Event| by.iter().any(|event| event.overtakes(*earlier));
    let overtaken: Vec<Event> = Event::ALL.into_iter().filter(is_overtaken).collect();
    if overtaken.is_empty() {
        return Ok(());
    }
    let reason = if booking.status.is_live() { OVERTAKEN } else { UNDONE };
    end_mails(sql, &booking.id, &overtaken, reason, now)
}

/// Ends the emails of some events of a booking that have not left.
pub(super) fn end_mails(
    sql: &mut dyn Sql,
    booking: &BookingId,
    events: &[Event],
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        "UPDATE delivery SET state = 'ended', settled_at_seconds = ?3, last_error = ?4, payload = ?5
        WHERE state = 'pending' AND queue = 'notice' AND booking_id = ?1 AND kind = ?2
          AND event IN (SELECT value FROM json_each(?6))";
    let parameters =
        [text(booking), text(MAIL), seconds(now), text(reason), json(&Payload::Cut)?, json(&events)?];
    sql.run(statement, &parameters).map(|_| ())
}

/// Ends the refunds of a booking that were given up: nothing of them is left to be asked for.
pub(super) fn end_refunds(
    sql: &mut dyn Sql,
    booking: &BookingId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        "UPDATE delivery SET state = 'ended', settled_at_seconds = ?4, last_error = ?5, payload = ?6
        WHERE state = 'parked' AND queue = 'notice' AND booking_id = ?1 AND kind = ?2 AND event = ?3";
    let refund = text(Event::Refunded.name());
    let parameters = [text(booking), text(PAYMENT), refund, seconds(now), text(reason), json(&Payload::Cut)?];
    sql.run(statement, &parameters).map(|_| ())
}

/// Writes the room of a booking into its emails that have not left. Those that waited for it are due; and of those that
/// cannot be on their way, the tags of their mailboxes are returned.
pub(super) fn tell_room(
    sql: &mut dyn Sql,
    booking: &Booking,
    now: DateTime<Utc>,
) -> Result<BTreeSet<String>, SqlFault> {
    let statement = "SELECT number, destination, payload, state = 'pending' AND event IN (?3, ?4) AND next_attempt_at_seconds > ?5
        FROM delivery WHERE state IN ('pending', 'parked') AND queue = 'notice' AND booking_id = ?1 AND kind = ?2";
    let [confirmed, moved] = [Event::Confirmed, Event::Rescheduled].map(|event| text(event.name()));
    let parameters = [text(&booking.id), text(MAIL), confirmed, moved, seconds(now)];
    let mut waited = BTreeSet::new();
    for row in sql.run(statement, &parameters)? {
        let (destination, payload): (Destination, Payload) = (read_json(&row, 1)?, read_json(&row, 2)?);
        let Payload::Mail(mut notice) = payload else { continue };
        notice.booking.location = booking.location.clone();
        (notice.booking.sequence, notice.booking.changed_at) = (booking.sequence, booking.changed_at);
        let statement = "UPDATE delivery SET payload = ?2, next_attempt_at_seconds =
                iif(?3 AND attempt_count = 0 AND last_error IS NULL, ?4, next_attempt_at_seconds)
            WHERE number = ?1";
        let waits = Value::Integer(read_integer(&row, 3)?);
        let payload = json(&Payload::Mail(notice))?;
        sql.run(statement, &[Value::Integer(read_integer(&row, 0)?), payload, waits.clone(), seconds(now)])?;
        if waits == Value::Integer(1) {
            waited.insert(destination.tag());
        }
    }
    Ok(waited)
}

/// Whether an email about a booking to its visitor waits, or was held back, because that address gets too many.
pub(super) fn is_mail_held(sql: &mut dyn Sql, booking: &BookingId) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM delivery WHERE state IN ('pending', 'parked') AND queue = 'notice'
        AND booking_id = ?1 AND destination = ?2 AND last_error = ?3 LIMIT 1";
    let visitor = Destination::Mail(Mailbox { to: Recipient::Visitor });
    Ok(!sql.run(statement, &[text(booking), json(&visitor)?, text(TOO_MANY_MAILS)])?.is_empty())
}

/// Whether something was told of a booking already, by how the ids of its deliveries begin.
pub(super) fn is_known(sql: &mut dyn Sql, booking: &BookingId, id: &str) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM delivery WHERE booking_id = ?1 AND substr(id, 1, length(?2)) = ?2 LIMIT 1";
    Ok(!sql.run(statement, &[text(booking), text(format!("{id}."))])?.is_empty())
}

/// Has the deliveries of a kind and an event that wait for a booking go out at once.
pub(super) fn hasten(
    sql: &mut dyn Sql,
    booking: &BookingId,
    kind: &str,
    event: Event,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement =
        "UPDATE delivery SET next_attempt_at_seconds = ?4 WHERE state = 'pending' AND queue = 'notice'
        AND booking_id = ?1 AND kind = ?2 AND event = ?3";
    let parameters = [text(booking), text(kind), text(event.name()), seconds(now)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Has a delivery that waits say something else.
pub(super) fn replace_payload(sql: &mut dyn Sql, id: &str, payload: &Payload) -> Result<(), SqlFault> {
    let statement = "UPDATE delivery SET payload = ?2 WHERE id = ?1 AND state = 'pending'";
    sql.run(statement, &[text(id), json(payload)?]).map(|_| ())
}

/// Whether a delivery of that id waits already.
pub(super) fn is_pending(sql: &mut dyn Sql, id: &str) -> Result<bool, SqlFault> {
    let statement = "SELECT 1 FROM delivery WHERE state = 'pending' AND id = ?1 LIMIT 1";
    Ok(!sql.run(statement, &[text(id)])?.is_empty())
}

/// Whether a ledger has yet to erase its bookings of a contact.
pub(super) fn has_erasures(sql: &mut dyn Sql, key: &str) -> Result<bool, SqlFault> {
    // Their ids begin with the key.
    let statement = "SELECT 1 FROM delivery
        WHERE state = 'pending' AND kind = ?2 AND substr(id, 1, length(?1) + 1) = ?1 || '.' LIMIT 1";
    Ok(!sql.run(statement, &[text(key), text(ERASURE)])?.is_empty())
}

/// Deliveries as the host sees them, newest first, those after the one of an id. What stays within Daymark is nobody's
/// to see, nor are links that sign in, nor is what has not been confirmed.
pub(super) fn deliveries(
    sql: &mut dyn Sql,
    state: DeliveryState,
    after: Option<&str>,
    most: u32,
) -> Result<Vec<DeliveryReport>, SqlFault> {
    let statement =
        "SELECT id, booking_id, event, destination, attempt_count, next_attempt_at_seconds, last_error
        FROM delivery WHERE state = ?1 AND queue = 'notice' AND kind <> ?4 AND event <> ?5
          AND (?3 IS NULL OR (next_attempt_at_seconds, number) <
            (SELECT next_attempt_at_seconds, number FROM delivery WHERE id = ?3))
        ORDER BY next_attempt_at_seconds DESC, number DESC LIMIT +?2";
    let read = |row: &Row| {
        let destination: Destination = read_json(row, 3)?;
        let next_attempt_at = DateTime::from_timestamp(read_integer(row, 5)?, 0);
        Ok(DeliveryReport {
            id: read_text(row, 0)?.to_owned(),
            booking: read_optional_text(row, 1)?,
            event: read_text(row, 2)?.to_owned(),
            destination: destination.name().into_owned(),
            state,
            attempts: read_u32(row, 4)?,
            next_attempt_at: next_attempt_at.filter(|_| state == DeliveryState::Pending),
            last_error: read_optional_text(row, 6)?,
        })
    };
    let after = after.map_or(Value::Null, text);
    let unknown = Event::AwaitingConfirmation.name();
    let parameters = [text(state.name()), Value::Integer(most.into()), after, text(SIGN_IN), text(unknown)];
    sql.run(statement, &parameters)?.iter().map(read).collect()
}

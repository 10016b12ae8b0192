//! Settling deliveries: what becomes of one that was tried, and of all others to an endpoint that wants no more.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{
    json, read_integer, read_json, read_optional_text, read_text, read_u32, seconds, text, unreadable,
};
use super::messages::{Reply, Today};
use super::outbox_rows::{SWITCHED_OFF, forget_parked_of_erased, forget_settled_of_erased};
use super::{bookings, contacts, copies, made_rooms, pruning, steady, store, subscribers};
use crate::booking::{Booking, Event, Party};
use crate::outbox::{
    self, Attempt, AttemptOutcome, CALENDAR, DeliveryState, Destination, ERASURE, News, Payload,
    PaymentErrand, SIGN_IN, number_of,
};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;

/// Deliveries that were taken, or ended, are kept so long for the host to see and replay, in days.
const DONE_KEPT_DAYS: i64 = 30;
/// Those that were given up, in days.
const PARKED_KEPT_DAYS: i64 = 90;
/// How long a delivery waits that was not tried, in seconds; up to twice as long.
const POSTPONED_SECONDS: i64 = 30;
/// Whether an order has been paid that is paid later, or a refund has arrived, is asked so often, should its provider
/// never tell.
const ASKED_EVERY: TimeDelta = TimeDelta::hours(6);
/// What is kept of a failure's reason, in characters.
const MOST_REASON_CHARACTERS: usize = 300;

/// Notes how attempts went, and clears a little of what is old: it is done often, and nobody waits for it.
pub(super) fn settle(sql: &mut dyn Sql, attempts: &[Attempt], now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let is_taken = |attempt: &&Attempt| attempt.outcome.is_taken();
    let numbers: Vec<i64> = attempts.iter().filter(is_taken).map(|attempt| attempt.number).collect();
    let mut scrubbed = !numbers.is_empty() && taken(sql, &numbers, now)?;
    for attempt in attempts {
        settle_one(sql, attempt, now)?;
    }
    scrubbed |= forget_settled_of_erased(sql, attempts)?;
    let steady = steady::observe(sql, now)?;
    forget_old(sql, steady)?;
    store::forget_keys(sql, steady)?;
    pruning::prune(sql, steady, now)?;
    Ok(if scrubbed { Reply::Scrubbed } else { Reply::Done })
}

fn settle_one(sql: &mut dyn Sql, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let number = Value::Integer(attempt.number);
    match &attempt.outcome {
        // Settled already, with all others that were taken.
        AttemptOutcome::Taken => Ok(()),
        AttemptOutcome::TakenWithRoom { address, is_of_page } => {
            made_rooms::keep(sql, attempt.number, (address, *is_of_page), now)
        }
        AttemptOutcome::Heard(heard) => {
            match bookings::hear_of(sql, attempt.number, heard, now)? {
                Some(interim) => {
                    held(sql, number, interim, Some(now + ASKED_EVERY), now)?;
                    // It has answered: failures before that are no reason to give it up.
                    let statement =
                        "UPDATE delivery SET attempt_count = 0 WHERE number = ?1 AND state = 'pending'";
                    sql.run(statement, &[Value::Integer(attempt.number)]).map(|_| ())
                }
                // It is known better, or was given up.
                None if heard.is_interim() => taken(sql, &[attempt.number], now).map(|_| ()),
                // Settled already, too.
                None => Ok(()),
            }
        }
        AttemptOutcome::Failed { reason, retry_after_seconds } => {
            failed(sql, attempt, reason, *retry_after_seconds, now)?;
            bookings::give_up(sql, attempt.number, reason, now)?;
            made_rooms::miss(sql, attempt.number, reason, now)
        }
        AttemptOutcome::Refused { reason } => {
            refused(sql, number, reason, now)?;
            made_rooms::miss(sql, attempt.number, reason, now)
        }
        AttemptOutcome::Ended { reason } => {
            ended(sql, number, reason, now)?;
            made_rooms::miss(sql, attempt.number, reason, now)
        }
        AttemptOutcome::Held { reason, until } => held(sql, number, reason, *until, now),
        AttemptOutcome::Gone => gone(sql, &number, now),
        AttemptOutcome::Postponed => {
            let pause = POSTPONED_SECONDS + POSTPONED_SECONDS * i64::from(attempt.jitter) / 1000;
            let statement =
                "UPDATE delivery SET next_attempt_at_seconds = ?2 WHERE number = ?1 AND state = 'pending'";
            sql.run(statement, &[number, seconds(now + TimeDelta::seconds(pause))]).map(|_| ())
        }
    }
}

/// Records follow the booking's state, and nobody asks for them afterwards; what told of an event stays to be seen, and
/// what told of a calendar is kept to be told again, as nothing else could make it anew.
/// One that ended while it was on its way has arrived all the same. Returns whether a contact's erasure was completed
/// by it.
fn taken(sql: &mut dyn Sql, numbers: &[i64], now: DateTime<Utc>) -> Result<bool, SqlFault> {
    let numbers = json(&numbers)?;
    let records = "DELETE FROM delivery
        WHERE number IN (SELECT value FROM json_each(?1)) AND state = 'pending' AND queue = 'record'
        RETURNING kind, destination";
    let deleted = sql.run(records, std::slice::from_ref(&numbers))?;
    let mut scrubbed = false;
    for row in &deleted {
        if read_text(row, 0)? == ERASURE
            && let Destination::Erasure(ledger) = read_json(row, 1)?
        {
            scrubbed |= contacts::erased_by_one(sql, &ledger.key, now)?;
        }
    }
    let statement = "UPDATE delivery SET state = 'done', settled_at_seconds = ?2, last_error = NULL,
            payload = iif(event LIKE 'calendar.%', payload, ?3)
        WHERE number IN (SELECT value FROM json_each(?1)) AND state IN ('pending', 'ended') RETURNING kind";
    let done = sql.run(statement, &[numbers.clone(), seconds(now), json(&Payload::Cut)?])?;
    if done.iter().any(|row| row.first() == Some(&text(CALENDAR))) {
        copies::kept(sql, numbers, now)?;
    }
    Ok(scrubbed)
}

fn failed(
    sql: &mut dyn Sql,
    attempt: &Attempt,
    reason: &str,
    retry_after_seconds: Option<u32>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let number = Value::Integer(attempt.number);
    let pending = "SELECT attempt_count, destination FROM delivery WHERE number = ?1 AND state = 'pending'";
    let rows = sql.run(pending, std::slice::from_ref(&number))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let failures = read_u32(row, 0)? + 1;
    let destination: Destination = read_json(row, 1)?;
    let pause = destination.pause_seconds(failures, attempt.jitter);
    let asked = retry_after_seconds.unwrap_or(0).min(outbox::LONGEST_RETRY_AFTER_SECONDS);
    let (state, next) = match pause {
        Some(pause) => (DeliveryState::Pending, now + TimeDelta::seconds(pause.max(asked).into())),
        None => (DeliveryState::Parked, now),
    };
    let statement =
        "UPDATE delivery SET state = ?2, attempt_count = ?3, next_attempt_at_seconds = ?4, last_error = ?5,
        settled_at_seconds = ?6 WHERE number = ?1";
    let settled_at = if state == DeliveryState::Parked { seconds(now) } else { Value::Null };
    let parameters = [
        number,
        text(state.name()),
        Value::Integer(failures.into()),
        seconds(next),
        text(cut(reason)),
        settled_at,
    ];
    sql.run(statement, &parameters).map(|_| ())
}

fn cut(reason: &str) -> String {
    reason.chars().take(MOST_REASON_CHARACTERS).collect()
}

/// Nobody is let in: it waits until somebody is. Whether the calendar can be read at all is looked at at once.
fn refused(sql: &mut dyn Sql, number: Value, reason: &str, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "UPDATE delivery SET state = 'parked', is_refused = 1, attempt_count = attempt_count + 1,
            next_attempt_at_seconds = ?2, settled_at_seconds = ?2, last_error = ?3
        WHERE number = ?1 AND state = 'pending'";
    sql.run(statement, &[number.clone(), seconds(now), text(cut(reason))])?;
    let statement = "UPDATE calendar SET next_read_at_seconds = min(next_read_at_seconds, ?2)
        WHERE failing_since_seconds IS NULL
          AND name = (SELECT destination ->> 'calendar' FROM delivery WHERE number = ?1)";
    sql.run(statement, &[number, seconds(now)]).map(|_| ())
}

/// Its receiver is not there any more: it is neither tried again, nor counted as a failure.
fn ended(sql: &mut dyn Sql, number: Value, reason: &str, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "UPDATE delivery SET state = 'ended', settled_at_seconds = ?2, last_error = ?3,
            payload = iif(event LIKE 'calendar.%', payload, ?4)
        WHERE number = ?1 AND state = 'pending'";
    sql.run(statement, &[number, seconds(now), text(cut(reason)), json(&Payload::Cut)?]).map(|_| ())
}

/// It waits for its place, or for its host, who sees why.
fn held(
    sql: &mut dyn Sql,
    number: Value,
    reason: &str,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "UPDATE delivery SET state = ?2, next_attempt_at_seconds = ?3, settled_at_seconds = ?4, last_error = ?5
        WHERE number = ?1 AND state = 'pending'";
    let (state, settled_at) = match until {
        Some(_) => (DeliveryState::Pending, Value::Null),
        None => (DeliveryState::Parked, seconds(now)),
    };
    let next = seconds(until.unwrap_or(now));
    sql.run(statement, &[number, text(state.name()), next, settled_at, text(cut(reason))]).map(|_| ())
}

/// Switches the endpoint off: this delivery and all others to it are parked.
fn gone(sql: &mut dyn Sql, number: &Value, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let rows = sql.run("SELECT receiver FROM delivery WHERE number = ?1", std::slice::from_ref(number))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let receiver = text(read_text(row, 0)?);
    sql.run(
        "INSERT OR IGNORE INTO endpoint_off (url, since_seconds) VALUES (?1, ?2)",
        &[receiver.clone(), seconds(now)],
    )?;
    let statement = "UPDATE delivery SET state = 'parked', settled_at_seconds = ?2, last_error = ?3
        WHERE state = 'pending' AND queue = 'notice' AND receiver = ?1";
    sql.run(statement, &[receiver, seconds(now), text(SWITCHED_OFF)])?;
    forget_parked_of_erased(sql)
}

/// A few of those that were settled long ago, at each settling.
fn forget_old(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "DELETE FROM delivery WHERE settled_at_seconds < ?1 AND number IN (
        SELECT number FROM (SELECT number FROM delivery WHERE state = 'done' AND queue = 'notice'
            ORDER BY next_attempt_at_seconds LIMIT 64)
        UNION ALL SELECT number FROM (SELECT number FROM delivery WHERE state = 'ended' AND queue = 'notice'
            ORDER BY next_attempt_at_seconds LIMIT 64)
        UNION ALL SELECT number FROM (SELECT number FROM delivery WHERE state = 'parked' AND queue = 'notice'
            AND settled_at_seconds < ?2 ORDER BY next_attempt_at_seconds LIMIT 64))";
    let before = |days| seconds(now - TimeDelta::days(days));
    sql.run(statement, &[before(DONE_KEPT_DAYS), before(PARKED_KEPT_DAYS)]).map(|_| ())
}

/// Has a delivery go out again that was given up, or that was taken and lost, or whose receiver is there again.
pub(super) fn replay(
    sql: &mut dyn Sql,
    id: &str,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let statement = "SELECT number, destination, event, payload, booking_id FROM delivery
        WHERE state IN ('parked', 'done', 'ended') AND queue = 'notice' AND kind <> ?2 AND id = ?1";
    let rows = sql.run(statement, &[text(id), text(SIGN_IN)])?;
    let Some(row) = rows.first() else { return Ok(Reply::Refused { refusal: Refusal::NotFound }) };
    let number = Value::Integer(read_integer(row, 0)?);
    let destination: Destination = read_json(row, 1)?;
    let event = Event::try_from(read_text(row, 2)?.to_owned()).map_err(unreadable)?;
    let booking = read_optional_text(row, 4)?.and_then(|id| BookingId::parse(&id));
    // Whether the calendar is there is seen when it is written to.
    let is_own = matches!(destination, Destination::Calendar(_) | Destination::Payment(_));
    if let Some(subscribers) = today.as_ref().filter(|_| !is_own) {
        let tag = destination.tag();
        let guests: Vec<String> = destination.guest().map(str::to_owned).into_iter().collect();
        let mut there = Destination::of_subscribers(subscribers, &guests).into_iter();
        if !there.any(|other| other.tag() == tag && other.takes(event)) {
            return Ok(Reply::Refused { refusal: Refusal::ReceiverGone });
        }
    }
    let mut payload = read_json(row, 3)?;
    if let Payload::Payment(PaymentErrand { refund: Some(refund), .. }) = &payload
        && let Err(refusal) = bookings::refund_again(sql, booking.as_ref(), refund.number, today, now)?
    {
        return Ok(Reply::Refused { refusal });
    }
    if payload == Payload::Cut {
        let Some(told) = tell_again(sql, id, booking, (event, &destination), today)? else {
            return Ok(Reply::Refused { refusal: Refusal::Superseded });
        };
        payload = told;
    }
    sql.run("DELETE FROM endpoint_off WHERE url = ?1", &[text(destination.receiver())])?;
    let statement = "UPDATE delivery SET state = 'pending', attempt_count = 0, next_attempt_at_seconds = ?2,
        settled_at_seconds = NULL, is_refused = 0, payload = ?3 WHERE number = ?1";
    sql.run(statement, &[number, seconds(now), json(&payload)?])?;
    Ok(Reply::Done)
}

/// Who caused an event that a booking has had; `None` where that is not known any more.
fn likely_cause(event: Event, booking: &Booking) -> Option<Party> {
    match event {
        Event::Confirmed if booking.terms.by_request => Some(Party::Host),
        Event::AwaitingConfirmation | Event::Requested | Event::AwaitingPayment | Event::Confirmed => {
            Some(Party::Visitor)
        }
        Event::Paid => Some(Party::Visitor),
        Event::Declined | Event::OutcomeRecorded => Some(Party::Host),
        _ => None,
    }
}

/// What a delivery said that was taken, or ended, made anew of its booking; `None` if that is another one since.
fn tell_again(
    sql: &mut dyn Sql,
    id: &str,
    booking: Option<BookingId>,
    (event, destination): (Event, &Destination),
    today: &Today,
) -> Result<Option<Payload>, SqlFault> {
    let Some(booking) = booking else { return Ok(None) };
    let Some(stored) = store::booking(sql, &booking)? else { return Ok(None) };
    let number = number_of(id, &booking);
    let is_copy = matches!(destination, Destination::Calendar(_));
    if !is_copy
        && !number
            .is_some_and(|number| outbox::holds_still(number, event, &stored.booking, stored.event_count))
    {
        return Ok(None);
    }
    let subscribers = subscribers::of_today(sql, today, &stored.booking.noted)?;
    let news = News {
        event,
        booking: &stored.booking,
        former: None,
        by: likely_cause(event, &stored.booking),
        subscribers: &subscribers,
        at: stored.booking.changed_at,
    };
    Ok(Some(destination.payload(&news)))
}

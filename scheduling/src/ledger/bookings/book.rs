//! Booking a time, within the ledger's transaction.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};

use super::live_claims::{Live, Seating, Wish};
use crate::availability::LONGEST_MEETING_MINUTES;
use crate::booking::{Booking, Party, Status};
use crate::claim::Claim;
use crate::definition::LONGEST_BUFFER_MINUTES;
use crate::ledger::calendars::{self, Standing};
use crate::ledger::messages::{Book, Reply, Today};
use crate::ledger::store::NewBooking;
use crate::ledger::strangers::{self, Proof};
use crate::ledger::{invites, outbox_rows, reminders, store, subscribers};
use crate::limits::MOST_MADE_A_DAY;
use crate::outbox::{self, Destination};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::strangers::confirmed_by;

/// A known key answers first. Then what the rules said, an invitation that is used up, the limits, what is taken, and
/// what strangers hold may refuse, in that order; a refusal has written nothing.
pub(in crate::ledger) fn book(
    sql: &mut dyn Sql,
    command: &Book,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    if let Some(earlier) = earlier_reply(sql, command, now)? {
        return Ok(earlier);
    }
    let seating = match find_seating(sql, command, now)? {
        Ok(seating) => seating,
        Err(refusal) => return Ok(Reply::Refused { refusal }),
    };
    let Some(proof) = strangers::proof(sql, command, now)? else {
        return Ok(Reply::Refused { refusal: Refusal::TooManyRequests });
    };
    let Some(calendars) = &command.calendars else {
        return write(sql, command, (seating, proof), today, now);
    };
    match calendars::standing(sql, calendars, &command.booking, None, now)? {
        Standing::Free => write(sql, command, (seating, proof), today, now),
        Standing::Busy => Ok(Reply::Refused { refusal: Refusal::SlotTaken }),
        Standing::ReadFirst(calendars) => Ok(Reply::ReadFirst { calendars }),
        Standing::Unknown => match calendars.request_within_minutes {
            Some(minutes) => write(sql, &as_request(command, minutes), (seating, proof), today, now),
            None => Ok(Reply::Refused { refusal: Refusal::CalendarUnreachable }),
        },
    }
}

/// The same, of a booking that its host answers first: nobody knows whether they are busy then.
fn as_request(command: &Book, within_minutes: u32) -> Book {
    let mut asked = command.clone();
    asked.booking.status = Status::Requested;
    asked.booking.terms.by_request = true;
    asked.booking.unknown_calendar = true;
    let answered_by = asked.booking.created_at + TimeDelta::minutes(within_minutes.into());
    asked.expires_at = asked.expires_at.or(Some(answered_by.min(asked.booking.start)));
    asked
}

fn earlier_reply(sql: &mut dyn Sql, command: &Book, now: DateTime<Utc>) -> Result<Option<Reply>, SqlFault> {
    let Some(key) = &command.key else { return Ok(None) };
    let Some(earlier) = store::booking_of_key(sql, now, &command.booking, &key.key)? else { return Ok(None) };
    if earlier.body_hash != key.body_hash {
        return Ok(Some(Reply::Refused { refusal: Refusal::IdempotencyKeyReused }));
    }
    let counts = earlier.is_live || !key.takes_any_body();
    Ok(counts.then_some(Reply::Booked { booking: earlier.booking }))
}

fn find_seating(
    sql: &mut dyn Sql,
    command: &Book,
    now: DateTime<Utc>,
) -> Result<Result<Seating, Refusal>, SqlFault> {
    let booking = &command.booking;
    if let Some(refusal) = command.verdict.or_else(|| against_every_rule(booking)) {
        return Ok(Err(refusal));
    }
    if let Some(invited) = &command.invited
        && let Some(refusal) = invites::refusal(sql, invited, now)?
    {
        return Ok(Err(refusal));
    }
    let wish = Wish { booking, capacity: command.capacity, limits: &command.limits };
    let live = Live::around(sql, &wish, now)?;
    if live.limit_reached(&wish) {
        return Ok(Err(Refusal::LimitReached));
    }
    if let Some(most) = command.contact_limit {
        let can_prove = command.stranger.as_ref().is_some_and(|stranger| stranger.can_prove);
        let email = booking.visitor.contact.counted_email();
        let (live, made) = store::count_of_contact(sql, now, &email, can_prove)?;
        if live >= i64::from(most) || made >= i64::from(MOST_MADE_A_DAY) {
            return Ok(Err(Refusal::TooManyRequests));
        }
    }
    Ok(live.seating(&wish))
}

/// No page may have such a meeting. What the ledger looks at around a booking rests on these bounds, so it keeps them
/// itself.
pub(super) fn against_every_rule(booking: &Booking) -> Option<Refusal> {
    let longest = TimeDelta::minutes(LONGEST_MEETING_MINUTES.into());
    let whole = |instant: DateTime<Utc>| instant.timestamp_subsec_nanos() == 0;
    let sound = booking.start < booking.end
        && booking.end - booking.start <= longest
        && whole(booking.start)
        && whole(booking.end)
        && booking.buffer.before_minutes <= LONGEST_BUFFER_MINUTES
        && booking.buffer.after_minutes <= LONGEST_BUFFER_MINUTES;
    (!sound).then_some(Refusal::SlotNotOffered)
}

fn write(
    sql: &mut dyn Sql,
    command: &Book,
    (seating, proof): (Seating, Proof),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let (booking, expires_at) = as_taken(command, proof, now);
    let booking = &*booking;
    let events = booking.events_when_made();
    let contact_key = command.contact_key.as_deref();
    let network = command.stranger.as_ref().and_then(|stranger| stranger.network.as_deref());
    let new = NewBooking { booking, contact_key, network, proof };
    store::insert_booking(sql, &new, &events, today, now)?;
    take_seat(sql, booking, command.capacity, seating, expires_at)?;
    if let Some(invited) = &command.invited {
        invites::note(sql, invited, &booking.id, now)?;
    }
    let subscribers = subscribers::of_today(sql, today, &booking.noted)?;
    let destinations = Destination::of_booking(&subscribers, booking, &booking.visitor.guests, contact_key);
    let told = (&*subscribers, &destinations[..]);
    outbox_rows::insert(
        sql,
        &outbox::deliveries((&events, Some(Party::Visitor)), 0, (booking, None), told, now),
        now,
    )?;
    if booking.status == Status::Confirmed {
        reminders::set(sql, booking, now)?;
    }
    if let Some(key) = &command.key {
        store::keep_reply(sql, now, booking, key)?;
    }
    Ok(Reply::Booked { booking: Box::new(booking.clone()) })
}

/// The booking, and until when it holds its time: one that is to be confirmed first, only until then.
fn as_taken(command: &Book, proof: Proof, now: DateTime<Utc>) -> (Cow<'_, Booking>, Option<DateTime<Utc>>) {
    let booking = &command.booking;
    if proof != Proof::Asked {
        let agreed = match booking.status {
            Status::Confirmed => Cow::Owned(booking.clone().agreed(now)),
            _ => Cow::Borrowed(booking),
        };
        let expires_at = command.expires_at.or(agreed.payment_due_by());
        return (agreed, expires_at);
    }
    let waiting = Booking { status: Status::AwaitingConfirmation, ..booking.clone() };
    (Cow::Owned(waiting), Some(confirmed_by(booking.created_at, booking.start)))
}

/// Seats a booking where it can sit.
pub(super) fn take_seat(
    sql: &mut dyn Sql,
    booking: &Booking,
    capacity: u32,
    seating: Seating,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), SqlFault> {
    let claim_id = match seating {
        Seating::Joins(claim_id) => claim_id,
        Seating::NewClaim => store::insert_claim(sql, &claim_of(booking, capacity))?,
    };
    store::insert_seat(sql, claim_id, &booking.id, expires_at)
}

fn claim_of(booking: &Booking, capacity: u32) -> Claim {
    Claim {
        page: booking.page.clone(),
        start: booking.start.timestamp(),
        end: booking.end.timestamp(),
        before: i64::from(booking.buffer.before_minutes) * 60,
        after: i64::from(booking.buffer.after_minutes) * 60,
        seats_taken: 1,
        capacity,
        expires_at: None,
        calendar: None,
    }
}

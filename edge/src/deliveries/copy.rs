//! A booking's copy in a calendar of its host's: what is confirmed stands there as it is now, and nothing else does.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Booking, Status};
use scheduling::definition::HostDefinition;
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::outbox::{AttemptOutcome, CalendarCopy, Payload, ROOM_AWAITED_FOR};

use super::calendar::TIMEOUT;
use super::{Job, Postman, failed, retry_after_seconds};
use crate::calendars::{self, Held, Kept, Unwritten};
use crate::call::today::{Today, as_host_has_it};
use crate::page::details::title_for_host;

/// How soon a room is looked up again that its calendar is still making.
const ROOM_LOOKED_UP_EVERY: TimeDelta = TimeDelta::seconds(5);
const ROOM_AWAITED: &str = "the event is there, but its video room is not ready yet";
const ROOM_LATE: &str =
    "the event is there, but its video room is not: this account may not be able to make video calls";

/// Writes it, changes it, or takes it out, whatever stands there.
pub(super) async fn attempt(postman: &impl Postman, job: &Job, copy: &CalendarCopy) -> AttemptOutcome {
    let ended = |reason: &str| AttemptOutcome::Ended { reason: reason.to_owned() };
    let Some(booking) = &job.booking else { return ended("the booking is gone") };
    let today = match Today::of(postman, &job.ledger).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    let Some((host, calendar)) = today.written_to(&copy.calendar) else {
        return ended("bookings are no longer written to this calendar");
    };
    let stands = booking.status == Status::Confirmed && !booking.visitor.contact.is_erased();
    let copy = match stands.then(|| copy_of(&today, host, booking)).transpose() {
        Ok(copy) => copy,
        Err(reason) => return failed(reason),
    };
    let copy = match copy.as_ref() {
        Some(copy) if job.payload == Payload::PutBack => Held::Alone(copy),
        copy => copy.into(),
    };
    let kept = calendars::keep(postman, calendar, (&booking.id, copy), TIMEOUT).await;
    let outcome = outcome(kept, booking, postman.now());
    match as_host_has_it(host, booking).location.call() {
        // Its page has one room for all by now.
        Some(address) if booking.awaits_room() && outcome == AttemptOutcome::Taken => {
            AttemptOutcome::TakenWithRoom { address: address.to_owned(), is_of_page: true }
        }
        _ => outcome,
    }
}

/// What a writing means for its delivery.
fn outcome(kept: Result<Kept, Unwritten>, booking: &Booking, now: DateTime<Utc>) -> AttemptOutcome {
    match kept {
        Ok(Kept::AsWanted) => AttemptOutcome::Taken,
        Ok(Kept::WithRoom(address)) => AttemptOutcome::TakenWithRoom { address, is_of_page: false },
        // The event stands there, and is looked up again.
        Ok(Kept::RoomAwaited) if now < booking.changed_at + ROOM_AWAITED_FOR => {
            AttemptOutcome::Held { reason: ROOM_AWAITED.to_owned(), until: Some(now + ROOM_LOOKED_UP_EVERY) }
        }
        Ok(Kept::RoomAwaited) => failed(ROOM_LATE.to_owned()),
        Ok(Kept::WithoutRoom(reason)) => failed(reason),
        Err(unwritten) if unwritten.is_refused => AttemptOutcome::Refused { reason: unwritten.reason },
        Err(unwritten) => AttemptOutcome::Failed {
            reason: unwritten.reason,
            retry_after_seconds: unwritten.retry_after.and_then(|value| retry_after_seconds(&value, now)),
        },
    }
}

/// The event, in the site's first language, like the host's mails.
fn copy_of(today: &Today, host: &HostDefinition, booking: &Booking) -> Result<BookingCopy, String> {
    let locale = today.site.default_locale();
    let words = today.site.words.get(locale).ok_or("the site has no text in that locale")?;
    let title = title_for_host(booking, today.page(booking), locale).to_owned();
    let booking = Booking { title, ..as_host_has_it(host, booking) };
    Ok(Feed { host_name: &host.name, words, base_url: &today.site.base_url }.copy(booking))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_looked_up_until_emails_wait_no_longer_and_then_like_any_failure() {
        let booking: Booking =
            serde_json::from_str(include_str!("../../../scheduling/tests/booking.json")).unwrap();
        let at = |seconds| booking.changed_at + TimeDelta::seconds(seconds);
        let of = |kept: &Kept, seconds| outcome(Ok(kept.clone()), &booking, at(seconds));
        let reason = "the event is there, but its video room is not ready yet".to_owned();
        for seconds in [0, 60, 119] {
            let held = AttemptOutcome::Held { reason: reason.clone(), until: Some(at(seconds + 5)) };
            assert_eq!(of(&Kept::RoomAwaited, seconds), held);
        }
        let late =
            "the event is there, but its video room is not: this account may not be able to make video calls";
        assert_eq!(of(&Kept::RoomAwaited, 120), failed(late.to_owned()));
        let why = || "it makes none".to_owned();
        assert_eq!(of(&Kept::WithoutRoom(why()), 0), failed(why()));
        let address = "https://meet.example.com/a".to_owned();
        let taken = AttemptOutcome::TakenWithRoom { address: address.clone(), is_of_page: false };
        assert_eq!(of(&Kept::WithRoom(address), 500), taken);
        assert_eq!(of(&Kept::AsWanted, 500), AttemptOutcome::Taken);
    }
}

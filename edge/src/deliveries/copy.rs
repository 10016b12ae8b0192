//! A booking's copy in a calendar of its host's: what is confirmed stands there as it is now, and nothing else does.

use scheduling::booking::{Booking, Status};
use scheduling::definition::HostDefinition;
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::outbox::{AttemptOutcome, CalendarCopy, Payload};

use super::calendar::TIMEOUT;
use super::{Job, Postman, failed, retry_after_seconds};
use crate::calendars::{self, Held};
use crate::call::today::{Today, as_host_has_it};
use crate::page::details::title_for_host;

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
    match calendars::keep(postman, calendar, (&booking.id, copy), TIMEOUT).await {
        Ok(()) => AttemptOutcome::Taken,
        Err(unwritten) if unwritten.is_refused => AttemptOutcome::Refused { reason: unwritten.reason },
        Err(unwritten) => {
            let now = postman.now();
            let retry_after = unwritten.retry_after.and_then(|value| retry_after_seconds(&value, now));
            AttemptOutcome::Failed { reason: unwritten.reason, retry_after_seconds: retry_after }
        }
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

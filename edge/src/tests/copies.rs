//! Bookings' copies in their hosts' calendars: what is delivered, and what it leaves of the host's mail.

use std::sync::Arc;

use scheduling::booking::{Booking, Status};
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, MailTransport, Role, SiteDefinition};
use scheduling::outbox::{AttemptOutcome, CalendarCopy, Destination, Payload, Recipient};

use super::caldav::{self, answer, with};
use super::mail::{Recorder, booking, job};
use crate::Unanswered;
use crate::deliveries::{Job, attempt};

const NAME: &str = "aiko.AQEBAQEBAQEBAQEBAQEBAQ.ics";

fn written(locale: &str) -> Booking {
    let mut booking = booking(locale);
    booking.terms.write_to = Some("work".to_owned());
    booking
}

/// The delivery of a booking as it is now.
fn copy_of(booking: Option<&Booking>) -> Job {
    Job {
        ledger: "aiko".to_owned(),
        number: 1,
        id: "aiko.AQEBAQEBAQEBAQEBAQEBAQ.1.calendar-work".to_owned(),
        payload: Payload::Booking,
        destination: Destination::Calendar(CalendarCopy { calendar: "work".to_owned() }),
        booking: booking.cloned().map(Box::new),
        is_copy_parked: false,
    }
}

fn calendar(role: Role) -> Calendar {
    let (url, user) = (caldav::URL.to_owned(), "aiko@example.com".to_owned());
    let source = CalendarSource::Caldav { url, user, secret: "AIKO_CALENDAR".to_owned() };
    Calendar { role, ..Calendar::new("work".to_owned(), source) }
}

fn having(mut recorder: Recorder, calendars: Vec<Calendar>) -> Recorder {
    recorder.host = Arc::new(HostDefinition { calendars, ..HostDefinition::clone(&recorder.host) });
    recorder
}

/// Whoever has a calendar that is written to.
fn recorder() -> Recorder {
    having(Recorder::of(Some(MailTransport::Mailbox)), vec![calendar(Role::Both)])
}

#[tokio::test]
async fn a_booking_is_in_the_calendar_as_it_is_now() {
    let recorder = recorder();
    let mut booking = written("ja");
    booking.visitor.guests = vec!["ben@example.org".to_owned()];
    assert_eq!(attempt(&recorder, &copy_of(Some(&booking))).await, AttemptOutcome::Taken);
    // In the host's language, with the host's place of today.
    let expected = "\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:0
DTSTAMP:20261124T000000Z
DTSTART:20261201T010000Z
DTEND:20261201T013000Z
SUMMARY:Sam <b>Doe: Introductory call
DESCRIPTION:Sam <b>Doe\\, sam@example.org\\nben@example.org\\n\\nWhere: https://meet.example.com/rooms/aiko\\n\\nAnswer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ
LOCATION:https://meet.example.com/rooms/aiko
URL:https://meet.example.com/rooms/aiko
STATUS:CONFIRMED
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
";
    assert_eq!(recorder.calendar.text(NAME).replace("\r\n ", "").replace("\r\n", "\n"), expected);
    let moved = Booking {
        start: booking.end,
        end: booking.end + chrono::TimeDelta::minutes(30),
        sequence: 1,
        ..booking
    };
    assert_eq!(attempt(&recorder, &copy_of(Some(&moved))).await, AttemptOutcome::Taken);
    let text = recorder.calendar.text(NAME);
    assert!(
        text.contains("\r\nSEQUENCE:1\r\n") && text.contains("\r\nDTSTART:20261201T013000Z\r\n"),
        "{text}"
    );
    assert_eq!(recorder.calendar.changes(), [format!("PUT {NAME}"), format!("PUT {NAME}")]);
}

#[tokio::test]
async fn a_copy_is_in_the_sites_first_language() {
    let recorder = having(Recorder::speaking("ja"), vec![calendar(Role::Write)]);
    assert_eq!(attempt(&recorder, &copy_of(Some(&written("en")))).await, AttemptOutcome::Taken);
    let text = recorder.calendar.text(NAME).replace("\r\n ", "");
    let (_, said) = text.split_once("SUMMARY:").unwrap();
    let (said, _) = said.split_once("\r\nLOCATION").unwrap();
    assert_eq!(
        said.replace("\r\n", "\n"),
        "Sam <b>Doe様：初回のご相談\n\
         DESCRIPTION:Sam <b>Doe様　sam@example.org\\n\\n場所：https://meet.example.com/rooms/aiko\\n\\n\
         返事・日時の変更・キャンセルはこちら：\\nhttps://meet.example.com/host/#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ"
    );
}

#[tokio::test]
async fn what_does_not_take_place_or_whose_visitor_is_erased_is_taken_out() {
    let cancelled = Booking { status: Status::Cancelled, ..written("en") };
    let declined = Booking { status: Status::Declined, ..written("en") };
    let requested = Booking { status: Status::Requested, ..written("en") };
    let erased = written("en").erased(written("en").changed_at);
    assert_eq!(erased.status, Status::Confirmed, "it took place");
    for booking in [cancelled, declined, requested, erased] {
        let recorder = recorder();
        assert_eq!(attempt(&recorder, &copy_of(Some(&written("en")))).await, AttemptOutcome::Taken);
        for _ in 0..2 {
            assert_eq!(attempt(&recorder, &copy_of(Some(&booking))).await, AttemptOutcome::Taken);
        }
        assert_eq!(recorder.calendar.names(), [""; 0], "{:?}", booking.status);
        assert_eq!(recorder.calendar.changes(), [format!("PUT {NAME}"), format!("DELETE {NAME}")]);
    }
}

#[tokio::test]
async fn a_delivery_ends_where_there_is_nothing_to_write_or_nowhere() {
    let ended = |reason: &str| AttemptOutcome::Ended { reason: reason.to_owned() };
    let nowhere = ended("bookings are no longer written to this calendar");
    let renamed = Calendar { name: "other".to_owned(), ..calendar(Role::Both) };
    for calendars in [vec![], vec![renamed], vec![calendar(Role::Busy)]] {
        let recorder = having(recorder(), calendars);
        assert_eq!(attempt(&recorder, &copy_of(Some(&written("en")))).await, nowhere);
        assert_eq!(recorder.calendar.asked().len(), 0);
    }
    let mut recorder = recorder();
    assert_eq!(attempt(&recorder, &copy_of(None)).await, ended("the booking is gone"));
    recorder.site = Arc::new(SiteDefinition { hosts: Vec::new(), ..SiteDefinition::clone(&recorder.site) });
    assert_eq!(attempt(&recorder, &copy_of(Some(&written("en")))).await, nowhere, "the host is gone");
}

#[tokio::test]
async fn a_failure_says_why_and_when_the_calendar_wants_to_be_asked_again() {
    let failed = |reason: &str, retry_after_seconds| AttemptOutcome::Failed {
        reason: reason.to_owned(),
        retry_after_seconds,
    };
    let busy = |after: &str| Ok(with(answer(503, ""), "retry-after", after));
    let refused = |reason: &str| AttemptOutcome::Refused { reason: reason.to_owned() };
    for (said, expected) in [
        (Ok(answer(403, "")), refused("it answered 403: its server does not let the user write to it")),
        (busy("90"), failed("it answered 503: its server has a fault", Some(90))),
        (busy("Tue, 24 Nov 2026 00:10:00 GMT"), failed("it answered 503: its server has a fault", Some(600))),
        (busy("soon"), failed("it answered 503: its server has a fault", None)),
        (
            Err(Unanswered::TimedOut(std::time::Duration::from_secs(1))),
            failed("it did not answer within 30 s", None),
        ),
    ] {
        let recorder = recorder();
        recorder.calendar.says("PUT", said);
        assert_eq!(attempt(&recorder, &copy_of(Some(&written("en")))).await, expected);
    }
}

/// The method of the calendar's part of a mail.
async fn method(recorder: &Recorder, event: &str, booking: &Booking, to: Recipient) -> Option<&'static str> {
    assert_eq!(attempt(recorder, &job(event, booking, to)).await, AttemptOutcome::Taken);
    let mail = recorder.handed_over.borrow_mut().pop().unwrap();
    mail.invitation.map(|invitation| invitation.method)
}

#[tokio::test]
async fn the_host_whose_calendar_has_the_booking_is_not_sent_it_as_well() {
    let guest = || Recipient::Guest("ben@example.org".to_owned());
    let mut booking = written("en");
    booking.visitor.guests = vec!["ben@example.org".to_owned()];
    let unwritten = having(recorder(), vec![calendar(Role::Busy)]);
    for (event, asked, published) in [
        ("booking.confirmed", "REQUEST", "PUBLISH"),
        ("booking.rescheduled", "REQUEST", "PUBLISH"),
        ("booking.cancelled", "CANCEL", "CANCEL"),
    ] {
        let recorder = recorder();
        for to in [Recipient::Visitor, guest()] {
            assert_eq!(method(&recorder, event, &booking, to).await, Some(asked), "{event}");
        }
        assert_eq!(method(&recorder, event, &booking, Recipient::Host).await, None, "{event}");
        // Where it is not written, the mail is all that the host has.
        assert_eq!(method(&unwritten, event, &booking, Recipient::Host).await, Some(published), "{event}");
        let mut other = booking.clone();
        other.terms.write_to = None;
        assert_eq!(method(&recorder, event, &other, Recipient::Host).await, Some(published), "{event}");
    }
}

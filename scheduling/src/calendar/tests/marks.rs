//! What counts as busy.

use super::*;
use crate::calendar::{Booked, Skipped, WholeDays};

const TIME: &str = "DTSTART:20261201T090000Z\nDURATION:PT1H";

/// An event with these lines blocks, or is passed over so.
#[track_caller]
fn check_marks(lines: &str, skipped: Skipped) {
    check_marks_for(question(), lines, skipped);
}

#[track_caller]
fn check_marks_for(question: Question, lines: &str, skipped: Skipped) {
    let answer = ask(question, &calendar(&event(&format!("{TIME}\n{lines}")))).unwrap();
    assert_eq!(answer.skipped, skipped, "{lines}");
    assert_eq!(answer.busy.is_empty(), skipped != Skipped::default(), "{lines}");
}

#[test]
fn an_event_is_free_if_it_says_so() {
    let (blocks, free) = (Skipped::default(), Skipped { free: 1, ..Skipped::default() });
    let cancelled = Skipped { cancelled: 1, ..Skipped::default() };
    for lines in [
        "",
        "TRANSP:OPAQUE",
        "TRANSP:WHATEVER",
        "STATUS:CONFIRMED",
        "STATUS:TENTATIVE",
        "CLASS:PRIVATE",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
        "X-MICROSOFT-CDO-BUSYSTATUS:SOMETHING",
        // The more particular mark counts.
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nX-MICROSOFT-CDO-INTENDEDSTATUS:FREE\nTRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY\nTRANSP:TRANSPARENT",
        // Alarms are no events.
        "BEGIN:VALARM\nTRANSP:TRANSPARENT\nEND:VALARM",
    ] {
        check_marks(lines, blocks);
    }
    for lines in [
        "TRANSP:TRANSPARENT",
        "transp:transparent",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:FREE",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE\nX-MICROSOFT-CDO-INTENDEDSTATUS:BUSY\nTRANSP:OPAQUE",
    ] {
        check_marks(lines, free);
    }
    check_marks("STATUS:CANCELLED", cancelled);
    check_marks("X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nSTATUS:CANCELLED", cancelled);
}

#[test]
fn tentative_is_as_the_host_wants() {
    let question = || Question { tentative_blocks: false, ..question() };
    let tentative = Skipped { tentative: 1, ..Skipped::default() };
    check_marks_for(question(), "STATUS:TENTATIVE", tentative);
    check_marks_for(question(), "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", tentative);
    check_marks_for(question(), "STATUS:CONFIRMED", Skipped::default());
}

#[test]
fn only_the_hosts_own_answer_frees() {
    let question = || question().invited_at("aiko@example.com").invited_at("A.Sato@Example.org");
    let declined = Skipped { declined: 1, ..Skipped::default() };
    for attendee in [
        "ATTENDEE;PARTSTAT=DECLINED:mailto:aiko@example.com",
        "ATTENDEE;CN=\"Sato: Aiko; host\";PARTSTAT=declined:MAILTO:Aiko+work@EXAMPLE.com",
        "ATTENDEE;PARTSTAT=DECLINED;EMAIL=a.sato@example.org:urn:uuid:1",
    ] {
        check_marks_for(question(), attendee, declined);
    }
    for attendee in [
        "ATTENDEE;PARTSTAT=DECLINED:mailto:jonas@example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:aiko@example.com",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:aiko@example.com",
        "ATTENDEE:mailto:aiko@example.com",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:aiko@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a.sato@example.org",
    ] {
        check_marks_for(question(), attendee, Skipped::default());
    }
    check_marks("ATTENDEE;PARTSTAT=DECLINED:mailto:aiko@example.com", Skipped::default());
}

#[test]
fn whole_days_are_as_the_host_wants() {
    let day = |lines: &str| calendar(&event(&format!("DTSTART;VALUE=DATE:20261201\n{lines}")));
    let busy = |whole_days, lines: &str| {
        shown(&ask(Question { whole_days, ..question() }, &day(lines)).unwrap().busy)
    };
    let blocked = "1130 2300-1201 2300";
    assert_eq!(busy(WholeDays::AsMarked, "TRANSP:TRANSPARENT"), "");
    assert_eq!(busy(WholeDays::AsMarked, ""), blocked);
    assert_eq!(busy(WholeDays::Busy, "TRANSP:TRANSPARENT"), blocked);
    assert_eq!(busy(WholeDays::Busy, "STATUS:CANCELLED"), "");
    assert_eq!(busy(WholeDays::Free, ""), "");
}

#[test]
fn bookings_of_ours_stand_apart_with_where_they_are() {
    let uid = "aiko.AQEBAQEBAQEBAQEBAQEBAQ";
    let read_one = |lines: &str| {
        let answer = read(&calendar(&event(&format!("UID:{uid}\n{TIME}\n{lines}"))));
        assert_eq!(answer.busy, []);
        answer.bookings
    };
    let start = instant("2026-12-01T09:00:00Z");
    let booking = crate::token::BookingId::parse(uid).unwrap();
    let booked = |blocks| {
        let span = Span { start, end: start + 3600 };
        Booked { booking: booking.clone(), span, blocks, whole_days: false }
    };
    assert_eq!(read_one(""), [booked(true)]);
    assert_eq!(read_one("TRANSP:TRANSPARENT"), [booked(false)]);
    assert_eq!(read_one("STATUS:CANCELLED"), []);
    let day = read(&calendar(&event(&format!("UID:{uid}\nDTSTART;VALUE=DATE:20261201")))).bookings;
    assert_eq!(day.iter().map(|booked| booked.whole_days).collect::<Vec<_>>(), [true]);
    let elsewhere = read(&calendar(&event(&format!("UID:{uid}\nDTSTART:20251201T090000Z\nDURATION:PT1H"))));
    assert_eq!(elsewhere.bookings, []);
}

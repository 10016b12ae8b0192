//! Events that come as single occurrences.

use chrono::NaiveDate;

use super::*;
use crate::calendar::{Booked, Cause, Expanded, Occurrence, Shown, Skipped, Time, Unknown, WholeDays};
use crate::token::BookingId;

fn occurrence(time: Option<Time>, shown: Shown) -> Occurrence {
    Occurrence { time, shown, booking: None, name: "1".to_owned() }
}

fn exact(start: &str, end: &str) -> Time {
    let at = |time: &str| instant(&format!("2026-{time}Z"));
    Time::Exact(Span { start: at(start), end: at(end) })
}

fn days(first: &str, after: &str) -> Time {
    let date = |date: &str| format!("2026-{date}").parse::<NaiveDate>().unwrap();
    Time::Days(date(first), date(after))
}

fn gathered(mut expanded: Expanded, occurrences: Vec<Occurrence>) -> Answer {
    for occurrence in occurrences {
        expanded.push(occurrence);
    }
    expanded.finish().unwrap()
}

fn answer(question: Question, occurrences: Vec<Occurrence>) -> Answer {
    gathered(Expanded::new(question), occurrences)
}

#[test]
fn times_are_merged_and_cut_to_what_is_asked() {
    let busy = |start, end| occurrence(Some(exact(start, end)), Shown::Busy);
    let answer = answer(
        question(),
        vec![
            busy("12-01T10:00:00", "12-01T11:00:00"),
            busy("12-01T09:00:00", "12-01T10:00:00"),
            busy("12-02T09:00:00", "12-02T09:00:00"),
            busy("12-03T09:00:00", "12-03T08:00:00"),
            busy("12-01T10:30:00", "12-01T10:45:00"),
        ],
    );
    assert_eq!(shown(&answer.busy), "1201 0900-1100");
    assert_eq!(answer.events, 5);
    assert_eq!(answer.skipped, Skipped { without_length: 2, ..Skipped::default() });
    assert_eq!(answer.unknown, []);
}

#[test]
fn whole_days_are_where_the_calendar_is() {
    let day = || vec![occurrence(Some(days("12-01", "12-02")), Shown::Busy)];
    assert_eq!(shown(&answer(question(), day()).busy), "1130 2300-1201 2300");
    let mut expanded = Expanded::new(question());
    expanded.is_in(zone("Asia/Tokyo"));
    assert_eq!(shown(&gathered(expanded, day()).busy), "1130 1500-1201 1500");
    let mut said = Expanded::new(Question { calendar_zone: Some(zone("UTC")), ..question() });
    said.is_in(zone("Asia/Tokyo"));
    assert_eq!(shown(&gathered(said, day()).busy), "1201 0000-1202 0000");
    let same = answer(question(), vec![occurrence(Some(days("12-01", "12-01")), Shown::Busy)]);
    assert_eq!(shown(&same.busy), "1130 2300-1201 2300");
}

#[track_caller]
fn check(question: &Question, shown_as: Shown, [timed, whole]: [bool; 2]) {
    let time = exact("12-01T09:00:00", "12-01T10:00:00");
    for (time, blocks) in [(time, timed), (days("12-01", "12-02"), whole)] {
        let answer = answer(question.clone(), vec![occurrence(Some(time), shown_as)]);
        assert_eq!(answer.busy.len(), usize::from(blocks), "{shown_as:?} {time:?}");
        assert_eq!(answer.skipped == Skipped::default(), blocks, "{shown_as:?} {time:?}");
    }
}

#[test]
fn what_takes_time_is_as_its_host_wants() {
    let marked = question();
    check(&marked, Shown::Busy, [true, true]);
    check(&marked, Shown::Tentative, [true, true]);
    let busy = Question { whole_days: WholeDays::Busy, ..question() };
    check(&busy, Shown::Free, [false, true]);
    check(&busy, Shown::Busy, [true, true]);
    let free = Question { whole_days: WholeDays::Free, tentative_blocks: false, ..question() };
    check(&free, Shown::Busy, [true, false]);
    check(&free, Shown::Tentative, [false, false]);
    for question in [marked, busy, free] {
        check(&question, Shown::Cancelled, [false, false]);
        check(&question, Shown::Declined, [false, false]);
        check(&question, Shown::Note, [false, false]);
    }
}

#[test]
fn a_booking_of_ours_is_told_with_where_it_stands() {
    let id = BookingId::parse("aiko.AQEBAQEBAQEBAQEBAQEBAQ").unwrap();
    let own = |shown| Occurrence {
        booking: Some(id.clone()),
        ..occurrence(Some(exact("12-01T09:00:00", "12-01T10:00:00")), shown)
    };
    for (shown, blocks) in [(Shown::Busy, Some(true)), (Shown::Free, Some(false)), (Shown::Cancelled, None)] {
        let answer = answer(question(), vec![own(shown)]);
        let span = Span { start: instant("2026-12-01T09:00:00Z"), end: instant("2026-12-01T10:00:00Z") };
        let booked = blocks.map(|blocks| Booked { booking: id.clone(), span, blocks, whole_days: false });
        assert_eq!(answer.bookings, Vec::from_iter(booked));
        assert_eq!(answer.busy, []);
    }
}

#[test]
fn what_cannot_be_read_is_unknown_unless_it_takes_no_time() {
    let from = question().from;
    let answer_of = |question, shown| answer(question, vec![occurrence(None, shown)]);
    let unknown = Unknown { from, cause: Cause::Unreadable, event: Some(digest("1")), at: None };
    assert_eq!(answer_of(question(), Shown::Busy).unknown, [unknown]);
    assert_eq!(answer_of(question(), Shown::Free).unknown, []);
    let answer = answer_of(question().leaving_out(&digest("1")), Shown::Busy);
    assert_eq!((answer.unknown, answer.skipped.left_out), (vec![], 1));
}

#[test]
fn too_many_are_an_error_and_too_many_times_unknown_from_there_on() {
    let at = instant("2026-12-01T00:00:00Z");
    let many = |count| {
        let mut expanded = Expanded::new(question());
        for number in 0..count {
            let start = at + number * 60;
            let time = Time::Exact(Span { start, end: start + 30 });
            expanded.push(occurrence(Some(time), Shown::Busy));
        }
        expanded.finish()
    };
    assert_eq!(many(50_001), Err(Unreadable::TooManyEvents(50_000)));
    let answer = many(5_001).unwrap();
    assert_eq!(answer.busy.len(), 5_000);
    assert_eq!(answer.unknown[0].cause, Cause::Spans);
}

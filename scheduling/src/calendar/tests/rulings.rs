//! Questions that the standard leaves open, and how they were decided.

use super::*;
use crate::calendar::{Cause, Found, Unknown};
use crate::definition::Buffer;

#[test]
fn whole_days_that_end_too_early_are_one_day() {
    for end in [
        "DTEND;VALUE=DATE:20261201",
        "DTEND;VALUE=DATE:20261130",
        "DURATION:PT0S",
        "DURATION:P0D",
        "DTEND:20261201",
    ] {
        check_one(&format!("DTSTART;VALUE=DATE:20261201\n{end}"), "1130 2300-1201 2300");
    }
    for end in ["DTEND;VALUE=DATE:20261203", "DURATION:P2D", "DURATION:PT25H", "DTEND:20261202T120000"] {
        check_one(&format!("DTSTART;VALUE=DATE:20261201\n{end}"), "1130 2300-1202 2300");
    }
}

#[test]
fn a_start_in_a_gap_is_shifted_and_keeps_its_length() {
    let start = "DTSTART;TZID=Europe/Berlin:20260329T023000";
    check_one(&format!("{start}\nDTEND;TZID=Europe/Berlin:20260329T030000"), "0329 0130-0200");
    check_one(&format!("{start}\nDTEND;TZID=Europe/Berlin:20260329T043000"), "0329 0130-0330");
    check_one(
        "DTSTART;TZID=Europe/Berlin:20260329T013000\nDTEND;TZID=Europe/Berlin:20260329T023000",
        "0329 0030-0130",
    );
    // A day that does not exist at all.
    let question =
        Question::new(instant("2011-12-01T00:00:00Z"), instant("2012-01-31T00:00:00Z"), zone("Pacific/Apia"));
    let daily = calendar(&event(
        "DTSTART;TZID=Pacific/Apia:20111229T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
    ));
    assert_eq!(shown(&ask(question, &daily).unwrap().busy), "1229 2200-2300, 1230 2200-2300");
}

#[test]
fn until_includes_its_day_its_instant_or_its_time() {
    let until = |until: &str, days: usize| {
        let first = "DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H";
        let answer = read(&calendar(&event(&format!("{first}\nRRULE:FREQ=DAILY;UNTIL={until}"))));
        assert_eq!(answer.busy.len(), days, "until {until}");
        let first = "DTSTART;VALUE=DATE:20261201\nTRANSP:OPAQUE";
        let answer = read(&calendar(&event(&format!("{first}\nRRULE:FREQ=DAILY;INTERVAL=2;UNTIL={until}"))));
        assert_eq!(answer.busy.len(), 2, "whole days until {until}");
    };
    until("20261203", 3);
    until("20261203T100000", 3);
    until("20261203T095959", 2);
    until("20261203T090000Z", 3);
    until("20261203T085959Z", 2);
    until("20261202T230000Z", 2);
}

#[test]
fn an_override_of_no_occurrence_is_an_event() {
    let series = event("UID:a\nDTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2");
    let stale = event("UID:a\nRECURRENCE-ID:20261201T110000Z\nDTSTART:20261201T120000Z\nDURATION:PT1H");
    check(&format!("{series}{stale}"), "1201 0900-1000, 1201 1200-1300, 1202 0900-1000");
    let odd = event("UID:a\nRECURRENCE-ID:whenever\nDTSTART:20261201T120000Z\nDURATION:PT1H");
    check(&format!("{series}{odd}"), "1201 0900-1000, 1201 1200-1300, 1202 0900-1000");
}

#[test]
fn a_rule_that_cannot_be_expanded_blocks_what_is_known() {
    check_unknown(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:RSCALE=CHINESE;FREQ=YEARLY\nRRULE:FREQ=DAILY;COUNT=2",
        "1201 0900-1000, 1202 0900-1000",
        "2026-12-01T09:00:00Z",
    );
    // One that begins after the window says nothing about it.
    check_one("DTSTART:20270201T090000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES", "");
}

#[test]
fn an_event_that_cannot_be_read_makes_the_calendar_unknown_until_it_is_left_out() {
    for lines in [
        "UID:odd",
        "UID:odd\nDTSTART:soon",
        "UID:odd\nDTSTART:20261301T000000Z",
        "UID:odd\nDTSTART:20261201T090000Z\nDTEND:later",
        "UID:odd\nDTSTART:20261201T090000Z\nDURATION:an hour",
        "UID:odd\nDTSTART:20261201T090000Z\nBEGIN:VALARM",
        "UID:odd\nDTSTART:20261201T090000Z\nBEGIN:VEVENT\nDTSTART:20261201T090000Z\nUID:other",
    ] {
        let text = calendar(&event(lines));
        let answer = read(&text);
        assert_eq!(answer.unknown_from(), Some(question().from), "{lines}");
        let (unknown, starts) = (&answer.unknown[0], instant("2026-12-01T09:00:00Z"));
        assert_eq!(unknown.event, Some(digest("odd")), "{lines}");
        let is_told = lines.contains("DTSTART:20261201");
        assert_eq!(unknown.at, is_told.then_some(starts), "when it begins, where that can be read: {lines}");
        let answer = ask(question().leaving_out(&digest("odd")), &text).unwrap();
        assert_eq!((answer.unknown, answer.skipped.left_out), (vec![], 1), "{lines}");
    }
    let free = read(&calendar(&event("UID:odd\nDTSTART:soon\nTRANSP:TRANSPARENT")));
    assert_eq!((free.unknown.len(), free.skipped.unreadable), (0, 1));
    let open = read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:odd\nDTSTART:20261201T090000Z\nEND:VCALENDAR");
    assert_eq!(open.unknown[0].event, Some(digest("odd")));
}

#[test]
fn a_series_that_makes_the_calendar_unknown_is_told_by_its_next_time_and_can_be_left_out() {
    let odd = |uid: &str, dates: &str| {
        event(&format!(
            "{uid}DTSTART;TZID=Asia/Tokyo:20240301T090000\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES{dates}"
        ))
    };
    let next = "\nRDATE;TZID=Asia/Tokyo:20260801T090000,20260701T090000\nX-APPLE-TRAVEL-DURATION:PT30M";
    let other = event("UID:well\nDTSTART:20261201T090000Z\nDURATION:PT1H");
    for (event, uid, at) in [
        (odd("UID:odd\n", next), Some(digest("odd")), "2026-07-01T00:00:00Z"),
        (odd("UID:odd\n", ""), Some(digest("odd")), "2024-03-01T00:00:00Z"),
        (odd("", ""), None, "2024-03-01T00:00:00Z"),
    ] {
        let text = calendar(&format!("{event}{other}"));
        let told = Unknown { from: question().from, cause: Cause::Rule, event: uid, at: Some(instant(at)) };
        assert_eq!(read(&text).unknown, std::slice::from_ref(&told));
        let Some(uid) = told.event else { continue };
        let answer = ask(question().leaving_out("nonsense").leaving_out(&uid), &text).unwrap();
        assert_eq!((shown(&answer.busy).as_str(), answer.unknown), ("1201 0900-1000", vec![]));
        assert_eq!(answer.skipped.left_out, 1);
    }
    let many =
        event("UID:often\nDTSTART:20260105T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;INTERVAL=7;BYMONTH=1");
    let unknown = read(&calendar(&many)).unknown;
    let told = unknown.iter().find(|unknown| unknown.cause == Cause::Steps).unwrap();
    assert_eq!((&told.event, told.at), (&Some(digest("often")), Some(instant("2026-01-05T00:00:00Z"))));
}

/// What is left out of them would seem to be deleted.
#[test]
fn a_booking_of_ours_cannot_be_left_out() {
    let id = "aiko.AQEBAQEBAQEBAQEBAQEBAQ";
    let leaving_out = question().leaving_out(&digest(id));
    let broken = calendar(&event(&format!("UID:{id}\nDTSTART:20261201T090000Z\nDTEND:later")));
    let answer = ask(leaving_out.clone(), &broken).unwrap();
    let [unknown] = &answer.unknown[..] else { panic!("{answer:?}") };
    assert_eq!((&unknown.event, answer.skipped.left_out), (&None, 0));
    let well = calendar(&event(&format!("UID:{id}\nDTSTART:20261201T090000Z\nDURATION:PT1H")));
    assert_eq!(ask(leaving_out, &well).unwrap().bookings.len(), 1);
}

#[test]
fn a_few_events_are_told_each_once_and_first_those_that_can_be_left_out() {
    let nameless = event("DTSTART:20261201T090000Z\nDTEND:later");
    let named = |number: u8| event(&format!("UID:{number}\nDTSTART:soon")).repeat(2);
    let told = |text: &str| {
        let answer = read(&calendar(text));
        let found = Found::of(answer, Span { start: 0, end: 1 }, Buffer::default(), None);
        found.unknown_events.into_iter().map(|unknown| unknown.event).collect::<Vec<_>>()
    };
    let digests = |numbers: &[u8]| {
        let mut digests: Vec<_> = numbers.iter().map(|number| Some(digest(&number.to_string()))).collect();
        digests.sort();
        digests
    };
    assert_eq!(told(&format!("{nameless}{}{}", named(1), named(2))), [digests(&[1, 2]), vec![None]].concat());
    let six: String = (1..=6).map(named).collect();
    assert_eq!(told(&format!("{nameless}{six}")), digests(&[1, 2, 3, 4, 5, 6])[..5]);
    let spans = Unknown { from: 0, cause: Cause::Spans, event: None, at: None };
    let answer = Answer { unknown: vec![spans], ..Answer::default() };
    let found = Found::of(answer, Span { start: 0, end: 1 }, Buffer::default(), None);
    assert_eq!(found.unknown_events, [], "that is about no event");
}

#[test]
fn free_busy_answers_count() {
    check(
        "BEGIN:VFREEBUSY
FREEBUSY:20261201T090000Z/20261201T100000Z,20261202T090000Z/PT30M
FREEBUSY;FBTYPE=FREE:20261203T090000Z/PT1H
FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261204T090000Z/PT1H
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261205T090000Z/PT1H
END:VFREEBUSY",
        "1201 0900-1000, 1202 0900-0930, 1204 0900-1000, 1205 0900-1000",
    );
    let broken = read(&calendar("BEGIN:VFREEBUSY\nFREEBUSY:20261201T090000Z\nEND:VFREEBUSY"));
    assert_eq!(broken.unknown_from(), Some(question().from));
}

#[test]
fn the_way_there_blocks_before() {
    check_one(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nX-APPLE-TRAVEL-DURATION;VALUE=DURATION:PT45M\nRRULE:FREQ=DAILY;COUNT=2",
        "1201 0815-1000, 1202 0815-1000",
    );
}

#[test]
fn dates_and_times_are_read_as_they_are_written() {
    check_one("DTSTART:20261201", "1130 2300-1201 2300");
    check_one("dtstart;value=date:20261201", "1130 2300-1201 2300");
    check_one("DTSTART: 20261201T0900Z \nDURATION: PT1H ", "1201 0900-1000");
    check_one("DTSTART:20261201t090000z\nDTEND:20261201T240000Z", "1201 0900-1202 0000");
}

#[test]
fn a_time_that_names_no_zone_is_in_the_zone_of_its_events_other_time() {
    let zoned = |name: &str, wall: &str| format!("{name};TZID=America/New_York:{wall}");
    let floating = |name: &str, wall: &str| format!("{name}:{wall}");
    let (nine, ten) = ("20261201T090000", "20261201T100000");
    check_one(&format!("{}\n{}", zoned("DTSTART", nine), floating("DTEND", ten)), "1201 1400-1500");
    check_one(&format!("{}\n{}", floating("DTEND", ten), zoned("DTSTART", nine)), "1201 1400-1500");
    check_one(&format!("{}\n{}", floating("DTSTART", nine), zoned("DTEND", ten)), "1201 1400-1500");
    check_one("DTSTART:20261201T090000Z\nDTEND:20261201T100000", "1201 0900-1000");
    check_one("DTSTART:20261201T090000\nDTEND:20261201T100000Z", "1201 0900-1000");
    check_one(
        "DTSTART:20261130T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261201T090000Z/20261201T100000",
        "1130 0900-1000, 1201 0900-1000",
    );
    check("BEGIN:VFREEBUSY\nFREEBUSY:20261201T090000Z/20261201T100000\nEND:VFREEBUSY", "1201 0900-1000");
}

#[test]
fn an_event_that_says_two_times_cannot_be_read() {
    let twice = "DTSTART:20261201T090000Z\nDTEND:20261201T100000Z";
    check_unknown(&format!("{twice}\nDTSTART:20261202T090000Z"), "", "2026-01-01T00:00:00Z");
    check_unknown(&format!("{twice}\nDTEND:20261201T110000Z"), "", "2026-01-01T00:00:00Z");
    // The same time, written twice.
    check_one(&format!("{twice}\n{twice}"), "1201 0900-1000");
}

#[test]
fn too_many_times_are_known_as_far_as_they_go() {
    let text = calendar(&event("DTSTART:20260101T000000Z\nDURATION:PT10M\nRRULE:FREQ=HOURLY"));
    let answer = read(&text);
    assert_eq!(answer.busy.len(), crate::calendar::MOST_SPANS);
    assert_eq!(answer.unknown_from(), answer.busy.last().map(|span| span.end));
}

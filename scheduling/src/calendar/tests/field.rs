//! What real calendars do, and whom it broke: one test for each case that was reported.

use super::fixtures::new_york;
use super::*;

const DAILY: &str = "DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3";
const THREE_DAYS: &str = "1201 0900-1000, 1202 0900-1000, 1203 0900-1000";
const WITHOUT_THE_SECOND: &str = "1201 0900-1000, 1203 0900-1000";

#[test]
fn exceptions_are_instants_dates_or_times_of_the_series() {
    for exception in [
        "EXDATE;TZID=Europe/Berlin:20261202T100000",
        "EXDATE:20261202T090000Z",
        "EXDATE;TZID=Asia/Tokyo:20261202T180000",
        "EXDATE:20261202T100000",
        "EXDATE;VALUE=DATE:20261202",
        "EXDATE:20261202",
        "EXDATE:20251202T090000Z,20261202T090000Z",
    ] {
        check_one(&format!("{DAILY}\n{exception}"), WITHOUT_THE_SECOND);
    }
    for exception in
        ["EXDATE:20261202T100000Z", "EXDATE;TZID=Europe/Berlin:20261202T090000", "EXDATE:whenever"]
    {
        check_one(&format!("{DAILY}\n{exception}"), THREE_DAYS);
    }
    for exception in [
        "EXDATE;VALUE=DATE:20261202",
        "EXDATE;TZID=Asia/Tokyo:20261202T000000",
        "EXDATE:20261201T230000Z",
        "EXDATE:20261202T000000Z",
    ] {
        let days = "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=3";
        check_one(&format!("{days}\n{exception}"), "1130 2300-1201 2300, 1202 2300-1203 2300");
    }
}

/// Midnight in UTC is the evening before there, and means the day all the same.
#[test]
fn an_exception_at_midnight_in_utc_is_that_day_west_of_greenwich_too() {
    let west = || Question { calendar_zone: Some(zone("America/New_York")), ..question() };
    for exception in ["EXDATE:20261202T000000Z", "EXDATE:20261202T050000Z"] {
        let days = format!("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=3\n{exception}");
        let answer = ask(west(), &calendar(&event(&days))).unwrap();
        assert_eq!(shown(&answer.busy), "1201 0500-1202 0500, 1203 0500-1204 0500", "of {exception}");
    }
}

#[test]
fn an_override_without_its_master_is_an_event() {
    check_one(
        "UID:a\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261203T090000Z\nDURATION:PT1H",
        "1203 0900-1000",
    );
}

#[test]
fn a_moved_occurrence_frees_its_old_time() {
    let series = format!("UID:a\n{DAILY}");
    for id in [
        "RECURRENCE-ID;TZID=Europe/Berlin:20261202T100000",
        "RECURRENCE-ID:20261202T090000Z",
        "RECURRENCE-ID;TZID=Asia/Tokyo:20261202T180000",
        "RECURRENCE-ID:20261202T100000",
        "RECURRENCE-ID;VALUE=DATE:20261202",
    ] {
        let moved = format!("UID:a\n{id}\nDTSTART:20261209T090000Z\nDURATION:PT2H");
        let expected = format!("{WITHOUT_THE_SECOND}, 1209 0900-1100");
        check(&format!("{}{}", event(&series), event(&moved)), &expected);
        check(&format!("{}{}", event(&moved), event(&series)), &expected);
        // In another VCALENDAR of the same text.
        let apart = format!("{}{}", calendar(&event(&moved)), calendar(&event(&series)));
        assert_eq!(shown(&read(&apart).busy), expected);
    }
    // Into the window from outside of it, and out of it.
    let january = "UID:a\nRECURRENCE-ID:20270105T090000Z\nDTSTART:20261231T090000Z\nDURATION:PT1H";
    let weekly = "UID:a\nDTSTART:20261229T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY";
    check(&format!("{}{}", event(weekly), event(january)), "1229 0900-1000, 1231 0900-1000");
    let december = "UID:a\nRECURRENCE-ID:20261229T090000Z\nDTSTART:20270101T090000Z\nDURATION:PT1H";
    check(&format!("{}{}", event(weekly), event(december)), "");
}

#[test]
fn of_several_versions_the_newest_counts() {
    let version = |sequence: u8, stamp: u8, hour: u8| {
        event(&format!(
            "UID:a\nSEQUENCE:{sequence}\nDTSTAMP:202601{stamp:02}T000000Z\nDTSTART:20261201T{hour:02}0000Z\nDURATION:PT1H"
        ))
    };
    check(&format!("{}{}", version(2, 1, 9), version(1, 2, 12)), "1201 0900-1000");
    check(&format!("{}{}", version(1, 2, 12), version(1, 1, 9)), "1201 1200-1300");
    check(&format!("{}{}", version(1, 1, 12), version(1, 1, 9)), "1201 0900-1000, 1201 1200-1300");
    let cancelled = "UID:a\nSEQUENCE:3\nSTATUS:CANCELLED\nDTSTART:20261201T090000Z\nDURATION:PT1H";
    let answer = read(&calendar(&format!("{}{}", version(2, 1, 9), event(cancelled))));
    assert_eq!((answer.busy, answer.skipped.replaced, answer.skipped.cancelled), (vec![], 1, 1));
    // Of an occurrence, too; and what has no UID is like nothing else.
    let moved = |sequence: u8, hour: u8| {
        event(&format!(
            "UID:a\nSEQUENCE:{sequence}\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T{hour:02}0000Z\nDURATION:PT1H"
        ))
    };
    check(
        &format!("{}{}{}", event(&format!("UID:a\n{DAILY}")), moved(2, 14), moved(1, 16)),
        "1201 0900-1000, 1202 1400-1500, 1203 0900-1000",
    );
    let nameless =
        |hour: u8| event(&format!("SEQUENCE:{hour}\nDTSTART:20261201T{hour:02}0000Z\nDURATION:PT30M"));
    check(&format!("{}{}", nameless(8), nameless(9)), "1201 0800-0830, 1201 0900-0930");
}

#[test]
fn periods_have_lengths_of_their_own() {
    check_one(
        "DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H\nRDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261202T100000/PT2H,20261203T100000/20261203T103000",
        "1201 0900-1000, 1202 0900-1100, 1203 0900-0930",
    );
    check_one(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRDATE;TZID=Asia/Tokyo:20261202T180000",
        "1201 0900-1000, 1202 0900-1000",
    );
    check_unknown(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRDATE:20261203T090000Z,soon",
        "1201 0900-1000, 1203 0900-1000",
        "2026-12-01T09:00:00Z",
    );
}

#[test]
fn periods_count_even_where_the_event_itself_has_no_length() {
    check_one("DTSTART:20261201T090000Z\nRDATE;VALUE=PERIOD:20261202T090000Z/PT2H", "1202 0900-1100");
}

#[test]
fn this_and_future_shifts_and_resizes_the_rest() {
    let series =
        event("UID:a\nDTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5");
    let from_the_third =
        "UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000Z\nDTSTART:20261203T110000Z\nDURATION:PT30M";
    check(
        &format!("{series}{}", event(from_the_third)),
        "1201 0900-1000, 1202 0900-1000, 1203 1100-1130, 1204 1100-1130, 1205 1100-1130",
    );
    let only_the_fourth = "UID:a\nRECURRENCE-ID:20261204T090000Z\nDTSTART:20261204T150000Z\nDURATION:PT1H";
    check(
        &format!("{series}{}{}", event(from_the_third), event(only_the_fourth)),
        "1201 0900-1000, 1202 0900-1000, 1203 1100-1130, 1204 1500-1600, 1205 1100-1130",
    );
    let from_the_fifth =
        "UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261205T090000Z\nDTSTART:20261206T090000Z\nDURATION:PT1H";
    check(
        &format!("{series}{}{}", event(from_the_fifth), event(from_the_third)),
        "1201 0900-1000, 1202 0900-1000, 1203 1100-1130, 1204 1100-1130, 1206 0900-1000",
    );
    let none_after = "UID:a\nSTATUS:CANCELLED\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000Z\nDTSTART:20261203T090000Z\nDURATION:PT1H";
    check(&format!("{series}{}", event(none_after)), "1201 0900-1000, 1202 0900-1000");
}

#[test]
fn without_an_end_a_day_is_a_day_and_a_time_is_none() {
    check_one("DTSTART;VALUE=DATE:20261201", "1130 2300-1201 2300");
    for lines in [
        "DTSTART:20261201T090000Z",
        "DTSTART:20261201T090000Z\nDTEND:20261201T090000Z",
        "DTSTART:20261201T090000Z\nDURATION:PT0S",
        "DTSTART:20261201T090000Z\nDURATION:-PT1H",
        "DTSTART:20261201T090000Z\nDTEND:20261201T080000Z",
    ] {
        check_one(lines, "");
        assert_eq!(read(&calendar(&event(lines))).skipped.without_length, 1, "{lines}");
    }
}

#[test]
fn nominal_days_end_at_the_same_time_of_the_next_day() {
    check_one("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", "0328 1100-0329 1000");
    // Exact hours: by a stopwatch one hour later, by the clock not.
    check_one("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H", "0328 1100-0329 1100");
    check_one(
        "DTSTART;TZID=Europe/Berlin:20261024T220000\nDTEND;TZID=Europe/Berlin:20261025T060000",
        "1024 2000-1025 0500",
    );
    check_one("DTSTART;TZID=Europe/Berlin:20261024T220000\nDURATION:PT8H", "1024 2000-1025 0500");
}

#[test]
fn old_zones_and_odd_names_are_no_obstacle() {
    let zone = "(UTC-05:00) Eastern Time: US; Canada";
    let text = format!(
        "{}{}",
        new_york(zone),
        event(&format!("DTSTART;TZID=\"{zone}\":20261201T100000\nDURATION:PT1H"))
    );
    check(&text, "1201 1500-1600");
    let unquoted = "(UTC-05:00) Eastern Time";
    let text = format!(
        "{}{}",
        new_york(unquoted),
        event(&format!("DTSTART;TZID={unquoted}:20261201T100000\nDURATION:PT1H"))
    );
    check(&text, "1201 1500-1600");
}

#[test]
fn parameters_of_rules_mean_nothing() {
    check_one(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE;X-FROM=\"a:b\":FREQ=DAILY;COUNT=2",
        "1201 0900-1000, 1202 0900-1000",
    );
}

#[test]
fn rules_that_are_too_much_leave_the_rest_unknown() {
    let start = "DTSTART:20260105T090000Z\nDURATION:PT1M\nRRULE:";
    let answer = read(&calendar(&event(&format!("{start}FREQ=MINUTELY;INTERVAL=2"))));
    assert!(answer.busy.len() >= 5_000 - 1 && answer.unknown_from().is_some(), "{:?}", answer.unknown);
    for rule in ["FREQ=DAILY;INTERVAL=0", "FREQ=MONTHLY;BYDAY=0TH", "RSCALE=HEBREW;FREQ=YEARLY"] {
        check_unknown(&format!("{start}{rule}"), "0105 0900-0901", "2026-01-05T09:00:00Z");
    }
    check_one(&format!("TRANSP:TRANSPARENT\n{start}FREQ=DAILY;INTERVAL=0"), "");
    let answer = read(&calendar(&event(&format!("UID:odd\n{start}FREQ=SOMETIMES"))));
    assert_eq!(answer.unknown[0].event, Some(digest("odd")));
}

/// What ended long ago is kept all the same: it may be the newest version of what would be busy now.
#[test]
fn years_of_history_hold_nothing_up() {
    let past = |number: u32| {
        let year = 2000 + number % 26;
        event(&format!("UID:{number}\nDTSTART:{year}0601T090000Z\nDURATION:PT1H"))
    };
    let history: String = (0..20_000).map(past).collect();
    let old = "UID:old\nDTSTART;TZID=Europe/Berlin:20060103T180000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260113T170000Z";
    let version = |sequence: u8, date: u32| {
        event(&format!("UID:moved\nSEQUENCE:{sequence}\nDTSTART:{date}T090000Z\nDURATION:PT1H"))
    };
    let events = [version(1, 20_240_301), history, event(old), version(0, 20_261_201)].concat();
    check(&events, "0106 1700-1800, 0113 1700-1800");
    assert_eq!(read(&calendar(&events)).events, 20_003);
}

//! What libraries answered wrongly when they were asked, and the examples of RFC 5545.

use super::*;

#[test]
fn an_override_of_a_higher_version_replaces_its_occurrence() {
    check(
        "BEGIN:VEVENT\nUID:a\nSEQUENCE:0\nDTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT
BEGIN:VEVENT\nUID:a\nSEQUENCE:1\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T140000Z\nDURATION:PT1H\nEND:VEVENT",
        "1201 0900-1000, 1202 1400-1500, 1203 0900-1000",
    );
}

#[test]
fn an_override_is_of_its_own_series() {
    let series =
        |uid| event(&format!("UID:{uid}\nDTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"));
    let moved = "UID:b\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T140000Z\nDURATION:PT1H";
    check(
        &format!("{}{}{}", series("a"), series("b"), event(moved)),
        "1201 0900-1000, 1202 0900-1000, 1202 1400-1500, 1203 0900-1000",
    );
}

#[test]
fn until_in_utc_is_an_instant() {
    check_one(
        "DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261203T090000Z",
        "1201 0900-1000, 1202 0900-1000, 1203 0900-1000",
    );
}

#[test]
fn a_daily_start_in_a_gap_is_shifted_and_one_that_is_repeated_blocks_both() {
    check_one(
        "DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3",
        "0328 0130-0200, 0329 0130-0200, 0330 0030-0100",
    );
    check_one(
        "DTSTART;TZID=Europe/Berlin:20261024T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3",
        "1024 0030-0100, 1025 0030-0200, 1026 0130-0200",
    );
    check_one("DTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:PT1H", "1025 0030-0230");
}

#[test]
fn hours_over_a_gap_are_hours() {
    check_one(
        "DTSTART;TZID=Europe/London:20260329T000000\nDURATION:PT10M\nRRULE:FREQ=HOURLY;COUNT=4",
        "0329 0000-0010, 0329 0100-0110, 0329 0200-0210, 0329 0300-0310",
    );
}

#[test]
fn an_old_series_costs_no_more_than_a_new_one() {
    let old = "UID:a\nDTSTART:20100101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260103T235959Z";
    let many = event(old).repeat(400);
    let second = event("UID:b\nDTSTART:20260601T090000Z\nDURATION:PT1H");
    check(&format!("{many}{second}"), "0101 0900-1000, 0102 0900-1000, 0103 0900-1000, 0601 0900-1000");
    let counted = "DTSTART:20100101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5847";
    check(&event(counted).repeat(400), "0101 0900-1000, 0102 0900-1000, 0103 0900-1000");
    let counted =
        "DTSTART:20200101T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO;COUNT=315";
    check(&event(counted).repeat(400), "0105 0900-1000, 0107 0900-1000");
}

#[test]
fn several_rules_are_a_union_and_the_first_start_always_counts() {
    check_one(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2\nRRULE:FREQ=MONTHLY;BYMONTHDAY=5;COUNT=1\nRDATE:20261220T090000Z",
        "1201 0900-1000, 1202 0900-1000, 1205 0900-1000, 1209 0900-1000, 1220 0900-1000",
    );
    check_one(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRDATE:20261202T090000Z,20261204T090000Z",
        "1201 0900-1000, 1202 0900-1000, 1204 0900-1000",
    );
}

#[test]
fn rules_that_never_match_hold_nothing_up() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;BYHOUR=1;BYMONTH=2;BYMONTHDAY=31;COUNT=1",
        "FREQ=MONTHLY;BYDAY=6SA",
        "FREQ=MONTHLY;BYSETPOS=32;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=999999999",
        "FREQ=SECONDLY;INTERVAL=999999999;COUNT=999999999",
        "FREQ=DAILY;INTERVAL=999999999;BYHOUR=1",
    ] {
        let start = "DTSTART:20260105T090000Z\nDURATION:PT1H";
        check_one(&format!("{start}\nRRULE:{rule}"), "0105 0900-1000");
    }
}

#[test]
fn a_product_of_all_parts_is_no_list() {
    let numbers = |numbers: std::ops::Range<u32>| {
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
    };
    let parts = format!(
        "BYMONTH={};BYMONTHDAY={};BYHOUR={};BYMINUTE={};BYSECOND={}",
        numbers(1..13),
        numbers(1..32),
        numbers(0..24),
        numbers(0..60),
        numbers(0..60)
    );
    let start = "DTSTART:20260105T000000Z\nDURATION:PT1S";
    check_one(&format!("{start}\nRRULE:FREQ=YEARLY;{parts};COUNT=1"), "0105 0000-000001");
    check_one(
        &format!("{start}\nRRULE:FREQ=YEARLY;{parts};BYSETPOS=-1;COUNT=1"),
        "0105 0000-000001, 1231 235959-0101 0000",
    );
    let answer = read(&calendar(&event(&format!("{start}\nRRULE:FREQ=YEARLY;{parts}")).repeat(1000)));
    assert_eq!(answer.busy.len(), 1, "one block, until the steps were spent");
    assert_eq!(
        answer.unknown_from(),
        Some(instant("2026-01-01T00:00:00Z")),
        "as many could not be expanded at all"
    );
    assert_eq!(answer.unknown.len(), 20);
}

#[test]
fn what_leaves_no_gap_is_one_block() {
    for (rule, expected) in [
        ("FREQ=SECONDLY;UNTIL=20260105T235959Z", "0105 0900-0106 000059"),
        ("FREQ=MINUTELY;COUNT=60", "0105 0900-1000"),
        ("FREQ=MINUTELY;INTERVAL=2;COUNT=2", "0105 0900-0901, 0105 0902-0903"),
        ("FREQ=SECONDLY;COUNT=999999999", "0105 0900-0101 0000"),
        ("FREQ=SECONDLY", "0105 0900-0101 0000"),
    ] {
        check_one(&format!("DTSTART:20260105T090000Z\nDURATION:PT1M\nRRULE:{rule}"), expected);
    }
}

/// Starts in New York, as the standard has them, one minute each.
#[track_caller]
fn check_starts(first: &str, rule: &str, expected: &str) {
    let lines = format!("DTSTART:{first}\nDURATION:PT1M\nRRULE:{rule}");
    let answer = read(&calendar(&event(&lines)));
    let starts: Vec<Span> = answer.busy.clone();
    let shown = shown(&starts);
    let starts: Vec<&str> = shown.split(", ").map(|span| span.split_once('-').unwrap().0).collect();
    assert_eq!(starts.join(", "), expected, "{rule}");
    assert_eq!(answer.unknown, []);
}

#[test]
fn the_parts_of_rules_are_those_of_the_standard() {
    let first = "20260105T090000Z"; // A Monday.
    check_starts(
        first,
        "FREQ=MONTHLY;BYDAY=1FR;COUNT=3",
        "0105 0900, 0206 0900, 0306 0900, 0403 0900".trim_end(),
    );
    check_starts("20260102T090000Z", "FREQ=MONTHLY;BYDAY=1FR;COUNT=3", "0102 0900, 0206 0900, 0306 0900");
    check_starts(
        first,
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1MO;COUNT=4",
        "0105 0900, 0126 0900, 0302 0900, 0330 0900",
    );
    check_starts("20260129T090000Z", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "0129 0900, 0226 0900, 0329 0900");
    check_starts("20260131T090000Z", "FREQ=MONTHLY;COUNT=3", "0131 0900, 0331 0900, 0531 0900");
    check_starts(
        "20260101T090000Z",
        "FREQ=YEARLY;BYYEARDAY=1,100,-1;COUNT=3",
        "0101 0900, 0410 0900, 1231 0900",
    );
    check_starts("20260511T090000Z", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "0511 0900");
    check_starts(
        "20260511T090000Z",
        "FREQ=YEARLY;BYWEEKNO=20;BYHOUR=9,10;BYSETPOS=1,-1",
        "0511 0900, 0517 1000",
    );
    check_starts(
        "20260113T090000Z",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "0113 0900, 0213 0900, 0313 0900, 1113 0900",
    );
    check_starts(
        "20260130T090000Z",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3",
        "0130 0900, 0227 0900, 0331 0900",
    );
    check_starts(
        "20260106T090000Z",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "0106 0900, 0111 0900, 0120 0900, 0125 0900",
    );
    check_starts(
        "20260106T090000Z",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "0106 0900, 0118 0900, 0120 0900, 0201 0900",
    );
    check_starts(first, "FREQ=YEARLY;BYDAY=20MO", "0105 0900, 0518 0900");
    check_starts(first, "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "0105 0900, 1025 0900");
    check_starts(
        first,
        "FREQ=DAILY;BYMONTH=2;BYDAY=MO;BYHOUR=8,9",
        "0105 0900, 0202 0800, 0202 0900, 0209 0800, 0209 0900, 0216 0800, 0216 0900, 0223 0800, 0223 0900",
    );
    check_starts(first, "FREQ=HOURLY;INTERVAL=3;UNTIL=20260105T170000Z", "0105 0900, 0105 1200, 0105 1500");
    check_starts(first, "FREQ=MINUTELY;INTERVAL=90;COUNT=4", "0105 0900, 0105 1030, 0105 1200, 0105 1330");
    check_starts(
        first,
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=7",
        "0105 0900, 0105 0920, 0105 0940, 0105 1000, 0105 1020, 0105 1040, 0106 0900",
    );
    check_starts(first, "FREQ=HOURLY;BYMINUTE=15,45;BYSETPOS=-1;COUNT=2", "0105 0900, 0105 0945, 0105 1045");
    check_starts("20160229T090000Z", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=3", "0103 0900");
}

//! Which zone a time is in.

use super::fixtures::{fixed, new_york};
use super::*;

/// An event at ten in the morning of a zone, one hour long.
fn at_ten(zone: &str) -> String {
    event(&format!("DTSTART;TZID={zone}:20261201T100000\nDURATION:PT1H"))
}

#[test]
fn names_of_the_database_win_over_the_texts_own_rules() {
    check(&format!("{}{}", fixed("Europe/Berlin", "+0900"), at_ten("Europe/Berlin")), "1201 0900-1000");
    check(&at_ten("/softwarestudio.org/Olson_20011030_5/America/Chicago"), "1201 1600-1700");
    check(&at_ten("/Europe/Vienna"), "1201 0900-1000");
    check(&at_ten("Asia/Calcutta"), "1201 0430-0530");
    check(&at_ten("asia/tokyo"), "1201 0100-0200");
}

#[test]
fn the_changes_of_2026_come_out_right() {
    // Vancouver stopped changing its clocks, whatever a text says about it.
    check(&format!("{}{}", new_york("America/Vancouver"), at_ten("America/Vancouver")), "1201 1700-1800");
    // Edmonton did, too (2026c), and Casablanca has the offset of the world around it again.
    check(&at_ten("America/Edmonton"), "1201 1600-1700");
    check(&at_ten("Africa/Casablanca"), "1201 1000-1100");
}

#[test]
fn other_names_are_read_by_the_texts_own_rules() {
    for name in [
        "Customized Time Zone",
        "tzone://Microsoft/Custom",
        "(UTC-05:00) Eastern Time (US & Canada)",
        "Mars/Olympus",
        // The rules are not those that Windows has under the name.
        "Tokyo Standard Time",
    ] {
        check(&format!("{}{}", new_york(name), at_ten(name)), "1201 1500-1600");
        check(&format!("{}{}", at_ten(name), new_york(name)), "1201 1500-1600");
    }
    let quoted = "\"(UTC+00:00) Dublin, Edinburgh, Lisbon, London\"";
    let escaped = "(UTC+00:00) Dublin\\, Edinburgh\\, Lisbon\\, London";
    check(&format!("{}{}", new_york(escaped), at_ten(quoted)), "1201 1500-1600");
}

#[test]
fn rules_of_a_text_change_when_they_say() {
    let summer = "DTSTART;TZID=Custom:20260307T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2";
    check(&format!("{}{}", new_york("Custom"), event(summer)), "0307 1500-1600, 0308 1400-1500");
    let gap = "DTSTART;TZID=Custom:20260308T023000\nDURATION:PT1H";
    check(&format!("{}{}", new_york("Custom"), event(gap)), "0308 0730-0830");
    // Offsets that begin at dates, and rules that end.
    let dated = "BEGIN:VTIMEZONE
TZID:Dated
BEGIN:STANDARD
DTSTART:20200101T000000
RDATE:20260601T000000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20200401T000000
RRULE:FREQ=YEARLY;UNTIL=20260331T230000Z
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
";
    let monthly = "DTSTART;TZID=Dated:20260315T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=3";
    check(&format!("{dated}{}", event(monthly)), "0315 0800-0900, 0515 0800-0900, 0715 0900-1000");
}

#[test]
fn a_name_means_what_its_own_calendar_says() {
    let one = calendar(&format!("{}{}", fixed("Office", "+0900"), at_ten("Office")));
    let other = calendar(&format!("{}{}", at_ten("Office"), fixed("Office", "-0500")));
    assert_eq!(shown(&read(&format!("{one}{other}")).busy), "1201 0100-0200, 1201 1500-1600");
}

#[test]
fn without_rules_the_place_counts_then_the_name_in_windows() {
    let place = "BEGIN:VTIMEZONE\nTZID:Office\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE\n";
    check(&format!("{place}{}", at_ten("Office")), "1201 0100-0200");
    check(&at_ten("Tokyo Standard Time"), "1201 0100-0200");
    check(&at_ten("W. Europe Standard Time"), "1201 0900-1000");
    check(&at_ten("UTC+09:00"), "1201 0100-0200");
    // Rules that cannot be read are none.
    let broken = fixed("Tokyo Standard Time", "0x00");
    check(&format!("{broken}{}", at_ten("Tokyo Standard Time")), "1201 0100-0200");
}

#[test]
fn a_zone_that_nobody_knows_blocks_in_the_calendars_and_in_the_hosts() {
    let text = calendar(&format!("X-WR-TIMEZONE:Asia/Tokyo\n{}", at_ten("Office")));
    let answer = read(&text);
    assert_eq!(shown(&answer.busy), "1201 0100-0200, 1201 0900-1000");
    assert_eq!(answer.skipped.unknown_zones, 1);
    let own = Question { calendar_zone: Some(zone("America/New_York")), ..question() };
    assert_eq!(shown(&ask(own, &text).unwrap().busy), "1201 0900-1000, 1201 1500-1600");
    let series = event(
        "DTSTART;TZID=Nowhere:20261201T100000\nDTEND;TZID=Nowhere:20261201T110000\nRRULE:FREQ=DAILY;COUNT=2",
    );
    check(
        &format!("X-WR-TIMEZONE:Asia/Tokyo\n{series}"),
        "1201 0100-0200, 1201 0900-1000, 1202 0100-0200, 1202 0900-1000",
    );
}

#[test]
fn whole_days_and_times_without_a_zone_are_in_the_calendars_zone() {
    let events = format!(
        "{}{}",
        event("DTSTART;VALUE=DATE:20261201"),
        event("DTSTART:20261203T100000\nDURATION:PT1H")
    );
    check(&events, "1130 2300-1201 2300, 1203 0900-1000");
    let tokyo = format!("X-WR-TIMEZONE:Asia/Tokyo\n{events}");
    check(&tokyo, "1130 1500-1201 1500, 1203 0100-0200");
    let own = Question { calendar_zone: Some(zone("UTC")), ..question() };
    assert_eq!(shown(&ask(own, &calendar(&tokyo)).unwrap().busy), "1201 0000-1202 0000, 1203 1000-1100");
    check(&format!("X-WR-TIMEZONE:Nowhere\n{events}"), "1130 2300-1201 2300, 1203 0900-1000");
}

/// A text with a calendar for each of so many events, as `CalDAV` servers have them.
fn calendars(count: u32, each: impl Fn(u32) -> (String, String)) -> String {
    let one = |number| {
        let (rules, lines) = each(number);
        let event = event(&format!("UID:{number}\n{lines}"));
        ["BEGIN:VCALENDAR\n", &rules, &event, "END:VCALENDAR\n"].concat()
    };
    (0..count).map(one).collect()
}

#[test]
fn every_event_may_have_a_calendar_and_rules_of_its_own() {
    let text = calendars(1000, |number| {
        let (zone, rules) = match number % 3 {
            0 => ("Asia/Tokyo", fixed("Asia/Tokyo", "+0900")),
            1 => ("Custom", fixed("Custom", "+0900")),
            _ => ("Tokyo Standard Time", String::new()),
        };
        let (day, hour, minute) = (1 + number / 720, 9 + number / 60 % 12, number % 60);
        (rules, format!("DTSTART;TZID={zone}:202612{day:02}T{hour:02}{minute:02}00\nDURATION:PT1M"))
    });
    let answer = read(&text);
    assert_eq!((answer.events, answer.skipped.unknown_zones), (1000, 0));
    assert_eq!(shown(&answer.busy), "1201 0000-1200, 1202 0000-0440");
}

#[test]
fn one_name_may_have_other_rules_in_every_calendar() {
    let text = calendars(300, |number| {
        let rules = fixed("Custom", &format!("+{:02}{:02}", number / 60, number % 60));
        (rules, "DTSTART;TZID=Custom:20261201T120000\nDURATION:PT1M".to_owned())
    });
    let answer = read(&text);
    // There is an end to what is looked up; the others block by the host's clock.
    assert_eq!((answer.events, answer.skipped.unknown_zones), (300, 101));
}

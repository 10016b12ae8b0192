//! `explain`: every rule, as whole texts.

use crate::desk::{Desk, SANDBOX};

const WITHOUT_BOOKINGS: &str =
    "Existing bookings were not considered: add `--data <folder>` to include them.\n";

#[track_caller]
fn check(arguments: &[&str], expected: &str) {
    let whole: Vec<&str> = ["explain"].into_iter().chain(arguments.iter().copied()).collect();
    Desk::new().run(&whole).answers(expected).tells(WITHOUT_BOOKINGS).ends_with_code(0);
}

#[track_caller]
fn check_refused(arguments: &[&str], expected: &str) {
    let whole: Vec<&str> = ["explain"].into_iter().chain(arguments.iter().copied()).collect();
    Desk::new().run(&whole).answers("").tells(expected).ends_with_code(1);
}

#[test]
fn an_offered_time() {
    check(
        &["aiko/intro", "2026-12-01T10:00"],
        "\
aiko/intro: Introductory call
2026-12-01 10:00+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  offered
  also offered for 15, 60 minutes
",
    );
}

#[test]
fn in_a_sandbox_it_is_said_who_can_book() {
    let told = format!("{SANDBOX}{WITHOUT_BOOKINGS}");
    Desk::sandbox().run(&["explain", "aiko/intro", "2026-12-01T10:00"]).tells(&told).ends_with_code(0);
}

#[test]
fn the_same_time_with_an_offset() {
    check(
        &["aiko/intro", "2026-12-01T01:00:00Z", "--duration", "15"],
        "\
aiko/intro: Introductory call
2026-12-01 10:00+09:00, 15 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  offered
  also offered for 30, 60 minutes
",
    );
}

#[test]
fn nearer_than_the_notice() {
    check(
        &["aiko/intro", "2026-11-25T10:00"],
        "\
aiko/intro: Introductory call
2026-11-25 10:00+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - notice: the earliest start is 2026-11-26 18:00+09:00, 2d from now
",
    );
}

#[test]
fn beyond_the_window() {
    check(
        &["aiko/intro", "2027-03-01T10:00"],
        "\
aiko/intro: Introductory call
2027-03-01 10:00+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - window: only dates from 2026-11-24 to 2027-01-23 can be booked today
",
    );
}

#[test]
fn a_closed_date() {
    check(
        &["aiko/intro", "2026-12-28T10:00"],
        "\
aiko/intro: Introductory call
2026-12-28 10:00+09:00, 30 minutes
  hours: none (the host's [[dates]])
  not offered:
  - hours: closed on that date
",
    );
}

#[test]
fn between_openings() {
    check(
        &["aiko/intro", "2026-12-01T12:30"],
        "\
aiko/intro: Introductory call
2026-12-01 12:30+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - hours: closed at that time
",
    );
}

#[test]
fn off_the_grid() {
    check(
        &["aiko/intro", "2026-12-01T10:10"],
        "\
aiko/intro: Introductory call
2026-12-01 10:10+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - start_every: starts are 30 minutes apart, such as 2026-12-01 10:00+09:00 and 2026-12-01 10:30+09:00
",
    );
}

#[test]
fn longer_than_open_time() {
    check(
        &["aiko/intro", "2026-12-01T11:30", "--duration", "60"],
        "\
aiko/intro: Introductory call
2026-12-01 11:30+09:00, 60 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - duration: open time ends at 2026-12-01 12:00+09:00, before the meeting would end
  offered for 30, 15 minutes
",
    );
}

#[test]
fn a_wall_time_that_is_skipped() {
    check(
        &["jonas/night", "2027-03-28T02:30"],
        "\
jonas/night: Night watch
2027-03-28T02:30 does not exist in Europe/Berlin: the clocks skip it.
",
    );
}

#[test]
fn a_wall_time_that_comes_twice() {
    check(
        &["jonas/night", "2027-10-31T02:30"],
        "\
jonas/night: Night watch
2027-10-31T02:30 happens twice in Europe/Berlin: the clocks go back.

2027-10-31 02:30+02:00, 30 minutes
  hours: 01:00-05:00 (the host's [hours])
  offered

2027-10-31 02:30+01:00, 30 minutes
  hours: 01:00-05:00 (the host's [hours])
  offered
",
    );
}

#[test]
fn what_cannot_be_explained() {
    check_refused(
        &["aiko/intor", "2026-12-01T10:00"],
        "generator: there is no page `aiko/intor`. The pages are: aiko/intro, jonas/night.\n",
    );
    check_refused(
        &["aiko/intro", "2026-12-01T10:00", "--duration", "45"],
        "generator: aiko/intro cannot be booked for 45 minutes. Its durations are: 30, 15, 60.\n",
    );
}

#[test]
fn arguments_that_cannot_be_read_are_wrong_usage() {
    let check = |page: &str, time: &str, expected: &str| {
        let end = "\n\nFor more information, try '--help'.\n";
        Desk::new()
            .run(&["explain", page, time])
            .answers("")
            .tells(&format!("{expected}{end}"))
            .ends_with_code(2);
    };
    for time in ["later", "ten", "2026-13-01T10:00", "10:00", "2026-12-01", "tomorrow 10:00"] {
        let expected = format!(
            "error: invalid value '{time}' for '<TIME>': write it as 2026-12-01T10:00, in the host's zone, or with an \
             offset, as 2026-12-01T10:00:00Z"
        );
        check("aiko/intro", time, &expected);
    }
    for page in ["aiko", "/", "aiko/", "a/b/c"] {
        let expected = format!(
            "error: invalid value '{page}' for '<PAGE>': name the page together with its host, as in aiko/intro"
        );
        check(page, "2026-12-01T10:00", &expected);
    }
}

#[test]
fn a_time_is_read_as_it_is_printed() {
    let explain = |time: &str| Desk::new().run(&["explain", "aiko/intro", time]).ends_with_code(0).answer();
    let expected = explain("2026-12-01T10:00");
    for time in
        ["2026-12-01 10:00+09:00", "2026-12-01T10:00+09:00", "2026-12-01T01:00+00", "2026-12-01T01:00:00Z"]
    {
        assert_eq!(explain(time), expected, "{time}");
    }
}

#[test]
fn a_page_can_be_named_as_links_and_files_name_it() {
    for page in ["/aiko/intro/", "aiko/intro.md"] {
        let outcome = Desk::new().run(&["explain", page, "2026-12-01T10:00"]).ends_with_code(0);
        assert!(outcome.answer().starts_with("aiko/intro: Introductory call\n"), "{page}");
    }
}

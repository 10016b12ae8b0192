//! What is read of a calendar: a test is events, and the busy times of 2026 that they make.

mod expanded;
mod field;
mod fixtures;
mod laws;
mod marks;
mod recurrence;
mod rulings;
mod text;
mod zones;

use base16ct::lower as hex;
use chrono::DateTime;
use sha2::{Digest, Sha256};

use super::{Answer, Question, Reader, Span, Unreadable};
use crate::zone::Zone;

/// All of 2026, asked by a host in Berlin.
fn question() -> Question {
    Question::new(instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"), zone("Europe/Berlin"))
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn instant(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// How an event is told, by its UID.
fn digest(uid: &str) -> String {
    hex::encode_string(&Sha256::digest(uid)[..8])
}

/// A calendar of these lines.
fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{}\nEND:VCALENDAR\n", lines.trim())
}

/// An event of these lines.
fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\n{}\nEND:VEVENT\n", lines.trim())
}

fn ask(question: Question, text: &str) -> Result<Answer, Unreadable> {
    let mut reader = Reader::new(question);
    reader.push(text.as_bytes());
    reader.finish()
}

/// What a text says about 2026.
#[track_caller]
fn read(text: &str) -> Answer {
    ask(question(), text).unwrap_or_else(|unreadable| panic!("{unreadable}"))
}

/// Busy times in UTC: `1201 0900-1000, 1224 0000-1227 0000`.
fn shown(spans: &[Span]) -> String {
    let time = |at: i64, format: &str| DateTime::from_timestamp(at, 0).unwrap().format(format).to_string();
    let day = |at: i64| time(at, "%m%d");
    let format = |at: i64, clock: &'static str| if at % 60 == 0 { clock } else { "%H%M%S" };
    let one = |span: &Span| {
        let (start, end) =
            (time(span.start, format(span.start, "%H%M")), time(span.end, format(span.end, "%H%M")));
        if day(span.start) == day(span.end) {
            format!("{} {start}-{end}", day(span.start))
        } else {
            format!("{} {start}-{} {end}", day(span.start), day(span.end))
        }
    };
    spans.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Events, and all that they take of 2026, which is known to its end.
#[track_caller]
fn check(events: &str, expected: &str) {
    let answer = read(&calendar(events));
    assert_eq!(shown(&answer.busy), expected, "of\n{events}");
    assert_eq!(answer.unknown, [], "of\n{events}");
}

/// One event of these lines, and all that it takes of 2026.
#[track_caller]
fn check_one(lines: &str, expected: &str) {
    check(&event(lines), expected);
}

/// One event of these lines, what it is known to take, and when the calendar is unknown.
#[track_caller]
fn check_unknown(lines: &str, expected: &str, from: &str) {
    let answer = read(&calendar(&event(lines)));
    assert_eq!(shown(&answer.busy), expected, "of\n{lines}");
    assert_eq!(answer.unknown_from(), Some(instant(from)), "of\n{lines}");
}

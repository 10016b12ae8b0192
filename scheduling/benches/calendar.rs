//! The reader's speed: a feed of 8 MB with 20,000 events over twenty years, 500 of them series, read for 400 days.
//!
//! The lines alone, in the same run, are the least that any reader does.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write undocumented items; the values are written here"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scheduling::calendar::{Answer, Question, Reader};
use scheduling::zone::Zone;

const EVENTS: usize = 20_000;
const SERIES: usize = 500;
const CHUNK: usize = 16 * 1024;

/// A feed as Google writes it: one event in forty is a series, of which most are weekly.
fn feed() -> String {
    let first: DateTime<Utc> = "2008-01-01T08:00:00Z".parse().expect("a time");
    let mut text = String::with_capacity(9_000_000);
    text.push_str("BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\n");
    for index in 0..EVENTS {
        let start = first + TimeDelta::hours(i64::try_from(index * 8).expect("a number"));
        let end = start + TimeDelta::minutes(45);
        let zone = [";TZID=Europe/Berlin", ";TZID=America/New_York", ""][index % 3];
        let utc = if zone.is_empty() { "Z" } else { "" };
        let rule = match (index % (EVENTS / SERIES), index / (EVENTS / SERIES) % 10) {
            (0, 0) => "RRULE:FREQ=DAILY\r\n",
            (0, 1..8) => "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\n",
            (0, 8) => "RRULE:FREQ=MONTHLY;BYDAY=-1FR\r\n",
            (0, _) => "RRULE:FREQ=YEARLY\r\n",
            _ => "",
        };
        let format = "%Y%m%dT%H%M%S";
        let written = write!(
            text,
            "BEGIN:VEVENT\r\nDTSTART{zone}:{}{utc}\r\nDTEND{zone}:{}{utc}\r\n{rule}DTSTAMP:20261128T120000Z\r\n\
             UID:{index:026}@google.com\r\nCREATED:20200101T000000Z\r\nDESCRIPTION:What was agreed last time and what \
             is to be talked about this t\r\n ime\\, as far as anybody knows it yet\\nDial in: https://meet.example.com/\
             {index}\r\nLAST-MODIFIED:20261101T000000Z\r\nSEQUENCE:{}\r\nSTATUS:CONFIRMED\r\nSUMMARY:A meeting\r\n\
             TRANSP:OPAQUE\r\nEND:VEVENT\r\n",
            start.format(format),
            end.format(format),
            index % 4,
        );
        written.expect("a string");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn read(text: &str) -> Answer {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time").timestamp();
    let (from, until) = (at("2026-11-28T00:00:00Z"), at("2028-01-02T00:00:00Z"));
    let zone = Zone::named("Europe/Berlin").expect("a zone of the database");
    let mut reader = Reader::new(Question::new(from, until, zone));
    text.as_bytes().chunks(CHUNK).for_each(|chunk| reader.push(chunk));
    reader.finish().expect("a calendar")
}

fn lines(text: &str) -> usize {
    text.lines().filter_map(|line| line.split_once([':', ';'])).map(|(name, _)| name.len()).sum()
}

fn calendar(criterion: &mut Criterion) {
    let text = feed();
    let answer = read(&text);
    assert!(answer.busy.len() > 300 && answer.unknown.is_empty(), "{:?}", answer.unknown);
    let mut group = criterion.benchmark_group("a feed of 20,000 events");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("busy times of 400 days", |bencher| bencher.iter(|| read(black_box(&text))));
    group.bench_function("lines and names alone", |bencher| bencher.iter(|| lines(black_box(&text))));
    group.finish();
}

criterion_group!(benches, calendar);
criterion_main!(benches);

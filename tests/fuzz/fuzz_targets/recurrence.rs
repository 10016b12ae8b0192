//! Any series of events, built from the bytes: an answer comes within a second, and what is busy in a part of the time
//! asked about is what is busy there in all of it.
//!
//! A text that begins anywhere seldom gets as far as a second rule; here each byte chooses among what calendars say.

#![cfg_attr(fuzzing, no_main)]

use std::fmt::Write as _;

use scheduling::calendar::{Answer, MOST_SPANS, Question, Reader, Span};
use scheduling::zone::Zone;

const DAY: i64 = 86_400;
/// Times asked about begin here: 2026, in seconds since 1970.
const EARLIEST: i64 = 1_767_225_600;

const FREQUENCIES: [&str; 7] = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const ZONES: [&str; 11] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Vancouver",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "W. Europe Standard Time",
    "Custom",
    "Nowhere",
    "Custom",
];
const YEARS: [u32; 12] = [1, 1601, 1900, 1970, 2010, 2024, 2025, 2026, 2026, 2026, 2027, 9999];

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::within_a_second(|| run(bytes)));

/// What a fuzzer found, tried again: the input is a file, named by the argument.
#[cfg(not(fuzzing))]
fn main() {
    let file = std::env::args_os().nth(1).expect("usage: recurrence <file>");
    let bytes = std::fs::read(file).expect("a file that can be read");
    let case = Case::of(&bytes);
    println!("{:?} of {:?}:\n{}", case.part, case.all, case.text);
    fuzz::within_a_second(|| run(&bytes));
}

/// A calendar, and the time that is asked about: all of it, and a part.
struct Case {
    all: Span,
    part: Span,
    text: String,
}

impl Case {
    fn of(bytes: &[u8]) -> Self {
        let mut choices = Choices(bytes);
        let from = EARLIEST + i64::from(choices.number(400)) * DAY + i64::from(choices.number(24)) * 3600;
        let all = Span { start: from, end: from + i64::from(choices.number(500) + 1) * DAY };
        let start = from + i64::from(choices.number(300)) * DAY + i64::from(choices.number(90)) * 1000;
        let part = Span { start, end: start + i64::from(choices.number(600) + 1) * 1800 };
        let part = Span { start: part.start.min(all.end - 1), end: part.end.min(all.end) };
        Self { all, part, text: choices.calendar() }
    }
}

fn run(bytes: &[u8]) {
    let Case { all, part, text } = Case::of(bytes);
    let (of_all, of_part) = (read(&text, all), read(&text, part));
    let known = of_all
        .unknown_from()
        .unwrap_or(i64::MAX)
        .min(of_part.unknown_from().unwrap_or(i64::MAX))
        .min(part.end);
    let within = |answer: &Answer| -> Vec<Span> {
        let clip = |span: &Span| Span { start: span.start.max(part.start), end: span.end.min(known) };
        answer.busy.iter().map(clip).filter(|span| span.start < span.end).collect()
    };
    assert_eq!(within(&of_all), within(&of_part), "{part:?} of {all:?}:\n{text}");
}

fn read(text: &str, asked: Span) -> Answer {
    let zone = Zone::named("Asia/Tokyo").expect("a zone of the database");
    let mut reader = Reader::new(Question::new(asked.start, asked.end, zone));
    reader.push(text.as_bytes());
    let answer = reader.finish().expect("a whole calendar");
    assert!(answer.busy.len() <= MOST_SPANS);
    let is_inside = |span: &Span| asked.start <= span.start && span.start < span.end && span.end <= asked.end;
    assert!(answer.busy.iter().all(is_inside), "{text}");
    assert!(answer.busy.windows(2).all(|pair| pair[0].end < pair[1].start), "{text}");
    answer
}

/// Bytes that choose; where they have ended, the first is chosen.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u32 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        u32::from(*first)
    }

    /// Below `most`.
    fn number(&mut self, most: u32) -> u32 {
        if most <= 256 { self.byte() % most } else { (self.byte() << 8 | self.byte()) % most }
    }

    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.number(u32::try_from(all.len()).expect("a short list")) as usize]
    }

    fn calendar(&mut self) -> String {
        let mut text = "BEGIN:VCALENDAR\n".to_owned();
        let names = [&["BEGIN:STANDARD", "END:STANDARD"], &["BEGIN:DAYLIGHT", "END:DAYLIGHT"]];
        if self.number(3) == 2 {
            text.push_str("BEGIN:VTIMEZONE\nTZID:Custom\n");
            for [begin, end] in names {
                let (wall, from, to) = (self.wall(), self.offset(), self.offset());
                writeln!(text, "{begin}\nDTSTART:{wall}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}")
                    .expect("a string");
                if self.number(3) > 0 {
                    writeln!(text, "RRULE:{}", self.rule()).expect("a string");
                }
                writeln!(text, "{end}").expect("a string");
            }
            text.push_str("END:VTIMEZONE\n");
        }
        for number in 0..=self.number(3) {
            self.event(&mut text, &format!("UID:{}\n", number % 2));
        }
        text + "END:VCALENDAR\n"
    }

    fn event(&mut self, text: &mut String, uid: &str) {
        let zone = self.of(&ZONES);
        let zone = [String::new(), format!(";TZID={zone}"), ";VALUE=DATE".to_owned()]
            [self.number(3) as usize]
            .clone();
        let is_day = zone.ends_with("DATE");
        let utc = if zone.is_empty() && self.number(2) == 1 { "Z" } else { "" };
        let time = |choices: &mut Self| {
            let wall = choices.wall();
            if is_day { wall[..8].to_owned() } else { wall + utc }
        };
        let start = time(self);
        write!(text, "BEGIN:VEVENT\n{uid}DTSTART{zone}:{start}\n").expect("a string");
        match self.number(5) {
            0 => writeln!(text, "DTEND{zone}:{}", time(self)).expect("a string"),
            1 => writeln!(text, "DURATION:PT{}M", self.number(10_000)).expect("a string"),
            2 => writeln!(text, "DURATION:P{}D", self.number(40)).expect("a string"),
            3 => writeln!(text, "DURATION:PT{}S", self.number(100)).expect("a string"),
            _ => {}
        }
        for _ in 0..self.number(4) {
            match self.number(8) {
                0..=3 => writeln!(text, "RRULE:{}", self.rule()),
                4 => writeln!(text, "EXRULE:{}", self.rule()),
                5 => writeln!(text, "RDATE{zone}:{},{}", time(self), time(self)),
                6 => writeln!(text, "EXDATE{zone}:{},{start}", time(self)),
                _ => {
                    let ahead = self.of(&["", ";RANGE=THISANDFUTURE"]);
                    let name = self.of(&["RECURRENCE-ID", "RECURRENCE-ID", "EXDATE"]);
                    writeln!(text, "{name}{ahead}{zone}:{}", time(self))
                }
            }
            .expect("a string");
        }
        text.push_str(self.of(&["", "", "SEQUENCE:1\n", "TRANSP:TRANSPARENT\n", "STATUS:CANCELLED\n"]));
        text.push_str("END:VEVENT\n");
    }

    /// Any day and time, and some that are none.
    fn wall(&mut self) -> String {
        let year = YEARS[self.number(12) as usize];
        let (month, day) = (self.number(12) + 1, self.number(31) + 1);
        let (hour, minute) = (self.number(24), self.of(&["00", "30", "15", "59"]));
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute}00")
    }

    fn offset(&mut self) -> String {
        let sign = self.of(&["+", "-"]);
        format!("{sign}{:02}{}", self.number(16), self.of(&["00", "30", "45", "0015"]))
    }

    fn rule(&mut self) -> String {
        let mut rule = format!("FREQ={}", self.of(&FREQUENCIES));
        for _ in 0..self.number(6) {
            let part = match self.number(14) {
                0 => format!("BYMONTH={}", self.list(1, 12, false)),
                1 => format!("BYMONTHDAY={}", self.list(1, 31, true)),
                2 => format!("BYYEARDAY={}", self.list(1, 366, true)),
                3 => format!("BYWEEKNO={}", self.list(1, 53, true)),
                4 => format!("BYHOUR={}", self.list(0, 23, false)),
                5 => format!("BYMINUTE={}", self.list(0, 59, false)),
                6 => format!("BYSECOND={}", self.list(0, 60, false)),
                7 => format!("BYSETPOS={}", self.list(1, 366, true)),
                8 => format!("BYDAY={}", self.weekdays()),
                9 => format!(
                    "INTERVAL={}",
                    self.of(&["1", "2", "3", "7", "97", "1000", "99999", "2147483647"])
                ),
                10 => format!("COUNT={}", self.of(&["1", "2", "5", "366", "10000", "999999999"])),
                11 => format!("UNTIL={}{}", self.wall(), self.of(&["", "Z"])),
                12 => format!("WKST={}", self.of(&WEEKDAYS)),
                _ => format!("BYDAY={}", WEEKDAYS.join(",")),
            };
            write!(rule, ";{part}").expect("a string");
        }
        rule
    }

    /// Some numbers, or all that there are.
    fn list(&mut self, least: u32, most: u32, from_end: bool) -> String {
        let chosen = self.number(8);
        if chosen == 7 {
            return (least..=most).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        }
        let one = |choices: &mut Self| {
            let sign = if from_end { choices.of(&["", "-"]) } else { "" };
            format!("{sign}{}", least + choices.number(most - least + 1))
        };
        (0..=chosen / 2).map(|_| one(self)).collect::<Vec<_>>().join(",")
    }

    /// Some days, all that there are, or one of them very often.
    fn weekdays(&mut self) -> String {
        let nths = ["", "", "1", "-1", "2", "5", "-5", "53"];
        let count = self.number(8);
        if count == 7 {
            let of_week = |day| (-53..=53).filter(|nth| *nth != 0).map(move |nth| format!("{nth}{day}"));
            return WEEKDAYS.into_iter().flat_map(of_week).collect::<Vec<_>>().join(",");
        }
        let one = |choices: &mut Self| format!("{}{}", choices.of(&nths), choices.of(&WEEKDAYS));
        if count == 6 {
            return vec![one(self); 10_000].join(",");
        }
        (0..=count / 2).map(|_| one(self)).collect::<Vec<_>>().join(",")
    }
}

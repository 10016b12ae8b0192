//! A booking's copy in its host's calendar: the event that is kept there, and what of it is ours where the host has
//! changed it.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Event, Feed, Method, push_calendar, push_line};
use crate::booking::{Booking, Place};
use crate::order::set;
use crate::text::one_line;
use crate::token::BookingId;

/// The properties of a copy that follow the booking. All others are the host's, such as an alarm or a colour.
const OURS: [&str; 12] = [
    "UID",
    VERSION,
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "DURATION",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "URL",
    "STATUS",
    "TRANSP",
];

const VERSION: &str = "SEQUENCE";

/// A booking as it is kept in its host's calendar, in the words of its host's.
#[derive(Clone, Debug)]
pub struct BookingCopy {
    booking: Booking,
    /// The name of the event.
    pub summary: String,
    /// The description, in several lines.
    pub description: String,
}

impl Feed<'_> {
    /// A booking as an event that is kept in its host's calendar.
    ///
    /// A room that the calendar makes is told by the calendar itself, beside these words: so they are the same before
    /// and after.
    pub fn copy(&self, mut booking: Booking) -> BookingCopy {
        if let Place::Room(address) = &mut booking.location {
            *address = None;
        }
        let (summary, description) = self.words_of(&booking);
        BookingCopy { booking, summary, description }
    }
}

impl BookingCopy {
    /// Where it is: a place, or the address of a call. Empty if it has none.
    pub fn location(&self) -> String {
        one_line(self.booking.location.text())
    }

    /// True if the calendar is to make a room for its call.
    pub fn wants_room(&self) -> bool {
        matches!(self.booking.location, Place::Room(_))
    }

    /// When it begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.booking.start
    }

    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.booking.end
    }

    /// The event as text (RFC 4791, 4.1): without a method, and without organizer and attendees, so that no server
    /// invites anybody (RFC 6638).
    pub fn icalendar(&self) -> String {
        let Self { booking, summary, description } = self;
        let event = Event {
            booking,
            summary,
            description,
            method: Method::Publish,
            stamp: booking.changed_at,
            asked: None,
            is_copy: true,
        };
        let mut text = String::with_capacity(1024);
        push_calendar(&mut text, None, &[], |text| event.push(text));
        text
    }
}

/// What makes a series of an event (RFC 5545, 3.8.5; EXRULE is of RFC 2445).
const RECURS: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/// Whether a text that a calendar keeps has the event of a booking, or any occurrence of it.
pub fn holds(kept: &[u8], booking: &BookingId) -> bool {
    let lines = lines(kept);
    events(&lines).any(|event| is_of(&lines[event], booking))
}

/// A text that a calendar keeps, with all that is ours as it is in a new copy; `None` where it is so already. Where it
/// has no event of the booking, the copy takes its place.
///
/// Host's programs count their own changes, too: what is written is never an earlier version of what is kept.
pub fn merged(kept: &[u8], booking: &BookingId, copy: &str) -> Option<String> {
    merge(&lines(kept), booking, copy, false)
}

/// The same, and without what its host has made a series of it with.
pub fn restored(kept: &[u8], booking: &BookingId, copy: &str) -> Option<String> {
    let kept = lines(kept);
    let alone = alone(&kept, booking);
    merge(&alone, booking, copy, alone.len() < kept.len())
}

/// `must_write` says that what is kept is not what stands there.
fn merge(kept: &[String], booking: &BookingId, copy: &str, must_write: bool) -> Option<String> {
    let mut new = lines(copy.as_bytes());
    let Some((place, new_place)) = event(kept, booking).zip(event(&new, booking)) else {
        return Some(copy.to_owned());
    };
    let (ours, others) = parted(&kept[place.clone()]);
    let new = &mut new[new_place];
    let (version, new_version) = (version(&ours), version(new));
    if !must_write && said(&ours) == said(&*new) && version >= new_version {
        return None;
    }
    if let Some(line) = new.iter_mut().find(|line| is(line, VERSION)) {
        *line = format!("{VERSION}:{}", new_version.max(version.saturating_add(1)));
    }
    let mut text = String::with_capacity(2048);
    for line in kept[..place.start].iter().chain(&*new).chain(others).chain(&kept[place.end..]) {
        push_line(&mut text, line);
    }
    Some(text)
}

/// The lines of a text, unfolded (RFC 5545, 3.1). Some programs fold within a letter, so that letters are read after
/// that.
fn lines(text: &[u8]) -> Vec<String> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, lines.last_mut()) {
            ([], _) => {}
            ([b' ' | b'\t', rest @ ..], Some(last)) => last.extend(rest),
            _ => lines.push(line.to_vec()),
        }
    }
    lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

/// The lines of a booking's event, between its first and its last. One that stands for a single occurrence of it is
/// another.
fn event(lines: &[String], booking: &BookingId) -> Option<Range<usize>> {
    let is_it = |event: &[String]| is_of(event, booking) && !is_occurrence(event);
    events(lines).find(|event| is_it(&lines[event.clone()]))
}

/// The lines of each event, between its first and its last.
fn events(lines: &[String]) -> impl Iterator<Item = Range<usize>> {
    let mut begin = None;
    lines.iter().enumerate().filter_map(move |(number, line)| {
        if line.eq_ignore_ascii_case("BEGIN:VEVENT") {
            begin = Some(number + 1);
        }
        let ends = line.eq_ignore_ascii_case("END:VEVENT");
        ends.then(|| begin.take()).flatten().map(|begin| begin..number)
    })
}

fn is_of(event: &[String], booking: &BookingId) -> bool {
    event.iter().any(|line| is(line, "UID") && value(line) == booking.as_str())
}

fn is_occurrence(event: &[String]) -> bool {
    event.iter().any(|line| is(line, "RECURRENCE-ID"))
}

/// The lines of a text without those that make a series of a booking's event, or change an occurrence of it.
fn alone(lines: &[String], booking: &BookingId) -> Vec<String> {
    let (mut kept, mut done) = (Vec::with_capacity(lines.len()), 0);
    for place in events(lines).filter(|place| is_of(&lines[place.clone()], booking)) {
        let event = &lines[place.clone()];
        if is_occurrence(event) {
            kept.extend_from_slice(&lines[done..place.start - 1]);
            done = place.end + 1;
        } else {
            kept.extend_from_slice(&lines[done..place.start]);
            let recurs = |line: &&String| RECURS.iter().any(|property| is(line, property));
            kept.extend(event.iter().filter(|line| !recurs(line)).cloned());
            done = place.end;
        }
    }
    kept.extend_from_slice(&lines[done..]);
    kept
}

/// The lines of an event that are ours, and all others. What its alarms have is not ours, whatever it is called.
fn parted(event: &[String]) -> (Vec<&String>, Vec<&String>) {
    let mut depth = 0;
    event.iter().partition(|line| {
        depth += i32::from(is(line, "BEGIN"));
        let is_ours = depth == 0 && OURS.iter().any(|ours| is(line, ours));
        depth -= i32::from(is(line, "END"));
        is_ours
    })
}

/// What lines say, in whatever order. Which version it is, and when it was said, is no part of it.
fn said<L: AsRef<str>>(lines: &[L]) -> BTreeSet<String> {
    let lines = lines.iter().map(AsRef::as_ref);
    set(lines.filter(|line| !is(line, VERSION) && !is(line, "DTSTAMP")).map(str::to_owned))
}

fn version<L: AsRef<str>>(lines: &[L]) -> u32 {
    let mut lines = lines.iter().map(AsRef::as_ref);
    lines.find(|line| is(line, VERSION)).and_then(|line| value(line).parse().ok()).unwrap_or(0)
}

fn value(line: &str) -> &str {
    line.split_once(':').map_or("", |(_, value)| value.trim())
}

/// Whether a line is that property's.
fn is(line: &str, property: &str) -> bool {
    line.split([':', ';']).next().is_some_and(|name| name.eq_ignore_ascii_case(property))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::LocaleWords;

    fn booking() -> Booking {
        serde_json::from_str(include_str!("../../tests/booking.json")).unwrap()
    }

    fn copy(booking: &Booking) -> String {
        let messages = [
            ("endpoint.feed.summary", "{name}: {title}"),
            ("endpoint.feed.who", "{name}, {email}"),
            ("endpoint.feed.open", "Answer, move or cancel:\n{url}"),
            ("endpoint.invitation.where", "Where: {place}"),
        ];
        let messages = messages.map(|(key, words)| (key.to_owned(), words.to_owned())).into();
        let words = LocaleWords { messages, ..LocaleWords::default() };
        Feed { host_name: "Aiko", words: &words, base_url: "https://meet.example.com" }
            .copy(booking.clone())
            .icalendar()
    }

    const COPY: &str = "
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daymark//Daymark//EN
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
SEQUENCE:0
DTSTAMP:20261124T080000Z
DTSTART:20261201T100000Z
DTEND:20261201T103000Z
SUMMARY:Mara Lind: Introductory call
DESCRIPTION:Mara Lind\\, mara@example.org\\n\\nWhere: https://meet.example.com
 /aiko\\n\\nAnswer\\, move or cancel:\\nhttps://meet.example.com/host/#booking/
 aiko.AQEBAQEBAQEBAQEBAQEBAQ
LOCATION:https://meet.example.com/aiko
URL:https://meet.example.com/aiko
STATUS:CONFIRMED
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
";

    fn with_ends(text: &str) -> String {
        text.trim_start().replace('\n', "\r\n")
    }

    #[test]
    fn a_copy_invites_nobody_and_has_no_method() {
        assert_eq!(copy(&booking()), with_ends(COPY));
    }

    /// What a host's program makes of the copy: moved, renamed, with an alarm and more beside it.
    const KEPT: &str = "
BEGIN:VCALENDAR
PRODID:-//A calendar//EN
BEGIN:VTIMEZONE
TZID:Asia/Tokyo
END:VTIMEZONE
BEGIN:VEVENT
UID:another
DTSTART:20261201T100000Z
END:VEVENT
BEGIN:VEVENT
CATEGORIES:Clients
UID:aiko.AQEBAQEBAQEBA
 QEBAQEBAQ
dtstart;TZID=Asia/Tokyo:20261202T100000
DURATION:PT1H
DESCRIPTION:As it
 \twas
BEGIN:VALARM
DESCRIPTION:Prepare
TRIGGER:-PT30M
END:VALARM
COLOR:teal
END:VEVENT
BEGIN:VEVENT
UID:aiko.AQEBAQEBAQEBAQEBAQEBAQ
RECURRENCE-ID:20261203T100000Z
END:VEVENT
END:VCALENDAR
";

    #[test]
    fn what_the_host_has_added_stays() {
        let (booking, new) = (booking(), copy(&booking()));
        let (_, rest) = COPY.trim_start().split_once("BEGIN:VEVENT\n").unwrap();
        let ours = rest.split("END:VEVENT").next().unwrap();
        let expected = KEPT
            .replace("UID:aiko.AQEBAQEBAQEBA\n QEBAQEBAQ\n", "")
            .replace(
                "dtstart;TZID=Asia/Tokyo:20261202T100000\nDURATION:PT1H\nDESCRIPTION:As it\n \twas\n",
                "",
            )
            .replace("CATEGORIES:Clients\n", &format!("{ours}CATEGORIES:Clients\n"))
            .replace("SEQUENCE:0", "SEQUENCE:1");
        for kept in [KEPT.to_owned(), with_ends(KEPT)] {
            assert!(holds(kept.as_bytes(), &booking.id));
            let merged_once = merged(kept.as_bytes(), &booking.id, &new).unwrap();
            assert_eq!(merged_once, with_ends(&expected));
            assert_eq!(merged(merged_once.as_bytes(), &booking.id, &new), None);
        }
    }

    #[test]
    fn a_copy_that_its_server_has_written_anew_is_the_same_one() {
        let (booking, new) = (booking(), copy(&booking()));
        let mut lines: Vec<String> = lines(new.as_bytes());
        let of_event = lines.len() - 2;
        lines[4..of_event].sort();
        let rewritten = lines.join("\n").replace("DTSTAMP:20261124T080000Z", "DTSTAMP:20270101T000000Z");
        assert_eq!(merged(rewritten.as_bytes(), &booking.id, &new), None);
        for (ours, changed) in [("T100000Z", "T110000Z"), ("Mara", "Mary"), ("TRANSP:OPAQUE\n", "")] {
            let kept = rewritten.replace(ours, changed);
            assert_ne!(kept, rewritten, "{ours}");
            let merged = merged(kept.as_bytes(), &booking.id, &new);
            assert_eq!(merged, Some(new.replace("SEQUENCE:0", "SEQUENCE:1")), "{ours}");
        }
    }

    #[test]
    fn what_its_host_has_made_a_series_of_is_one_event_again() {
        let (booking, new) = (booking(), copy(&booking()));
        let (head, rest) = new.split_once("END:VEVENT").unwrap();
        let alarm = "BEGIN:VALARM\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\n";
        let occurrence = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:aiko.AQEBAQEBAQEBAQEBAQEBAQ\r\n\
            RECURRENCE-ID:20261201T100000Z\r\nDTSTART:20261201T110000Z\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nUID:another\r\nRRULE:FREQ=DAILY\r\nRECURRENCE-ID:20261201T100000Z\r\n";
        let recurs = "rrule:FREQ=WEEKLY\r\nEXDATE;VALUE=DATE:20261201\r\nRDATE:20261203T100000Z\r\n";
        let kept = format!("{head}{alarm}{recurs}{occurrence}END:VEVENT{rest}");
        assert_eq!(merged(kept.as_bytes(), &booking.id, &new), None, "of its own accord, it stays");
        let restored_once = restored(kept.as_bytes(), &booking.id, &new).unwrap();
        let other = &occurrence[occurrence.rfind("BEGIN:VEVENT").unwrap()..];
        let expected = format!("{head}{alarm}END:VEVENT\r\n{other}END:VEVENT{rest}");
        assert_eq!(restored_once, expected.replace("SEQUENCE:0", "SEQUENCE:1"));
        assert_eq!(restored(restored_once.as_bytes(), &booking.id, &new), None);
        // Of the series, a single occurrence may be all that is left.
        let left = new.replace("DTSTART", "RECURRENCE-ID:20261201T100000Z\r\nDTSTART");
        assert!(holds(left.as_bytes(), &booking.id));
        assert_eq!(restored(left.as_bytes(), &booking.id, &new), Some(new));
    }

    #[track_caller]
    fn check_version(kept: &str, sequence: u32, expected: Option<&str>) {
        let moved = |sequence| Booking { sequence, ..booking() };
        let kept = copy(&moved(0)).replace("SEQUENCE:0\r\n", kept);
        let text = merged(kept.as_bytes(), &booking().id, &copy(&moved(sequence)));
        let version = text.as_deref().map(|text| text.split("\r\n").find(|line| is(line, VERSION)).unwrap());
        assert_eq!(version, expected);
    }

    #[test]
    fn a_version_never_goes_back() {
        check_version("SEQUENCE:1\r\n", 2, Some("SEQUENCE:2"));
        check_version("", 1, Some("SEQUENCE:1"));
        check_version("SEQUENCE:7\r\n", 2, None);
        check_version("SEQUENCE:7\r\nSTATUS:TENTATIVE\r\n", 2, Some("SEQUENCE:8"));
        check_version("SEQUENCE:7\r\nSTATUS:TENTATIVE\r\n", 8, Some("SEQUENCE:8"));
        check_version("SEQUENCE:4294967295\r\nSTATUS:TENTATIVE\r\n", 8, Some("SEQUENCE:4294967295"));
        check_version("SEQUENCE:odd\r\nSTATUS:TENTATIVE\r\n", 0, Some("SEQUENCE:1"));
    }

    #[test]
    fn a_letter_that_is_folded_in_two_is_one_letter() {
        let (booking, new) = (booking(), copy(&booking()));
        let kept = with_ends(KEPT);
        let (before, after) = kept.split_once("CATEGORIES:Clients").unwrap();
        let folded =
            [before.as_bytes(), b"CATEGORIES:\xe9\xa1\xa7\xe5\r\n \xae\xa2", after.as_bytes()].concat();
        let text = merged(&folded, &booking.id, &new).unwrap();
        assert!(text.contains("\r\nCATEGORIES:顧客\r\n"), "{text}");
    }

    #[test]
    fn an_event_of_another_is_not_the_copy() {
        let (booking, new) = (booking(), copy(&booking()));
        let other = new.replace("UID:aiko.", "UID:jonas.");
        for kept in [other.as_str(), "", "BEGIN:VEVENT\nEND:VEVENT", "END:VEVENT", "<!doctype html>"] {
            assert!(!holds(kept.as_bytes(), &booking.id), "{kept}");
        }
    }
}

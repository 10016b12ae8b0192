//! A booking's copy in its host's calendar: the event that is kept there, and what of it is ours where the host has
//! changed it.

use chrono::{DateTime, Utc};

use super::{Event, Feed, Method, push_calendar};
use crate::booking::Booking;
use crate::text::one_line;
use crate::token::BookingId;

/// The properties of a copy that follow the booking. All others are the host's, such as an alarm or a colour.
const OURS: [&str; 12] = [
    "UID",
    "SEQUENCE",
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
    pub fn copy(&self, booking: Booking) -> BookingCopy {
        let (summary, description) = self.words_of(&booking);
        BookingCopy { booking, summary, description }
    }
}

impl BookingCopy {
    /// Where it is: a place, or the address of a call. Empty if it has none.
    pub fn location(&self) -> String {
        one_line(self.booking.location.text())
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

/// What a calendar keeps under a booking's id, with all that is ours as it is in a new copy. `None` where it has no
/// such event.
pub fn merged(kept: &str, booking: &BookingId, copy: &str) -> Option<String> {
    let kept = lines(kept);
    let (begin, end) = event(&kept, booking)?;
    let new = lines(copy);
    let (new_begin, new_end) = event(&new, booking)?;
    let mut depth = 0;
    let others = kept[begin + 1..end].iter().filter(|line| {
        depth += i32::from(is(line, "BEGIN"));
        let stays = depth > 0 || !OURS.iter().any(|ours| is(line, ours));
        depth -= i32::from(is(line, "END"));
        stays
    });
    let event = new[new_begin..new_end].iter().chain(others);
    let all = kept[..begin].iter().chain(event).chain(&kept[end..]);
    Some(all.flat_map(|line| [line.as_str(), "\r\n"]).collect())
}

/// The lines of a text, each with what is folded into it.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push_str("\r\n");
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The first and the last line of a booking's event. One that stands for a single occurrence of it is another.
fn event(lines: &[String], booking: &BookingId) -> Option<(usize, usize)> {
    let mut begin = None;
    for (number, line) in lines.iter().enumerate() {
        if line.eq_ignore_ascii_case("BEGIN:VEVENT") {
            begin = Some(number);
        } else if line.eq_ignore_ascii_case("END:VEVENT") {
            let event = &lines[begin?..number];
            let is_it = |line: &String| is(line, "UID") && value(line) == booking.as_str();
            if event.iter().any(is_it) && !event.iter().any(|line| is(line, "RECURRENCE-ID")) {
                return Some((begin?, number));
            }
        }
    }
    None
}

/// A line's value, unfolded (RFC 5545, 3.1).
fn value(line: &str) -> String {
    let line = line.replace("\r\n ", "").replace("\r\n\t", "");
    line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
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

    #[test]
    fn what_the_host_has_added_stays() {
        let kept = "
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
        let (booking, new) = (booking(), copy(&booking()));
        let (before, rest) = COPY.trim_start().split_once("BEGIN:VEVENT\n").unwrap();
        let ours = rest.split("END:VEVENT").next().unwrap();
        let expected = kept
            .replace("UID:aiko.AQEBAQEBAQEBA\n QEBAQEBAQ\n", "")
            .replace(
                "dtstart;TZID=Asia/Tokyo:20261202T100000\nDURATION:PT1H\nDESCRIPTION:As it\n \twas\n",
                "",
            )
            .replace("CATEGORIES:Clients\n", &format!("{ours}CATEGORIES:Clients\n"));
        for kept in [kept.to_owned(), with_ends(kept)] {
            assert_eq!(merged(&kept, &booking.id, &new), Some(with_ends(&expected)));
        }
        assert_eq!(merged(&new, &booking.id, &new), Some(new.clone()), "{before}");
    }

    #[test]
    fn an_event_of_another_is_left_alone() {
        let (booking, new) = (booking(), copy(&booking()));
        let other = new.replace("UID:aiko.", "UID:jonas.");
        for kept in [other.as_str(), "", "BEGIN:VEVENT\nEND:VEVENT", "END:VEVENT", "<!doctype html>"] {
            assert_eq!(merged(kept, &booking.id, &new), None, "{kept}");
        }
    }
}

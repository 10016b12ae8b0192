//! A line as a property: its name, its parameters and its value (RFC 5545, 3.1 and 3.2).

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The properties that busy times depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Begin,
    End,
    Uid,
    Sequence,
    Stamp,
    Starts,
    Ends,
    Duration,
    Rule,
    Dates,
    ExceptDates,
    RecurrenceId,
    Status,
    Transparency,
    BusyStatus,
    IntendedStatus,
    Attendee,
    Travel,
    FreeBusy,
    ZoneId,
    OffsetFrom,
    OffsetTo,
    Location,
    CalendarZone,
    Refresh,
}

/// The names, as iCalendar has them.
const NAMES: [(&str, Name); 26] = [
    ("BEGIN", Name::Begin),
    ("END", Name::End),
    ("UID", Name::Uid),
    ("SEQUENCE", Name::Sequence),
    ("DTSTAMP", Name::Stamp),
    ("DTSTART", Name::Starts),
    ("DTEND", Name::Ends),
    ("DURATION", Name::Duration),
    ("RRULE", Name::Rule),
    ("RDATE", Name::Dates),
    ("EXDATE", Name::ExceptDates),
    ("RECURRENCE-ID", Name::RecurrenceId),
    ("STATUS", Name::Status),
    ("TRANSP", Name::Transparency),
    ("X-MICROSOFT-CDO-BUSYSTATUS", Name::BusyStatus),
    ("X-MICROSOFT-CDO-INTENDEDSTATUS", Name::IntendedStatus),
    ("ATTENDEE", Name::Attendee),
    ("X-APPLE-TRAVEL-DURATION", Name::Travel),
    ("FREEBUSY", Name::FreeBusy),
    ("TZID", Name::ZoneId),
    ("TZOFFSETFROM", Name::OffsetFrom),
    ("TZOFFSETTO", Name::OffsetTo),
    ("X-LIC-LOCATION", Name::Location),
    ("X-WR-TIMEZONE", Name::CalendarZone),
    ("REFRESH-INTERVAL", Name::Refresh),
    ("X-PUBLISHED-TTL", Name::Refresh),
];

impl Name {
    /// Reads a name in any case; `None` if the property is not wanted.
    pub(super) fn read(name: &[u8]) -> Option<Self> {
        let name = name.strip_prefix(BYTE_ORDER_MARK).unwrap_or(name).trim_ascii();
        let (_, name) = NAMES.iter().find(|(own, _)| own.as_bytes().eq_ignore_ascii_case(name))?;
        Some(*name)
    }

    /// True where a colon can be part of the value. In all others, the last one begins it, as some write
    /// `TZID=(UTC+00:00) Dublin` without quotes.
    fn has_text(self) -> bool {
        matches!(
            self,
            Name::Uid
                | Name::Attendee
                | Name::ZoneId
                | Name::Location
                | Name::CalendarZone
                | Name::Begin
                | Name::End
        )
    }
}

/// One property.
#[derive(Clone, Copy, Debug)]
pub(super) struct Property<'a> {
    pub(super) name: Name,
    parameters: &'a str,
    /// The value, without blanks at its ends.
    pub(super) value: &'a str,
}

impl<'a> Property<'a> {
    /// Reads what follows the name; `None` if there is no colon.
    pub(super) fn read(name: Name, line: &'a str) -> Option<Self> {
        let begins = line.find([':', ';'])?;
        let rest = &line[begins..];
        let colon = if name.has_text() { first_colon(rest) } else { rest.rfind(':') }?;
        Some(Self { name, parameters: &rest[..colon], value: rest[colon + 1..].trim() })
    }

    /// The value of a parameter, without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut quoted = false;
        let mut parts = self.parameters.split(move |letter| {
            quoted ^= letter == '"';
            letter == ';' && !quoted
        });
        let value = |part: &'a str| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
        };
        parts.find_map(value)
    }

    /// True if a parameter has this value, in any case.
    pub(super) fn parameter_is(&self, name: &str, value: &str) -> bool {
        self.parameter(name).is_some_and(|own| own.eq_ignore_ascii_case(value))
    }

    /// True if the value is this word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.value.eq_ignore_ascii_case(word)
    }

    /// The parts of a list of values.
    pub(super) fn list(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.split(',').map(str::trim).filter(|part| !part.is_empty())
    }
}

/// The first colon that is in no quotes; where they are never closed, the first of all.
fn first_colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    let outside = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    });
    outside.or_else(|| text.find(':'))
}

/// Text without the backslashes that escape (RFC 5545, 3.3.11).
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('\\') { Cow::Owned(text.replace('\\', "")) } else { Cow::Borrowed(text) }
}

//! What a calendar says about a time.

use serde::{Deserialize, Serialize};

use crate::token::BookingId;

use super::spans::Span;

/// What a calendar says about the time that was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The times that are taken, in order; none touches another. Bookings of ours are not among them.
    pub busy: Vec<Span>,
    /// Where events stand that are bookings of ours: whether one takes any more time than its booking, only the ledger
    /// that holds it can tell. In order.
    pub bookings: Vec<Booked>,
    /// What the calendar leaves open, in order of time. What is not busy before the first of these is free.
    pub unknown: Vec<Unknown>,
    /// What was passed over.
    pub skipped: Skipped,
    /// How many events there were, whenever they are.
    pub events: u32,
    /// The last time at which any event was written down (DTSTAMP), in seconds since 1970.
    pub newest_stamp: Option<i64>,
    /// How often the calendar wants to be read, in seconds.
    pub refresh_seconds: Option<i64>,
}

impl Answer {
    /// The instant from which the calendar is unknown, in seconds since 1970; `None` if all that was asked is known.
    pub fn unknown_from(&self) -> Option<i64> {
        self.unknown.first().map(|unknown| unknown.from)
    }
}

/// An event that is a booking of ours, by its UID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The booking.
    pub booking: BookingId,
    /// Where the event is; that may no more be where the booking is.
    pub span: Span,
    /// False if the host has set it free. One that is cancelled is not there.
    pub blocks: bool,
    /// The host has made whole days of it.
    #[serde(default)]
    pub whole_days: bool,
}

/// A time from which on nothing is known for certain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unknown {
    /// The first instant that is not known, in seconds since 1970.
    pub from: i64,
    /// The reason.
    pub cause: Cause,
    /// A digest of the event's UID, by which the host can leave it out ([`super::Question::leaving_out`]). `None` where
    /// it has no UID, or is a booking of ours; or where many are concerned.
    pub event: Option<String>,
    /// A time of the event by which its host finds it, in seconds since 1970: the next that is known, or when it
    /// begins; `None` if neither can be read.
    pub at: Option<i64>,
}

/// Why a calendar is unknown from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// When an event is, or where its text ends, cannot be read.
    Unreadable,
    /// A series has a rule that we do not know.
    Rule,
    /// The steps for recurrence were spent.
    Steps,
    /// There are too many times that do not touch.
    Spans,
}

impl Cause {
    /// The cause, in words that follow on "it is not known what it holds:".
    pub fn in_words(self) -> &'static str {
        match self {
            Cause::Unreadable => "the time of an event cannot be read",
            Cause::Rule => "a series repeats by a rule that is not understood",
            Cause::Steps => "its series are too many to follow",
            Cause::Spans => "it has too many separate busy times",
        }
    }
}

/// What was passed over, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Events that say that they take no time.
    pub free: u32,
    /// Cancelled events.
    pub cancelled: u32,
    /// Events that the host has declined.
    pub declined: u32,
    /// Tentative events, where these do not block.
    pub tentative: u32,
    /// Whole days, where these do not block.
    pub whole_days: u32,
    /// Older versions of an event that is there, too.
    pub replaced: u32,
    /// Events without length, or that end before they begin.
    pub without_length: u32,
    /// Events that the host wants to be left out.
    pub left_out: u32,
    /// Events whose time cannot be read, and which take none.
    pub unreadable: u32,
    /// Events in a zone that nobody knows: they block in the calendar's zone and in the host's.
    pub unknown_zones: u32,
    /// Components that hold no busy times, such as tasks.
    pub components: u32,
    /// Lines without a name or a value.
    pub lines: u32,
}

impl Skipped {
    /// What a host may want to know of it, in short: the name of each field that is not zero, and its number.
    pub fn in_short(&self) -> String {
        let counts = [
            ("free", self.free),
            ("cancelled", self.cancelled),
            ("declined", self.declined),
            ("tentative", self.tentative),
            ("whole_days", self.whole_days),
            ("without_length", self.without_length),
            ("left_out", self.left_out),
            ("unreadable", self.unreadable),
            ("unknown_zones", self.unknown_zones),
        ];
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        counts.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(" ")
    }
}

/// A text is no calendar, or only a part of one: nothing is known from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is no `BEGIN:VCALENDAR`.
    #[error("it is not a calendar")]
    NotACalendar,
    /// `END:VCALENDAR` is missing.
    #[error("it is cut off")]
    CutOff,
    /// It has more events than are read.
    #[error("it has more than {0} events")]
    TooManyEvents(u32),
}

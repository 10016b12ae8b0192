//! What came of reading a calendar, as a ledger notes it; and what the ledger knows of the calendar from then on.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Booked, Cause, Unknown};
use super::spans::Span;
use crate::definition::Buffer;
use crate::token::BookingId;

/// What was read so long ago is good enough to book by, without reading it again; and clocks may differ by it.
pub const FRESH: TimeDelta = TimeDelta::seconds(60);
/// The most events that are told to make a calendar unknown.
const MOST_UNKNOWN_EVENTS: usize = 5;

/// One reading of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteBusy {
    /// The name of the ledger itself, by which it is found again when it wakes by itself.
    pub ledger: String,
    /// The calendar's name.
    pub calendar: String,
    /// A digest of all that the answer depends on beside the calendar itself: its address, and how it is read. What was
    /// read with others is of another calendar.
    pub settings: String,
    /// When it was read. Of two readings, the later one counts, whichever comes first.
    pub read_at: DateTime<Utc>,
    /// When it is to be read again.
    pub next_read_at: DateTime<Utc>,
    /// The host's folder, and for how many minutes the calendar counts as known after it was read. `None` where the
    /// host is told nothing of it: it is only written to; or not it, but the content could not be read.
    pub host: Option<(String, u32)>,
    /// The refresh token that its service has given to ask with from then on, sealed; `None` if it has given none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<String>,
    /// Whether a booking ends with its copy, where its host has deleted that.
    #[serde(default)]
    pub deletion_cancels: bool,
    /// The events that it has left out, by their digests, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What came of it.
    pub reading: Reading,
}

/// What came of reading a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Its busy times.
    Found(Box<Found>),
    /// It has not changed since it was read last.
    Unchanged,
    /// It cannot be read, for this reason: what was found before stays in force.
    Failed(String),
    /// It cannot be read, for this reason, and will not until somebody has done something: nobody is let in.
    Refused(String),
    /// The host has taken it out of the content: nothing of it is kept.
    Gone,
}

impl Reading {
    /// Why it could not be read.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Reading::Failed(reason) | Reading::Refused(reason) => Some(reason),
            Reading::Found(_) | Reading::Unchanged | Reading::Gone => None,
        }
    }
}

/// The busy times of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The time that was asked about: whatever was known of it before is replaced.
    pub asked: Span,
    /// The instant from which on nothing is known, within what was asked or at its end (seconds since 1970).
    pub known_until: i64,
    /// The times that are taken, in order; none touches another.
    pub busy: Vec<Span>,
    /// Events that are bookings of ours; those that were looked for by themselves lie anywhere.
    pub bookings: Vec<Booked>,
    /// Bookings of ours that were looked for by themselves, and are not there.
    #[serde(default)]
    pub gone: Vec<BookingId>,
    /// Time that is kept free around each.
    pub keep_free: Buffer,
    /// Why nothing is known from then on, in words; `None` if all is known that was asked.
    pub unknown_because: Option<String>,
    /// Events that it is unknown by: a few, each once, and first those that can be left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_events: Vec<Unknown>,
    /// How many events there were, whenever they are.
    pub events: u32,
    /// What was passed over, in short ([`Skipped::in_short`](super::Skipped::in_short)).
    pub skipped: String,
    /// What to ask with whether it has changed; `None` where it cannot be asked so.
    pub validator: Option<String>,
}

impl Found {
    /// What an answer says about a time.
    pub fn of(answer: Answer, asked: Span, keep_free: Buffer, validator: Option<String>) -> Self {
        let known_until = answer.unknown_from().map_or(asked.end, |from| from.clamp(asked.start, asked.end));
        let unknown_because = answer.unknown.first().map(|unknown| unknown.cause.in_words().to_owned());
        let skipped = answer.skipped.in_short();
        let unknown_events = of_events(&answer.unknown);
        let Answer { busy, bookings, events, .. } = answer;
        let gone = Vec::new();
        Self {
            asked,
            known_until,
            busy,
            bookings,
            gone,
            keep_free,
            unknown_because,
            unknown_events,
            events,
            skipped,
            validator,
        }
    }
}

fn of_events(unknown: &[Unknown]) -> Vec<Unknown> {
    let mut few: Vec<Unknown> = Vec::new();
    for is_nameable in [true, false] {
        for unknown in unknown.iter().filter(|unknown| unknown.event.is_some() == is_nameable) {
            let is_told = is_nameable && few.iter().any(|told| told.event == unknown.event);
            if !is_told && unknown.cause != Cause::Spans && few.len() < MOST_UNKNOWN_EVENTS {
                few.push(unknown.clone());
            }
        }
    }
    few
}

/// A booking whose copy in a calendar is not where it was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Astray {
    /// The booking.
    pub booking: BookingId,
    /// The calendar's name.
    pub calendar: String,
    /// When that was seen first.
    pub since: DateTime<Utc>,
    /// Where the copy is now; `None` if it is missing.
    pub moved_to: Option<Span>,
    /// The host has made whole days of it.
    #[serde(default)]
    pub whole_days: bool,
    /// Another meeting is booked where it is now.
    #[serde(default)]
    pub is_taken: bool,
}

/// What a ledger knows of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The calendar's name.
    pub name: String,
    /// The ledger's name.
    pub ledger: String,
    /// The digest of its settings.
    pub settings: String,
    /// When it was last tried to be read.
    pub tried_at: DateTime<Utc>,
    /// When it was last read; `None` if it never was.
    pub read_at: Option<DateTime<Utc>>,
    /// When it was last read whole, not only found to be unchanged.
    pub whole_at: Option<DateTime<Utc>>,
    /// The stretch that is known.
    pub known: Span,
    /// When it is to be read again.
    pub next_read_at: DateTime<Utc>,
    /// The first of the failures since it was last read.
    pub failing_since: Option<DateTime<Utc>>,
    /// The reason for the last of them; or why it is not known to its end.
    pub error: Option<String>,
    /// How many events it had.
    pub events: u32,
    /// What was passed over, in short.
    pub skipped: String,
    /// What to ask with whether it has changed.
    pub validator: Option<String>,
    /// The refresh token that its service gave last, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<String>,
    /// Nobody was let in the last time.
    #[serde(default)]
    pub is_refused: bool,
    /// Bookings whose copies were missing in it the last time: they are looked for by themselves. Only in what is to
    /// be read.
    #[serde(default)]
    pub missed: Vec<BookingId>,
    /// Events that it is unknown by. Only in what is to be read.
    #[serde(default)]
    pub unknown_events: Vec<Unknown>,
    /// Events that its host has left out, as they were when they made it unknown. Only in what is to be read.
    #[serde(default)]
    pub left_out: Vec<Unknown>,
}

/// A calendar that must be known before a time may be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The calendar's name.
    pub name: String,
    /// The digest of its settings today.
    pub settings: String,
    /// For how long it counts as known after it was read, in minutes.
    pub known_for_minutes: u32,
}

impl Wanted {
    /// Whether that is the calendar, with its settings of today.
    pub fn is(&self, known: &Known) -> bool {
        (&known.name, &known.settings) == (&self.name, &self.settings)
    }
}

impl Known {
    /// Whether it was tried just now: then it is not read again for whoever waits. Nor is one that lets nobody in,
    /// until its time comes: servers shut out whoever knocks too often.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let waits = self.is_refused && self.tried_at <= now + FRESH && now < self.next_read_at;
        waits || (now - self.tried_at).abs() <= FRESH
    }

    /// Whether it is known at `now` what the calendar says about all of a time.
    pub fn covers(&self, time: Span, known_for_minutes: u32, now: DateTime<Utc>) -> bool {
        self.counts_until(known_for_minutes, now).is_some()
            && self.known.start <= time.start
            && time.end <= self.known.end
    }

    /// Until when what was read of it counts as known; `None` where it does not at `now`. What was read in the future,
    /// by a clock that was ahead, is as old as nobody knows.
    pub fn counts_until(&self, known_for_minutes: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let minutes = i64::from(known_for_minutes);
        let read_at = self.read_at.filter(|at| (-1..minutes).contains(&(now - *at).num_minutes()))?;
        Some(read_at + TimeDelta::minutes(minutes))
    }
}

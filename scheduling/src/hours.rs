//! Opening hours: wall times of a day, by weekday and by date.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Minutes in a day of wall time.
pub const DAY_MINUTES: u16 = 24 * 60;

/// A stretch of wall time on one date: from `start`, until before `end`. In minutes since midnight, `end` up to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u16, u16)", into = "(u16, u16)")]
pub struct Opening {
    /// The first minute.
    pub start: u16,
    /// The minute after the last.
    pub end: u16,
}

impl From<(u16, u16)> for Opening {
    fn from((start, end): (u16, u16)) -> Self {
        Self { start, end }
    }
}

impl From<Opening> for (u16, u16) {
    fn from(opening: Opening) -> Self {
        (opening.start, opening.end)
    }
}

/// The openings of a week, Monday first. Each day's are sorted, do not overlap, and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyHours(pub [Vec<Opening>; 7]);

impl WeeklyHours {
    /// The openings of a weekday.
    pub fn on(&self, weekday: Weekday) -> &[Opening] {
        &self.0[weekday.num_days_from_monday() as usize]
    }
}

/// Hours that replace the weekly ones, on every date from `first` to `last`. An empty list is a day off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedHours {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, included.
    pub last: NaiveDate,
    /// The openings, sorted, not overlapping, not touching.
    pub hours: Vec<Opening>,
}

/// The origin of a date's hours (rule 1 of the availability rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursSource<'a> {
    /// The page's `[[dates]]`.
    PageDates,
    /// The host's `[[dates]]`.
    HostDates,
    /// A holiday, by its name: closed.
    Holiday(&'a str),
    /// The page's own `[hours]`.
    PageHours,
    /// The host's `[hours]`.
    HostHours,
}

/// Merges openings that touch, so that a day's list is sorted and its openings lie apart. Overlapping ones are merged
/// too: a caller that must refuse them checks first.
pub fn merge_touching(mut openings: Vec<Opening>) -> Vec<Opening> {
    openings.sort_unstable();
    let mut merged: Vec<Opening> = Vec::with_capacity(openings.len());
    for opening in openings {
        match merged.last_mut() {
            Some(last) if opening.start <= last.end => last.end = last.end.max(opening.end),
            _ => merged.push(opening),
        }
    }
    merged
}

/// The Monday of a date's ISO 8601 week.
pub fn monday_of(date: NaiveDate) -> NaiveDate {
    date - chrono::TimeDelta::days(i64::from(date.weekday().num_days_from_monday()))
}

//! Availability and slots: the one engine for baking, for the endpoint and for `explain`.
//!
//! Rules are wall times in the host's zone, expanded date by date into stretches of instants ([`Piece`]); claims are
//! cut out of them; the rest is written as [`Window`]s.
//!
//! The rules, as the code refers to them:
//! 1. A date's hours are the page's for that date, else the host's for it, else none on a holiday, else the page's
//!    weekly hours if it has any, else the host's.
//! 2. Hours are wall times in the host's zone. Openings that touch are one.
//! 3. Starts are `opening + k × start_every`, counted anew from each opening, as wall times. One that does not exist
//!    that day is left out, one that comes twice is offered twice. A meeting lasts its minutes in real time, within
//!    open time.
//! 4. The window counts dates of the host's zone from today; with `from` and `until`, all bounds hold.
//! 5. The notice is real time from now to the start.
//! 6. Two meetings of a host conflict when the gap between them is shorter than the longer of the earlier one's buffer
//!    after and the later one's buffer before.
//! 7. Limits count a page's meetings by the start's date, and by its ISO week, in the host's zone.
//! 8. A window is `[first, before, until, grid_start]`: a start is `grid_start + k × start_every`, at `first` or later
//!    and before `before`, and the meeting ends by `until`.

mod explain;
mod pieces;
mod share;
mod windows;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use explain::{Explanation, Reason};
pub use pieces::Piece;

use crate::claim::{Claim, CountLimit};
use crate::definition::Rules;
use crate::hours::{HoursSource, Opening, monday_of};
use crate::refusal::Refusal;
use crate::zone::Zone;

/// The longest meeting, in minutes: a day.
pub const LONGEST_MEETING_MINUTES: u32 = 24 * 60;

/// Dates past the window's end that are baked too, for sites that are not rebuilt daily.
pub const LATER_DATES: u32 = 31;

/// Starts on one grid within one stretch of free time (rule 8). All in seconds since 1970; written as an array of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[i64; 4]", into = "[i64; 4]")]
pub struct Window {
    /// The first start.
    pub first: i64,
    /// Starts lie before this.
    pub before: i64,
    /// The meeting ends by this.
    pub until: i64,
    /// The start of the grid.
    pub grid_start: i64,
}

/// A question to the engine.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The time that notice and window count from.
    pub now: DateTime<Utc>,
    /// True if notice is applied: it is not when pages are baked.
    pub with_notice: bool,
    /// Only starts on these dates of the host's zone, both included.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// The page that asks, for its limits.
    pub page: &'a str,
    /// The claims that take time, sorted by start.
    pub claims: &'a [Claim],
}

/// The windows of a published page: as they are before anyone booked, notice not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baked {
    /// The dates that can be booked, both included; `None` if the window is over.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// The windows on those dates.
    pub windows: Vec<Window>,
    /// The windows on the dates that a rolling window reaches within [`LATER_DATES`] more days.
    pub later: Vec<Window>,
}

impl Rules {
    /// The windows in which meetings can start, in order.
    pub fn windows(&self, query: &Query<'_>) -> Vec<Window> {
        let Some((mut first, mut last)) = self.dates_at(query.now) else { return Vec::new() };
        if let Some((from, to)) = query.dates {
            first = first.max(from);
            last = last.min(to);
        }
        let earliest = if query.with_notice { self.earliest_start(query.now) } else { i64::MIN };
        windows::between(self, first, last, earliest, query.page, query.claims)
    }

    /// The windows as a page is published with them on a date of the host's zone.
    pub fn bake(&self, today: NaiveDate) -> Baked {
        let between = |first, last| windows::between(self, first, last, i64::MIN, "", &[]);
        let dates = self.dates_on(today);
        let reached_later = self.dates_on(today + TimeDelta::days(LATER_DATES.into()));
        let later = match (self.window.days, reached_later) {
            (Some(_), Some((_, last))) => {
                let begin = self.window.from.map_or(today, |from| from.max(today));
                between(dates.map_or(begin, |(_, last)| last + TimeDelta::days(1)), last)
            }
            _ => Vec::new(),
        };
        Baked { dates, windows: dates.map_or_else(Vec::new, |(first, last)| between(first, last)), later }
    }

    /// The rules' verdict on one start (seconds since 1970) and duration: `None` if it is offered. Claims and limits
    /// are not looked at: those are the ledger's to decide.
    pub fn verdict(&self, now: DateTime<Utc>, start: i64, duration_minutes: u32) -> Option<Refusal> {
        let Some(instant) = DateTime::from_timestamp(start, 0) else { return Some(Refusal::OutsideWindow) };
        if start < self.earliest_start(now) {
            return Some(Refusal::NoticeTooShort);
        }
        let date = self.time_zone.to_wall_time(instant).date();
        if !self.dates_at(now).is_some_and(|(first, last)| (first..=last).contains(&date)) {
            return Some(Refusal::OutsideWindow);
        }
        let offered = windows::between(self, date, date, i64::MIN, "", &[])
            .iter()
            .any(|window| window.offers(start, self.start_every_minutes, duration_minutes));
        (!offered).then_some(Refusal::SlotNotOffered)
    }

    /// The first instant that the notice allows, in seconds since 1970.
    pub fn earliest_start(&self, now: DateTime<Utc>) -> i64 {
        let now_rounded_up = now.timestamp() + i64::from(now.timestamp_subsec_nanos() > 0);
        now_rounded_up + i64::from(self.notice_minutes) * 60
    }

    /// The dates that can be booked at an instant, both included (rule 4).
    pub fn dates_at(&self, now: DateTime<Utc>) -> Option<(NaiveDate, NaiveDate)> {
        self.dates_on(self.time_zone.to_wall_time(now).date())
    }

    /// The dates that can be booked on a date of the host's zone, both included (rule 4).
    pub fn dates_on(&self, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.window.from.map_or(today, |from| from.max(today));
        let rolling = self.window.days.map(|days| today + TimeDelta::days(days.into()));
        let last = match (rolling, self.window.until) {
            (Some(rolling), Some(until)) => rolling.min(until),
            (Some(last), None) | (None, Some(last)) => last,
            (None, None) => return None,
        };
        (first <= last).then_some((first, last))
    }

    /// A date's hours, and their origin (rule 1).
    pub fn hours_on(&self, date: NaiveDate) -> (HoursSource<'_>, &[Opening]) {
        if let Some(dated) = find_dated(&self.page_dates, date) {
            return (HoursSource::PageDates, &dated.hours);
        }
        if let Some(dated) = find_dated(&self.host_dates, date) {
            return (HoursSource::HostDates, &dated.hours);
        }
        if let Some(name) = self.holidays.get(&date) {
            return (HoursSource::Holiday(name), &[]);
        }
        match &self.page_hours {
            Some(hours) => (HoursSource::PageHours, hours.on(date.weekday())),
            None => (HoursSource::HostHours, self.host_hours.on(date.weekday())),
        }
    }

    /// The page's limits around a start, as the ledger counts them (rule 7).
    pub fn count_limits(&self, start: DateTime<Utc>) -> Vec<CountLimit> {
        let date = self.time_zone.to_wall_time(start).date();
        let monday = monday_of(date);
        let limit = |most, first, days| CountLimit {
            from: start_of_date(&self.time_zone, first),
            until: start_of_date(&self.time_zone, first + TimeDelta::days(days)),
            most,
        };
        let day = self.limit.per_day.map(|most| limit(most, date, 1));
        let week = self.limit.per_week.map(|most| limit(most, monday, 7));
        day.into_iter().chain(week).collect()
    }

    /// The instant from which on claims matter at `now`: the Monday of the week, for the limits, less the longest
    /// buffer.
    pub fn claims_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let monday = monday_of(self.time_zone.to_wall_time(now).date());
        start_of_date(&self.time_zone, monday) - TimeDelta::days(1)
    }

    /// The shortest duration that the page offers, in minutes.
    pub fn shortest_minutes(&self) -> u32 {
        self.durations_minutes.iter().copied().min().unwrap_or(0)
    }
}

impl Window {
    /// The starts of meetings of that length, in seconds since 1970.
    pub fn starts(self, start_every_minutes: u32, duration_minutes: u32) -> impl Iterator<Item = i64> {
        let (step, duration) = (i64::from(start_every_minutes) * 60, i64::from(duration_minutes) * 60);
        let end = self.before.min(self.until - duration + 1);
        std::iter::successors(Some(self.first), move |start| Some(start + step.max(1)))
            .take_while(move |start| *start < end)
    }

    /// Returns true if a meeting of that length can start there.
    pub fn offers(self, start: i64, start_every_minutes: u32, duration_minutes: u32) -> bool {
        (self.first..self.before).contains(&start)
            && start + i64::from(duration_minutes) * 60 <= self.until
            && (start - self.grid_start) % (i64::from(start_every_minutes) * 60) == 0
    }
}

impl From<[i64; 4]> for Window {
    fn from([first, before, until, grid_start]: [i64; 4]) -> Self {
        Self { first, before, until, grid_start }
    }
}

impl From<Window> for [i64; 4] {
    fn from(window: Window) -> Self {
        [window.first, window.before, window.until, window.grid_start]
    }
}

/// The first instant of a date in a zone; the first after the gap if a change of offset skips midnight.
pub fn start_of_date(zone: &Zone, date: NaiveDate) -> DateTime<Utc> {
    use crate::zone::WallTime;
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    match zone.at_wall_time(midnight) {
        WallTime::Once(instant) | WallTime::Twice(instant, _) => instant,
        WallTime::Skipped => {
            let noon = midnight.and_utc().timestamp() + 12 * 3600;
            let regimes = zone.regimes(noon - 2 * 86_400, noon + 86_400);
            let begun =
                |regime: &&crate::zone::Regime| regime.from + regime.offset >= midnight.and_utc().timestamp();
            let from = regimes.iter().find(begun).map_or(noon, |regime| regime.from);
            DateTime::from_timestamp(from, 0).unwrap_or_default()
        }
    }
}

fn find_dated(dates: &[crate::hours::DatedHours], date: NaiveDate) -> Option<&crate::hours::DatedHours> {
    let index = dates.partition_point(|dated| dated.last < date);
    dates.get(index).filter(|dated| dated.first <= date)
}

#[cfg(test)]
mod tests;

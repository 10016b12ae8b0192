//! Explanations: why a time is offered, or which rules take it away.

use chrono::{DateTime, NaiveDate};

use super::{Query, Window, pieces, windows};
use crate::claim::{Claim, CountLimit, conflicts};
use crate::definition::{Rules, is_same_page};
use crate::hours::{HoursSource, Opening};

/// The rules' answer for one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The start's date in the host's zone.
    pub date: NaiveDate,
    /// The origin of that date's hours.
    pub source: HoursSource<'a>,
    /// That date's hours.
    pub hours: &'a [Opening],
    /// The durations, in minutes, that could be booked there now.
    pub offered_minutes: Vec<u32>,
    /// The rules that take the start away from a meeting of the asked length, in the order in which the endpoint
    /// checks. Empty if it is offered.
    pub reasons: Vec<Reason<'a>>,
}

/// One rule that takes a start away. Instants are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// It is past, or nearer than the notice.
    NoticeTooShort {
        /// The first instant that the notice allows.
        earliest: i64,
    },
    /// Its date cannot be booked now.
    OutsideWindow {
        /// The dates that can, if any.
        dates: Option<(NaiveDate, NaiveDate)>,
    },
    /// The date has no hours.
    Closed,
    /// The date has hours, but not then.
    OutsideHours,
    /// Within hours, but between two starts.
    OffGrid {
        /// The start before.
        earlier: i64,
        /// The start after, which may lie beyond the opening.
        later: i64,
    },
    /// Open time ends before the meeting would.
    TooLong {
        /// The end of the open time.
        until: i64,
    },
    /// The page has enough bookings then.
    LimitReached(CountLimit),
    /// A claim is in the way.
    Taken(&'a Claim),
}

impl Rules {
    /// Explains one start (seconds since 1970). The query's dates are ignored. `None` if the instant is beyond the
    /// calendar.
    pub fn explain<'a>(
        &'a self,
        query: &Query<'a>,
        start: i64,
        duration_minutes: u32,
    ) -> Option<Explanation<'a>> {
        let date = self.time_zone.to_wall_time(DateTime::from_timestamp(start, 0)?).date();
        let (source, hours) = self.hours_on(date);
        let left = self.windows(&Query { dates: Some((date, date)), ..*query });
        let offers = |minutes: &u32| {
            left.iter().any(|window| window.offers(start, self.start_every_minutes, *minutes))
        };
        Some(Explanation {
            date,
            source,
            hours,
            offered_minutes: self.durations_minutes.iter().copied().filter(offers).collect(),
            reasons: self.reasons_against(query, date, start, duration_minutes),
        })
    }

    fn reasons_against<'a>(
        &'a self,
        query: &Query<'a>,
        date: NaiveDate,
        start: i64,
        duration_minutes: u32,
    ) -> Vec<Reason<'a>> {
        let mut reasons = Vec::new();
        let earliest = self.earliest_start(query.now);
        if query.with_notice && start < earliest {
            reasons.push(Reason::NoticeTooShort { earliest });
        }
        let dates = self.dates_at(query.now);
        if !dates.is_some_and(|(first, last)| (first..=last).contains(&date)) {
            reasons.push(Reason::OutsideWindow { dates });
        }
        reasons.extend(self.reason_in_hours(date, start, duration_minutes));
        let instant = DateTime::from_timestamp(start, 0).unwrap_or_default();
        reasons.extend(
            self.count_limits(instant)
                .into_iter()
                .filter(|limit| limit.is_reached(query.page, query.claims))
                .map(Reason::LimitReached),
        );
        let end = start + i64::from(duration_minutes) * 60;
        reasons.extend(
            query.claims.iter().filter(|claim| conflicts(claim, start, end, &self.buffer)).map(Reason::Taken),
        );
        reasons
    }

    fn reason_in_hours(&self, date: NaiveDate, start: i64, duration_minutes: u32) -> Option<Reason<'_>> {
        let windows = windows::between(self, date, date, i64::MIN, "", &[]);
        if windows.iter().any(|window| window.offers(start, self.start_every_minutes, duration_minutes)) {
            return None;
        }
        if self.hours_on(date).1.is_empty() {
            return Some(Reason::Closed);
        }
        let pieces = pieces::of_dates(self, date, date);
        let Some(piece) = pieces.iter().find(|piece| (piece.start..piece.end).contains(&start)) else {
            return Some(Reason::OutsideHours);
        };
        let step = i64::from(self.start_every_minutes) * 60;
        let past = (start - piece.grid_start).rem_euclid(step);
        if past > 0 {
            return Some(Reason::OffGrid { earlier: start - past, later: start - past + step });
        }
        let until = windows
            .iter()
            .find(|window| window.grid_start == piece.grid_start)
            .map_or(piece.end, |window: &Window| window.until);
        Some(Reason::TooLong { until })
    }
}

impl CountLimit {
    /// Returns true if the page's bookings among those claims reach the limit.
    pub fn is_reached(&self, page: &str, claims: &[Claim]) -> bool {
        let counted = |claim: &&Claim| {
            is_same_page(&claim.page, page)
                && (self.from.timestamp()..self.until.timestamp()).contains(&claim.start)
        };
        claims.iter().filter(counted).map(|claim| claim.seats_taken).sum::<u32>() >= self.most
    }
}

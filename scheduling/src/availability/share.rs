//! The share of a page's times that strangers may hold, by what the page offers in seven days.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Query, start_of_date};
use crate::definition::Rules;
use crate::order::set;
use crate::strangers::Share;

/// Dates of the seven that what is offered is counted on, on either side of the start's.
const DATES_BESIDE: i64 = 3;
/// Dates on either side of the start's on which strangers' bookings count. Every seven dates in a row that hold the
/// start's lie among them: so none of these ever hold more than the share, whichever way they fill.
const DATES_AROUND: i64 = 6;

impl Rules {
    /// The share of strangers around a start. What is offered is counted on the start's date and three on either side
    /// of it; near today, on today's and the six after it.
    pub fn share_of_strangers(&self, now: DateTime<Utc>, start: DateTime<Utc>) -> Share {
        let today = self.time_zone.to_wall_time(now).date();
        let date = self.time_zone.to_wall_time(start).date();
        let first = today.max(date - TimeDelta::days(DATES_BESIDE));
        let dates = Some((first, first + TimeDelta::days(2 * DATES_BESIDE)));
        let within = |dates| self.windows(&Query { now, with_notice: true, dates, page: "", claims: &[] });
        let shortest = self.shortest_minutes();
        let windows = within(dates);
        let starts = set(windows.iter().flat_map(|window| window.starts(self.start_every_minutes, shortest)));
        let beside = TimeDelta::days(DATES_AROUND);
        let stretch = within(Some((date - beside, date + beside)));
        let starts_offered = u32::try_from(starts.len()).unwrap_or(u32::MAX);
        let beginning = |days: i64| start_of_date(&self.time_zone, date + TimeDelta::days(days));
        Share {
            from: beginning(-DATES_AROUND),
            until: beginning(DATES_AROUND + 1),
            hours: stretch.iter().map(|window| (window.first, window.until)).collect(),
            starts_offered,
            bookings_offered: starts_offered.min(self.most_bookings(&starts)),
            start_every_minutes: self.start_every_minutes,
            shortest_minutes: shortest,
            gap_minutes: self.buffer.before_minutes.max(self.buffer.after_minutes),
        }
    }

    /// The most bookings that the page's limits leave of seven dates with those starts.
    fn most_bookings(&self, starts: &BTreeSet<i64>) -> u32 {
        let date = |start: &i64| {
            DateTime::from_timestamp(*start, 0).map(|start| self.time_zone.to_wall_time(start).date())
        };
        let dates = set(starts.iter().filter_map(date));
        let of_days = self
            .limit
            .per_day
            .map(|most| most.saturating_mul(u32::try_from(dates.len()).unwrap_or(u32::MAX)));
        of_days.into_iter().chain(self.limit.per_week).min().unwrap_or(u32::MAX)
    }
}

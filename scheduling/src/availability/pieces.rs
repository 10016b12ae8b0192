//! From wall times to instants: the stretches of open time of some dates.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::definition::Rules;
use crate::order::ordered;
use crate::zone::Regime;

/// One opening of one date under one offset. All in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The date, in the host's zone.
    pub date: NaiveDate,
    /// The first open instant.
    pub start: i64,
    /// The instant after the last.
    pub end: i64,
    /// The opening's wall time read with the piece's offset: the start of its grid.
    pub grid_start: i64,
}

/// The pieces of the dates from `first` to `last`, both included, in order of their instants.
///
/// An instant is open when its wall time lies in an opening. So each opening, a stretch of wall time, is read under
/// each offset in force around it, and kept where that offset holds: what a change of offset skips is in no piece, what
/// it repeats is in two.
pub(super) fn of_dates(rules: &Rules, first: NaiveDate, last: NaiveDate) -> Vec<Piece> {
    let regimes = regimes_around(rules, first, last);
    let mut pieces = Vec::with_capacity(128);
    for date in first.iter_days().take_while(|date| *date <= last) {
        let (_, openings) = rules.hours_on(date);
        let midnight = wall_seconds(date);
        for regime in &regimes {
            for opening in openings {
                let grid_start = midnight + i64::from(opening.start) * 60 - regime.offset;
                let start = grid_start.max(regime.from);
                let end = (midnight + i64::from(opening.end) * 60 - regime.offset).min(regime.until);
                if start < end {
                    pieces.push(Piece { date, start, end, grid_start });
                }
            }
        }
    }
    ordered(&pieces, |piece| piece.start)
}

/// The offsets in force during the dates, whatever the zone: local time is never more than a day from UTC.
pub(super) fn regimes_around(rules: &Rules, first: NaiveDate, last: NaiveDate) -> Vec<Regime> {
    let day = 86_400;
    rules.time_zone.regimes(wall_seconds(first) - day, wall_seconds(last) + 2 * day)
}

/// A date's midnight as if the zone were UTC, in seconds since 1970.
fn wall_seconds(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// The date that many days later, or the last date that there is.
pub(super) fn days_after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

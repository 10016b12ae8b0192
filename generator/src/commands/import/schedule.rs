//! Schedules from elsewhere, as Daymark's hours: sorted, merged, and cut at midnight.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use scheduling::hours::{DAY_MINUTES, DatedHours, Opening, WeeklyHours, merge_touching};
use scheduling::text::one_line;

const DAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// Hours of a week and of single dates, in a zone.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    /// The name of its zone, as it was given.
    pub(super) zone: String,
    pub(super) is_default: bool,
    pub(super) week: WeeklyHours,
    pub(super) dates: BTreeMap<NaiveDate, Vec<Opening>>,
    /// What was left out, in sentences.
    pub(super) notes: Vec<String>,
    /// What runs from a date into the next.
    over_midnight: Vec<(NaiveDate, Opening)>,
}

/// A page's hours, as far as they are not its host's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OwnHours {
    pub(super) week: Option<WeeklyHours>,
    pub(super) dates: Vec<DatedHours>,
}

impl Schedule {
    pub(super) fn new(zone: &str, is_default: bool) -> Self {
        Self { zone: one_line(zone), is_default, ..Self::default() }
    }

    /// Adds hours to a weekday; Monday is 0.
    pub(super) fn add(&mut self, day: usize, from: &str, to: &str) {
        match read(from, to) {
            Some(Read::Within(opening)) => self.week.0[day].push(opening),
            Some(Read::Over(evening, morning)) => {
                self.week.0[day].push(evening);
                self.week.0[(day + 1) % 7].push(morning);
            }
            Some(Read::Empty) => {
                let name = DAYS[day];
                self.notes.push(format!(
                    "On {name}, the hours from {from} to {to} have no length: they are left out."
                ));
            }
            None => {
                let name = DAYS[day];
                self.notes.push(format!(
                    "On {name}, the hours from {from} to {to} cannot be read: they are left out."
                ));
            }
        }
    }

    /// Makes a date one with hours of its own: none, until some are added.
    pub(super) fn override_date(&mut self, date: NaiveDate) {
        self.dates.entry(date).or_default();
    }

    /// Adds hours to a date. Those without any length make it a day off.
    pub(super) fn add_to_date(&mut self, date: NaiveDate, from: &str, to: &str) {
        let hours = self.dates.entry(date).or_default();
        match read(from, to) {
            Some(Read::Within(opening)) => hours.push(opening),
            Some(Read::Over(evening, morning)) => {
                hours.push(evening);
                self.over_midnight.extend(date.checked_add_days(Days::new(1)).map(|next| (next, morning)));
            }
            Some(Read::Empty) => {}
            None => self
                .notes
                .push(format!("On {date}, the hours from {from} to {to} cannot be read: they are left out.")),
        }
    }

    /// Brings all hours in order.
    pub(super) fn finish(mut self) -> Self {
        for (date, morning) in std::mem::take(&mut self.over_midnight) {
            let weekly = self.week.on(date.weekday());
            self.dates.entry(date).or_insert_with(|| weekly.to_vec()).push(morning);
        }
        for hours in self.week.0.iter_mut().chain(self.dates.values_mut()) {
            *hours = merge_touching(std::mem::take(hours));
        }
        self
    }

    /// The dates from today on that have hours of their own.
    pub(super) fn dates_from(&self, today: NaiveDate) -> Vec<DatedHours> {
        in_ranges(self.dates.range(today..).map(|(date, hours)| (*date, hours.as_slice())))
    }

    /// The number of dates that have passed.
    pub(super) fn passed(&self, today: NaiveDate) -> usize {
        self.dates.range(..today).count()
    }

    /// What must stand in a page with this schedule, so that on every date from today on it has these hours, although
    /// its host's dates are valid for it, too.
    pub(super) fn beside(&self, host: &Self, today: NaiveDate) -> OwnHours {
        let week = (self.week != host.week).then(|| self.week.clone());
        let mut dates: BTreeMap<NaiveDate, &[Opening]> = BTreeMap::new();
        for date in self.dates.keys().chain(host.dates.keys()).filter(|date| **date >= today) {
            let weekly = self.week.on(date.weekday());
            let own = self.dates.get(date).map_or(weekly, Vec::as_slice);
            if own != host.dates.get(date).map_or(weekly, Vec::as_slice) {
                dates.insert(*date, own);
            }
        }
        OwnHours { week, dates: in_ranges(dates.into_iter()) }
    }
}

/// Dates in a row with the same hours are one range.
fn in_ranges<'h>(dates: impl Iterator<Item = (NaiveDate, &'h [Opening])>) -> Vec<DatedHours> {
    let mut ranges: Vec<DatedHours> = Vec::new();
    for (date, hours) in dates {
        let follows = |last: &&mut DatedHours| {
            last.hours == hours && last.last.checked_add_days(Days::new(1)) == Some(date)
        };
        match ranges.last_mut().filter(follows) {
            Some(range) => range.last = date,
            None => ranges.push(DatedHours { first: date, last: date, hours: hours.to_vec() }),
        }
    }
    ranges
}

enum Read {
    Within(Opening),
    /// It runs past midnight: what of it is on the first day, and on the next.
    Over(Opening, Opening),
    Empty,
}

fn read(from: &str, to: &str) -> Option<Read> {
    let (start, end) = (minutes(from)?, minutes(to)?);
    if start == end {
        return Some(Read::Empty);
    }
    // Services that know no 24:00 write the minute before it, or the midnight after it.
    let end = if end == 0 || end == DAY_MINUTES - 1 { DAY_MINUTES } else { end };
    Some(if start < end {
        Read::Within(Opening { start, end })
    } else {
        Read::Over(Opening { start, end: DAY_MINUTES }, Opening { start: 0, end })
    })
}

/// Minutes since midnight of `09:00`, or of a whole time (RFC 3339) with that in it.
fn minutes(text: &str) -> Option<u16> {
    let time = text.split_once('T').map_or(text, |(_, time)| time);
    let (hour, rest) = time.split_once(':')?;
    let number = |digits: &str| {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(rest.get(..2)?)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hours(openings: &[(u16, u16)]) -> Vec<Opening> {
        openings.iter().copied().map(Opening::from).collect()
    }

    #[track_caller]
    fn check_week(given: &[(usize, &str, &str)], expected: &[(usize, &[(u16, u16)])], notes: &[&str]) {
        let mut schedule = Schedule::new("UTC", true);
        for (day, from, to) in given {
            schedule.add(*day, from, to);
        }
        let schedule = schedule.finish();
        let mut week = WeeklyHours::default();
        for (day, openings) in expected {
            week.0[*day] = hours(openings);
        }
        assert_eq!(schedule.week, week);
        assert_eq!(schedule.notes, notes);
    }

    #[test]
    fn hours_of_a_day_are_sorted_and_merged() {
        check_week(&[(0, "13:00", "17:00"), (0, "09:00", "12:00")], &[(0, &[(540, 720), (780, 1020)])], &[]);
        check_week(&[(0, "09:00", "12:00"), (0, "11:00", "13:00")], &[(0, &[(540, 780)])], &[]);
        check_week(&[(0, "09:00", "12:00"), (0, "09:00", "12:00")], &[(0, &[(540, 720)])], &[]);
        check_week(&[(0, "9:30", "10:00:00")], &[(0, &[(570, 600)])], &[]);
        check_week(
            &[(0, "1970-01-01T09:00:00.000Z", "1970-01-01T10:00:00.000Z")],
            &[(0, &[(540, 600)])],
            &[],
        );
    }

    #[test]
    fn midnight_ends_a_day() {
        for end in ["24:00", "00:00", "23:59"] {
            check_week(&[(1, "18:00", end)], &[(1, &[(1080, 1440)])], &[]);
        }
        check_week(&[(6, "22:00", "02:00")], &[(6, &[(1320, 1440)]), (0, &[(0, 120)])], &[]);
        check_week(&[(0, "00:00", "23:59")], &[(0, &[(0, 1440)])], &[]);
    }

    #[test]
    fn hours_that_are_none_are_said() {
        check_week(
            &[(0, "09:00", "09:00"), (1, "9am", "17:00"), (2, "09:00", "25:00"), (3, "09:60", "10:00")],
            &[],
            &[
                "On Mondays, the hours from 09:00 to 09:00 have no length: they are left out.",
                "On Tuesdays, the hours from 9am to 17:00 cannot be read: they are left out.",
                "On Wednesdays, the hours from 09:00 to 25:00 cannot be read: they are left out.",
                "On Thursdays, the hours from 09:60 to 10:00 cannot be read: they are left out.",
            ],
        );
    }

    #[test]
    fn dates_in_a_row_are_one_range() {
        let mut schedule = Schedule::new("UTC", true);
        for day in ["2026-12-29", "2026-12-30", "2026-12-31", "2026-11-01"] {
            schedule.override_date(date(day));
        }
        schedule.add_to_date(date("2027-01-01"), "10:00", "11:00");
        schedule.add_to_date(date("2027-01-02"), "00:00", "00:00");
        let schedule = schedule.finish();
        let dated = |first: &str, last: &str, openings: &[(u16, u16)]| DatedHours {
            first: date(first),
            last: date(last),
            hours: hours(openings),
        };
        let today = date("2026-11-24");
        assert_eq!(
            schedule.dates_from(today),
            [
                dated("2026-12-29", "2026-12-31", &[]),
                dated("2027-01-01", "2027-01-01", &[(600, 660)]),
                dated("2027-01-02", "2027-01-02", &[]),
            ]
        );
        assert_eq!(schedule.passed(today), 1);
    }

    /// 2026-12-01 is a Tuesday.
    #[test]
    fn a_date_that_runs_past_midnight_adds_to_the_next() {
        let mut schedule = Schedule::new("UTC", true);
        schedule.add(2, "09:00", "10:00");
        schedule.add_to_date(date("2026-12-01"), "22:00", "01:00");
        let schedule = schedule.finish();
        assert_eq!(schedule.dates[&date("2026-12-01")], hours(&[(1320, 1440)]));
        assert_eq!(schedule.dates[&date("2026-12-02")], hours(&[(0, 60), (540, 600)]));
    }

    #[test]
    fn a_page_says_what_differs_from_its_hosts_hours_alone() {
        let today = date("2026-11-24");
        let mut host = Schedule::new("UTC", true);
        host.add(0, "09:00", "17:00");
        host.add(1, "09:00", "17:00");
        host.override_date(date("2026-12-01"));
        let host = host.finish();
        assert_eq!(host.beside(&host, today), OwnHours::default());

        // The host's day off is none of this page's.
        let mut evenings = Schedule::new("UTC", false);
        evenings.add(1, "18:00", "20:00");
        let own = evenings.finish().beside(&host, today);
        assert_eq!(own.week.unwrap().0[1], hours(&[(1080, 1200)]));
        assert_eq!(own.dates.len(), 1);
        assert_eq!(
            (own.dates[0].first, own.dates[0].hours.clone()),
            (date("2026-12-01"), hours(&[(1080, 1200)]))
        );
    }
}

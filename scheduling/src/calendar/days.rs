//! The days of a rule: those of one interval that its parts allow (RFC 5545, 3.3.10).

use chrono::{Datelike, NaiveDate};

use super::moments::{date_of, day_of};
use super::rule::{Frequency, Rule, Weekday};

/// What a rule asks of a day, with what it leaves to the day of its first start.
#[derive(Debug)]
pub(super) struct Days<'a> {
    rule: &'a Rule,
    first: i32,
    months: Vec<i32>,
    dates: Vec<i32>,
    weekdays: Vec<Weekday>,
    /// Whether one of them has a number.
    counts_weekdays: bool,
}

impl<'a> Days<'a> {
    pub(super) fn new(rule: &'a Rule, first: i32) -> Self {
        let date = date_of(first);
        let mut days = Self {
            rule,
            first,
            months: rule.months.clone(),
            dates: rule.month_days.clone(),
            weekdays: rule.weekdays.clone(),
            counts_weekdays: rule.weekdays.iter().any(|day| day.nth != 0),
        };
        let is_open = rule.month_days.is_empty() && rule.year_days.is_empty() && rule.weekdays.is_empty();
        match rule.frequency {
            // Weeks alone are all of their days, as others have it. The standard leaves it open, and this is busier.
            Frequency::Yearly if !rule.weeks.is_empty() => {}
            Frequency::Weekly if is_open => {
                days.weekdays.push(Weekday { nth: 0, weekday: weekday_of(first) });
            }
            Frequency::Monthly if is_open => days.dates.push(two_digits(date.day())),
            Frequency::Yearly if is_open => {
                days.dates.push(two_digits(date.day()));
                if rule.months.is_empty() {
                    days.months.push(two_digits(date.month()));
                }
            }
            _ => {}
        }
        days
    }

    /// The number of the interval that a day is in, counted from that of the first start.
    pub(super) fn interval_of(&self, day: i32) -> i64 {
        let (date, first) = (date_of(day), date_of(self.first));
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        match self.rule.frequency {
            Frequency::Yearly => i64::from(date.year()) - i64::from(first.year()),
            Frequency::Monthly => months(date) - months(first),
            Frequency::Weekly => i64::from(self.week_of(day) - self.week_of(self.first)) / 7,
            _ => i64::from(day) - i64::from(self.first),
        }
    }

    /// The first day of an interval, and the one after its last; `None` at the end of all dates.
    pub(super) fn bounds(&self, interval: i64) -> Option<(i32, i32)> {
        let first = date_of(self.first);
        let month = |months: i64| {
            let year = i32::try_from(months.div_euclid(12)).ok()?;
            let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
            Some(day_of(NaiveDate::from_ymd_opt(year, month, 1)?))
        };
        let of_months = |begins: i64, length: i64| Some((month(begins)?, month(begins + length)?));
        let of_days = |begins: i64, length: i64| {
            Some((i32::try_from(begins).ok()?, i32::try_from(begins + length).ok()?))
        };
        let year = i64::from(first.year());
        match self.rule.frequency {
            Frequency::Yearly => of_months((year + interval) * 12, 12),
            Frequency::Monthly => of_months(year * 12 + i64::from(first.month0()) + interval, 1),
            Frequency::Weekly => of_days(i64::from(self.week_of(self.first)) + 7 * interval, 7),
            _ => of_days(i64::from(self.first) + interval, 1),
        }
    }

    /// Fills in the days of an interval that the rule allows, in order.
    pub(super) fn fill(&self, (begins, ends): (i32, i32), days: &mut Vec<i32>) {
        days.clear();
        days.extend((begins..ends).filter(|day| self.allow(*day)));
    }

    /// True if the rule's parts allow a day.
    pub(super) fn allow(&self, day: i32) -> bool {
        // Most rules say no more than this, and need no date.
        let weekday = weekday_of(day);
        if !self.weekdays.is_empty() {
            let place = self.weekdays.partition_point(|own| own.weekday < weekday);
            if self.weekdays.get(place).is_none_or(|own| own.weekday != weekday) {
                return false;
            }
        }
        let by_weekday = !self.counts_weekdays || self.frequency() < Frequency::Monthly;
        let parts = [&self.months, &self.dates, &self.rule.year_days, &self.rule.weeks];
        if by_weekday && parts.iter().all(|part| part.is_empty()) {
            return true;
        }
        let date = date_of(day);
        let month_length = days_of_month(date);
        let year_length = if date.leap_year() { 366 } else { 365 };
        let has = |list: &[i32], number: i32, length: i32| {
            list.is_empty() || holds(list, number) || holds(list, number - length - 1)
        };
        (self.months.is_empty() || holds(&self.months, two_digits(date.month())))
            && has(&self.dates, two_digits(date.day()), month_length)
            && has(&self.rule.year_days, two_digits(date.ordinal()), year_length)
            && (by_weekday || self.allow_nth(date, month_length, year_length))
            && (self.rule.weeks.is_empty() || self.allow_week(day))
    }

    /// The weekday is one of the counted ones: in its month, or in a yearly rule without months, in its year.
    fn allow_nth(&self, date: NaiveDate, month_length: i32, year_length: i32) -> bool {
        let in_year = self.frequency() == Frequency::Yearly && self.rule.months.is_empty();
        let (number, length) = if in_year {
            (two_digits(date.ordinal()), year_length)
        } else {
            (two_digits(date.day()), month_length)
        };
        let (nth, nth_last) = ((number - 1) / 7 + 1, -((length - number) / 7 + 1));
        let weekday = two_digits(date.weekday().num_days_from_monday());
        let is_it = |nth: i32| self.weekdays.binary_search(&Weekday { weekday, nth }).is_ok();
        [0, nth, nth_last].into_iter().any(is_it)
    }

    /// The week is one of the counted ones. A week is of the year that has most of its days (ISO 8601).
    fn allow_week(&self, day: i32) -> bool {
        let thursday = self.week_of(day) + 3;
        let year = date_of(thursday).year();
        let week = (two_digits(date_of(thursday).ordinal()) - 1) / 7 + 1;
        let last_day = NaiveDate::from_ymd_opt(year, 12, 31).map_or(day, day_of);
        let last = {
            let thursday = self.week_of(last_day) + 3;
            let thursday = if date_of(thursday).year() == year { thursday } else { thursday - 7 };
            (two_digits(date_of(thursday).ordinal()) - 1) / 7 + 1
        };
        holds(&self.rule.weeks, week) || holds(&self.rule.weeks, week - last - 1)
    }

    /// The first day of a day's week.
    fn week_of(&self, day: i32) -> i32 {
        day - (weekday_of(day) - self.rule.week_start).rem_euclid(7)
    }

    fn frequency(&self) -> Frequency {
        self.rule.frequency
    }
}

/// Whether a number is in a list, which is in order.
fn holds(list: &[i32], number: i32) -> bool {
    list.binary_search(&number).is_ok()
}

/// True if every interval of a rule has as many starts as any other.
pub(super) fn are_alike(rule: &Rule) -> bool {
    let lists = [&rule.months, &rule.month_days, &rule.year_days, &rule.weeks, &rule.positions];
    let is_of_days = match rule.frequency {
        Frequency::Daily => rule.weekdays.is_empty(),
        frequency => frequency == Frequency::Weekly,
    };
    is_of_days && lists.iter().all(|list| list.is_empty())
}

/// Monday is 0; 1970 began on a Thursday.
fn weekday_of(day: i32) -> i32 {
    (day % 7 + 10) % 7
}

fn days_of_month(date: NaiveDate) -> i32 {
    date.num_days_in_month().into()
}

/// A number of a date, which is small.
fn two_digits(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(0)
}

//! The starts of a rule, in wall time and in order, from a window's beginning (RFC 5545, 3.3.10).
//!
//! A rule without a count begins at the window, however old it is. Nothing is collected but the days of one interval:
//! a rule may have a start in each second of them.

use super::budget::{Budget, Spent};
use super::days::{self, Days};
use super::moments::Wall;
use super::rule::{Frequency, Rule};

/// What came of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// It counts.
    Counted,
    /// It happens, and does not count.
    Uncounted,
    /// It is after the last one.
    Stop,
}

/// Where an expansion stands: `Ok(false)` means that it is over.
type Going = Result<bool, Spent>;

/// A rule, its first start, and how far it has come.
pub(super) struct Starts<'a> {
    rule: &'a Rule,
    days: Days<'a>,
    first: Wall,
    from: Wall,
    until: Wall,
    /// What is left of the rule's count.
    left: Option<u32>,
    budget: &'a mut Budget,
    visit: &'a mut dyn FnMut(Wall) -> Visit,
}

impl<'a> Starts<'a> {
    /// Visits each start from the first one, or from `from` where nothing is counted, to `until`. An error is the wall
    /// time at which the budget was spent.
    pub(super) fn visit(
        rule: &'a Rule,
        first: Wall,
        (from, until): (Wall, Wall),
        budget: &'a mut Budget,
        visit: &'a mut dyn FnMut(Wall) -> Visit,
    ) -> Result<(), Spent> {
        let days = Days::new(rule, first.day());
        let begins = if rule.count.is_some() { first } else { from.max(first) };
        let mut starts = Starts { rule, days, first, from: begins, until, left: rule.count, budget, visit };
        match rule.frequency.seconds() {
            Some(unit) => starts.within_days(unit),
            None => starts.over_days(from),
        }
    }

    /// Rules of days and longer: the days of each interval, at the rule's times.
    fn over_days(&mut self, window: Wall) -> Result<(), Spent> {
        let second = self.first.second_of_day();
        let times = Times {
            hours: or_first(&self.rule.hours, second / 3600),
            minutes: or_first(&self.rule.minutes, second / 60 % 60),
            seconds: or_first(&self.rule.seconds, second % 60),
        };
        let every = self.rule.interval;
        let mut interval = self.days.interval_of(self.from.day()).max(0) / every * every;
        let mut days = Vec::new();
        while let Some(bounds) =
            self.days.bounds(interval).filter(|(begins, _)| Wall::of_day(*begins) < self.until)
        {
            // A year costs as much as twelve months.
            self.budget
                .take(1 + u32::try_from((bounds.1 - bounds.0) / 31).unwrap_or(0), Wall::of_day(bounds.0))?;
            self.days.fill(bounds, &mut days);
            if !self.emit(&days, &times)? {
                break;
            }
            interval += every;
            if days::are_alike(self.rule) {
                let each = u32::try_from(days.len() * times.count()).unwrap_or(u32::MAX);
                let ahead = (self.days.interval_of(window.day()) - interval) / every;
                interval += every * self.count_ahead(ahead, each);
            }
        }
        Ok(())
    }

    /// Counts intervals before the window without a look at their starts: how many were counted, of `ahead` that could
    /// be. At least one start is left to be found.
    fn count_ahead(&mut self, ahead: i64, each: u32) -> i64 {
        let Some(left) = &mut self.left else { return 0 };
        let whole = left.saturating_sub(1).checked_div(each).unwrap_or(0);
        let passed = u32::try_from(ahead.max(0)).unwrap_or(u32::MAX).min(whole);
        *left -= passed * each;
        passed.into()
    }

    /// Rules of hours, minutes and seconds: the hours, minutes or seconds of each day that the rule allows.
    fn within_days(&mut self, unit: i64) -> Result<(), Spent> {
        let step = self.rule.interval.saturating_mul(unit);
        let origin = self.first.0.div_euclid(unit) * unit;
        // The first that is on the rule's grid and not before.
        let on_grid = |at: i64| origin + (at.max(origin) - origin + step - 1) / step * step;
        let (has_hours, has_minutes) =
            (!self.rule.hours.is_empty(), !self.rule.minutes.is_empty() && unit <= 60);
        let has_seconds = !self.rule.seconds.is_empty() && unit == 1;
        let has = |list: &[i32], number: i64| list.iter().any(|own| i64::from(*own) == number);
        let times = self.times_within(unit);
        let mut at = on_grid(self.from.0 - unit + 1);
        let mut allowed = None;
        while at < self.until.0 {
            self.budget.take(1, Wall(at))?;
            let day = Wall(at).day();
            if allowed != Some(day) {
                if !self.days.allow(day) {
                    at = on_grid(Wall::of_day(day + 1).0);
                    continue;
                }
                allowed = Some(day);
            }
            let second = Wall(at).second_of_day();
            if has_hours && !has(&self.rule.hours, second / 3600) {
                at = on_grid((at.div_euclid(3600) + 1) * 3600);
            } else if has_minutes && !has(&self.rule.minutes, second / 60 % 60) {
                at = on_grid((at.div_euclid(60) + 1) * 60);
            } else {
                let is_allowed = !has_seconds || has(&self.rule.seconds, second % 60);
                if is_allowed && !self.emit_at(Wall(at), &times)? {
                    break;
                }
                at = at.saturating_add(step);
            }
        }
        Ok(())
    }

    /// The seconds after each hour, minute or second at which the rule has its starts.
    fn times_within(&self, unit: i64) -> Times {
        let second = self.first.second_of_day();
        let frequency = self.rule.frequency;
        let minutes = match frequency {
            Frequency::Hourly => or_first(&self.rule.minutes, second / 60 % 60),
            _ => vec![0],
        };
        let seconds = if unit > 1 { or_first(&self.rule.seconds, second % 60) } else { vec![0] };
        Times { hours: vec![0], minutes, seconds }
    }

    fn emit_at(&mut self, at: Wall, times: &Times) -> Going {
        self.emit_walls(&|_| at, 1, times)
    }

    fn emit(&mut self, days: &[i32], times: &Times) -> Going {
        self.emit_walls(&|index| Wall::of_day(days[index]), days.len(), times)
    }

    /// Visits the starts of one interval: all, or those whose positions the rule names.
    fn emit_walls(&mut self, beginning: &dyn Fn(usize) -> Wall, beginnings: usize, times: &Times) -> Going {
        let start = |index: usize| beginning(index / times.count()).plus(times.nth(index % times.count()));
        let total = beginnings * times.count();
        if self.rule.positions.is_empty() {
            // They are in order, and those before the window may be many.
            let before = first_that(total, |index| start(index) >= self.from);
            return self.all((before..total).map(start));
        }
        let most = i32::try_from(total).unwrap_or(i32::MAX);
        let place = |position: &i32| match usize::try_from(*position) {
            Ok(position) => Some(position - 1),
            Err(_) => total.checked_sub(usize::try_from(-position).unwrap_or(usize::MAX)),
        };
        // They are in order: no more of them are looked at than there are starts on each side.
        let positions = &self.rule.positions;
        let [least, end] =
            [positions.partition_point(|own| *own < -most), positions.partition_point(|own| *own <= most)];
        let mut places = Vec::new();
        for position in positions[least..end].iter().filter_map(place) {
            if let Err(index) = places.binary_search(&position) {
                places.insert(index, position);
            }
        }
        self.all(places.into_iter().map(start))
    }

    fn all(&mut self, starts: impl Iterator<Item = Wall>) -> Going {
        for (index, start) in starts.enumerate() {
            if index > 0 {
                self.budget.take(1, start)?;
            }
            if !self.one(start) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Visits one start. False if it is the last, or after it.
    fn one(&mut self, start: Wall) -> bool {
        if start >= self.until {
            return false;
        }
        if start < self.from {
            return true;
        }
        match ((self.visit)(start), &mut self.left) {
            (Visit::Stop, _) => false,
            (Visit::Counted, Some(left)) => {
                *left -= 1;
                *left > 0
            }
            _ => true,
        }
    }
}

/// The first of some numbers from 0 on of which it holds; it holds of all after it.
fn first_that(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// A part of a rule; where it says nothing, what the first start has.
fn or_first(list: &[i32], first: i64) -> Vec<i32> {
    if list.is_empty() { vec![i32::try_from(first).unwrap_or(0)] } else { list.to_vec() }
}

/// Times of a day, or of a part of it: each hour with each minute with each second.
struct Times {
    hours: Vec<i32>,
    minutes: Vec<i32>,
    seconds: Vec<i32>,
}

impl Times {
    fn count(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    /// The seconds after the beginning, in order.
    fn nth(&self, index: usize) -> i64 {
        let (rest, second) = (index / self.seconds.len(), self.seconds[index % self.seconds.len()]);
        let (hour, minute) = (self.hours[rest / self.minutes.len()], self.minutes[rest % self.minutes.len()]);
        i64::from(hour * 3600 + minute * 60 + second)
    }
}

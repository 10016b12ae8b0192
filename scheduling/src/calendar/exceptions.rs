//! The starts at which a series is not: EXDATE, and the occurrences that other events stand for (RFC 5545, 3.8.4.4 and
//! 3.8.5.1). Zones may differ from the series', so instants are compared; a date means all of its day.

use super::clock::{Clock, Instants};
use super::length::wall;
use super::moments::{DAY, Moment, Wall};
use super::zones::Clocks;

/// Starts, however they are written.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    instants: Vec<i64>,
    /// Times without a zone are in the series' own.
    walls: Vec<Wall>,
    /// Days of a series of times.
    days: Vec<i32>,
    /// Days of a series of whole days.
    whole_days: Vec<i32>,
}

impl Exceptions {
    pub(super) fn new(moments: impl Iterator<Item = (Moment, u32)>, clocks: &Clocks) -> Self {
        let mut exceptions = Self::default();
        for (moment, calendar) in moments {
            exceptions.add(moment, clocks.of(moment, calendar), clocks.floating(calendar));
        }
        exceptions.instants.sort_unstable();
        exceptions.walls.sort_unstable();
        exceptions.days.sort_unstable();
        exceptions.whole_days.sort_unstable();
        exceptions
    }

    fn add(&mut self, moment: Moment, clocks: &[Clock], floating: &Clock) {
        match moment {
            Moment::Day(day) => self.days.push(day),
            Moment::Utc(instant) => self.instants.push(instant),
            Moment::Floating(wall) => self.walls.push(wall),
            Moment::Zoned(wall, _) => {
                self.instants.extend(clocks.iter().map(|clock| clock.instants(wall).first));
            }
        }
        self.whole_days.push(match moment {
            // Some write midnight of the calendar's own zone in UTC, others the day's as it is.
            Moment::Utc(instant) if instant % DAY == 0 => Wall(instant).day(),
            moment => wall(moment, floating).day(),
        });
    }

    /// True if the series is not at a start.
    pub(super) fn have(&self, start: Wall, instants: Instants, is_whole_day: bool) -> bool {
        if is_whole_day {
            return self.whole_days.binary_search(&start.day()).is_ok();
        }
        let has = |instant: i64| self.instants.binary_search(&instant).is_ok();
        has(instants.first)
            || (instants.last != instants.first && has(instants.last))
            || self.walls.binary_search(&start).is_ok()
            || self.days.binary_search(&start.day()).is_ok()
    }
}

//! The starts at which a series is not: EXDATE, and the occurrences that other events stand for (RFC 5545, 3.8.4.4 and
//! 3.8.5.1). Zones may differ from the series', so instants are compared; a date means all of its day.

use super::clock::{Clock, Instants};
use super::length::wall;
use super::moments::{DAY, Moment, Wall};
use super::zones::Clocks;
use crate::order::{Pair, sorted};

/// Starts, however they are written, each with what it is compared to.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    starts: Vec<Pair>,
}

/// What a start is compared to: the instant of an occurrence, its wall time (as times without a zone are in the series'
/// own), its day, or that of a whole day.
const INSTANT: i64 = 0;
const WALL: i64 = 1;
const DAY_OF_TIME: i64 = 2;
const WHOLE_DAY: i64 = 3;

impl Exceptions {
    pub(super) fn new(moments: impl Iterator<Item = (Moment, u32)>, clocks: &Clocks) -> Self {
        let mut exceptions = Self::default();
        for (moment, calendar) in moments {
            exceptions.add(moment, clocks.of(moment, calendar), clocks.floating(calendar));
        }
        exceptions.starts = sorted(exceptions.starts);
        exceptions
    }

    fn add(&mut self, moment: Moment, clocks: &[Clock], floating: &Clock) {
        match moment {
            Moment::Day(day) => self.starts.push((DAY_OF_TIME, day.into())),
            Moment::Utc(instant) => self.starts.push((INSTANT, instant)),
            Moment::Floating(wall) => self.starts.push((WALL, wall.0)),
            Moment::Zoned(wall, _) => {
                self.starts.extend(clocks.iter().map(|clock| (INSTANT, clock.instants(wall).first)));
            }
        }
        let whole_day = match moment {
            // Some write midnight of the calendar's own zone in UTC, others the day's as it is.
            Moment::Utc(instant) if instant % DAY == 0 => Wall(instant).day(),
            moment => wall(moment, floating).day(),
        };
        self.starts.push((WHOLE_DAY, whole_day.into()));
    }

    /// True if the series is not at a start.
    pub(super) fn have(&self, start: Wall, instants: Instants, is_whole_day: bool) -> bool {
        let has = |kind: i64, number: i64| self.starts.binary_search(&(kind, number)).is_ok();
        let day = i64::from(start.day());
        if is_whole_day {
            return has(WHOLE_DAY, day);
        }
        has(INSTANT, instants.first)
            || has(INSTANT, instants.last)
            || has(WALL, start.0)
            || has(DAY_OF_TIME, day)
    }
}

//! How long an event is, and when one that starts at some wall time ends.

use super::clock::{Clock, Instants};
use super::event::Ends;
use super::moments::{DAY, Duration, Moment, Wall};

/// The length of an event. Over a change of offset, clocks and stopwatches differ: the later end counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Length {
    /// Seconds by the clock on the wall.
    nominal: i64,
    /// Days by the calendar, and exact seconds after them.
    days: i64,
    seconds: i64,
}

/// An event's start, read by a clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<'a> {
    pub(super) moment: Moment,
    pub(super) wall: Wall,
    pub(super) clock: &'a Clock,
}

impl<'a> Start<'a> {
    pub(super) fn new(moment: Moment, clock: &'a Clock) -> Self {
        Self { moment, wall: wall(moment, clock), clock }
    }

    /// The length until an end, of which `end_clock` says when it is; `None` if that is before the start.
    pub(super) fn length(&self, ends: Ends, end_clock: &Clock) -> Option<Length> {
        match ends {
            Ends::Open if self.moment.is_day() => Some(Length::of_days(1)),
            Ends::Open => Some(Length::default()),
            Ends::After(duration) => self.length_of(duration),
            Ends::At(Moment::Day(day)) if self.moment.is_day() => {
                Some(Length::of_days(i64::from(day.saturating_sub(self.wall.day())).max(1)))
            }
            Ends::At(Moment::Day(day)) => {
                // The end of the day that is named, if it is the one on which it starts.
                let midnight = Wall::of_day(day.saturating_add(i32::from(day == self.wall.day())));
                self.length_until(midnight, self.clock.instants(midnight).last)
            }
            Ends::At(end) => {
                let instant = match end {
                    Moment::Utc(instant) => instant,
                    _ => end_clock.instants(wall(end, end_clock)).last,
                };
                let is_same_clock = std::ptr::eq(self.clock, end_clock);
                let own = if is_same_clock { wall(end, end_clock) } else { self.clock.wall(instant) };
                if self.moment.is_day() {
                    let days = (own.0 - self.wall.0 + DAY - 1).div_euclid(DAY);
                    return Some(Length::of_days(days.max(1)));
                }
                self.length_until(own, instant)
            }
        }
    }

    fn length_of(&self, duration: Duration) -> Option<Length> {
        if duration.is_negative && duration.nominal() > 0 {
            return None;
        }
        if self.moment.is_day() {
            let days = (duration.nominal() + DAY - 1).div_euclid(DAY);
            return Some(Length::of_days(days.max(1)));
        }
        Some(Length { nominal: duration.nominal(), days: duration.days, seconds: duration.seconds })
    }

    fn length_until(&self, wall: Wall, instant: i64) -> Option<Length> {
        let nominal = wall.0.saturating_sub(self.wall.0);
        let begins = self.clock.instants(self.wall);
        let exact = instant.saturating_sub(begins.last);
        if nominal < 0 && exact < 0 {
            return None;
        }
        // A start that no clock shows has no exact length but the one that was meant.
        let seconds = if begins.is_skipped { nominal } else { exact };
        Some(Length { nominal: nominal.max(0), days: 0, seconds: seconds.max(0) })
    }
}

impl Length {
    fn of_days(days: i64) -> Self {
        Self { nominal: days.saturating_mul(DAY), days, seconds: 0 }
    }

    /// The longest that it can be, in seconds.
    pub(super) fn most(self) -> i64 {
        self.nominal.max(self.days.saturating_mul(DAY).saturating_add(self.seconds)).saturating_add(DAY)
    }

    /// The shortest that it can be, in seconds.
    pub(super) fn least(self) -> i64 {
        self.nominal.min(self.days.saturating_mul(DAY).saturating_add(self.seconds))
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The instant at which what starts at a wall time is over: the latest of all that it can mean.
    pub(super) fn end(self, wall: Wall, instants: Instants, clock: &Clock) -> i64 {
        let by_the_wall = clock.instants(wall.plus(self.nominal)).last;
        let day = match self.days {
            0 => instants.last,
            days => clock.instants(wall.plus(days.saturating_mul(DAY))).last,
        };
        by_the_wall.max(day.saturating_add(self.seconds)).max(instants.first)
    }
}

/// The wall time of a moment, on a clock that it is read by.
pub(super) fn wall(moment: Moment, clock: &Clock) -> Wall {
    match moment {
        Moment::Day(day) => Wall::of_day(day),
        Moment::Utc(instant) => clock.wall(instant),
        Moment::Zoned(wall, _) | Moment::Floating(wall) => wall,
    }
}

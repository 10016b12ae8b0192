//! A clock: what instants its wall times are, by one zone's offsets over time.

use std::rc::Rc;

use crate::zone::{Regime, Zone};

use super::moments::{DAY, Wall};

/// The offsets of a zone, in order and without gaps, from before all that is asked until after it. Thousands of events
/// may share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    regimes: Rc<[Regime]>,
}

/// The instants of one wall time, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instants {
    pub(super) first: i64,
    /// A later one, where the wall time is repeated.
    pub(super) last: i64,
    /// True where the clock never shows it: then it is read with the offset before the gap (RFC 5545, 3.3.5).
    pub(super) is_skipped: bool,
}

impl Clock {
    /// One offset for ever, in seconds.
    pub(super) fn of_offset(offset: i64) -> Self {
        Self { regimes: Rc::new([Regime { from: i64::MIN, until: i64::MAX, offset }]) }
    }

    /// A zone of the database, until an instant.
    pub(super) fn of_zone(zone: &Zone, until: i64) -> Self {
        Self::of_regimes(zone.regimes(0, until.max(1)))
    }

    /// An offset, and those that follow it, each with the instant at which it begins, in order.
    pub(super) fn of_changes(offset: i64, changes: &[(i64, i64)]) -> Self {
        let mut regimes = vec![Regime { from: i64::MIN, until: i64::MAX, offset }];
        for &(from, offset) in changes {
            if let Some(regime) = regimes.last_mut() {
                regime.until = from;
            }
            regimes.push(Regime { from, until: i64::MAX, offset });
        }
        Self::of_regimes(regimes)
    }

    fn of_regimes(mut regimes: Vec<Regime>) -> Self {
        if let Some(first) = regimes.first_mut() {
            first.from = i64::MIN;
        }
        if let Some(last) = regimes.last_mut() {
            last.until = i64::MAX;
        }
        Self { regimes: regimes.into() }
    }

    /// The instants of a wall time.
    pub(super) fn instants(&self, wall: Wall) -> Instants {
        // No offset is as long as a day.
        let at = wall.0;
        let near = self.regimes.partition_point(|regime| regime.until <= at.saturating_sub(DAY));
        let mut found: Option<Instants> = None;
        let mut before = self.regimes.get(near).map_or(0, |regime| regime.offset);
        for regime in &self.regimes[near.min(self.regimes.len())..] {
            if regime.from > at.saturating_add(DAY) {
                break;
            }
            let instant = at.saturating_sub(regime.offset);
            if instant >= regime.until {
                before = regime.offset;
            } else if instant >= regime.from {
                let first = found.map_or(instant, |found| found.first);
                found = Some(Instants { first, last: instant, is_skipped: false });
            }
        }
        found.unwrap_or_else(|| {
            let instant = at.saturating_sub(before);
            Instants { first: instant, last: instant, is_skipped: true }
        })
    }

    /// The wall time of an instant.
    pub(super) fn wall(&self, instant: i64) -> Wall {
        let index = self.regimes.partition_point(|regime| regime.until <= instant);
        let offset = self.regimes.get(index).map_or(0, |regime| regime.offset);
        Wall(instant.saturating_add(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::moments::Moment;

    #[track_caller]
    fn check(zone: &str, wall: &str, expected: [&str; 2], is_skipped: bool) {
        let until = 2_000_000_000;
        let clock = Clock::of_zone(&Zone::named(zone).unwrap(), until);
        let Some(Moment::Floating(wall)) = Moment::read(wall) else { panic!("{wall} is no wall time") };
        let [first, last] = expected.map(|text| match Moment::read(text) {
            Some(Moment::Utc(instant)) => instant,
            _ => panic!("{text} is no instant"),
        });
        assert_eq!(clock.instants(wall), Instants { first, last, is_skipped });
        assert_eq!(clock.wall(first) == wall, !is_skipped);
    }

    #[test]
    fn a_wall_time_happens_once_twice_or_after_the_gap() {
        check("Europe/Berlin", "20260115T120000", ["20260115T110000Z"; 2], false);
        check("Europe/Berlin", "20260329T015959", ["20260329T005959Z"; 2], false);
        check("Europe/Berlin", "20260329T023000", ["20260329T013000Z"; 2], true);
        check("Europe/Berlin", "20260329T030000", ["20260329T010000Z"; 2], false);
        check("Europe/Berlin", "20261025T023000", ["20261025T003000Z", "20261025T013000Z"], false);
        check("Europe/Berlin", "20261025T030000", ["20261025T020000Z"; 2], false);
        check("Pacific/Apia", "20111230T120000", ["20111230T220000Z"; 2], true);
        check("Asia/Tokyo", "19700101T090000", ["19700101T000000Z"; 2], false);
    }

    #[test]
    fn the_changes_of_2026_are_known() {
        check("America/Vancouver", "20261201T120000", ["20261201T190000Z"; 2], false);
    }
}

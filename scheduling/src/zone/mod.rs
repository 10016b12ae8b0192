//! Time zones: the one place that reads zone rules.
//!
//! The rules are jiff's bundled copy of the IANA database, whatever the system has, so that generator and endpoint
//! never disagree. It is packed, from 1970 on ([`packed`]); jiff applies the rules that hold from now on. Instants and
//! civil times are chrono's everywhere else.

mod names;
mod packed;

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::packed::Place;

pub use names::UnknownZone;

/// A zone of the IANA time-zone database, or an offset that never changes. Before 1970, of which the database promises
/// nothing, a zone has the offset of 1970.
#[derive(Clone)]
pub struct Zone(Kind);

#[derive(Clone)]
enum Kind {
    Place(&'static Place),
    /// An offset in seconds, with the name that browsers give it: `+03:00`, or `UTC`.
    Offset(i64, Cow<'static, str>),
}

/// The meaning of a wall time in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallTime {
    /// It happens once, at this instant.
    Once(DateTime<Utc>),
    /// A change of offset skips it: it does not exist.
    Skipped,
    /// A change of offset repeats it: it happens at both instants, the earlier first.
    Twice(DateTime<Utc>, DateTime<Utc>),
}

/// A stretch of instants under one offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regime {
    /// The first instant, in seconds since 1970.
    pub from: i64,
    /// The instant after the last, in seconds since 1970.
    pub until: i64,
    /// Local time minus UTC, in seconds.
    pub offset: i64,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Zone = Zone(Kind::Offset(0, Cow::Borrowed("UTC")));

    /// Today's name in the database; of an offset, the name that browsers give it: `+03:00`, or `UTC`.
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::Place(place) => place.name,
            Kind::Offset(_, name) => name,
        }
    }

    /// The meaning of a wall time here.
    pub fn at_wall_time(&self, wall: NaiveDateTime) -> WallTime {
        let shown = wall.and_utc();
        let seconds = shown.timestamp();
        // No offset is as long as a day.
        let mut regimes = self.regimes(seconds - 86_400, seconds + 86_400);
        regimes.retain(|regime| (regime.from..regime.until).contains(&(seconds - regime.offset)));
        let instant = |regime: &Regime| shown - TimeDelta::seconds(regime.offset);
        match &regimes[..] {
            [] => WallTime::Skipped,
            [once] => WallTime::Once(instant(once)),
            [first, .., second] => WallTime::Twice(instant(first), instant(second)),
        }
    }

    /// The wall time of an instant.
    pub fn to_wall_time(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        (instant + TimeDelta::seconds(self.offset_seconds(instant))).naive_utc()
    }

    /// Local time minus UTC at an instant, in seconds.
    pub fn offset_seconds(&self, instant: DateTime<Utc>) -> i64 {
        to_timestamp(instant.timestamp()).map_or(0, |timestamp| self.offset_at(timestamp))
    }

    fn offset_at(&self, instant: Timestamp) -> i64 {
        match &self.0 {
            Kind::Place(place) => place.offset_at(instant),
            Kind::Offset(seconds, _) => *seconds,
        }
    }

    /// The offsets in force from one instant to another (seconds since 1970), in order and without gaps.
    pub fn regimes(&self, from: i64, until: i64) -> Vec<Regime> {
        let mut regimes = Vec::with_capacity(3);
        let Some(start) = to_timestamp(from) else { return regimes };
        let mut regime = Regime { from, until, offset: self.offset_at(start) };
        let changes = match &self.0 {
            Kind::Place(place) => Some(place.changes_after(start)),
            Kind::Offset(..) => None,
        };
        for (at, offset) in changes.into_iter().flatten() {
            let at = at.as_second();
            if at >= until {
                break;
            }
            if offset != regime.offset {
                regimes.push(Regime { until: at, ..regime });
                regime = Regime { from: at, until, offset };
            }
        }
        regimes.push(regime);
        regimes
    }

    /// The version of the bundled database, such as `2026f`.
    pub fn database_version() -> &'static str {
        packed::version()
    }
}

/// An offset as people write it: `+9`, `−3:30`, `±0`.
pub fn offset_text(seconds: i64) -> String {
    let sign = match seconds {
        0 => "±",
        1.. => "+",
        _ => "−",
    };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() % 3600 / 60);
    if minutes == 0 { format!("{sign}{hours}") } else { format!("{sign}{hours}:{minutes:02}") }
}

fn to_timestamp(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// A name says it all, as all zones are of one database.
impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Zone({})", self.name())
    }
}

/// As people read it: the name of a zone, and an offset as `UTC+3`.
impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.offset_label().as_deref().unwrap_or_else(|| self.name()))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Zone::read(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_short() {
        let cases = [(0, "±0"), (9 * 3600, "+9"), (-8 * 3600, "−8"), (20_700, "+5:45"), (-12_600, "−3:30")];
        for (seconds, expected) in cases {
            assert_eq!(offset_text(seconds), expected);
        }
    }

    #[test]
    fn walls_and_regimes_of_an_offset_are_those_of_one_stretch() {
        let zone = Zone::read("-05:30").unwrap();
        let at = DateTime::UNIX_EPOCH + TimeDelta::hours(12);
        assert_eq!(zone.to_wall_time(at).to_string(), "1970-01-01 06:30:00");
        assert_eq!(zone.at_wall_time(zone.to_wall_time(at)), WallTime::Once(at));
        assert_eq!(zone.regimes(0, 1 << 40), [Regime { from: 0, until: 1 << 40, offset: -19_800 }]);
    }
}

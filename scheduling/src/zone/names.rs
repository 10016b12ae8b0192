//! The names of zones: as browsers, people and older databases have them, and as they are today.

use jiff::Timestamp;

use super::packed::{self, place};
use super::{Kind, Zone, offset_text};
use crate::text::plain;

/// The longest offset that is a zone, in seconds: the last one that ECMA-402 lets a browser name.
const LONGEST_OFFSET_SECONDS: i64 = (23 * 60 + 59) * 60;

/// The names that a place had before, each with today's. Made by tests/locales/places.mjs from CLDR, which tells them
/// from the names of other places that keep the same time: `Europe/Copenhagen` is a link to `Europe/Berlin`, too.
const RENAMED: &str = include_str!("renamed.txt");

/// The bundled database has no such zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{0}`")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Finds a zone by its IANA name, such as `Asia/Tokyo`, or by one that it had before, such as `Europe/Kiev`. Case
    /// does not matter.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(name.to_owned());
        let found = place(name).ok_or_else(unknown)?;
        let today = renamed().find(|(old, _)| *old == found.name).map_or(found.name, |(_, today)| today);
        if today.starts_with("Etc/") || today == "UTC" {
            return Self::of_offset(found.offset_at(Timestamp::UNIX_EPOCH)).ok_or_else(unknown);
        }
        // A name that only newer databases have is not shown before this one has it.
        Ok(Zone(Kind::Place(place(today).unwrap_or(found))))
    }

    /// Finds a zone by a name as browsers have it: of the database, or an offset such as `+03:00` (ECMA-402, 6.5).
    /// The other ways to write an offset count too, in any digits and of any width: `-0530`, `+3`, `UTC+3`, `GMT−5`,
    /// `+٣`. East of Greenwich is always positive, unlike in `Etc/GMT-3`, which the database has.
    pub fn read(name: &str) -> Result<Self, UnknownZone> {
        let plain = plain(name);
        Self::named(&plain)
            .ok()
            .or_else(|| offset_seconds(&plain).and_then(Self::of_offset))
            .ok_or_else(|| UnknownZone(name.to_owned()))
    }

    /// An offset, in seconds.
    fn of_offset(seconds: i64) -> Option<Self> {
        if seconds == 0 {
            return Some(Self::UTC);
        }
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        let name = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        (seconds.abs() <= LONGEST_OFFSET_SECONDS).then(|| Zone(Kind::Offset(seconds, name.into())))
    }

    /// An offset as people read it, `UTC+3` or `UTC`; `None` for the zone of a place. The page's script agrees.
    pub fn offset_label(&self) -> Option<String> {
        match self.0 {
            Kind::Place(_) => None,
            Kind::Offset(0, _) => Some("UTC".to_owned()),
            Kind::Offset(seconds, _) => Some(format!("UTC{}", offset_text(seconds))),
        }
    }

    /// The names of all zones of the bundled database, those of former days among them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        packed::names()
    }

    /// The names that zones had before, each with today's. Zones without a place are `Etc/UTC` and `Etc/GMT` there.
    pub fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
        renamed()
    }
}

fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
    RENAMED.lines().filter_map(|line| line.split_once(' '))
}

/// Reads an offset: an optional `UTC` or `GMT`, a sign, hours of one or two digits, and perhaps minutes. `None` if it
/// is none.
fn offset_seconds(name: &str) -> Option<i64> {
    let offset = match name.get(..3) {
        Some(prefix) if ["UTC", "GMT"].iter().any(|utc| prefix.eq_ignore_ascii_case(utc)) => &name[3..],
        _ => name,
    };
    let mut letters = offset.trim_start().chars();
    let sign = match letters.next()? {
        '+' => 1,
        '-' => -1,
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
    let (hours, minutes): (i64, i64) = (number(hours).filter(|_| sound)?, number(minutes)?);
    (minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

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
        for name in [
            "ＵＴＣ+3",
            "ＵＴＣ＋３",
            "＋０３：００",
            "+٣",
            "UTC+۰۳:۰۰",
            "GMT+\u{966}\u{969}",
            "\u{200e}+03:00",
        ] {
            check(name, "+03:00", 3);
        }
        for name in ["-05:00", "-0500", "UTC-5", "GMT-05:00", "\u{2212}5", "UTC\u{2212}05:00", "ＧＭＴ－５"]
        {
            check(name, "-05:00", -5);
        }
        for name in ["+00:00", "-00:00", "UTC+0", "UTC", "utc", "ＵＴＣ"] {
            check(name, "UTC", 0);
        }
        for (name, minutes) in [
            ("+0530", 330),
            ("-0330", -210),
            ("UTC+5:45", 345),
            ("+23:59", 1439),
            ("-23:59", -1439),
            ("+3:0٣", 183),
        ] {
            let zone = Zone::read(name).unwrap();
            assert_eq!(zone.offset_seconds(DateTime::UNIX_EPOCH), minutes * 60, "of {name}");
            assert!(zone.offset_label().is_some());
        }
    }

    #[test]
    fn zones_of_the_database_without_a_place_are_offsets() {
        // The database's own sign is the other way round.
        for (name, expected, hours) in [
            ("Etc/GMT+8", "-08:00", -8),
            ("etc/gmt+3", "-03:00", -3),
            ("Etc/GMT-14", "+14:00", 14),
            ("Etc/GMT-1", "+01:00", 1),
        ] {
            check(name, expected, hours);
        }
        for name in [
            "Etc/UTC",
            "Etc/GMT",
            "Etc/GMT0",
            "Etc/GMT-0",
            "Etc/UCT",
            "Etc/Zulu",
            "GMT",
            "GMT0",
            "Zulu",
            "UCT",
        ] {
            check(name, "UTC", 0);
        }
        let without_place = Zone::names().filter(|name| name.starts_with("Etc/"));
        assert!(without_place.into_iter().all(|name| Zone::named(name).unwrap().offset_label().is_some()));
    }

    #[test]
    fn offsets_are_labelled_once_and_places_not() {
        for (name, expected) in [
            ("Etc/GMT+8", Some("UTC−8")),
            ("+05:45", Some("UTC+5:45")),
            ("-05:30", Some("UTC−5:30")),
            ("+00:00", Some("UTC")),
            ("GMT", Some("UTC")),
            ("Europe/London", None),
            ("Africa/Abidjan", None),
            ("EST", None),
        ] {
            assert_eq!(Zone::read(name).unwrap().offset_label().as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn places_have_todays_names() {
        for (old, today) in [
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("asia/katmandu", "Asia/Kathmandu"),
            ("Europe/Kiev", "Europe/Kyiv"),
            ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("Pacific/Truk", "Pacific/Chuuk"),
            ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
            ("Africa/Asmera", "Africa/Asmara"),
            ("US/Pacific", "America/Los_Angeles"),
            ("Japan", "Asia/Tokyo"),
            ("GB", "Europe/London"),
            ("EST5EDT", "America/New_York"),
            // Other places that keep the same time have their own names.
            ("Europe/Copenhagen", "Europe/Copenhagen"),
            ("Arctic/Longyearbyen", "Arctic/Longyearbyen"),
            ("Asia/Phnom_Penh", "Asia/Phnom_Penh"),
        ] {
            assert_eq!(Zone::read(old).unwrap().name(), today);
        }
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
            "Mars/Olympus",
            "Etc/Unknown",
            "Factory",
            "factory",
            "Z",
            "posixrules",
            "localtime",
            "posix/Asia/Tokyo",
            "right/UTC",
            "",
            "日本",
            "UT",
            "+03:00:00",
            "GMT+٢٤",
        ] {
            assert_eq!(Zone::read(name), Err(UnknownZone(name.to_owned())));
        }
        assert!(Zone::named("+03:00").is_err(), "a host's zone is a place");
        assert!(Zone::names().all(|name| Zone::named(name).is_ok()));
    }
}

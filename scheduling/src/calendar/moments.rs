//! Dates, times, durations and offsets as iCalendar writes them (RFC 5545, 3.3).

use chrono::NaiveDate;

/// Seconds of a day by the clock.
pub(super) const DAY: i64 = 86_400;

/// A time as a clock on a wall shows it, in seconds since its 1970 began: no instant until a zone says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wall(pub(super) i64);

impl Wall {
    /// Midnight, at the beginning of a day.
    pub(super) fn of_day(day: i32) -> Self {
        Self(i64::from(day) * DAY)
    }

    /// The day, counted from 1970-01-01.
    pub(super) fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(DAY)).unwrap_or(i32::MAX)
    }

    /// Seconds since midnight.
    pub(super) fn second_of_day(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    pub(super) fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// The number of a zone's name in [`super::zones::Zones`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ZoneName(pub(super) u32);

/// A date or a time, as far as the property itself says what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A whole day, counted from 1970-01-01.
    Day(i32),
    /// An instant, in seconds since 1970.
    Utc(i64),
    /// A time in a named zone.
    Zoned(Wall, ZoneName),
    /// A time in whichever zone the calendar is.
    Floating(Wall),
}

impl Moment {
    /// Reads a DATE or a DATE-TIME, whichever it is: the parameter VALUE is often missing. Without a zone.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
            return read_day(text).map(Moment::Day);
        };
        let day = read_day(date)?;
        let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let wall = Wall::of_day(day).plus(read_time(time)?);
        Some(if is_utc { Moment::Utc(wall.0) } else { Moment::Floating(wall) })
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Moment::Day(_))
    }
}

fn read_day(text: &str) -> Option<i32> {
    let digits = text.as_bytes();
    if digits.len() != 8 {
        return None;
    }
    let year = i32::try_from(number(&digits[..4])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(&digits[4..6])?, number(&digits[6..])?)?;
    Some(day_of(date))
}

fn read_time(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    let second = match digits.len() {
        6 => number(&digits[4..])?,
        4 => 0,
        _ => return None,
    };
    let (hour, minute) = (number(&digits[..2])?, number(&digits[2..4])?);
    // A second 60 is one that is put in, and counts as the one before it; an hour 24 is the day's end.
    let sound = (hour < 24 || (hour == 24 && minute == 0 && second == 0)) && minute < 60 && second <= 60;
    sound.then(|| i64::from(hour * 3600 + minute * 60 + second.min(59)))
}

fn number(digits: &[u8]) -> Option<u32> {
    let digit = |value: u32, byte: &u8| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0'));
    digits.iter().try_fold(0, digit)
}

/// The number of a day, counted from 1970-01-01.
pub(super) fn day_of(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The date of a day; the nearest one that exists here.
pub(super) fn date_of(day: i32) -> NaiveDate {
    let nearest = if day < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    NaiveDate::from_epoch_days(day).unwrap_or(nearest)
}

/// A duration (RFC 5545, 3.3.6): days by the calendar, then exact seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Duration {
    pub(super) days: i64,
    pub(super) seconds: i64,
    pub(super) is_negative: bool,
}

impl Duration {
    /// Reads `P1DT2H`, `PT30M`, `P2W`, `-PT5M`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let text = text.strip_prefix(['P', 'p'])?;
        let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
        let days = sum(date, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
        text.bytes().any(|byte| byte.is_ascii_digit()).then_some(Self { days, seconds, is_negative })
    }

    /// By the clock, where no offset changes.
    pub(super) fn nominal(self) -> i64 {
        self.days * DAY + self.seconds
    }
}

/// The sum of numbers with their units. At most nine digits each: thousands of years are enough.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut rest = text;
    let mut total = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let unit = rest[digits..].chars().next()?;
        let (_, seconds) = units.iter().find(|(letter, _)| unit.eq_ignore_ascii_case(letter))?;
        total += i64::from(number(&rest.as_bytes()[..digits])?) * seconds;
        rest = &rest[digits + 1..];
    }
    Some(total)
}

/// An offset from UTC (RFC 5545, 3.3.14), in seconds: `+0100`, `-043000`.
pub(super) fn read_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    let second = match digits.len() {
        4 => 0,
        6 => number(&digits[4..])?,
        _ => return None,
    };
    let (hour, minute) = (number(&digits[..2])?, number(&digits[2..4])?);
    (hour < 24 && minute < 60 && second < 60).then(|| sign * i64::from(hour * 3600 + minute * 60 + second))
}

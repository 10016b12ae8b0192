//! Dates and times: a locale's names and patterns, and how its numbers are written.

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};

use super::words::fill;

/// Names and patterns of dates and times. A pattern's placeholders: `{weekday}`, `{weekday_short}`, `{day}`, `{month}`
/// (the name), `{month_short}`, `{month_number}`, `{year}`, `{hour}` (24 hours, two digits), `{hour12}`, `{minute}`
/// (two digits), `{day_period}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DateWords {
    /// Monday first.
    pub weekdays: Vec<String>,
    /// Monday first.
    pub weekdays_short: Vec<String>,
    /// January first.
    pub months: Vec<String>,
    /// January first.
    pub months_short: Vec<String>,
    /// Before and after noon.
    pub day_periods: Vec<String>,
    /// The weekday that a week begins with in calendars: 1 is Monday, 7 is Sunday.
    pub week_start: u8,
    /// True if times are written with 12 hours.
    pub hour12: bool,
    /// A date in full: "Tuesday 1 December 2026".
    pub date_full: String,
    /// A date within a list: "Tuesday 1 December".
    pub date: String,
    /// A month: "December 2026".
    pub month: String,
    /// A time of day.
    pub time: String,
    /// The month's first day, if dates do not write it as a number: French "1er".
    #[serde(default)]
    pub day_first: String,
    /// The digits from zero to nine, if they are not 0123456789: Arabic "٠١٢٣٤٥٦٧٨٩".
    #[serde(default)]
    pub digits: String,
}

impl DateWords {
    /// Writes a wall time by a pattern of this locale.
    pub fn format(&self, pattern: &str, wall: NaiveDateTime) -> String {
        let name = |names: &[String], index: u32| names.get(index as usize).cloned().unwrap_or_default();
        let weekday = wall.weekday().num_days_from_monday();
        fill(pattern, |placeholder| match placeholder {
            "weekday" => Some(name(&self.weekdays, weekday)),
            "weekday_short" => Some(name(&self.weekdays_short, weekday)),
            "day" => Some(self.day(wall.day())),
            "month" => Some(name(&self.months, wall.month0())),
            "month_short" => Some(name(&self.months_short, wall.month0())),
            "month_number" => Some(self.number(wall.month())),
            "year" => Some(self.number(wall.year())),
            "hour" => Some(self.in_digits(&format!("{:02}", wall.hour()))),
            "hour12" => Some(self.number(wall.hour12().1)),
            "minute" => Some(self.in_digits(&format!("{:02}", wall.minute()))),
            "day_period" => Some(name(&self.day_periods, u32::from(wall.hour() >= 12))),
            _ => None,
        })
    }

    /// Writes a number in this locale's digits.
    pub fn number(&self, number: impl Into<i64>) -> String {
        self.in_digits(&number.into().to_string())
    }

    fn day(&self, day: u32) -> String {
        if day == 1 && !self.day_first.is_empty() { self.day_first.clone() } else { self.number(day) }
    }

    pub(super) fn in_digits(&self, number: &str) -> String {
        let own = |letter: char| {
            let value = letter.to_digit(10)?;
            self.digits.chars().nth(value as usize)
        };
        number.chars().map(|letter| own(letter).unwrap_or(letter)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn english() -> DateWords {
        DateWords {
            weekdays: words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
            weekdays_short: words("Mon Tue Wed Thu Fri Sat Sun"),
            months: words(
                "January February March April May June July August September October November December",
            ),
            months_short: words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
            day_periods: words("am pm"),
            ..DateWords::default()
        }
    }

    fn french() -> DateWords {
        DateWords {
            weekdays: words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
            months: words(
                "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            ),
            day_first: "1er".to_owned(),
            ..DateWords::default()
        }
    }

    fn arabic() -> DateWords {
        DateWords {
            weekdays: words("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
            months: words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
            day_periods: words("ص م"),
            digits: "٠١٢٣٤٥٦٧٨٩".to_owned(),
            ..DateWords::default()
        }
    }

    #[track_caller]
    fn check(dates: &DateWords, pattern: &str, wall: &str, expected: &str) {
        assert_eq!(dates.format(pattern, wall.parse().unwrap()), expected);
    }

    #[test]
    fn patterns_are_filled_with_every_placeholder() {
        let check = |pattern, wall, expected| check(&english(), pattern, wall, expected);
        check("{weekday} {day} {month} {year}", "2026-12-01T09:05:00", "Tuesday 1 December 2026");
        check(
            "{weekday_short} {day} {month_short}, {hour}:{minute}",
            "2026-12-06T09:05:00",
            "Sun 6 Dec, 09:05",
        );
        check("{year}/{month_number}/{day}", "2026-12-06T09:05:00", "2026/12/6");
        check("{hour12}:{minute} {day_period}", "2026-12-01T00:05:00", "12:05 am");
        check("{hour12}:{minute} {day_period}", "2026-12-01T12:00:00", "12:00 pm");
        check("{hour12}:{minute} {day_period}", "2026-12-01T23:59:00", "11:59 pm");
        check("{what} { {day", "2026-12-01T00:00:00", "{what} { {day");
    }

    #[test]
    fn the_first_of_a_month_is_written_as_its_language_wants_it() {
        let full = "{weekday} {day} {month} {year}, {hour}:{minute}";
        check(&french(), full, "2026-12-01T01:01:00", "mardi 1er décembre 2026, 01:01");
        check(&french(), full, "2026-12-02T11:01:00", "mercredi 2 décembre 2026, 11:01");
        check(&french(), full, "2026-12-21T11:01:00", "lundi 21 décembre 2026, 11:01");
    }

    #[test]
    fn numbers_are_written_in_the_digits_of_the_locale() {
        let full = "{weekday}، {day} {month} {year}، {hour}:{minute}";
        check(&arabic(), full, "2026-12-01T09:05:00", "الثلاثاء، ١ ديسمبر ٢٠٢٦، ٠٩:٠٥");
        check(&arabic(), "{hour12}:{minute} {day_period}", "2026-12-01T23:40:00", "١١:٤٠ م");
        check(&arabic(), "{day}/{month_number}/{year}", "2026-12-30T00:00:00", "٣٠/١٢/٢٠٢٦");
        assert_eq!(arabic().number(1_234_567_890_i64), "١٢٣٤٥٦٧٨٩٠");
        assert_eq!(english().number(-5), "-5");
    }
}

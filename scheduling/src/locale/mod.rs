//! How dates, times and counts are written in a locale.
//!
//! The theme's locale files own all of this; the code only fills patterns in. Used by the generator for pages and
//! by the endpoint for the booking's page, so that both write a date alike.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};

/// A locale: its patterns, its names, and its messages by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LocaleWords {
    /// The names of the locale's calendar and the patterns of its dates.
    pub dates: DateWords,
    /// Messages by key, such as `booking.confirmed.title`; placeholders stand in braces: `{name}`.
    pub messages: BTreeMap<String, String>,
}

/// Names and patterns of dates and times. A pattern's placeholders: `{weekday}`, `{weekday_short}`, `{day}`, `{month}` (the name),
/// `{month_short}`, `{month_number}`, `{year}`, `{hour}` (24 hours, two digits), `{hour12}`, `{minute}` (two digits), `{day_period}`.
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
    /// Whether times are written with 12 hours.
    pub hour12: bool,
    /// A date in full: "Tuesday 1 December 2026".
    pub date_full: String,
    /// A date within a list: "Tuesday 1 December".
    pub date: String,
    /// A month: "December 2026".
    pub month: String,
    /// A time of day.
    pub time: String,
}

impl DateWords {
    /// Writes a wall time by a pattern of this locale.
    pub fn format(&self, pattern: &str, wall: NaiveDateTime) -> String {
        let name = |names: &[String], index: u32| names.get(index as usize).cloned().unwrap_or_default();
        let weekday = wall.weekday().num_days_from_monday();
        fill(pattern, |placeholder| match placeholder {
            "weekday" => Some(name(&self.weekdays, weekday)),
            "weekday_short" => Some(name(&self.weekdays_short, weekday)),
            "day" => Some(wall.day().to_string()),
            "month" => Some(name(&self.months, wall.month0())),
            "month_short" => Some(name(&self.months_short, wall.month0())),
            "month_number" => Some(wall.month().to_string()),
            "year" => Some(wall.year().to_string()),
            "hour" => Some(format!("{:02}", wall.hour())),
            "hour12" => Some(wall.hour12().1.to_string()),
            "minute" => Some(format!("{:02}", wall.minute())),
            "day_period" => Some(name(&self.day_periods, u32::from(wall.hour() >= 12))),
            _ => None,
        })
    }
}

impl LocaleWords {
    /// A message with its placeholders filled in; the key itself where the locale lacks it, so that a gap is seen.
    pub fn message(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(message) = self.messages.get(key) else { return key.to_owned() };
        fill(message, |placeholder| {
            values.iter().find(|(name, _)| *name == placeholder).map(|(_, value)| (*value).to_owned())
        })
    }

    /// A message that depends on a count: `{key}.one` for 1 where the locale has it, else `{key}.other`. `{count}` is the count.
    pub fn plural(&self, key: &str, count: u64) -> String {
        let one = format!("{key}.one");
        let key = if count == 1 && self.messages.contains_key(&one) { one } else { format!("{key}.other") };
        self.message(&key, &[("count", &count.to_string())])
    }
}

/// Replaces each `{placeholder}` that `value_of` knows.
pub fn fill(pattern: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let known = after.find('}').and_then(|close| value_of(&after[..close]).map(|value| (close, value)));
        if let Some((close, value)) = known {
            filled.push_str(&value);
            rest = &after[close + 1..];
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english() -> LocaleWords {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        let dates = DateWords {
            weekdays: words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
            weekdays_short: words("Mon Tue Wed Thu Fri Sat Sun"),
            months: words(
                "January February March April May June July August September October November December",
            ),
            months_short: words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
            day_periods: words("am pm"),
            ..DateWords::default()
        };
        let messages = [
            ("places.one", "one place"),
            ("places.other", "{count} places"),
            ("greeting", "Hello {name}, {unknown}"),
        ];
        let messages = messages.map(|(key, words)| (key.to_owned(), words.to_owned())).into();
        LocaleWords { dates, messages }
    }

    #[track_caller]
    fn check(pattern: &str, wall: &str, expected: &str) {
        assert_eq!(english().dates.format(pattern, wall.parse().unwrap()), expected);
    }

    #[test]
    fn patterns_are_filled_with_every_placeholder() {
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
    fn messages_are_filled_and_what_is_missing_is_seen() {
        let english = english();
        assert_eq!(english.message("greeting", &[("name", "{name}")]), "Hello {name}, {unknown}");
        assert_eq!(english.message("farewell", &[]), "farewell");
        assert_eq!(english.plural("places", 1), "one place");
        assert_eq!(english.plural("places", 0), "0 places");
        assert_eq!(english.plural("places", 2), "2 places");
    }
}

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
    /// A short date: "1 Dec".
    pub date_short: String,
    /// A month: "December 2026".
    pub month: String,
    /// A time of day.
    pub time: String,
    /// A date with a time of day.
    pub date_time: String,
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
        match after.find('}').and_then(|close| value_of(&after[..close]).map(|value| (close, value))) {
            Some((close, value)) => {
                filled.push_str(&value);
                rest = &after[close + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

//! Starts and other instants, as programs, pages and people write them.

use chrono::{DateTime, NaiveDate, Utc};
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use serde_json::Value;

use crate::call::stop::Refused;
use crate::form::body::Body;
use crate::form::errors::Errors;

/// The requested start.
pub(crate) fn start(body: &Body, errors: &mut Errors<'_>) -> Option<DateTime<Utc>> {
    let start = match body.one("start") {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(parse_start(text.trim())),
        Value::Number(seconds) => Some(seconds.as_i64().and_then(in_calendar)),
        _ => Some(None),
    };
    match start {
        None => errors.add("start", "endpoint.field.start_missing", &[]),
        Some(None) => errors.add("start", "endpoint.field.start_malformed", &[]),
        Some(Some(start)) => return Some(start),
    }
    None
}

/// The same, or a refusal with its error.
pub(crate) fn start_or_refuse(body: &Body, words: &LocaleWords) -> Result<DateTime<Utc>, Refused> {
    let mut errors = Errors::new(words);
    start(body, &mut errors)
        .ok_or_else(|| Refused { errors: errors.into_list(), ..Refused::new(Refusal::InvalidField) })
}

/// A start that was seen, where whoever asks for something says for which it is.
pub(crate) fn seen_start(
    body: &Body,
    field: &str,
    words: &LocaleWords,
) -> Result<Option<DateTime<Utc>>, Refused> {
    let mut errors = Errors::new(words);
    match body.one(field) {
        Value::Null => Ok(None),
        Value::String(text) if parse_start(text.trim()).is_some() => Ok(parse_start(text.trim())),
        _ => {
            errors.add(field, "endpoint.field.start_malformed", &[]);
            Err(Refused { errors: errors.into_list(), ..Refused::new(Refusal::InvalidField) })
        }
    }
}

/// Reads a date as `2026-12-01`: the first part of an instant (RFC 3339), which is read anyway.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let midnight = DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z")).ok()?;
    Some(midnight.date_naive())
}

/// Reads a start in any form that clients write, or in the form of a page's list.
pub(crate) fn parse_start(text: &str) -> Option<DateTime<Utc>> {
    parse_instant(text).or_else(|| parse_listed(text))
}

/// Reads `g1g.540`, the form of the values in a page's list of times: the day, counted from 1970 in base 36, and the
/// minute of the day in UTC.
fn parse_listed(text: &str) -> Option<DateTime<Utc>> {
    let (day, minute) = text.split_once('.')?;
    let digits = day.len() < 6 && day.bytes().all(|letter| letter.is_ascii_alphanumeric());
    let day = i64::from_str_radix(day, 36).ok().filter(|_| digits)?;
    let minute = minute.parse::<u16>().ok().filter(|minute| *minute < 24 * 60)?;
    in_calendar(day * 86_400 + i64::from(minute) * 60)
}

/// Reads RFC 3339, or seconds since 1970.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = match text.parse::<i64>() {
        Ok(seconds) => in_calendar(seconds)?,
        Err(_) => DateTime::parse_from_rfc3339(text).ok()?.to_utc(),
    };
    (instant.timestamp_subsec_nanos() == 0).then_some(instant)
}

/// Instants that RFC 3339 can write: until the year 9999.
fn in_calendar(seconds: i64) -> Option<DateTime<Utc>> {
    (-62_135_596_800..253_402_300_800).contains(&seconds).then(|| DateTime::from_timestamp(seconds, 0))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let start = parse_start(text).map(|start| start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        assert_eq!(start.as_deref(), expected, "for {text}");
    }

    #[test]
    fn a_start_is_read_in_three_forms() {
        check("2026-12-01T09:00:00Z", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01T18:00:00+09:00", Some("2026-12-01T09:00:00Z"));
        check("1796115600", Some("2026-12-01T09:00:00Z"));
        check("g1g.540", Some("2026-12-01T09:00:00Z"));
    }

    #[test]
    fn a_date_is_a_year_a_month_and_a_day() {
        assert_eq!(parse_date("2026-12-01"), NaiveDate::from_ymd_opt(2026, 12, 1));
        for text in [
            "",
            "2026-12",
            "2026-13-01",
            "2026-02-30",
            "2026-12-1",
            "26-12-01",
            "2026-12-01T09",
            "2026-12-01 ",
            "soon",
        ] {
            assert_eq!(parse_date(text), None, "for {text}");
        }
    }

    #[test]
    fn what_no_page_lists_is_no_start() {
        for text in [
            "g1g",
            "g1g.",
            ".540",
            "g1g.1440",
            "g1g.-1",
            "g1g.540.0",
            "-g1g.540",
            "g 1.540",
            "zzzzz.0",
            "zzzzzz.0",
        ] {
            check(text, None);
        }
    }
}

//! The time of a meeting, in words: the date in full, the times, and the zone by name and offset.

use chrono::{DateTime, Timelike, Utc};
use scheduling::locale::LocaleWords;
use scheduling::zone::{WallTime, Zone, offset_text};

/// Date and times of a meeting in a zone, in a locale's words.
pub(crate) fn span(words: &LocaleWords, zone: &Zone, start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    let dates = &words.dates;
    let (from, until) = (zone.to_wall_time(start), zone.to_wall_time(end));
    let (start_time, end_time) = (dates.format(&dates.time, from), dates.format(&dates.time, until));
    let date = dates.format(&dates.date_full, from);
    if from.date() == until.date() {
        return words
            .message("endpoint.when.span", &[("date", &date), ("start", &start_time), ("end", &end_time)]);
    }
    let end_date = dates.format(&dates.date, until);
    let values =
        [("date", date.as_str()), ("start", &start_time), ("end_date", &end_date), ("end", &end_time)];
    words.message("endpoint.when.span_overnight", &values)
}

/// A time of day; with its offset if the clock shows it twice that day.
pub(crate) fn time(words: &LocaleWords, zone: &Zone, at: DateTime<Utc>) -> String {
    let wall = zone.to_wall_time(at);
    let time = words.dates.format(&words.dates.time, wall);
    match zone.at_wall_time(wall) {
        WallTime::Twice(..) => {
            let offset = offset_text(zone.offset_seconds(at));
            words.message("endpoint.when.doubled", &[("time", &time), ("offset", &offset)])
        }
        WallTime::Once(_) | WallTime::Skipped => time,
    }
}

/// Returns true if people sleep then: before six, or from ten in the evening on. The page's script agrees.
pub(crate) fn is_night(zone: &Zone, at: DateTime<Utc>) -> bool {
    !(6..22).contains(&zone.to_wall_time(at).hour())
}

/// A start, with its date.
pub(crate) fn start(words: &LocaleWords, zone: &Zone, start: DateTime<Utc>) -> String {
    let wall = zone.to_wall_time(start);
    let (date, time) =
        (words.dates.format(&words.dates.date_full, wall), words.dates.format(&words.dates.time, wall));
    words.message("endpoint.when.start", &[("date", &date), ("start", &time)])
}

/// A zone by its place and its offset at an instant, which tells a doubled hour apart. An offset is not said twice.
pub(crate) fn zone_name(words: &LocaleWords, zone: &Zone, at: DateTime<Utc>) -> String {
    let offset = offset_text(zone.offset_seconds(at));
    let with_offset =
        || words.message("endpoint.when.zone", &[("zone", &words.place(zone)), ("offset", &offset)]);
    zone.offset_label().unwrap_or_else(with_offset)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn people_sleep_from_ten_to_six() {
        let night =
            (0..24).filter(|hour| is_night(&Zone::UTC, DateTime::UNIX_EPOCH + TimeDelta::hours(*hour)));
        assert_eq!(night.collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 22, 23]);
    }

    #[test]
    fn an_offset_is_named_once() {
        let words = LocaleWords::default();
        for (name, expected) in [
            ("+03:00", "UTC+3"),
            ("-05:30", "UTC−5:30"),
            ("+05:45", "UTC+5:45"),
            ("Etc/GMT+8", "UTC−8"),
            ("Etc/GMT", "UTC"),
        ] {
            let zone = Zone::read(name).unwrap();
            assert_eq!(words.place(&zone), expected);
            assert_eq!(zone_name(&words, &zone, DateTime::UNIX_EPOCH), expected);
        }
    }
}

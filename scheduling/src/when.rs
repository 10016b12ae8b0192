//! The time of a meeting, in words: the date in full, the times, and the zone by name and offset.

use crate::locale::LocaleWords;
use crate::zone::{WallTime, Zone, offset_text};
use chrono::{DateTime, Timelike, Utc};

/// Date and times of a meeting in a zone, in a locale's words; with both offsets if the clock is changed meanwhile.
pub fn span(words: &LocaleWords, zone: &Zone, start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    let dates = &words.dates;
    let (from, until) = (zone.to_wall_time(start), zone.to_wall_time(end));
    let is_changed = zone.offset_seconds(start) != zone.offset_seconds(end);
    let [start_time, end_time] = [(start, from), (end, until)].map(|(at, wall)| {
        let time = dates.format(&dates.time, wall);
        if is_changed { with_offset(words, zone, &time, at) } else { time }
    });
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
pub fn time(words: &LocaleWords, zone: &Zone, at: DateTime<Utc>) -> String {
    let wall = zone.to_wall_time(at);
    let time = words.dates.format(&words.dates.time, wall);
    match zone.at_wall_time(wall) {
        WallTime::Twice(..) => with_offset(words, zone, &time, at),
        WallTime::Once(_) | WallTime::Skipped => time,
    }
}

fn with_offset(words: &LocaleWords, zone: &Zone, time: &str, at: DateTime<Utc>) -> String {
    let offset = offset_text(zone.offset_seconds(at));
    words.message("endpoint.when.doubled", &[("time", time), ("offset", &offset)])
}

/// Returns true if people sleep then: before six, or from ten in the evening on. The page's script agrees.
pub fn is_night(zone: &Zone, at: DateTime<Utc>) -> bool {
    !(6..22).contains(&zone.to_wall_time(at).hour())
}

/// A start, with its date.
pub fn start(words: &LocaleWords, zone: &Zone, start: DateTime<Utc>) -> String {
    let wall = zone.to_wall_time(start);
    let (date, time) =
        (words.dates.format(&words.dates.date_full, wall), words.dates.format(&words.dates.time, wall));
    words.message("endpoint.when.start", &[("date", &date), ("start", &time)])
}

/// A zone by its place and its offset at an instant, which tells a doubled hour apart. An offset is not said twice.
pub fn zone_name(words: &LocaleWords, zone: &Zone, at: DateTime<Utc>) -> String {
    let offset = offset_text(zone.offset_seconds(at));
    let in_full =
        || words.message("endpoint.when.zone", &[("zone", &words.place(zone)), ("offset", &offset)]);
    zone.offset_label().unwrap_or_else(in_full)
}

#[cfg(test)]
mod tests {
    use crate::locale::DateWords;
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn where_the_clock_is_changed_meanwhile_both_times_have_their_offsets() {
        let messages = [
            ("endpoint.when.span", "{date}, {start}–{end}"),
            ("endpoint.when.span_overnight", "{date}, {start} – {end_date}, {end}"),
            ("endpoint.when.doubled", "{time} (UTC{offset})"),
        ];
        let pattern = |text: &str| text.to_owned();
        let dates = DateWords {
            date_full: pattern("{day}"),
            date: pattern("{day}"),
            time: pattern("{hour}:{minute}"),
            ..DateWords::default()
        };
        let messages = messages.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let words = LocaleWords { dates, messages, ..LocaleWords::default() };
        for (zone, start, minutes, expected) in [
            ("Australia/Lord_Howe", "2027-04-03T14:30:00Z", 30, "4, 01:30 (UTC+11)–01:30 (UTC+10:30)"),
            ("Pacific/Chatham", "2027-04-03T13:30:00Z", 30, "4, 03:15 (UTC+13:45)–02:45 (UTC+12:45)"),
            ("Antarctica/Troll", "2027-03-28T00:30:00Z", 30, "28, 00:30 (UTC±0)–03:00 (UTC+2)"),
            ("Europe/Berlin", "2026-10-24T22:30:00Z", 180, "25, 00:30 (UTC+2)–02:30 (UTC+1)"),
            ("Europe/Berlin", "2026-10-24T21:30:00Z", 240, "24, 23:30 (UTC+2) – 25, 02:30 (UTC+1)"),
            ("Europe/Berlin", "2026-10-25T00:00:00Z", 30, "25, 02:00–02:30"),
        ] {
            let start: DateTime<Utc> = start.parse().unwrap();
            let told = span(&words, &Zone::read(zone).unwrap(), start, start + TimeDelta::minutes(minutes));
            assert_eq!(told, expected, "{zone} {start}");
        }
    }

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

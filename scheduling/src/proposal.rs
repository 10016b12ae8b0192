//! Suggested times: a few free times of a page to paste into an email, as plain text and as HTML, each of them a link
//! that opens the page with that time chosen.
//!
//! The HTML is what the mail programs leave as it is: tables without widths, borders and padding on cells, every style
//! on its element, and no colour that is needed to read it.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};

use crate::availability::Window;
use crate::html::escape;
use crate::link::Link;
use crate::locale::LocaleWords;
use crate::when;
use crate::zone::Zone;

/// The hours at which people meet, where there is a choice: from eight until eight.
const WAKING: std::ops::Range<u32> = 8..20;

/// The most times that a mail suggests: more is a calendar.
pub const MOST_TIMES: usize = 12;
/// How many times are suggested where nobody says how many.
pub const USUAL_TIMES: usize = 3;

/// The link of a suggested time, from the page's own: it chooses that time, names all that are suggested with it, and
/// chooses a duration and a zone; all that is not said is the page's to choose.
pub fn link(
    page: Link,
    start: Option<i64>,
    suggested: &[i64],
    minutes: Option<u32>,
    zone: Option<&Zone>,
) -> Link {
    let page = match start {
        Some(start) => page.with_slot(start).with_suggested(suggested),
        None => page,
    };
    let minutes = minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    page.with("duration", &minutes).with("tz", zone.map_or("", Zone::name))
}

/// The times that are suggested, and what is said of them.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// The words of the reader's language.
    pub words: &'a LocaleWords,
    /// The meeting.
    pub title: &'a str,
    /// Who invites to it.
    pub host_name: &'a str,
    /// The host's own zone.
    pub host_zone: &'a Zone,
    /// The zone in which the times are said.
    pub zone: &'a Zone,
    /// How long it lasts.
    pub duration_minutes: u32,
    /// Each start, with the link that chooses it.
    pub times: &'a [(DateTime<Utc>, String)],
    /// The link to all times.
    pub others: &'a str,
}

impl Proposal<'_> {
    /// The text for a mail without formatting.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.heading());
        for (start, link) in self.times {
            let _ = writeln!(text, "\n{}\n{}\n{link}", self.span(*start), self.place(*start));
        }
        let _ = writeln!(text, "\n{}\n{}", self.other_words(), self.others);
        text
    }

    /// The HTML to paste into a mail.
    pub fn html(&self) -> String {
        const TABLE: &str = "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">";
        // Outlook for Windows takes a line's height only with the rule before it.
        const TEXT: &str = "font-family:Arial,Helvetica,sans-serif;font-size:15px;mso-line-height-rule:exactly;line-height:22px";
        let mut html = format!(
            "<table lang=\"{}\"{}\n<tr><td style=\"{TEXT};padding:0 0 12px 0\">{}</td></tr>\n",
            escape(&self.words.code),
            TABLE.trim_start_matches("<table"),
            escape(&self.heading())
        );
        for (start, link) in self.times {
            let _ = writeln!(
                html,
                "<tr><td style=\"padding:0 0 8px 0\">{TABLE}<tr><td style=\"{TEXT};border:1px solid #767676;padding:8px 14px\"><a href=\"{}\"><b>{}</b></a><br>{}</td></tr></table></td></tr>",
                escape(link),
                escape(&self.span(*start)),
                escape(&self.place(*start))
            );
        }
        let _ = writeln!(
            html,
            "<tr><td style=\"{TEXT};padding:4px 0 0 0\"><a href=\"{}\">{}</a></td></tr>\n</table>",
            escape(self.others),
            escape(&self.other_words())
        );
        html
    }

    fn heading(&self) -> String {
        let duration = self.words.plural("endpoint.when.minutes", self.duration_minutes.into());
        let values = [("title", self.title), ("host_name", self.host_name), ("duration", &duration)];
        self.words.message("endpoint.proposal.heading", &values)
    }

    fn other_words(&self) -> String {
        self.words.message("endpoint.proposal.others", &[])
    }

    fn span(&self, start: DateTime<Utc>) -> String {
        when::span(self.words, self.zone, start, start + TimeDelta::minutes(self.duration_minutes.into()))
    }

    /// The zone of the time above; and the host's own, where its clocks show another.
    fn place(&self, start: DateTime<Utc>) -> String {
        let own = when::zone_name(self.words, self.zone, start);
        if self.zone.offset_seconds(start) == self.host_zone.offset_seconds(start) {
            return own;
        }
        let is_same_date =
            wall_date(self.zone, start.timestamp()) == wall_date(self.host_zone, start.timestamp());
        let time = if is_same_date {
            when::time(self.words, self.host_zone, start)
        } else {
            when::start(self.words, self.host_zone, start)
        };
        let place = self.words.place(self.host_zone);
        let values = [("zone", own.as_str()), ("host_time", &time), ("host_zone", &place)];
        self.words.message("endpoint.proposal.both_zones", &values)
    }
}

/// Up to so many starts of a duration, soon and spread: each on another day of the reader's, while there are days, and
/// from morning to evening in turn; at hours at which people meet, if there are any.
pub fn spread(
    windows: &[Window],
    every_minutes: u32,
    minutes: u32,
    zones: [&Zone; 2],
    count: usize,
) -> Vec<i64> {
    let mut days: Vec<(NaiveDate, Vec<i64>)> = Vec::new();
    let starts = windows.iter().flat_map(|window| window.starts(every_minutes, minutes));
    for start in starts {
        let day = wall_date(zones[0], start);
        match days.last_mut() {
            Some((last, starts)) if *last == day => starts.push(start),
            _ => days.push((day, vec![start])),
        }
    }
    for (_, starts) in &mut days {
        let waking: Vec<i64> = starts
            .iter()
            .copied()
            .filter(|start| zones.iter().all(|zone| is_waking(zone, *start, minutes)))
            .collect();
        if !waking.is_empty() {
            *starts = waking;
        }
    }
    let is_civil = |starts: &[i64]| zones.iter().all(|zone| is_waking(zone, starts[0], minutes));
    if days.iter().any(|(_, starts)| is_civil(starts)) {
        days.retain(|(_, starts)| is_civil(starts));
    }
    let mut chosen = Vec::new();
    // Once around all days, and again for more than there are days.
    for round in 0..count {
        for (at, (_, starts)) in days.iter().enumerate().take(count) {
            let part = (at + round) % count.max(1);
            let wanted = (starts.len() - 1) * part / (count - 1).max(1);
            let free = (wanted..starts.len()).chain(0..wanted).map(|index| starts[index]);
            chosen.extend(free.into_iter().find(|start| !chosen.contains(start)));
            if chosen.len() == count {
                chosen.sort_unstable();
                return chosen;
            }
        }
    }
    chosen.sort_unstable();
    chosen
}

fn wall_date(zone: &Zone, start: i64) -> NaiveDate {
    zone.to_wall_time(DateTime::from_timestamp(start, 0).unwrap_or_default()).date()
}

fn is_waking(zone: &Zone, start: i64, minutes: u32) -> bool {
    let hour = |at: i64| zone.to_wall_time(DateTime::from_timestamp(at, 0).unwrap_or_default()).hour();
    WAKING.contains(&hour(start)) && WAKING.contains(&hour(start + i64::from(minutes) * 60 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Openings from nine to five in UTC, on so many days from Tuesday 2026-12-01 on.
    fn windows(days: i64) -> Vec<Window> {
        let day = |day: i64| {
            let first = 1_796_083_200 + day * 86_400 + 9 * 3600;
            Window { first, before: first + 8 * 3600, until: first + 8 * 3600, grid_start: first }
        };
        (0..days).map(day).collect()
    }

    #[track_caller]
    fn check(days: i64, count: usize, reader: &str, expected: &[&str]) {
        let reader = Zone::read(reader).unwrap();
        let starts = spread(&windows(days), 30, 30, [&reader, &Zone::UTC], count);
        let told = starts
            .iter()
            .map(|start| DateTime::from_timestamp(*start, 0).unwrap().format("%d %H:%M").to_string());
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn times_are_spread_over_days_and_over_the_day() {
        check(10, 3, "UTC", &["01 09:00", "02 12:30", "03 16:30"]);
        check(10, 1, "UTC", &["01 09:00"]);
        check(2, 3, "UTC", &["01 09:00", "01 12:30", "02 12:30"]);
        check(1, 3, "UTC", &["01 09:00", "01 12:30", "01 16:30"]);
        check(0, 3, "UTC", &[]);
    }

    #[test]
    fn there_are_no_more_than_are_free() {
        let reader = Zone::UTC;
        let starts = spread(&windows(1), 240, 240, [&reader, &reader], 12);
        assert_eq!(starts.len(), 2);
    }

    #[test]
    fn nobody_is_asked_to_meet_at_night_where_there_is_a_choice() {
        check(10, 3, "America/New_York", &["01 13:00", "02 14:30", "03 16:30"]);
        check(10, 2, "Pacific/Auckland", &["01 09:00", "02 10:30"]); // it is night there all the time
    }
}

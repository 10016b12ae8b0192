//! The entries of lists: a host with the host's listed meetings, each with its first free day.

use chrono::{NaiveDate, TimeDelta};
use scheduling::availability::Query;
use scheduling::definition::{Meeting, words_in};
use scheduling::paths;
use serde::Serialize;

use super::markdown;
use super::meeting::{Place, duration_words};
use crate::content::Host;
use crate::render::place;
use crate::render::theme::words::Words;
use crate::render::work::Work;

/// The longest description in lists, in characters.
const EXCERPT_LETTERS: usize = 120;

#[derive(Serialize)]
pub(super) struct HostEntry<'a> {
    name: &'a str,
    path: String,
    zone: String,
    pub(super) meetings: Vec<MeetingEntry<'a>>,
}

#[derive(Serialize)]
pub(super) struct MeetingEntry<'a> {
    title: &'a str,
    path: String,
    /// The language of the page that it leads to, where that is another than the list's.
    language: Option<&'a str>,
    durations: String,
    place: Place<'a>,
    excerpt: String,
    /// The first day that has times, in words.
    first_day: String,
}

pub(super) fn entry_of_host<'a>(
    work: &'a Work,
    locale: &'a str,
    host: &'a Host,
    today: NaiveDate,
) -> HostEntry<'a> {
    let words = &work.locale(locale).words;
    let definition = &host.definition;
    let meetings = host.pages.iter().filter(|page| page.listed).filter_map(|page| {
        let meeting = definition.meetings.get(&page.slug)?;
        let has_locale = page.description.contains_key(locale);
        let in_locale = if has_locale { locale } else { place::default_locale(&work.site) };
        let description = page.description.get(in_locale).map_or("", String::as_str);
        Some(MeetingEntry {
            title: words_in(&meeting.title, in_locale),
            path: paths::page(&work.site.definition.locales, in_locale, &meeting.page),
            language: (!has_locale).then_some(in_locale),
            durations: duration_words(words, &meeting.rules.durations_minutes),
            place: Place::of(&meeting.location, in_locale),
            excerpt: markdown::to_excerpt(description, EXCERPT_LETTERS),
            first_day: first_day(words, meeting, today),
        })
    });
    let noon = today.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    HostEntry {
        name: &definition.name,
        path: paths::page(&work.site.definition.locales, locale, &definition.folder),
        zone: words.zone(definition.time_zone.name(), definition.time_zone.offset_seconds(noon)),
        meetings: meetings.collect(),
    }
}

/// The first day that has times, before anyone booked. A week is looked through first, as most pages have times in it.
fn first_day(words: &Words, meeting: &Meeting, today: NaiveDate) -> String {
    let rules = &meeting.rules;
    let noon = scheduling::availability::start_of_date(&rules.time_zone, today) + TimeDelta::hours(12);
    let first_from = |from: NaiveDate, to: NaiveDate| {
        let query = Query {
            now: noon,
            with_notice: false,
            dates: Some((from, to)),
            page: &meeting.page,
            claims: &[],
        };
        rules.windows(&query).first().map(|window| window.first)
    };
    let begin = rules.dates_on(today).map_or(today, |(first, _)| first);
    let week = begin + TimeDelta::days(6);
    let start = first_from(begin, week).or_else(|| first_from(week, NaiveDate::MAX));
    let Some(start) = start.and_then(|start| chrono::DateTime::from_timestamp(start, 0)) else {
        return words.flat.message("page.list.no_times", &[]);
    };
    let wall = rules.time_zone.to_wall_time(start);
    let date = words.flat.dates.format(&words.flat.dates.date, wall);
    words.flat.message("page.list.first_day", &[("date", &date)])
}

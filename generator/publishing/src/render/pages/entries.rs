//! The entries of lists: a host with the host's listed meetings. What day is free first is the script's to say, as it
//! asks the endpoint: a day that a page names may be full, or over, when somebody reads it.

use chrono::{NaiveDate, TimeDelta};
use scheduling::availability::Query;
use scheduling::definition::{Meeting, words_in};
use scheduling::money::Money;
use scheduling::paths;
use serde::Serialize;

use super::meeting::{Place, duration_words};
use super::{markdown, price};
use crate::content::{Host, Picture};
use crate::render::place;
use crate::render::work::Work;

/// The longest description in lists, in characters.
const EXCERPT_LETTERS: usize = 120;

#[derive(Serialize)]
pub(crate) struct HostEntry<'a> {
    pub(super) name: &'a str,
    path: String,
    photo: Option<&'a Picture>,
    zone: String,
    pub(crate) meetings: Vec<MeetingEntry<'a>>,
}

#[derive(Serialize)]
pub(crate) struct MeetingEntry<'a> {
    pub(super) title: &'a str,
    pub(super) path: String,
    /// The path of its Markdown.
    text_path: String,
    /// The language of the page that it leads to, where that is another than the list's.
    language: Option<&'a str>,
    durations: String,
    /// What it costs.
    price: Option<String>,
    #[serde(skip)]
    pub(super) price_range: Option<(Option<Money>, Money)>,
    place: Place<'a>,
    pub(super) excerpt: String,
    /// The page's name, under which the endpoint tells what is free.
    page: &'a str,
    zone: &'a str,
    /// False where no day from today on has times, whatever is booked.
    has_times: bool,
    invite_only: bool,
}

pub(crate) fn entry_of_host<'a>(
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
        let path = paths::page(&work.site.definition.locales, in_locale, &meeting.page);
        Some(MeetingEntry {
            title: words_in(&meeting.title, in_locale),
            text_path: place::text(&path),
            path,
            language: (!has_locale).then_some(in_locale),
            durations: duration_words(words, &meeting.rules.durations_minutes),
            price: price::of_page(words, meeting),
            price_range: price::range(meeting),
            place: Place::of(&meeting.location, in_locale),
            excerpt: markdown::to_excerpt(description, EXCERPT_LETTERS),
            page: &meeting.page,
            zone: meeting.rules.time_zone.name(),
            has_times: !meeting.invite_only && has_times(meeting, today),
            invite_only: meeting.invite_only,
        })
    });
    let noon = today.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    HostEntry {
        name: &definition.name,
        path: paths::page(&work.site.definition.locales, locale, &definition.folder),
        photo: host.photo.as_ref(),
        zone: words.zone(&definition.time_zone, definition.time_zone.offset_seconds(noon)),
        meetings: meetings.collect(),
    }
}

/// Whether any day from today on has times, before anyone booked. A week is looked through first, as most pages have
/// times in it.
fn has_times(meeting: &Meeting, today: NaiveDate) -> bool {
    let rules = &meeting.rules;
    let now = scheduling::availability::start_of_date(&rules.time_zone, today);
    let any_from = |from: NaiveDate, to: NaiveDate| {
        let dates = Some((from, to));
        let query = Query { now, with_notice: false, dates, page: &meeting.page, claims: &[] };
        !rules.windows(&query).is_empty()
    };
    let begin = rules.dates_on(today).map_or(today, |(first, _)| first);
    let week = begin + TimeDelta::days(6);
    any_from(begin, week) || any_from(week, NaiveDate::MAX)
}

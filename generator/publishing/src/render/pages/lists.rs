//! The site's index, hosts' pages, their own desk, the page for what is not there, and the ones that lead from old folders to new.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduling::availability::Query;
use scheduling::definition::{Meeting, words_in};
use serde::Serialize;

use super::markdown;
use super::meeting::{Place, duration_words};
use crate::content::Host;
use crate::render::fault::RenderFault;
use crate::render::place;
use crate::render::theme::words::Words;
use crate::render::work::{DESK, Frame, Work};

/// The index: every listed page, by host, each with its first free day.
pub(crate) fn index(work: &Work, locale: &str, now: DateTime<Utc>) -> Result<Vec<u8>, RenderFault> {
    let hosts = work.site.hosts.iter().map(|host| entry_of_host(work, locale, host, today_of(host, now)));
    let hosts: Vec<HostEntry<'_>> = hosts.filter(|host| !host.meetings.is_empty()).collect();
    let frame = work.frame(locale, "", &work.locales());
    render(work, locale, "index.html", &Index { frame, hosts })
}

/// The date where a host is: what the host's pages are made for.
pub(crate) fn today_of(host: &Host, now: DateTime<Utc>) -> NaiveDate {
    host.definition.time_zone.to_wall_time(now).date()
}

/// A host's page: the host's listed meetings, each with its first free day.
pub(crate) fn host(
    work: &Work,
    locale: &str,
    index: usize,
    today: NaiveDate,
) -> Result<Vec<u8>, RenderFault> {
    let host = &work.site.hosts[index];
    let frame = work.frame(locale, &host.definition.folder, &work.locales());
    let host = entry_of_host(work, locale, host, today);
    render(work, locale, "host.html", &HostPage { frame, host })
}

/// The host's own pages: one file, the same for every host, filled by its script. Not to be found by searching.
pub(crate) fn desk(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let frame = Frame {
        style: &work.assets.desk_style.path,
        script: work.assets.desk_script_path(locale),
        canonical: String::new(),
        ..work.frame(locale, DESK, &work.locales())
    };
    render(work, locale, "desk.html", &frame)
}

/// The page for addresses below a locale's folder where nothing is. In all the site's languages, its own first: such an address
/// says little of its reader's.
pub(crate) fn not_found(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let others = work.locales().into_iter().filter(|other| *other != locale).map(|other| OtherLocale {
        locale: other,
        home: place::path(&work.site, other, ""),
        words: &work.locale(other).words.tree,
    });
    let page = NotFound { frame: work.bare_frame(locale), others: others.collect() };
    render(work, locale, "404.html", &page)
}

/// A page at a former address, which leads to the new one.
pub(crate) fn moved(work: &Work, locale: &str, to: &str) -> Result<Vec<u8>, RenderFault> {
    render(work, locale, "moved.html", &Moved { frame: work.bare_frame(locale), to })
}

#[derive(Serialize)]
struct Index<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    hosts: Vec<HostEntry<'a>>,
}

#[derive(Serialize)]
struct HostPage<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    host: HostEntry<'a>,
}

#[derive(Serialize)]
struct NotFound<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    others: Vec<OtherLocale<'a>>,
}

/// What a page says in another language than its own.
#[derive(Serialize)]
struct OtherLocale<'a> {
    locale: &'a str,
    home: String,
    words: &'a toml::Table,
}

#[derive(Serialize)]
struct Moved<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    to: &'a str,
}

#[derive(Serialize)]
struct HostEntry<'a> {
    name: &'a str,
    path: String,
    zone: String,
    meetings: Vec<MeetingEntry<'a>>,
}

#[derive(Serialize)]
struct MeetingEntry<'a> {
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

/// How much of a description lists show, in characters.
const EXCERPT_LETTERS: usize = 120;

fn entry_of_host<'a>(work: &'a Work, locale: &'a str, host: &'a Host, today: NaiveDate) -> HostEntry<'a> {
    let words = &work.locale(locale).words;
    let definition = &host.definition;
    let meetings = host.pages.iter().filter(|page| page.listed).filter_map(|page| {
        let meeting = definition.meetings.get(&page.slug)?;
        let has_locale = page.description.contains_key(locale);
        let in_locale = if has_locale { locale } else { place::default_locale(&work.site) };
        let description = page.description.get(in_locale).map_or("", String::as_str);
        Some(MeetingEntry {
            title: words_in(&meeting.title, in_locale),
            path: place::path(&work.site, in_locale, &meeting.page),
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
        path: place::path(&work.site, locale, &definition.folder),
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

fn render(
    work: &Work,
    locale: &str,
    template: &str,
    context: &impl Serialize,
) -> Result<Vec<u8>, RenderFault> {
    work.locale(locale).render(template, context).map(String::into_bytes)
}

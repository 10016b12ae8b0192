//! `generator diff <git ref>`: what changes for visitors between the content of a commit and the content as it is now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use publishing::content::{self, Page, Picture, Site};
use publishing::diagnostics::visible;
use scheduling::availability::Query;
use scheduling::definition::{Location, Meeting, Question, Words};
use scheduling::hours::WeeklyHours;

use super::checkout::Checkout;
use super::words::{counted, hours, list, span};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `diff`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// A commit, a branch or a tag, such as origin/main
    #[arg(value_name = "GIT REF")]
    pub commit: String,
}

/// The days of a week, as content names them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Prints the changes to standard output, in Markdown.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let after = sources.load_site(&theme, printer)?;
    let folder = Checkout::of(&sources.content, &arguments.commit)?;
    let loaded = content::load(folder.content(), &sources.load_options(&theme));
    let Some(before) = loaded.site else {
        return Err(Failure::drawn(format!(
            "the content of {} has errors, so it cannot be compared:\n{}",
            visible(&arguments.commit),
            loaded.diagnostics.without_doubts().draw(&sources.drawing(printer))
        )));
    };
    let changes = changes(&before, &after, sources);
    printer.answer(&in_words(&changes, &arguments.commit));
    Ok(())
}

/// Changes, by the page or host that they are on.
type Changes = BTreeMap<String, Vec<String>>;

fn in_words(changes: &Changes, commit: &str) -> String {
    if changes.is_empty() {
        return format!("Nothing has changed for visitors since {commit}.");
    }
    let mut text = format!(
        "{} for visitors since {commit}:\n",
        if changes.len() == 1 {
            "One page has changed".to_owned()
        } else {
            format!("{} have changed", counted(changes.len(), "page"))
        }
    );
    for (place, lines) in changes {
        let _ = writeln!(text, "\n**{place}**");
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    text
}

fn changes(before: &Site, after: &Site, sources: &Sources) -> Changes {
    let mut changes = Changes::new();
    site_changes(before, after, &mut changes);
    host_changes(before, after, &mut changes);
    let (old, new) = (shown(before), shown(after));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        let lines = match (old.get(name), new.get(name)) {
            (None, Some(new)) => vec![format!("new page: {}", title(&new.meeting.title))],
            (Some(old), None) => vec![format!("removed page: {}", title(&old.meeting.title))],
            (Some(old), Some(new)) => page_changes(old, new, sources),
            (None, None) => Vec::new(),
        };
        if !lines.is_empty() {
            changes.insert(format!("/{name}/"), lines);
        }
    }
    changes
}

fn site_changes(before: &Site, after: &Site, changes: &mut Changes) {
    let (old, new) = (&before.definition, &after.definition);
    let mut lines = Vec::new();
    moved(&mut lines, "title", &old.title, &new.title);
    moved(&mut lines, "address", &old.base_url, &new.base_url);
    moved(&mut lines, "languages", &old.locales.join(", "), &new.locales.join(", "));
    if before.privacy != after.privacy {
        lines.push("the privacy text has changed".to_owned());
    }
    if path(before.logo.as_ref()) != path(after.logo.as_ref()) {
        lines.push("the logo has changed".to_owned());
    }
    if before.theme != after.theme {
        lines.push("colours or fonts have changed".to_owned());
    }
    if !lines.is_empty() {
        changes.insert("/".to_owned(), lines);
    }
}

fn host_changes(before: &Site, after: &Site, changes: &mut Changes) {
    for new in &after.hosts {
        let folder = &new.definition.folder;
        let Some(old) = before.hosts.iter().find(|old| old.definition.folder == *folder) else { continue };
        let mut lines = Vec::new();
        if path(old.photo.as_ref()) != path(new.photo.as_ref()) {
            lines.push("the photo has changed".to_owned());
        }
        if old.about != new.about {
            lines.push("what the host says about themselves has changed".to_owned());
        }
        if !lines.is_empty() {
            changes.insert(format!("/{folder}/"), lines);
        }
    }
}

/// The path of a picture, which changes with the picture.
fn path(picture: Option<&Picture>) -> Option<&str> {
    picture.map(|picture| picture.path.as_str())
}

/// A page with what visitors see of its host.
struct Shown<'a> {
    meeting: &'a Meeting,
    page: &'a Page,
    host_name: &'a str,
}

fn shown(site: &Site) -> BTreeMap<&str, Shown<'_>> {
    let pages = site.hosts.iter().flat_map(|host| {
        host.pages.iter().filter_map(move |page| {
            let meeting = host.definition.meetings.get(&page.slug)?;
            Some((meeting.page.as_str(), Shown { meeting, page, host_name: &host.definition.name }))
        })
    });
    pages.collect()
}

fn page_changes(before: &Shown<'_>, after: &Shown<'_>, sources: &Sources) -> Vec<String> {
    let mut lines = Vec::new();
    let (old, new) = (before.meeting, after.meeting);
    moved(&mut lines, "host", before.host_name, after.host_name);
    for (locale, words) in &new.title {
        moved(
            &mut lines,
            &named("title", locale, &new.title),
            old.title.get(locale).map_or("", String::as_str),
            words,
        );
    }
    let listed = |listed: bool| if listed { "listed" } else { "not listed" };
    moved(&mut lines, "in lists of pages", listed(before.page.listed), listed(after.page.listed));
    let by = |invite_only: bool| if invite_only { "invitation only" } else { "everybody" };
    moved(&mut lines, "can be booked by", by(old.invite_only), by(new.invite_only));
    let languages = |page: &Page| page.description.keys().cloned().collect::<Vec<_>>().join(", ");
    moved(&mut lines, "languages", &languages(before.page), &languages(after.page));
    if before.page.description != after.page.description {
        lines.push("the description has changed".to_owned());
    }
    moved(&mut lines, "location", &location(&old.location), &location(&new.location));
    rule_changes(&mut lines, old, new);
    question_changes(&mut lines, &old.questions, &new.questions);
    time_changes(&mut lines, old, new, sources);
    lines
}

fn rule_changes(lines: &mut Vec<String>, old: &Meeting, new: &Meeting) {
    let (a, b) = (&old.rules, &new.rules);
    moved(lines, "time zone", &a.time_zone.to_string(), &b.time_zone.to_string());
    moved(lines, "durations (minutes)", &list(&a.durations_minutes), &list(&b.durations_minutes));
    moved(
        lines,
        "minutes between starts",
        &a.start_every_minutes.to_string(),
        &b.start_every_minutes.to_string(),
    );
    let weekly = |meeting: &Meeting| {
        meeting.rules.page_hours.clone().unwrap_or_else(|| meeting.rules.host_hours.clone())
    };
    hour_changes(lines, &weekly(old), &weekly(new));
    if (&a.page_dates, &a.host_dates, &a.holidays) != (&b.page_dates, &b.host_dates, &b.holidays) {
        lines.push("days off, holidays or dates with other hours have changed".to_owned());
    }
    moved(lines, "notice", &span(a.notice_minutes), &span(b.notice_minutes));
    let window = |meeting: &Meeting| {
        let window = &meeting.rules.window;
        let days = window.days.map(|days| format!("{days} days"));
        let from = window.from.map(|date| format!("from {date}"));
        let until = window.until.map(|date| format!("until {date}"));
        [days, from, until].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    moved(lines, "window", &window(old), &window(new));
    let buffer = |meeting: &Meeting| {
        let buffer = &meeting.rules.buffer;
        format!("{} before, {} after", span(buffer.before_minutes), span(buffer.after_minutes))
    };
    moved(lines, "buffers", &buffer(old), &buffer(new));
    let limit = |meeting: &Meeting| {
        let limit = &meeting.rules.limit;
        let day = limit.per_day.map(|most| format!("{most} a day"));
        let week = limit.per_week.map(|most| format!("{most} a week"));
        [day, week].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    moved(lines, "limit", &limit(old), &limit(new));
    moved(
        lines,
        "visitors can change a booking until",
        &span(old.change_until_minutes),
        &span(new.change_until_minutes),
    );
    let has_link = |meeting: &Meeting| if meeting.links_in_invitation { "yes" } else { "no" }.to_owned();
    moved(lines, "link to the booking in calendar events", &has_link(old), &has_link(new));
}

fn hour_changes(lines: &mut Vec<String>, before: &WeeklyHours, after: &WeeklyHours) {
    for (day, (old, new)) in DAYS.iter().zip(before.0.iter().zip(&after.0)) {
        moved(lines, &format!("hours on {day}"), &hours(old, "closed"), &hours(new, "closed"));
    }
}

fn question_changes(lines: &mut Vec<String>, before: &[Question], after: &[Question]) {
    let find =
        |questions: &[Question], id: &str| questions.iter().find(|question| question.id == id).cloned();
    for question in after {
        match find(before, &question.id) {
            None => lines.push(format!("new question: {}", title(&question.label))),
            Some(old) if old != *question => {
                lines.push(format!("changed question: {}", title(&question.label)));
            }
            Some(_) => {}
        }
    }
    for question in before.iter().filter(|question| find(after, &question.id).is_none()) {
        lines.push(format!("removed question: {}", title(&question.label)));
    }
}

/// Compares the times that the page offers now in the two contents, whatever is booked.
fn time_changes(lines: &mut Vec<String>, old: &Meeting, new: &Meeting, sources: &Sources) {
    let starts = |meeting: &Meeting| {
        let rules = &meeting.rules;
        let query = Query {
            now: sources.clock.now(),
            with_notice: true,
            dates: None,
            page: &meeting.page,
            claims: &[],
        };
        let shortest = rules.durations_minutes.iter().copied().min().unwrap_or(1);
        let windows = rules.windows(&query);
        windows
            .iter()
            .flat_map(|window| window.starts(rules.start_every_minutes, shortest))
            .collect::<BTreeSet<i64>>()
    };
    let (old, new) = (starts(old), starts(new));
    let (gone, added) = (old.difference(&new).count(), new.difference(&old).count());
    if gone + added > 0 {
        let count = |times: usize| if times == 0 { "none".to_owned() } else { times.to_string() };
        let offered = counted(old.len(), "offered time");
        lines.push(format!("{} of {offered} removed, {} added", count(gone), count(added)));
    }
}

/// A line where something changes: `notice: 1h → 4h`.
fn moved(lines: &mut Vec<String>, what: &str, before: &str, after: &str) {
    let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    if before != after {
        lines.push(format!("{what}: {} → {}", shown(before), shown(after)));
    }
}

fn named(what: &str, locale: &str, words: &Words) -> String {
    if words.len() > 1 { format!("{what} ({locale})") } else { what.to_owned() }
}

fn title(words: &Words) -> &str {
    words.values().next().map_or("", String::as_str)
}

fn location(location: &Location) -> String {
    match location {
        Location::Video(url) => format!("video, {url}"),
        Location::Room(pattern) => format!("video, a room for each booking at {pattern}"),
        Location::CalendarRoom => "video, a room that the calendar makes".to_owned(),
        Location::Phone(number) => format!("phone, {number}"),
        Location::Address(address) => format!("address, {address}"),
        Location::Ask(words) => format!("asked, {}", title(words)),
    }
}

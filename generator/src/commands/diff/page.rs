//! What changes on one page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use publishing::content::{Page, Picture};
use scheduling::availability::Query;
use scheduling::definition::{
    DateWindow, Limit, Location, Meeting, Payments, Question, Rules, WhenUnknown, Words,
};
use scheduling::hours::WeeklyHours;
use scheduling::locale::LocaleWords;

use super::lines::{around, moved, title, yes};
use crate::commands::words::{counted, hours, list, prices, refund, span};

/// The days of a week, as content names them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The time at which contents are compared, and the words in which.
pub(super) struct Setting {
    pub(super) now: DateTime<Utc>,
    /// Of the site's first locale.
    pub(super) words: LocaleWords,
}

/// A page with who takes its money.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) meeting: &'a Meeting,
    pub(super) page: &'a Page,
    pub(super) payments: Option<&'a Payments>,
}

/// Both are taken apart whole, so that a new part is either compared, or said to be none of visitors' business.
pub(super) fn page_changes(before: &Shown<'_>, after: &Shown<'_>, setting: &Setting) -> Vec<String> {
    let mut lines = Vec::new();
    let (old, new) = (before.meeting, after.meeting);
    let Page { description, pictures, listed, auto_submit, slug: _, draft: _, sources: _ } = after.page;
    let Meeting {
        title,
        location,
        rules,
        questions,
        change_until_minutes,
        reminders_minutes,
        approval_within_minutes,
        links_in_invitation,
        calendars,
        when_unknown: _, // with the calendars
        invite_only,
        prices: _,       // in words
        refund_until: _, // likewise
        page: _,
        locales: _, // those of the description
        associations: _,
        write_to: _,
    } = new;
    for (locale, words) in title {
        let old = old.title.get(locale).map_or("", String::as_str);
        moved(&mut lines, &named("title", locale, title), old, words);
    }
    let is_listed = |listed: bool| if listed { "listed" } else { "not listed" };
    moved(&mut lines, "in lists of pages", is_listed(before.page.listed), is_listed(*listed));
    let by = |invite_only: bool| if invite_only { "invitation only" } else { "everybody" };
    moved(&mut lines, "can be booked by", by(old.invite_only), by(*invite_only));
    moved(
        &mut lines,
        "bookings are",
        &answer(old.approval_within_minutes),
        &answer(*approval_within_minutes),
    );
    moved(&mut lines, "the form sends itself", yes(before.page.auto_submit), yes(*auto_submit));
    let languages = |page: &Page| page.description.keys().cloned().collect::<Vec<_>>().join(", ");
    moved(&mut lines, "languages", &languages(before.page), &languages(after.page));
    if before.page.description != *description {
        lines.push("the description has changed".to_owned());
    }
    let shown = |pictures: &BTreeMap<String, Picture>| -> Vec<(String, String)> {
        pictures.iter().map(|(address, picture)| (address.clone(), picture.path.clone())).collect()
    };
    if shown(&before.page.pictures) != shown(pictures) {
        lines.push("the pictures of the description have changed".to_owned());
    }
    let (was, is) = (in_words_of_place(&old.location), in_words_of_place(location));
    moved(&mut lines, "location", &was, &is);
    if was == is && old.location != *location {
        lines.push("the question where to meet has changed in another language".to_owned());
    }
    moved(&mut lines, "price", &prices(old, &setting.words), &prices(new, &setting.words));
    moved(&mut lines, "payment", &paid_by(before), &paid_by(after));
    moved(&mut lines, "money back if a visitor cancels", &refund(old), &refund(new));
    moved(
        &mut lines,
        "calendars whose busy times are not offered",
        &old.calendars.join(", "),
        &calendars.join(", "),
    );
    moved(&mut lines, "bookings while a calendar cannot be read", unknown(old), unknown(new));
    rule_changes(&mut lines, &old.rules, rules);
    moved(
        &mut lines,
        "visitors can change a booking until",
        &span(old.change_until_minutes),
        &span(*change_until_minutes),
    );
    moved(
        &mut lines,
        "reminders before the meeting",
        &spans(&old.reminders_minutes),
        &spans(reminders_minutes),
    );
    moved(
        &mut lines,
        "link to the booking in calendar events",
        yes(old.links_in_invitation),
        yes(*links_in_invitation),
    );
    question_changes(&mut lines, &old.questions, questions);
    time_changes(&mut lines, old, new, setting.now);
    lines
}

/// Lengths of time: `1d, 1h`.
fn spans(minutes: &[u32]) -> String {
    minutes.iter().copied().map(span).collect::<Vec<_>>().join(", ")
}

/// What becomes of a booking.
fn answer(approval_within_minutes: Option<u32>) -> String {
    approval_within_minutes.map_or_else(
        || "confirmed at once".to_owned(),
        |minutes| format!("requests, answered within {}", span(minutes)),
    )
}

/// What becomes of one while a calendar cannot be read; nothing for a page that looks at none.
fn unknown(meeting: &Meeting) -> &'static str {
    match meeting.when_unknown {
        _ if meeting.calendars.is_empty() => "",
        WhenUnknown::Request => "requests",
        WhenUnknown::Refuse => "refused",
    }
}

/// Who takes the money; nothing for a page that is free.
fn paid_by(page: &Shown<'_>) -> String {
    match page.payments.filter(|_| !page.meeting.prices.is_empty()) {
        None => String::new(),
        Some(Payments::Stripe { secret, webhook_secret: _, url, delayed }) => {
            let at = if url == Payments::STRIPE { String::new() } else { format!(" at {url}") };
            let also = if *delayed { ", also with methods that take days" } else { "" };
            format!("Stripe{at}, to the account of {secret}{also}")
        }
        Some(Payments::Link { url, secret: _ }) => format!("a link, {url}"),
    }
}

fn rule_changes(lines: &mut Vec<String>, old: &Rules, new: &Rules) {
    let Rules {
        time_zone,
        page_hours: _, // as one with the host's
        host_hours: _,
        page_dates,
        host_dates,
        holidays,
        durations_minutes,
        start_every_minutes,
        notice_minutes,
        window,
        buffer,
        limit,
    } = new;
    moved(lines, "time zone", &old.time_zone.to_string(), &time_zone.to_string());
    moved(lines, "durations (minutes)", &list(&old.durations_minutes), &list(durations_minutes));
    let every = [old.start_every_minutes, *start_every_minutes].map(|minutes| minutes.to_string());
    moved(lines, "minutes between starts", &every[0], &every[1]);
    let weekly = |rules: &Rules| rules.page_hours.clone().unwrap_or_else(|| rules.host_hours.clone());
    hour_changes(lines, &weekly(old), &weekly(new));
    if (&old.page_dates, &old.host_dates, &old.holidays) != (page_dates, host_dates, holidays) {
        lines.push("days off, holidays or dates with other hours have changed".to_owned());
    }
    moved(lines, "notice", &span(old.notice_minutes), &span(*notice_minutes));
    let dates = |window: &DateWindow| {
        let DateWindow { days, from, until } = window;
        let days = days.map(|days| format!("{days} days"));
        let from = from.map(|date| format!("from {date}"));
        let until = until.map(|date| format!("until {date}"));
        [days, from, until].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    moved(lines, "window", &dates(&old.window), &dates(window));
    moved(lines, "buffers", &around(old.buffer), &around(*buffer));
    let most = |Limit { per_day, per_week }: &Limit| {
        let day = per_day.map(|most| format!("{most} a day"));
        let week = per_week.map(|most| format!("{most} a week"));
        [day, week].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    moved(lines, "limit", &most(&old.limit), &most(limit));
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
    let ids = |questions: &[Question]| questions.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let (old, new) = (ids(before), ids(after));
    let is_kept = old.iter().collect::<BTreeSet<_>>() == new.iter().collect::<BTreeSet<_>>();
    if is_kept && old != new {
        lines.push("the questions are in another order".to_owned());
    }
}

/// Compares the times that the page offers now in the two contents, whatever is booked.
fn time_changes(lines: &mut Vec<String>, old: &Meeting, new: &Meeting, now: DateTime<Utc>) {
    let starts = |meeting: &Meeting| {
        let rules = &meeting.rules;
        let query = Query { now, with_notice: true, dates: None, page: &meeting.page, claims: &[] };
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

fn named(what: &str, locale: &str, words: &Words) -> String {
    if words.len() > 1 { format!("{what} ({locale})") } else { what.to_owned() }
}

fn in_words_of_place(location: &Location) -> String {
    match location {
        Location::Video(url) => format!("video, {url}"),
        Location::Room(pattern) => format!("video, a room for each booking at {pattern}"),
        Location::CalendarRoom => "video, a room that the calendar makes".to_owned(),
        Location::Phone(number) => format!("phone, {number}"),
        Location::Address(address) => format!("address, {address}"),
        Location::Ask(words) => format!("asked, {}", words.values().next().map_or("", String::as_str)),
    }
}

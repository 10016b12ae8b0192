//! Reading a meeting page, such as `intro.md`.

use chrono::NaiveDate;
use scheduling::availability::LONGEST_MEETING_MINUTES;
use scheduling::definition::{
    Association, Buffer, DEFAULT_APPROVAL_MINUTES, DateWindow, Limit, Location, Meeting, RANDOM, Rules, Words,
};
use scheduling::limits::{MOST_FORM_BYTES, form_bytes};

use super::bookable::{self, LONGEST_WINDOW_DAYS};
use super::host::HostSettings;
use super::{page_calendars, price};
use crate::content::fields::{hours, questions, values};
use crate::content::toml::keys::{ASSOCIATION, BUFFER, LIMIT, LOCATION, MEETING};
use crate::content::toml::reader::{Reader, Section, Value};
use crate::content::toml::suggest::nearest;

/// The defaults of a page.
const DEFAULT_NOTICE_MINUTES: u32 = 60;
const DEFAULT_WINDOW_DAYS: u32 = 60;
/// Instead of an address: the calendar that bookings are written to makes a room for each.
const FROM_CALENDAR: &str = "calendar";
/// Each is a mail.
const MOST_REMINDERS: usize = 5;

/// A meeting, and what only the published page needs of it.
#[derive(Clone, Debug)]
pub(crate) struct MeetingRead {
    pub meeting: Meeting,
    pub listed: bool,
    pub draft: bool,
    pub auto_submit: bool,
}

/// The surroundings in which a page is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub host: &'a HostSettings,
    /// The last part of the page's link.
    pub slug: &'a str,
    /// The site's first locale.
    pub locale: &'a str,
    /// Today, in the host's zone.
    pub today: NaiveDate,
    /// Bookings are requests where the page looks at no calendar and does not say otherwise.
    pub requests: bool,
    /// True if site and host are sound, so that it is known who takes payments.
    pub knows_payments: bool,
}

/// Reads a page's front matter. `None` where it is no TOML.
pub(crate) fn read<'s>(reader: &mut Reader<'s>, toml: &'s str, around: &Around<'_>) -> Option<MeetingRead> {
    let table = reader.parse(toml)?;
    let section = reader.root(&table, &MEETING);
    let title = reader.required(&section, "title").and_then(|value| reader.line(&value));
    let title = title.map_or("", |title| title.value.trim()).to_owned();
    let location =
        reader.required(&section, "location").and_then(|value| location(reader, &value, around.locale));
    let rules = rules(reader, &section, around);
    let questions = questions::read(reader, &section, around.locale);
    let change_until =
        section.get("change_until").and_then(|value| values::minutes(reader, &value, 366 * values::DAY));
    let links_in_invitation =
        section.get("links_in_invitation").and_then(|value| reader.flag(&value)).unwrap_or(true);
    let listed = section.get("listed").and_then(|value| reader.flag(&value)).unwrap_or(true);
    let draft = section.get("draft").and_then(|value| reader.flag(&value)).unwrap_or(false);
    let auto_submit = section.get("auto_submit").and_then(|value| reader.flag(&value)).unwrap_or(false);
    let invite_only = section.get("invite_only").and_then(|value| reader.flag(&value)).unwrap_or(false);
    let reminders = section.get("reminders").map(|value| reminders(reader, &value));
    let calendars = page_calendars::looked_at(reader, &section, around.host);
    let when_unknown = page_calendars::when_unknown(reader, &section, around.host, &calendars);
    let write_to = page_calendars::written_to(reader, &section, around.host);
    if location == Some(Location::CalendarRoom) {
        page_calendars::check_rooms(reader, &section, around.host, write_to.as_deref());
    }
    let approval = section.get("approval").and_then(|value| reader.flag(&value));
    let approval = approval.unwrap_or(around.requests && calendars.is_empty());
    let within = section.get("approval_within").and_then(|value| approval_within(reader, &value));
    let associations = section.get("associations").map(|value| associations(reader, &value));
    let payments = around.host.payments.as_ref();
    let prices = price::read(reader, &section, &rules.durations_minutes, payments, around.knows_payments);
    let refund_until = price::refund_until(reader, &section);
    if around.host.sound && !reader.has_mistakes() {
        bookable::check(reader, &section, &rules, around.today);
    }
    let meeting = Meeting {
        page: format!("{}/{}", around.host.folder, around.slug),
        title: Words::from([(around.locale.to_owned(), title)]),
        locales: vec![around.locale.to_owned()],
        location: location.unwrap_or_else(|| Location::Address(String::new())),
        rules,
        questions,
        change_until_minutes: change_until.unwrap_or(0),
        reminders_minutes: reminders.unwrap_or_default(),
        approval_within_minutes: approval.then(|| within.unwrap_or(DEFAULT_APPROVAL_MINUTES)),
        links_in_invitation,
        associations: associations.unwrap_or_default(),
        calendars,
        write_to,
        when_unknown,
        invite_only,
        prices,
        refund_until,
    };
    check_form(reader, &section, &meeting);
    price::check_refund(reader, &section, &meeting);
    if auto_submit {
        check_auto_submit(reader, &section, &meeting);
    }
    Some(MeetingRead { meeting, listed, draft, auto_submit })
}

/// A form sends itself only where a name and an address are all that it asks for: nobody's answer is anything but their
/// own.
fn check_auto_submit(reader: &mut Reader<'_>, section: &Section<'_>, meeting: &Meeting) {
    let asks = matches!(meeting.location, Location::Ask(_));
    let Some(place) = section.key_span("auto_submit") else { return };
    if section.key_span("price").is_some() {
        reader
            .mistake(place.clone(), "a page with a price cannot send itself")
            .help("leave `auto_submit` out: nobody should owe money without pressing a button");
    }
    if !asks && meeting.questions.is_empty() {
        return;
    }
    let what = if asks { "where to meet" } else { "questions" };
    reader
        .mistake(place, format!("a page that asks {what} cannot send itself"))
        .help("leave `auto_submit` out, or ask nothing but name and address");
}

/// The answers must fit into one form with all else that it takes: nobody may write for an hour, within every field's
/// limit, and be told that it is too much.
fn check_form(reader: &mut Reader<'_>, section: &Section<'_>, meeting: &Meeting) {
    let bytes = form_bytes(meeting);
    let place = section.key_span("questions").filter(|_| bytes > MOST_FORM_BYTES);
    if let Some(place) = place {
        let (most, kilobytes) = (MOST_FORM_BYTES / 1024, bytes.div_ceil(1024));
        reader
            .mistake(place, format!("answers to all of these questions could be too long: {kilobytes} KiB"))
            .help(format!(
                "a form can have {most} KiB; ask fewer questions of kind `long_text`, each up to 59 KiB"
            ));
    }
}

/// The times before the start at which reminders are sent, in minutes.
fn reminders(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<u32> {
    let mut reminders = Vec::new();
    for element in reader.list(value).unwrap_or_default() {
        let Some(minutes) = values::minutes(reader, &element, 90 * values::DAY) else { continue };
        if minutes == 0 {
            reader
                .mistake(element.span(), "a reminder goes out before the meeting")
                .help(format!("for example: `{}`", value.example_line()));
        } else if reminders.contains(&minutes) {
            reader.mistake(element.span(), "this reminder appears twice in `reminders`");
        } else {
            reminders.push(minutes);
        }
    }
    if reminders.len() > MOST_REMINDERS {
        reader
            .mistake(value.span(), format!("a page has at most {MOST_REMINDERS} reminders"))
            .help("nobody would read more than that");
    }
    reminders
}

/// The records elsewhere that the page's bookings belong to.
fn associations(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<Association> {
    let mut associations = Vec::new();
    for section in reader.sections(value, &ASSOCIATION) {
        let mut line = |key: &'static str| {
            let value = reader.required(&section, key)?;
            reader.line(&value).map(|text| text.value.to_owned())
        };
        if let (Some(kind), Some(id)) = (line("type"), line("id")) {
            associations.push(Association { kind, id });
        }
    }
    associations
}

fn rules(reader: &mut Reader<'_>, section: &Section<'_>, around: &Around<'_>) -> Rules {
    let host = around.host;
    let durations = reader.required(section, "durations").map(|value| durations(reader, &value));
    let durations_minutes = durations.unwrap_or_default();
    let shortest = durations_minutes.iter().copied().min().unwrap_or(30);
    let start_every =
        section.get("start_every").and_then(|value| reader.whole(&value, 1, values::DAY, "minutes"));
    let notice = section.get("notice").and_then(|value| values::minutes(reader, &value, 366 * values::DAY));
    let page_hours = section.get("hours").map(|value| hours::weekly(reader, &value));
    let page_dates = section.get("dates").map(|value| hours::dated(reader, &value));
    Rules {
        time_zone: host.time_zone.clone(),
        page_hours,
        host_hours: host.hours.clone(),
        page_dates: page_dates.unwrap_or_default(),
        host_dates: host.dates.clone(),
        holidays: host.holidays.clone(),
        start_every_minutes: start_every.unwrap_or(shortest),
        durations_minutes,
        notice_minutes: notice.unwrap_or(DEFAULT_NOTICE_MINUTES),
        window: window(reader, section, around.today),
        buffer: section
            .get("buffer")
            .map_or_else(Buffer::default, |value| values::buffer(reader, &value, &BUFFER)),
        limit: limit(reader, section),
    }
}

fn durations(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<u32> {
    let mut durations = Vec::new();
    if Reader::is_empty_list(value) {
        reader.mistake(value.span(), "a meeting needs a duration").help(format!(
            "list its durations in minutes; with several, visitors choose: `{}`",
            value.example_line()
        ));
    }
    for element in reader.list(value).unwrap_or_default() {
        let Some(minutes) = reader.whole(&element, 1, LONGEST_MEETING_MINUTES, "minutes") else { continue };
        if durations.contains(&minutes) {
            reader.mistake(element.span(), format!("`{minutes}` appears twice in `durations`"));
        } else {
            durations.push(minutes);
        }
    }
    durations
}

fn window(reader: &mut Reader<'_>, section: &Section<'_>, today: NaiveDate) -> DateWindow {
    let (rolling, from, until) = (section.get("window"), section.get("from"), section.get("until"));
    let days = rolling.as_ref().and_then(|value| values::days(reader, value, LONGEST_WINDOW_DAYS));
    let first = from.as_ref().and_then(|value| values::date(reader, value));
    let last = until.as_ref().and_then(|value| values::date(reader, value));
    if let (Some(from), None, None) = (&from, &rolling, &until) {
        reader.mistake(from.span(), "`from` needs an end").help(
            "add `until = \"2026-12-18\"` (the last date), or `window = \"60d\"` (this many days from today)",
        );
    }
    if let (Some(first), Some(last), Some(until)) = (first, last, &until)
        && first > last
    {
        reader.mistake(until.span(), "`until` is before `from`").help("both dates are included");
    }
    if let (None, Some(last), Some(until)) = (&rolling, last, &until) {
        let begin = first.map_or(today, |first| first.max(today));
        if (last - begin).num_days() > i64::from(LONGEST_WINDOW_DAYS) {
            reader
                .mistake(until.span(), "the page would hold more than two years of times")
                .help("add `window = \"60d\"`: visitors then see this many days from today, up to that date");
        }
    }
    let unsaid = rolling.is_none() && until.is_none();
    DateWindow { days: if unsaid { Some(DEFAULT_WINDOW_DAYS) } else { days }, from: first, until: last }
}

/// The time that a host has for an answer, in minutes.
fn approval_within(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<u32> {
    let minutes = values::minutes(reader, value, 30 * values::DAY)?;
    if minutes == 0 {
        reader
            .mistake(value.span(), "each request would expire before it can be answered")
            .help("for example: `approval_within = \"2d\"`");
        return None;
    }
    Some(minutes)
}

fn limit(reader: &mut Reader<'_>, section: &Section<'_>) -> Limit {
    let Some(section) = section.get("limit").and_then(|value| reader.section(&value, &LIMIT)) else {
        return Limit::default();
    };
    let mut most = |key: &'static str| {
        let value = section.get(key)?;
        if Reader::is_zero(&value) {
            reader
                .mistake(value.span(), "with a limit of zero, this page can never be booked")
                .help("leave it out for no limit; `draft = true` keeps a page from being published");
            return None;
        }
        reader.whole(&value, 1, 10_000, "bookings")
    };
    Limit { per_day: most("per_day"), per_week: most("per_week") }
}

fn location(reader: &mut Reader<'_>, value: &Value<'_>, locale: &str) -> Option<Location> {
    let section = reader.section(value, &LOCATION)?;
    let given: Vec<Value<'_>> =
        ["video", "phone", "address", "ask"].into_iter().filter_map(|key| section.get(key)).collect();
    match given.as_slice() {
        [only] => place(reader, only, locale),
        [] if reader.has_mistakes() => None,
        [] => {
            reader
                .mistake(value.span(), "`location` does not say where")
                .help("use one of `video`, `phone`, `address`, or `ask` to let the visitor choose");
            None
        }
        [_, second, ..] => {
            reader
                .mistake(second.span(), "`location` names two places")
                .help("use one of `video`, `phone`, `address`, or `ask` to let the visitor choose");
            None
        }
    }
}

fn place(reader: &mut Reader<'_>, value: &Value<'_>, locale: &str) -> Option<Location> {
    match value.name.as_ref() {
        "video" => video(reader, value),
        "phone" => phone(reader, value).map(Location::Phone),
        "address" => reader.line(value).map(|text| Location::Address(text.value.to_owned())),
        _ => reader
            .line(value)
            .map(|text| Location::Ask(Words::from([(locale.to_owned(), text.value.to_owned())]))),
    }
}

/// The address of a call, or of a room for each booking; or who makes one.
fn video(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Location> {
    let text = reader.line(value)?;
    if text.value == FROM_CALENDAR {
        return Some(Location::CalendarRoom);
    }
    if nearest(text.value, [FROM_CALENDAR].into_iter()).is_some() {
        reader
            .mistake(text.span, format!("`{}` is not a web address", text.value))
            .label(format!("did you mean `{FROM_CALENDAR}`?"));
        return None;
    }
    if !text.value.contains(['{', '}']) {
        return values::url(reader, value).map(Location::Video);
    }
    let others = text.value.replace(RANDOM, "");
    let (start, rest) = text.value.split_once("://").unwrap_or_default();
    let domain = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if others.contains(['{', '}']) {
        let message = format!("`{}` has other braces than `{RANDOM}`", text.value);
        let help = format!(
            "`{RANDOM}` stands for a name that nobody can guess, another one for each booking; write other braces as `%7B` and `%7D`"
        );
        reader.mistake(text.span, message).help(help);
        return None;
    }
    if domain.contains(RANDOM) || start.contains(RANDOM) {
        reader
            .mistake(text.span, format!("`{RANDOM}` cannot be part of the domain"))
            .help(format!("put it behind that: `https://meet.example.com/{RANDOM}`"));
        return None;
    }
    if values::parse_url(&text.value.replace(RANDOM, "random")).is_none() {
        return values::url(reader, value).map(Location::Video);
    }
    Some(Location::Room(text.value.to_owned()))
}

fn phone(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = reader.line(value)?;
    let digits = text.value.bytes().filter(u8::is_ascii_digit).count();
    let plain = |character: char| character.is_ascii_digit() || "+ -()./".contains(character);
    if digits < 3 || !text.value.chars().all(plain) {
        reader.mistake(text.span, format!("`{}` is not a phone number", text.value)).help(format!(
            "include the country code, so that it works from anywhere: `{}`",
            value.example_line()
        ));
        return None;
    }
    Some(text.value.to_owned())
}

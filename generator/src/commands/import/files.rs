//! Accounts as the files of hosts and their pages, and what is to be said about each.

use std::fmt::Write as _;

use chrono::NaiveDate;
use publishing::content::{README, as_name};
use scheduling::hours::{DatedHours, Opening, WeeklyHours};
use scheduling::link::{ASKED, OWN};
use scheduling::text::one_line;
use scheduling::zone::Zone;
use toml::Value;

use super::draft::{Account, Kind, Page, Place, Question, Skipped};
use super::names::Names;
use super::schedule::{OwnHours, Schedule};
use crate::commands::words;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What whoever imports has chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    /// The host's folder.
    pub(super) folder: Option<String>,
    pub(super) zone: Option<Zone>,
    /// The room that meetings take place in whose rooms were made by another program.
    pub(super) video: Option<String>,
}

/// A host's files.
#[derive(Clone, Debug)]
pub(super) struct HostFiles {
    pub(super) folder: String,
    pub(super) name: String,
    /// `host.toml`.
    pub(super) host: String,
    pub(super) pages: Vec<PageFile>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) notes: Vec<String>,
}

/// A page's file.
#[derive(Clone, Debug)]
pub(super) struct PageFile {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) is_draft: bool,
    /// What its host has to do before it is published.
    pub(super) undecided: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// A reason why an account cannot become a host.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error(
        "`{zone}`, the time zone of {name}, is not in the IANA database. Name another one with `--time-zone`, such as Europe/Berlin. Nothing was written."
    )]
    Zone { name: String, zone: String },
    #[error("{name} has no hours there. Nothing was written.")]
    NoHours { name: String },
}

/// The files of an account, as of today in UTC.
pub(super) fn files(
    account: Account,
    folders: &mut Names,
    choices: &Choices,
    today: NaiveDate,
) -> Result<HostFiles, Unfit> {
    let Account { slug, name, email, zone, schedules, pages, skipped } = account;
    let mut notes = Vec::new();
    let default = schedules.iter().find(|schedule| schedule.is_default).or(schedules.first());
    let default = default.ok_or_else(|| Unfit::NoHours { name: name.clone() })?;
    let zone = match &choices.zone {
        Some(zone) => zone.clone(),
        None => zone_of(&name, &default.zone, zone.as_deref(), &mut notes)?,
    };
    notes.extend(default.notes.iter().cloned());
    let passed = default.passed(today);
    if passed > 0 {
        notes.push(format!(
            "{} with other hours {} passed, and {} left out.",
            words::counted(passed, "date"),
            if passed == 1 { "has" } else { "have" },
            if passed == 1 { "is" } else { "are" },
        ));
    }
    let folder = match &choices.folder {
        Some(folder) => folder.clone(),
        None => folders.take(slug.iter().map(String::as_str).chain([name.as_str()]), "host"),
    };
    let surroundings = Surroundings { zone: &zone, default, choices, today };
    let mut names = Names::without(&[README]);
    let pages = pages.into_iter().map(|page| page_file(page, &surroundings, &mut names)).collect();
    let host = host_file(&name, &email, &zone, default, today);
    Ok(HostFiles { folder, name, host, pages, skipped, notes })
}

/// The zone of a host: that of the hours, as these are wall times there; else the account's.
fn zone_of(name: &str, hours: &str, account: Option<&str>, notes: &mut Vec<String>) -> Result<Zone, Unfit> {
    if let Ok(zone) = Zone::named(hours) {
        return Ok(zone);
    }
    match account.and_then(|account| Zone::named(account).ok()) {
        Some(zone) => {
            notes.push(format!(
                "The hours are in `{hours}`, which is not in the IANA database: the account’s own zone is used, {}.",
                zone.name()
            ));
            Ok(zone)
        }
        None => Err(Unfit::Zone { name: name.to_owned(), zone: hours.to_owned() }),
    }
}

/// What pages share.
struct Surroundings<'a> {
    zone: &'a Zone,
    default: &'a Schedule,
    choices: &'a Choices,
    today: NaiveDate,
}

fn host_file(name: &str, email: &str, zone: &Zone, schedule: &Schedule, today: NaiveDate) -> String {
    let mut text = String::new();
    push(&mut text, "name", &string(name));
    push(&mut text, "email", &string(email));
    push(&mut text, "time_zone", &string(zone.name()));
    push_hours(&mut text, &schedule.week);
    push_dates(&mut text, &schedule.dates_from(today));
    text
}

fn page_file(page: Page, around: &Surroundings<'_>, names: &mut Names) -> PageFile {
    let Page { mut notes, mut undecided, .. } = page.clone();
    let wanted = page.slug.iter().map(String::as_str).chain([page.title.as_str()]);
    let name = names.take(wanted, "page");
    if let Some(slug) = page.slug.as_ref().filter(|slug| **slug != name) {
        notes.push(format!("Its link ended in `{slug}`, and ends in `{name}` now."));
    }
    let location = location(&page.place, around.choices, &mut undecided);
    let own = own_hours(&page, around, &mut notes, &mut undecided);
    let mut text = String::from("+++\n");
    push(&mut text, "title", &string(&page.title));
    push(&mut text, "durations", &format!("[{}]", words::list(&page.durations)));
    push(&mut text, "location", &location);
    if let Some(minutes) = page.start_every {
        push(&mut text, "start_every", &minutes.to_string());
    }
    if let Some(minutes) = page.notice {
        push(&mut text, "notice", &string(&words::span(minutes)));
    }
    if let Some(days) = page.window.days {
        push(&mut text, "window", &string(&format!("{days}d")));
    }
    for (key, date) in [("from", page.window.from), ("until", page.window.until)] {
        if let Some(date) = date {
            push(&mut text, key, &string(&date.to_string()));
        }
    }
    let side = |minutes: u32| (minutes > 0).then(|| string(&words::span(minutes)));
    push_table(&mut text, "buffer", [("before", side(page.buffer.0)), ("after", side(page.buffer.1))]);
    let most = |most: Option<u32>| most.map(|most| most.to_string());
    push_table(&mut text, "limit", [("per_day", most(page.per_day)), ("per_week", most(page.per_week))]);
    if page.approval {
        push(&mut text, "approval", "true");
    }
    if page.hidden {
        push(&mut text, "listed", "false");
    }
    if !undecided.is_empty() {
        for why in &undecided {
            let _ = writeln!(text, "# {}", one_line(why));
        }
        push(&mut text, "draft", "true");
    }
    push_own_hours(&mut text, &own);
    push_questions(&mut text, &page.questions);
    text.push_str("+++\n");
    text.push_str(&page.description);
    if !page.description.is_empty() {
        text.push('\n');
    }
    let is_draft = !undecided.is_empty();
    PageFile { name, title: page.title, text, is_draft, undecided, notes }
}

/// The hours of a page, as far as they are not its host's.
fn own_hours(
    page: &Page,
    around: &Surroundings<'_>,
    notes: &mut Vec<String>,
    undecided: &mut Vec<String>,
) -> OwnHours {
    let Some(schedule) = &page.schedule else { return OwnHours::default() };
    notes.extend(schedule.notes.iter().cloned());
    let is_same_zone = schedule.zone == around.default.zone
        || Zone::named(&schedule.zone).is_ok_and(|zone| zone == *around.zone);
    if !is_same_zone {
        undecided.push(format!(
            "Its hours are wall times in {}, and a host has one time zone: rewrite them for {}.",
            schedule.zone,
            around.zone.name()
        ));
    }
    schedule.beside(around.default, around.today)
}

/// A place to put a room's link.
const NO_ROOM: &str = "https://example.com/your-room";

fn location(place: &Place, choices: &Choices, undecided: &mut Vec<String>) -> String {
    let (key, value) = match place {
        Place::Video(link) => ("video", link.as_str()),
        Place::Phone(number) => ("phone", number.as_str()),
        Place::Address(address) => ("address", address.as_str()),
        Place::Ask(question) => ("ask", question.as_str()),
        Place::MadeBy(program) => {
            if choices.video.is_none() {
                undecided.push(format!(
                    "{program} made a room for each meeting: put your own room’s link into `location`."
                ));
            }
            ("video", choices.video.as_deref().unwrap_or(NO_ROOM))
        }
        Place::Unreadable(what) => {
            undecided.push(format!("Its {what} cannot be read: write the place into `location`."));
            ("video", NO_ROOM)
        }
    };
    format!("{{ {key} = {} }}", string(value))
}

fn push(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

fn push_table<const PAIRS: usize>(text: &mut String, key: &str, pairs: [(&str, Option<String>); PAIRS]) {
    let pairs = pairs.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
    let pairs = pairs.collect::<Vec<_>>().join(", ");
    if !pairs.is_empty() {
        push(text, key, &format!("{{ {pairs} }}"));
    }
}

fn push_own_hours(text: &mut String, own: &OwnHours) {
    if let Some(week) = &own.week {
        push_hours(text, week);
    }
    push_dates(text, &own.dates);
}

/// Days with the same hours stand in one key.
fn push_hours(text: &mut String, week: &WeeklyHours) {
    text.push_str("\n[hours]\n");
    let mut written = [false; 7];
    for day in 0..7 {
        if written[day] || week.0[day].is_empty() {
            continue;
        }
        let alike: Vec<usize> = (day..7).filter(|other| week.0[*other] == week.0[day]).collect();
        for other in &alike {
            written[*other] = true;
        }
        push(text, &days(&alike), &openings(&week.0[day]));
    }
}

/// `mon-fri`, `sat`, or `"mon,wed-fri"`.
fn days(alike: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in alike {
        match runs.last_mut().filter(|(_, last)| last + 1 == *day) {
            Some((_, last)) => *last = *day,
            None => runs.push((*day, *day)),
        }
    }
    let run = |(first, last): &(usize, usize)| match last - first {
        0 => DAYS[*first].to_owned(),
        _ => format!("{}-{}", DAYS[*first], DAYS[*last]),
    };
    let runs: Vec<String> = runs.iter().map(run).collect();
    if let [only] = runs.as_slice() { only.clone() } else { format!("\"{}\"", runs.join(",")) }
}

fn push_dates(text: &mut String, dates: &[DatedHours]) {
    for dated in dates {
        text.push_str("\n[[dates]]\n");
        let range = if dated.first == dated.last {
            dated.first.to_string()
        } else {
            format!("{}..{}", dated.first, dated.last)
        };
        push(text, "date", &string(&range));
        push(text, "hours", &openings(&dated.hours));
    }
}

fn openings(openings: &[Opening]) -> String {
    let one = |opening: &Opening| string(&words::hours(&[*opening], ""));
    format!("[{}]", openings.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn push_questions(text: &mut String, questions: &[Question]) {
    let mut ids = Names::without(&[&ASKED[..], &OWN].concat());
    for question in questions {
        text.push_str("\n[[questions]]\n");
        let wanted = question.name.iter().map(String::as_str).chain([question.label.as_str()]);
        push(text, "id", &string(&ids.take_id(wanted, "question")));
        push(text, "label", &string(&question.label));
        let (kind, options) = match &question.kind {
            Kind::Text => ("text", None),
            Kind::LongText => ("long_text", None),
            Kind::Number => ("number", None),
            Kind::Phone => ("phone", None),
            Kind::Consent => ("consent", None),
            Kind::Choice(options) => ("choice", Some(options)),
            Kind::Choices(options) => ("choices", Some(options)),
        };
        push(text, "kind", &string(kind));
        if question.required {
            push(text, "required", "true");
        }
        if let Some(options) = options {
            let mut ids = Names::default();
            let mut option = |label: &String| {
                let id = ids.take_id([label.as_str()], "option");
                format!("    {{ id = {}, label = {} }},\n", string(&id), string(label))
            };
            let options: String = options.iter().map(&mut option).collect();
            push(text, "options", &format!("[\n{options}]"));
        }
    }
}

/// A text as TOML has it, in one line.
fn string(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether something can be a host's folder.
pub(super) fn is_folder(name: &str) -> bool {
    as_name(name).as_deref() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Day = [(u16, u16)];

    #[track_caller]
    fn check(openings: [&Day; 7], expected: &str) {
        let week = WeeklyHours(openings.map(|day| day.iter().copied().map(Opening::from).collect()));
        let mut text = String::new();
        push_hours(&mut text, &week);
        assert_eq!(text, format!("\n[hours]\n{expected}"));
    }

    #[test]
    fn days_with_the_same_hours_are_one_key() {
        let (day, half): (&Day, &Day) = (&[(540, 720), (780, 1020)], &[(540, 720)]);
        check([day, day, day, day, day, &[], &[]], "mon-fri = [\"09:00-12:00\", \"13:00-17:00\"]\n");
        check(
            [day, half, day, day, half, &[], half],
            "\"mon,wed-thu\" = [\"09:00-12:00\", \"13:00-17:00\"]\n\"tue,fri,sun\" = [\"09:00-12:00\"]\n",
        );
        check([&[], &[], &[], &[], &[], half, &[]], "sat = [\"09:00-12:00\"]\n");
        check([&[]; 7], "");
        let whole: &Day = &[(0, 1440)];
        check([whole; 7], "mon-sun = [\"00:00-24:00\"]\n");
    }
}

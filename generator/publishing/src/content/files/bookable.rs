//! A check that a page can be booked at all, by its own rules.

use chrono::{NaiveDate, TimeDelta};
use scheduling::definition::{DateWindow, Rules};
use scheduling::hours::DatedHours;

use crate::content::fields::hours::{longest_of_dates, longest_of_week};
use crate::content::toml::reader::{Reader, Section};

/// The longest window, in dates: two years. Every start of it stands in the page.
pub(crate) const LONGEST_WINDOW_DAYS: u32 = 731;

/// Says where a page can never be booked, no longer, or not for one of its durations.
pub(crate) fn check(reader: &mut Reader<'_>, section: &Section<'_>, rules: &Rules, today: NaiveDate) {
    if notice_outlasts_window(reader, section, rules) || window_is_over(reader, section, rules, today) {
        return;
    }
    let longest = Longest::of(rules, today);
    let shortest = rules.shortest_minutes();
    let durations = section.get("durations").map_or(0..0, |value| value.span());
    if longest.ever < shortest {
        never(reader, rules, longest.ever, durations);
        return;
    }
    if longest.ahead < shortest {
        reader
            .doubt(durations, "this page can no longer be booked")
            .help("every date with long enough hours has passed");
        return;
    }
    if rules.window.until.is_some() && nothing_in_window(reader, section, rules, today) {
        return;
    }
    doubt_enormous(reader, section, rules, today);
    for minutes in rules.durations_minutes.iter().filter(|minutes| **minutes > longest.ever) {
        reader
            .doubt(durations.clone(), format!("a meeting of {minutes} minutes never fits into the hours"))
            .help(format!("the longest stretch of open time is {} minutes", longest.ever));
    }
}

/// Times of a page that load quickly: it holds all of its window, so that visitors see them without a request.
const MOST_TIMES: usize = 10_000;
/// A time in a page, in bytes.
const BYTES_OF_TIME: usize = 50;

fn doubt_enormous(reader: &mut Reader<'_>, section: &Section<'_>, rules: &Rules, today: NaiveDate) {
    let shortest = rules.shortest_minutes();
    let windows = rules.bake(today).windows;
    let times: usize =
        windows.iter().map(|window| window.starts(rules.start_every_minutes, shortest).count()).sum();
    if times <= MOST_TIMES {
        return;
    }
    let place = ["start_every", "window", "until", "durations"].iter().find_map(|key| section.get(key));
    let megabytes = (times * BYTES_OF_TIME).div_ceil(100_000);
    let (whole, tenths) = (megabytes / 10, megabytes % 10);
    reader
        .doubt(
            place.map_or(0..0, |value| value.span()),
            format!("this page holds {times} times, and visitors wait for it"),
        )
        .label(format!("a page of about {whole}.{tenths} MB"))
        .help(format!(
            "up to {MOST_TIMES} times load quickly: make `window` shorter, or `start_every` longer"
        ));
}

/// The longest meetings that the hours allow, in minutes.
struct Longest {
    /// On any date.
    ever: u32,
    /// On a date from today on.
    ahead: u32,
}

impl Longest {
    fn of(rules: &Rules, today: NaiveDate) -> Self {
        let weekly = longest_of_week(rules.page_hours.as_ref().unwrap_or(&rules.host_hours));
        let dated = rules.page_dates.iter().chain(&rules.host_dates);
        let lengths =
            dated.map(|dated| (dated, longest_of_dates(dated, |date| rules.hours_on(date).1.to_vec())));
        let longest = |lengths: &mut dyn Iterator<Item = u32>| lengths.max().unwrap_or(0);
        let ahead = |dated: &DatedHours| dated.last >= today;
        let lengths: Vec<(&DatedHours, u32)> = lengths.collect();
        Self {
            ever: weekly.max(longest(&mut lengths.iter().map(|(_, length)| *length))),
            ahead: weekly.max(longest(
                &mut lengths.iter().filter(|(dated, _)| ahead(dated)).map(|(_, length)| *length),
            )),
        }
    }
}

fn never(reader: &mut Reader<'_>, rules: &Rules, longest: u32, durations: std::ops::Range<usize>) {
    let diagnostic = reader.mistake(durations, "this page can never be booked");
    if longest == 0 {
        diagnostic.label("there are no hours in which to book it").help(
            "add `[hours]` to `host.toml`, for all of the host's pages, or to this page: `mon-fri = [\"09:00-17:00\"]`",
        );
    } else {
        diagnostic
            .label(format!("the shortest is {} minutes", rules.shortest_minutes()))
            .help(format!("the longest stretch of open time is {longest} minutes"));
    }
}

fn notice_outlasts_window(reader: &mut Reader<'_>, section: &Section<'_>, rules: &Rules) -> bool {
    let Some(days) = rules.window.days else { return false };
    let outlasts = rules.notice_minutes >= (days + 1) * crate::content::fields::values::DAY;
    if outlasts {
        let place =
            section.get("notice").or_else(|| section.get("window")).map_or(0..0, |value| value.span());
        reader
            .mistake(place, "this page can never be booked")
            .label("the notice is longer than the window")
            .help(format!("the window ends {days} days from today; make it longer or the notice shorter"));
    }
    outlasts
}

fn window_is_over(reader: &mut Reader<'_>, section: &Section<'_>, rules: &Rules, today: NaiveDate) -> bool {
    let over = rules.window.until.is_some_and(|until| until < today);
    if let Some(until) = section.get("until").filter(|_| over) {
        reader
            .doubt(until.span(), "this page can no longer be booked")
            .label("this date has passed")
            .help("the page is still published and says so; `draft = true` unpublishes it");
    }
    over
}

/// A window that ends may hold no time at all. Where its first date is still to come, that cannot change with the days.
fn nothing_in_window(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    rules: &Rules,
    today: NaiveDate,
) -> bool {
    let Some(until) = rules.window.until else { return false };
    let furthest = today + TimeDelta::days(LONGEST_WINDOW_DAYS.into());
    let from = rules.window.from.filter(|from| *from > today);
    let whole = DateWindow { days: None, from, until: Some(until.min(furthest)) };
    if from.is_some_and(|from| from > furthest) || !offers_nothing(rules, whole, today) {
        return false;
    }
    let place = section.get("until").map_or(0..0, |value| value.span());
    if from.is_none() {
        reader
            .doubt(place, "this page can no longer be booked")
            .help("no date from today to this one has long enough hours");
    } else {
        reader
            .mistake(place, "this page can never be booked")
            .help("no date from `from` to `until` has long enough hours");
    }
    true
}

fn offers_nothing(rules: &Rules, window: DateWindow, today: NaiveDate) -> bool {
    Rules { window, ..rules.clone() }.bake(today).windows.is_empty()
}

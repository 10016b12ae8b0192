//! The list of a page's times: one string, as it repeats some 900 times and is most of the page.
//!
//! The markup is short on purpose: unquoted attributes, and nothing that a browser can do without. Each day is a
//! fieldset with its date; each time is a radio button whose value is the start: the day, counted from 1970 in base 36,
//! and the minute of the day in UTC. Of all ways to write it this one compresses best, for the next day repeats it but
//! for one digit, and that digit comes again after 36 days only, which is farther back than gzip looks.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate};
use scheduling::availability::Window;
use scheduling::definition::Rules;
use scheduling::zone::Regime;

use crate::render::theme::words::Words;

/// A page's times as HTML, and what else is said of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// The fieldsets; empty where there is no time.
    pub(crate) html: String,
    /// The number of times.
    pub(crate) count: usize,
    /// The first start, in seconds since 1970.
    pub(crate) first: Option<i64>,
}

/// Writes the starts of the windows: where the shortest duration fits, each marked with the longest that does, if not
/// all do. `regimes` are the host's offsets around the windows.
pub(crate) fn list(rules: &Rules, windows: &[Window], regimes: &[Regime], words: &Words) -> Times {
    let shortest = rules.shortest_minutes();
    let longest = rules.durations_minutes.iter().copied().max().unwrap_or(0);
    let mut html = String::with_capacity(windows.len() * 512);
    let mut times = Times::default();
    let mut day = None;
    for window in windows {
        for start in window.starts(rules.start_every_minutes, shortest) {
            let (date, minute, regime) = wall_time(regimes, start);
            if day != Some(date) {
                html.push_str(if day.is_some() { "</fieldset>" } else { "" });
                let heading =
                    words.flat.dates.format(&words.flat.dates.date, date.and_time(chrono::NaiveTime::MIN));
                let _ = write!(html, "<fieldset><legend>{heading}</legend>");
                day = Some(date);
            }
            html.push_str("<label><input type=radio name=start");
            html.push_str(if times.count == 0 { " id=start required value=" } else { " value=" });
            push_start(&mut html, start);
            let fits = longest_that_fits(rules, *window, start);
            if fits < longest {
                let _ = write!(html, " data-m={fits}");
            }
            html.push('>');
            html.push_str(&words.times_of_day[minute]);
            if is_doubled(regimes, start) {
                let _ = write!(html, " <small>{}</small>", words.offset(regime.offset));
            }
            if fits < longest {
                let up_to = words.flat.message("page.times.up_to", &[("duration", &words.minutes(fits))]);
                let _ = write!(html, " <small>{up_to}</small>");
            }
            html.push_str("</label>");
            times.count += 1;
            times.first.get_or_insert(start);
        }
    }
    html.push_str(if day.is_some() { "</fieldset>" } else { "" });
    times.html = html;
    times
}

/// Writes an instant as `g1g.540`. By hand, as it is written for each of a page's times.
fn push_start(html: &mut String, instant: i64) {
    const BASE: u32 = 36;
    let day = u32::try_from(instant.div_euclid(86_400)).unwrap_or_default();
    let digits = (0..5).rev().map(|place| day / BASE.pow(place)).skip_while(|digits| *digits == 0);
    html.extend(digits.filter_map(|digits| char::from_digit(digits % BASE, BASE)));
    let _ = write!(html, ".{}", instant.rem_euclid(86_400) / 60);
}

/// Windows as one list of numbers that compresses well, in minutes: of each, how much later it begins than the one
/// before (the first: than 1970), and from its beginning to the two marks that the script needs: before when a meeting
/// starts, and until when it lasts.
pub(crate) fn compact(windows: &[Window]) -> String {
    let mut text = String::with_capacity(windows.len() * 24);
    let mut last = 0;
    for window in windows {
        let separator = if text.is_empty() { "" } else { "," };
        let [first, before, until] = [window.first, window.before, window.until].map(|instant| instant / 60);
        let _ = write!(text, "{separator}{},{},{}", first - last, before - first, until - first);
        last = first;
    }
    text
}

/// The host's offsets as one list of numbers, in seconds: an offset, then each change's instant and the offset from
/// then on.
pub(crate) fn compact_offsets(regimes: &[Regime]) -> String {
    let mut text = String::new();
    for (index, regime) in regimes.iter().enumerate() {
        let _ = if index == 0 {
            write!(text, "{}", regime.offset)
        } else {
            write!(text, ",{},{}", regime.from, regime.offset)
        };
    }
    text
}

/// A start's date, its minute of the day, and the offset that it has, by the regime that holds it.
fn wall_time(regimes: &[Regime], start: i64) -> (NaiveDate, usize, Regime) {
    let regime =
        regimes.iter().rev().find(|regime| regime.from <= start).copied().unwrap_or_else(|| regimes[0]);
    let wall = DateTime::from_timestamp(start + regime.offset, 0).unwrap_or_default();
    let minute = (start + regime.offset).rem_euclid(86_400) / 60;
    (wall.date_naive(), usize::try_from(minute).unwrap_or(0), regime)
}

/// True if the start's wall time comes twice: an offset that falls repeats that much of the clock.
fn is_doubled(regimes: &[Regime], start: i64) -> bool {
    regimes.windows(2).any(|pair| {
        let repeated = pair[0].offset - pair[1].offset;
        let change = pair[1].from;
        repeated > 0 && (change - repeated..change + repeated).contains(&start)
    })
}

fn longest_that_fits(rules: &Rules, window: Window, start: i64) -> u32 {
    let fits = |minutes: &u32| start + i64::from(*minutes) * 60 <= window.until;
    rules.durations_minutes.iter().copied().filter(fits).max().unwrap_or(0)
}

//! From pieces of open time to windows: claims are cut out, and limits close whole dates.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate};

use super::Window;
use super::pieces::{self, Piece};
use crate::claim::{Claim, blocked_span};
use crate::definition::{Rules, is_same_page};
use crate::hours::monday_of;
use crate::order::merged;
use crate::zone::Regime;

/// Dates after the last one that a meeting may still run into: the longest lasts a day.
const DATES_RUN_INTO: u64 = 2;

/// The windows of starts on the dates from `first` to `last`, none before `earliest` (seconds since 1970).
pub(super) fn between(
    rules: &Rules,
    first: NaiveDate,
    last: NaiveDate,
    earliest: i64,
    page: &str,
    claims: &[Claim],
) -> Vec<Window> {
    if first > last {
        return Vec::new();
    }
    let pieces = pieces::of_dates(rules, first, pieces::days_after(last, DATES_RUN_INTO));
    let free = free_spans(&pieces, &blocked_spans(rules, &pieces, claims));
    let full = FullDates::count(rules, first, last, page, claims);
    let step = i64::from(rules.start_every_minutes) * 60;
    let shortest = i64::from(rules.shortest_minutes()) * 60;

    let mut windows = Vec::with_capacity(pieces.len() + claims.len());
    let mut skip = 0;
    for piece in pieces.iter().filter(|piece| piece.date <= last && !full.contains(piece.date)) {
        skip += free[skip..].iter().take_while(|span| span.end <= piece.start).count();
        for span in free[skip..].iter().take_while(|span| span.start < piece.end) {
            let from = piece.start.max(span.start).max(earliest);
            let first = piece.grid_start + (from - piece.grid_start).div_euclid(step) * step;
            let first = if first < from { first + step } else { first };
            let before = piece.end.min(span.end);
            if first < before && first + shortest <= span.end {
                windows.push(Window { first, before, until: span.end, grid_start: piece.grid_start });
            }
        }
    }
    windows
}

/// A stretch of instants, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: i64,
    end: i64,
}

/// The spans that claims keep a meeting of this page from touching: in order, and merged where they overlap.
fn blocked_spans(rules: &Rules, pieces: &[Piece], claims: &[Claim]) -> Vec<Span> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Vec::new() };
    let blocked = claims
        .iter()
        .map(|claim| blocked_span(claim, &rules.buffer))
        .filter(|(start, end)| *end > first.start && *start < last.end)
        .collect();
    merged(blocked).into_iter().map(|(start, end)| Span { start, end }).collect()
}

/// Open time without the blocked spans; pieces that touch are one.
fn free_spans(pieces: &[Piece], blocked: &[Span]) -> Vec<Span> {
    let mut free = Vec::with_capacity(pieces.len() + blocked.len());
    let mut rest = pieces;
    let mut passed = 0;
    while let Some((piece, mut after)) = rest.split_first() {
        let mut open = Span { start: piece.start, end: piece.end };
        while let Some((next, others)) = after.split_first().filter(|(next, _)| next.start == open.end) {
            open.end = next.end;
            after = others;
        }
        rest = after;
        passed += blocked[passed..].iter().take_while(|taken| taken.end <= open.start).count();
        for taken in blocked[passed..].iter().take_while(|taken| taken.start < open.end) {
            if open.start < taken.start {
                free.push(Span { start: open.start, end: taken.start });
            }
            open.start = taken.end;
        }
        if open.start < open.end {
            free.push(open);
        }
    }
    free
}

/// The dates on which the page's limits are reached (rule 7).
struct FullDates {
    dates: HashSet<NaiveDate>,
    /// By their Monday.
    weeks: HashSet<NaiveDate>,
}

impl FullDates {
    fn count(rules: &Rules, first: NaiveDate, last: NaiveDate, page: &str, claims: &[Claim]) -> Self {
        let mut full = Self { dates: HashSet::new(), weeks: HashSet::new() };
        if rules.limit.per_day.is_none() && rules.limit.per_week.is_none() {
            return full;
        }
        let regimes = pieces::regimes_around(rules, monday_of(first), pieces::days_after(last, 7));
        let mut by_date: HashMap<NaiveDate, u32> = HashMap::new();
        let mut by_week: HashMap<NaiveDate, u32> = HashMap::new();
        for claim in claims.iter().filter(|claim| is_same_page(&claim.page, page)) {
            let Some(date) = date_of(&regimes, claim.start) else { continue };
            let (of_date, of_week) =
                (by_date.entry(date).or_default(), by_week.entry(monday_of(date)).or_default());
            *of_date += claim.seats_taken;
            *of_week += claim.seats_taken;
            if rules.limit.per_day.is_some_and(|most| *of_date >= most) {
                full.dates.insert(date);
            }
            if rules.limit.per_week.is_some_and(|most| *of_week >= most) {
                full.weeks.insert(monday_of(date));
            }
        }
        full
    }

    fn contains(&self, date: NaiveDate) -> bool {
        self.dates.contains(&date) || (!self.weeks.is_empty() && self.weeks.contains(&monday_of(date)))
    }
}

/// The local date of an instant; `None` if no regime covers it, because then it cannot matter.
fn date_of(regimes: &[Regime], instant: i64) -> Option<NaiveDate> {
    let regime = regimes.iter().find(|regime| (regime.from..regime.until).contains(&instant))?;
    DateTime::from_timestamp(instant + regime.offset, 0).map(|wall| wall.date_naive())
}

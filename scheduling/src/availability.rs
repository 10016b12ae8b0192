//! Availability and slots: the one engine for baking, for the endpoint and for `explain`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::Rules;
use crate::ledger::Claim;
use crate::refusal::Refusal;

/// Starts on one grid within one stretch of free time (rule 8). All in seconds since 1970; written as an array of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[i64; 4]", into = "[i64; 4]")]
pub struct Window {
    /// The first start.
    pub first: i64,
    /// Starts lie before this.
    pub before: i64,
    /// The meeting ends by this.
    pub until: i64,
    /// Where the grid begins.
    pub grid_start: i64,
}

impl From<[i64; 4]> for Window {
    fn from([first, before, until, grid_start]: [i64; 4]) -> Self {
        Self { first, before, until, grid_start }
    }
}

impl From<Window> for [i64; 4] {
    fn from(window: Window) -> Self {
        [window.first, window.before, window.until, window.grid_start]
    }
}

/// What is asked of the engine.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The time that notice and window count from.
    pub now: DateTime<Utc>,
    /// Whether notice is applied: it is not when pages are baked.
    pub with_notice: bool,
    /// Only starts on these dates of the host's zone, both included.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// The page that asks, for limits and for group sessions.
    pub page: &'a str,
    /// What is taken, sorted by start.
    pub claims: &'a [Claim],
}

impl Rules {
    /// The windows in which meetings can start.
    pub fn windows(&self, query: &Query<'_>) -> Vec<Window> {
        let _ = query;
        Vec::new()
    }

    /// The rules' verdict on one start (seconds since 1970) and duration; what is taken is not looked at. `None`: it is offered.
    pub fn verdict(&self, now: DateTime<Utc>, start: i64, duration_minutes: u32) -> Option<Refusal> {
        let _ = (now, start, duration_minutes);
        None
    }
}

impl Window {
    /// The starts of meetings of that length, in seconds since 1970.
    pub fn starts(self, start_every_minutes: u32, duration_minutes: u32) -> impl Iterator<Item = i64> {
        let (step, duration) = (i64::from(start_every_minutes) * 60, i64::from(duration_minutes) * 60);
        (self.first..self.before.min(self.until - duration + 1)).step_by(usize::try_from(step).unwrap_or(usize::MAX))
    }
}

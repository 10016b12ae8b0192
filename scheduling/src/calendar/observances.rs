//! A text's own zone: the rules of a VTIMEZONE (RFC 5545, 3.6.5).

use super::budget::Budget;
use super::clock::Clock;
use super::moments::{DAY, Moment, Wall, read_offset};
use super::property::{Name, Property, unescaped};
use super::rule::Rule;
use super::starts::{Starts, Visit};
use crate::order::{Pair, sorted};

/// The year from which changes of offset are known, 1970.
const FLOOR: Wall = Wall(0);
/// The most observances of one zone: some zones have one for each year.
const MOST: usize = 1_000;
/// The most changes of offset of one zone; those of the database have some 250.
const MOST_CHANGES: usize = 2_000;

/// A VTIMEZONE.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    /// The place that it names beside (X-LIC-LOCATION).
    pub(super) location: Option<String>,
    observances: Vec<Observance>,
    is_broken: bool,
}

/// STANDARD or DAYLIGHT: an offset, and when it begins, by the clock that stands at the offset before it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Observance {
    starts: Option<Wall>,
    from: Option<i64>,
    to: Option<i64>,
    rules: Vec<Rule>,
    dates: Vec<Wall>,
}

impl Definition {
    /// Begins STANDARD or DAYLIGHT.
    pub(super) fn begin(&mut self) {
        self.is_broken |= self.observances.len() == MOST;
        self.observances.truncate(MOST - 1);
        self.observances.push(Observance::default());
    }

    /// Takes a property of the VTIMEZONE itself.
    pub(super) fn set(&mut self, property: &Property<'_>) {
        match property.name {
            Name::ZoneId => unescaped(property.value).trim_matches('"').clone_into(&mut self.name),
            Name::Location => self.location = Some(unescaped(property.value).into_owned()),
            _ => {}
        }
    }

    /// Takes a property of the last observance.
    pub(super) fn set_observance(&mut self, property: &Property<'_>) {
        let Some(observance) = self.observances.last_mut() else { return };
        self.is_broken |= observance.set(property).is_none();
    }

    /// Something of it is missing.
    pub(super) fn damage(&mut self) {
        self.is_broken = true;
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.trim().eq_ignore_ascii_case(name)
    }

    /// The clock by these rules, until an instant; `None` if they cannot be read.
    pub(super) fn clock(&self, until: i64, budget: &mut Budget) -> Option<Clock> {
        let mut changes = Vec::new();
        let mut first: Option<Pair> = None;
        for observance in self.observances.iter().filter(|_| !self.is_broken) {
            let begins = changes.len();
            observance.changes(until, budget, &mut changes)?;
            if changes.len() > MOST_CHANGES {
                return None;
            }
            let before = changes[begins..].iter().map(|(at, _)| (*at, observance.from.unwrap_or(0)));
            first = first.into_iter().chain(before).min();
        }
        let (_, before) = first?;
        Some(Clock::of_changes(before, &sorted(changes)))
    }
}

impl Observance {
    fn set(&mut self, property: &Property<'_>) -> Option<()> {
        let wall = |text: &str| match Moment::read(text)? {
            Moment::Floating(wall) => Some(wall),
            Moment::Day(day) => Some(Wall::of_day(day)),
            Moment::Utc(_) | Moment::Zoned(..) => None,
        };
        match property.name {
            Name::Starts => self.starts = Some(wall(property.value)?),
            Name::OffsetFrom => self.from = Some(read_offset(property.value)?),
            Name::OffsetTo => self.to = Some(read_offset(property.value)?),
            Name::Rule => self.rules.push(Rule::read(property.value)?),
            Name::Dates => self.dates.extend(property.list().map(wall).collect::<Option<Vec<_>>>()?),
            _ => {}
        }
        Some(())
    }

    /// Adds each change: its instant, and the offset after it.
    fn changes(&self, until: i64, budget: &mut Budget, changes: &mut Vec<Pair>) -> Option<()> {
        let (starts, from, to) = (self.starts?, self.from?, self.to?);
        let mut begin = |wall: Wall| changes.push((wall.0.saturating_sub(from), to));
        begin(starts);
        self.dates.iter().copied().for_each(&mut begin);
        let window = (FLOOR.max(starts), Wall(until.saturating_add(DAY)));
        for rule in &self.rules {
            let mut visit = |wall: Wall| {
                let is_over = match rule.until {
                    Some(Moment::Utc(last)) => wall.0 - from > last,
                    Some(Moment::Day(last)) => wall.day() > last,
                    Some(Moment::Floating(last) | Moment::Zoned(last, _)) => wall > last,
                    None => false,
                };
                if is_over {
                    return Visit::Stop;
                }
                begin(wall);
                Visit::Counted
            };
            Starts::visit(rule, starts, window, budget, &mut visit).ok()?;
        }
        Some(())
    }
}

//! One event through a window, with all of its occurrences (RFC 5545, 3.8.5).

use super::budget::{Budget, Spent};
use super::clock::Clock;
use super::event::{Ends, Event, Series};
use super::exceptions::Exceptions;
use super::length::{Length, Start, wall};
use super::moments::{DAY, Moment, Wall};
use super::rule::Rule;
use super::spans::Span;
use super::starts::{Starts, Visit};
use super::zones::Clocks;
use crate::order::ordered;

/// What is needed to expand any event.
pub(super) struct Expansion<'a> {
    pub(super) window: Span,
    pub(super) clocks: &'a Clocks,
    pub(super) budget: Budget,
}

/// What an occurrence that has changed does to those after it (RANGE=THISANDFUTURE).
#[derive(Clone, Copy, Debug)]
struct Later {
    /// The first that it changes.
    from: Wall,
    /// Seconds by the clock.
    shift: i64,
    shape: Shape,
}

/// What all occurrences share.
#[derive(Clone, Copy, Debug)]
struct Shape {
    length: Length,
    travel: i64,
    blocks: bool,
}

/// How an expansion ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// The instant from which on it is unknown, as a rule cannot be expanded.
    pub(super) rule_from: Option<i64>,
    /// The instant at which the steps were spent.
    pub(super) spent_from: Option<i64>,
    /// It ends before it begins, or at once.
    pub(super) has_no_length: bool,
}

/// An event and those that stand for some of its occurrences.
pub(super) struct Occurrences<'a> {
    pub(super) event: &'a Event,
    /// The starts that others stand for.
    pub(super) replaced: &'a Exceptions,
    /// Events that stand for an occurrence and all after it.
    pub(super) later: &'a [&'a Event],
}

impl Expansion<'_> {
    /// Gives each occurrence's time, and whether it blocks. Where nobody knows the zone, in each that it may be.
    pub(super) fn expand(
        &mut self,
        occurrences: &Occurrences<'_>,
        each: &mut dyn FnMut(Span, bool),
    ) -> Outcome {
        let event = occurrences.event;
        let clocks = self.clocks.of(event.starts, event.calendar);
        let mut outcome = Outcome::default();
        for (number, clock) in clocks.iter().enumerate() {
            let earliest = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
            let one = self.expand_by(occurrences, (number, clock), each);
            outcome.rule_from = earliest(outcome.rule_from, one.rule_from);
            outcome.spent_from = earliest(outcome.spent_from, one.spent_from);
            outcome.has_no_length |= one.has_no_length;
        }
        outcome
    }

    fn expand_by(
        &mut self,
        occurrences: &Occurrences<'_>,
        (number, clock): (usize, &Clock),
        each: &mut dyn FnMut(Span, bool),
    ) -> Outcome {
        let event = occurrences.event;
        let start = Start::new(event.starts, clock);
        let shape = self.shape(event, &start, number);
        let changes = u32::try_from(occurrences.later.len()).unwrap_or(u32::MAX);
        let later = match self.budget.take(changes, start.wall) {
            Ok(()) => self.later(occurrences, &start, number),
            Err(_) => return Outcome { spent_from: Some(self.window.start), ..Outcome::default() },
        };
        let has_no_length = shape.length.is_none() && event.blocks;
        let mut series = Running { occurrences, start, shape, later, each };
        let Some(rules) = event.series.as_deref() else {
            series.visit(start.wall, None, &Exceptions::default());
            return Outcome { has_no_length, ..Outcome::default() };
        };
        let except = rules.except.iter().map(|moment| (*moment, event.calendar));
        let except = Exceptions::new(except, self.clocks);
        series.visit(start.wall, None, &except);
        let is_needed = event.booking.is_some()
            || series.shapes().any(|shape| shape.blocks && !shape.length.is_none())
            || (event.blocks && (rules.is_unknown || rules.dates.iter().any(|(_, ends)| ends.is_some())));
        if !is_needed {
            return Outcome { has_no_length, ..Outcome::default() };
        }
        self.dates(rules, &mut series, &except, number);
        let spent = rules.rules.iter().filter_map(|rule| self.rule(rule, &mut series, &except).err());
        let spent = spent.map(|Spent(wall)| clock.instants(wall).first).min();
        // What is not known may have been moved to before that.
        let spent = spent.map(|at| at.saturating_sub(series.longest_shift() + series.longest_travel()));
        let begins = clock.instants(start.wall).first;
        let inside = |from: i64| (from < self.window.end).then(|| from.max(self.window.start));
        Outcome {
            rule_from: rules.is_unknown.then(|| inside(begins)).flatten(),
            spent_from: spent.and_then(inside),
            has_no_length,
        }
    }

    fn shape(&self, event: &Event, start: &Start<'_>, number: usize) -> Shape {
        let length = self.length(event.ends, event.calendar, start, number);
        Shape { length, travel: event.travel.into(), blocks: event.blocks }
    }

    /// The length until an end. One before its start is none.
    fn length(&self, ends: Ends, calendar: u32, start: &Start<'_>, number: usize) -> Length {
        let end_clock = match ends {
            Ends::At(moment) => nth_of(self.clocks.of(moment, calendar), number),
            Ends::Open | Ends::After(_) => None,
        };
        start.length(ends, end_clock.unwrap_or(start.clock)).unwrap_or_default()
    }

    /// What changes the rest of the series, in order.
    fn later(&self, occurrences: &Occurrences<'_>, start: &Start<'_>, number: usize) -> Vec<Later> {
        let local = |moment: Moment, calendar: u32| match moment {
            Moment::Zoned(own, _) => match nth_of(self.clocks.of(moment, calendar), number) {
                Some(clock) if !std::ptr::eq(clock, start.clock) => {
                    start.clock.wall(clock.instants(own).first)
                }
                _ => own,
            },
            moment => wall(moment, start.clock),
        };
        let later = |event: &&Event| {
            let from = match event.stands_for? {
                Moment::Day(day) => Wall::of_day(day).plus(start.wall.second_of_day()),
                moment => local(moment, event.calendar),
            };
            let own =
                Start { moment: event.starts, wall: local(event.starts, event.calendar), clock: start.clock };
            let shape = self.shape(event, &own, number);
            Some(Later { from, shift: own.wall.0.saturating_sub(from.0), shape })
        };
        let later: Vec<Later> = occurrences.later.iter().filter_map(later).collect();
        ordered(&later, |later| later.from.0)
    }

    fn dates(&mut self, rules: &Series, series: &mut Running<'_>, except: &Exceptions, number: usize) {
        let event = series.occurrences.event;
        for (moment, ends) in &rules.dates {
            let clock = nth_of(self.clocks.of(*moment, event.calendar), number).unwrap_or(series.start.clock);
            let own = match moment {
                Moment::Day(day) => Wall::of_day(*day).plus(series.start.wall.second_of_day()),
                Moment::Zoned(own, _) if !std::ptr::eq(clock, series.start.clock) => {
                    series.start.clock.wall(clock.instants(*own).first)
                }
                moment => wall(*moment, series.start.clock),
            };
            let is_whole_day = event.starts.is_day();
            let own = if is_whole_day { Wall::of_day(own.day()) } else { own };
            let length = ends.filter(|_| !is_whole_day).map(|ends| {
                let start = Start { moment: *moment, wall: own, clock: series.start.clock };
                self.length(ends, event.calendar, &start, number)
            });
            series.visit(own, length, except);
        }
    }

    fn rule(&mut self, rule: &Rule, series: &mut Running<'_>, except: &Exceptions) -> Result<(), Spent> {
        let Start { wall: first, clock, .. } = series.start;
        let shift = series.longest_shift();
        let most = series.shapes().map(|shape| shape.length.most()).max().unwrap_or(0);
        let from = clock.wall(self.window.start).plus(-(most.saturating_add(shift).saturating_add(2 * DAY)));
        let travel = series.longest_travel();
        let until = clock.wall(self.window.end).plus(shift.saturating_add(travel).saturating_add(2 * DAY));
        let last = rule.until.map_or(until, |last| until.min(beyond(last)));
        if series.is_solid(rule) {
            series.solid(rule, last);
            return Ok(());
        }
        let is_finer = rule.frequency.seconds().is_some();
        let mut visit = |start: Wall| {
            if rule.until.is_some_and(|last| series.is_after(start, last)) {
                return Visit::Stop;
            }
            let is_skipped = series.visit(start, None, except);
            // What no clock shows counts only where it is a day's (RFC 5545, 3.3.10).
            if is_skipped && is_finer { Visit::Uncounted } else { Visit::Counted }
        };
        Starts::visit(rule, first, (from, last), &mut self.budget, &mut visit)
    }
}

/// One series by one clock.
struct Running<'a> {
    occurrences: &'a Occurrences<'a>,
    start: Start<'a>,
    shape: Shape,
    later: Vec<Later>,
    each: &'a mut dyn FnMut(Span, bool),
}

impl Running<'_> {
    fn shapes(&self) -> impl Iterator<Item = Shape> {
        std::iter::once(self.shape).chain(self.later.iter().map(|later| later.shape))
    }

    /// The longest way that an occurrence is moved, in seconds.
    fn longest_shift(&self) -> i64 {
        self.later.iter().map(|later| later.shift.saturating_abs().min(i64::MAX / 4)).max().unwrap_or(0)
    }

    fn longest_travel(&self) -> i64 {
        self.shapes().map(|shape| shape.travel).max().unwrap_or(0)
    }

    /// An occurrence, unless it is an exception. True if no clock shows its start.
    fn visit(&mut self, start: Wall, length: Option<Length>, except: &Exceptions) -> bool {
        let instants = self.start.clock.instants(start);
        let is_whole_day = self.start.moment.is_day();
        let is_out = |exceptions: &Exceptions| exceptions.have(start, instants, is_whole_day);
        if !is_out(except) && !is_out(self.occurrences.replaced) {
            self.at(start, length.unwrap_or(self.shape.length));
        }
        instants.is_skipped
    }

    /// An occurrence, as the last change before it wants it.
    fn at(&mut self, start: Wall, length: Length) {
        let changes = self.later.partition_point(|later| later.from <= start);
        let (start, shape) = match changes.checked_sub(1).map(|last| self.later[last]) {
            Some(later) => (start.plus(later.shift), later.shape),
            None => (start, Shape { length, ..self.shape }),
        };
        let clock = self.start.clock;
        let instants = clock.instants(start);
        // What has no length takes no time, and no way to it.
        if shape.length.is_none() {
            return;
        }
        let end = shape.length.end(start, instants, clock);
        (self.each)(Span { start: instants.first.saturating_sub(shape.travel), end }, shape.blocks);
    }

    /// True if a start is after the last that a rule allows.
    fn is_after(&self, start: Wall, last: Moment) -> bool {
        let clock = self.start.clock;
        let is_whole_day = self.start.moment.is_day();
        match last {
            Moment::Day(day) => start.day() > day,
            // Some write midnight of the calendar's own zone in UTC, others the day's as it is.
            Moment::Utc(instant) if is_whole_day => {
                start.day() > Wall(instant).max(clock.wall(instant)).day()
            }
            Moment::Utc(instant) => clock.instants(start).first > instant,
            Moment::Floating(last) | Moment::Zoned(last, _) if is_whole_day => start.day() > last.day(),
            Moment::Floating(last) | Moment::Zoned(last, _) => start > last,
        }
    }

    /// True if a rule's occurrences leave no gap, so that they are one block.
    fn is_solid(&self, rule: &Rule) -> bool {
        let least = self.shape.length.least();
        self.later.is_empty() && rule.step().is_some_and(|step| step <= least)
    }

    /// The block from the first start to the end of the last occurrence. Exceptions open no gap in it.
    fn solid(&mut self, rule: &Rule, until: Wall) {
        let (first, clock) = (self.start.wall, self.start.clock);
        let begins = clock.instants(first).first;
        let by_until = rule.until.map_or(until, |last| until.min(last_of(last, clock)));
        // Starts that no clock shows do not count, and those that it shows twice count once or twice: the longer.
        let by_count = rule.count.zip(rule.step()).map_or(until, |(count, step)| {
            let span = i64::from(count - 1).saturating_mul(step);
            first.plus(span).max(clock.wall(begins.saturating_add(span)))
        });
        let last = by_until.min(by_count);
        if last >= first {
            let end = self.shape.length.end(last, clock.instants(last), clock);
            (self.each)(Span { start: begins.saturating_sub(self.shape.travel), end }, self.shape.blocks);
        }
    }
}

/// The last wall time that a rule's end allows.
fn last_of(last: Moment, clock: &Clock) -> Wall {
    match last {
        Moment::Day(day) => Wall::of_day(day).plus(DAY - 1),
        moment => wall(moment, clock),
    }
}

/// A wall time after the last start that a rule can have, in any zone.
fn beyond(last: Moment) -> Wall {
    match last {
        Moment::Day(day) => Wall::of_day(day).plus(DAY),
        Moment::Utc(instant) => Wall(instant).plus(2 * DAY),
        Moment::Floating(wall) | Moment::Zoned(wall, _) => wall.plus(DAY),
    }
}

/// The clock of the same number, or the only one.
fn nth_of(clocks: &[Clock], number: usize) -> Option<&Clock> {
    clocks.get(number).or_else(|| clocks.last())
}

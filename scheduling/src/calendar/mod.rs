//! A host's calendar in another program, read for the times that it takes: iCalendar (RFC 5545) as the world writes it.
//!
//! A [`Reader`] takes text in chunks of any size and answers a [`Question`] about a stretch of time with an [`Answer`]:
//! merged [`Span`]s in UTC, where our own bookings stand, from where on the calendar is unknown, and what was passed
//! over. No title, note or address is kept, and none is in an error: of an event there is only what its time depends
//! on, and a digest of its UID.
//!
//! Calendars that are asked for occurrences, and not for a text, answer the same through [`Expanded`].
//!
//! What cannot be read is unknown and never free. Where the standard allows several readings, the busiest one counts.
//!
//! # From bytes to busy times
//!
//! 1. [`lines`] unfolds lines, and keeps those of which [`property`] knows the name.
//! 2. [`components`] finds the events in them, and [`event`] reads each into [`moments`], [`rule`]s and [`marks`].
//! 3. [`zones`] says what the names of zones mean: those of the database, of Windows ([`windows`]), and the text's own
//!    ([`observances`]). Each is a [`clock`].
//! 4. [`versions`] keeps the newest of events with one UID, and [`series`] expands each through the window: the starts
//!    of its rules ([`starts`], over [`days`]) but for [`exceptions`], each with its [`length`].
//!
//! ```
//! use scheduling::calendar::{Question, Reader, Span};
//! use scheduling::zone::Zone;
//!
//! let day = 86_400;
//! let mut reader = Reader::new(Question::new(20_000 * day, 20_010 * day, Zone::named("Europe/Berlin")?));
//! for chunk in [
//!     "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dentist\r\nDTSTART;TZID=W. Europe Stand",
//!     "ard Time:20241005T093000\r\nDURATION:PT30M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
//! ] {
//!     reader.push(chunk.as_bytes());
//! }
//! let answer = reader.finish()?;
//! let half_past_seven = 20_001 * day + 7 * 3600 + 1800;
//! assert_eq!(answer.busy, [Span { start: half_past_seven, end: half_past_seven + 1800 }]);
//! assert_eq!(answer.unknown_from(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod budget;
mod clock;
mod components;
mod days;
mod event;
mod exceptions;
mod expanded;
mod key;
mod length;
mod lines;
mod marks;
mod moments;
mod observances;
mod property;
mod question;
mod reading;
mod rule;
mod series;
mod spans;
mod starts;
#[cfg(test)]
mod tests;
mod versions;
mod windows;
mod zones;

pub use answer::{Answer, Booked, Cause, Skipped, Unknown, Unreadable};
pub use expanded::{Expanded, Occurrence, Time};
pub use marks::Shown;
pub use question::Question;
pub use reading::{Astray, FRESH, Found, Known, NoteBusy, Reading, Wanted};
pub use spans::Span;
pub use zones::{zone_named, zone_of};

pub use crate::definition::WholeDays;

use crate::order::{of_pair, ordered, pair, sorted};
use budget::Budget;
use components::{Components, Unplaced};
use event::Event;
use key::{Key, in_digits};
use length::Start;
use lines::Lines;
use moments::Moment;
use series::Expansion;
use spans::Spans;
use versions::Group;
use zones::Clocks;

/// The steps of recurrence that one read may cost.
pub const STEPS: u32 = 100_000;
/// The most spans of one answer.
pub const MOST_SPANS: usize = 5_000;
/// The most unknown times that are told.
const MOST_UNKNOWN: usize = 20;
/// Seconds for which zones are looked up beyond what is asked: the longest that an occurrence may be shifted.
const BEYOND: i64 = 2 * 366 * 86_400;

/// Reads one text.
#[derive(Debug)]
pub struct Reader {
    lines: Lines,
    components: Components,
}

impl Reader {
    /// Begins a text.
    pub fn new(question: Question) -> Self {
        Self { lines: Lines::default(), components: Components::new(question) }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes, &mut |line| self.components.take(line));
    }

    /// Ends the text, and answers. An error says that nothing is known from it.
    pub fn finish(mut self) -> Result<Answer, Unreadable> {
        self.lines.finish(&mut |line| self.components.take(line));
        self.components.finish()?;
        Ok(answer(self.components))
    }
}

fn answer(read: Components) -> Answer {
    let question = &read.question;
    let window = Span { start: question.from, end: question.until };
    let until = question.until.saturating_add(BEYOND);
    let clocks = read.zones.clocks(question.calendar_zone.as_ref(), &question.host_zone, until);
    let mut answer = Answer {
        skipped: read.skipped,
        events: read.count,
        newest_stamp: read.newest_stamp,
        refresh_seconds: read.refresh_seconds,
        ..Answer::default()
    };
    for Unplaced { event, starts } in read.unreadable {
        let at = starts.and_then(|starts| begins(starts, &clocks));
        tell(&mut answer, window.start, Cause::Unreadable, (event, at));
    }
    let mut spans = Spans::new(window);
    let mut expansion = Expansion { window, clocks: &clocks, budget: Budget::new(STEPS) };
    for events in by_uid(&read.events) {
        let group = Group::new(&events, &clocks);
        answer.skipped.replaced += group.replaced;
        for occurrences in group.events() {
            let event = occurrences.event;
            let mut next: Option<i64> = None;
            let mut each = |span: Span, blocks: bool| match &event.booking {
                Some(booking) if span.end > window.start && span.start < window.end => {
                    let whole_days = event.starts.is_day();
                    answer.bookings.push(Booked { booking: (**booking).clone(), span, blocks, whole_days });
                }
                None if blocks => {
                    let is_inside = spans.add(span.start, span.end);
                    let start = span.start + i64::from(event.travel);
                    next = next.into_iter().chain(is_inside.then_some(start)).min();
                }
                _ => {}
            };
            let outcome = expansion.expand(&occurrences, &mut each);
            answer.skipped.without_length += u32::from(outcome.has_no_length);
            answer.skipped.unknown_zones += u32::from(event.blocks && !clocks.know(event.starts));
            let which = || {
                let at = next.or_else(|| begins((event.starts, event.calendar), &clocks));
                (event.series.as_ref().and_then(|series| series.event), at)
            };
            if let Some(from) = outcome.rule_from {
                tell(&mut answer, from, Cause::Rule, which());
            }
            if let Some(from) = outcome.spent_from {
                tell(&mut answer, from, Cause::Steps, which());
            }
        }
    }
    answer.busy = spans.finish();
    if let Some(last) = answer.busy.get(MOST_SPANS - 1).filter(|_| answer.busy.len() > MOST_SPANS) {
        let from = last.end;
        answer.busy.truncate(MOST_SPANS);
        tell(&mut answer, from, Cause::Spans, (None, None));
    }
    answer.bookings = ordered(&answer.bookings, |booked| booked.span.start);
    answer.bookings.dedup();
    answer
}

/// The events of each UID; those that have none stand alone.
fn by_uid(events: &[Event]) -> impl Iterator<Item = Vec<&Event>> {
    let keys = events.iter().enumerate().filter_map(|(index, event)| Some(pair(event.key?, index)));
    let keys = sorted(keys.collect());
    let counts: Vec<usize> = keys.chunk_by(|one, other| one.0 == other.0).map(<[_]>::len).collect();
    let mut keys = keys.into_iter();
    let of_one = move |count| keys.by_ref().take(count).filter_map(|key| of_pair(events, key)).collect();
    let alone = events.iter().filter(|event| event.key.is_none()).map(|event| vec![event]);
    counts.into_iter().map(of_one).chain(alone)
}

/// The instant of a start; where nobody knows its zone, of one that it may be.
fn begins((starts, calendar): (Moment, u32), clocks: &Clocks) -> Option<i64> {
    let clock = clocks.of(starts, calendar).first()?;
    Some(clock.instants(Start::new(starts, clock).wall).first)
}

/// Notes that the calendar is unknown from an instant on, and by which event, at which time of it; of very many, the
/// earliest.
fn tell(answer: &mut Answer, from: i64, cause: Cause, (event, at): (Option<Key>, Option<i64>)) {
    let unknown = Unknown { from, cause, event: event.map(in_digits), at };
    let place = answer.unknown.partition_point(|earlier| *earlier <= unknown);
    answer.unknown.insert(place, unknown);
    answer.unknown.truncate(MOST_UNKNOWN);
}

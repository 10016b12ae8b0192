//! Events as a server of another kind tells them: each occurrence by itself, with its own time.

use chrono::NaiveDate;

use super::answer::{Answer, Unreadable};
use super::components::Components;
use super::event::{Drafted, Ends, Event};
use super::key::key;
use super::marks::Shown;
use super::moments::{Moment, day_of};
use super::question::Question;
use super::spans::Span;
use crate::token::BookingId;
use crate::zone::Zone;

/// An event of a calendar, or one occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When it is; `None` where that cannot be read.
    pub time: Option<Time>,
    /// How it shows.
    pub shown: Shown,
    /// The booking of ours that it is.
    pub booking: Option<BookingId>,
    /// The name of which a digest is told, by which its host can leave it out ([`Question::leaving_out`]).
    pub name: String,
}

/// The time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Between two instants.
    Exact(Span),
    /// Whole days, from midnight to midnight wherever the calendar is: the first, and the one after the last.
    Days(NaiveDate, NaiveDate),
}

/// Gathers occurrences, in any order, into the same answer as the text of a calendar gives.
#[derive(Debug)]
pub struct Expanded(Components);

impl Expanded {
    /// Begins with none.
    pub fn new(question: Question) -> Self {
        let mut components = Components::new(question);
        components.begin_calendar();
        Self(components)
    }

    /// Says where the calendar is, for whole days; what its host says of that counts more.
    pub fn is_in(&mut self, zone: Zone) {
        self.0.question.calendar_zone.get_or_insert(zone);
    }

    /// Takes the next one.
    pub fn push(&mut self, occurrence: Occurrence) {
        let drafted = drafted(occurrence, &self.0.question);
        self.0.take_drafted(drafted);
    }

    /// Answers, after the last. An error says that there are too many.
    pub fn finish(mut self) -> Result<Answer, Unreadable> {
        self.0.finish()?;
        Ok(super::answer(self.0))
    }
}

fn drafted(occurrence: Occurrence, question: &Question) -> Drafted {
    let Occurrence { time, shown, booking, name } = occurrence;
    let is_nameable = booking.is_none() && !name.is_empty();
    if is_nameable && question.leaves_any_out() && question.leaves_out(key(&name)) {
        return Drafted::LeftOut;
    }
    let free = shown.free(matches!(time, Some(Time::Days(..))), question);
    let Some(time) = time else {
        let unreadable = || Drafted::Unreadable(is_nameable.then(|| key(&name)), None);
        return free.map_or_else(unreadable, Drafted::FreeAnyway);
    };
    let (starts, ends) = match time {
        Time::Exact(span) => (Moment::Utc(span.start), Moment::Utc(span.end)),
        Time::Days(first, after) => (Moment::Day(day_of(first)), Moment::Day(day_of(after))),
    };
    let booking = booking.map(Box::new);
    let event = Event { blocks: free.is_none(), booking, ..Event::alone(0, starts, Ends::At(ends)) };
    Drafted::Event(Box::new(event), free)
}

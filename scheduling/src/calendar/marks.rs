//! Whether an event takes its host's time, by the marks that it has.

use super::property::{Name, Property};
use super::question::Question;
use crate::definition::WholeDays;

/// What an event says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    is_cancelled: bool,
    is_tentative: bool,
    /// Microsoft's own marks, what the host set and what the sender meant: they say more than TRANSP, which they stand
    /// beside.
    busy: Option<Shown>,
    intended: Option<Shown>,
    is_transparent: bool,
    /// True if the host has declined, wherever the host stands among the attendees.
    has_declined: Option<bool>,
}

/// How an event shows in its host's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is not held.
    Cancelled,
    /// The host has declined it.
    Declined,
    /// It says something of the day, and takes no time of it, whatever whole days do: from where the host works, whose
    /// birthday it is.
    Note,
    /// The host has marked it as free.
    Free,
    /// It may not be held, or the host may not come.
    Tentative,
    /// It takes its time, or says nothing that is known.
    Busy,
}

/// Why an event takes no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Free {
    Cancelled,
    Declined,
    Marked,
    Tentative,
    WholeDay,
}

impl Marks {
    pub(super) fn set(&mut self, property: &Property<'_>, question: &Question) {
        match property.name {
            Name::Status => {
                self.is_cancelled = property.is("CANCELLED") || property.is("CANCELED");
                self.is_tentative = property.is("TENTATIVE");
            }
            Name::Transparency => self.is_transparent = property.is("TRANSPARENT"),
            Name::BusyStatus => self.busy = Some(Shown::read(property)),
            Name::IntendedStatus => self.intended = Some(Shown::read(property)),
            Name::Attendee if question.is_host(property) => {
                let declines = property.parameter_is("PARTSTAT", "DECLINED");
                self.has_declined = Some(declines && self.has_declined.unwrap_or(true));
            }
            _ => {}
        }
    }

    /// Returns why the event takes no time; `None` if it does. What nobody knows does.
    pub(super) fn free(self, is_whole_day: bool, question: &Question) -> Option<Free> {
        self.shown(question).free(is_whole_day, question)
    }

    fn shown(self, question: &Question) -> Shown {
        if self.is_cancelled {
            return Shown::Cancelled;
        }
        if self.has_declined == Some(true) {
            return Shown::Declined;
        }
        if self.is_tentative && !question.tentative_blocks {
            return Shown::Tentative;
        }
        let otherwise = if self.is_transparent { Shown::Free } else { Shown::Busy };
        self.busy.or(self.intended).unwrap_or(otherwise)
    }
}

impl Shown {
    /// Returns why an event that shows so takes no time; `None` if it does.
    pub(super) fn free(self, is_whole_day: bool, question: &Question) -> Option<Free> {
        match (self, question.whole_days) {
            (Shown::Cancelled, _) => Some(Free::Cancelled),
            (Shown::Declined, _) => Some(Free::Declined),
            (Shown::Note, _) => Some(Free::Marked),
            (Shown::Tentative, _) if !question.tentative_blocks => Some(Free::Tentative),
            (_, WholeDays::Busy) if is_whole_day => None,
            (_, WholeDays::Free) if is_whole_day => Some(Free::WholeDay),
            _ => (self == Shown::Free).then_some(Free::Marked),
        }
    }

    fn read(property: &Property<'_>) -> Self {
        if property.is("FREE") || property.is("WORKINGELSEWHERE") {
            Shown::Free
        } else if property.is("TENTATIVE") {
            Shown::Tentative
        } else {
            Shown::Busy
        }
    }
}

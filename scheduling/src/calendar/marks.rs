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
enum Shown {
    Free,
    Tentative,
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
        if self.is_cancelled {
            return Some(Free::Cancelled);
        }
        if self.has_declined == Some(true) {
            return Some(Free::Declined);
        }
        let otherwise = if self.is_transparent { Shown::Free } else { Shown::Busy };
        let shown = self.busy.or(self.intended).unwrap_or(otherwise);
        if (self.is_tentative || shown == Shown::Tentative) && !question.tentative_blocks {
            return Some(Free::Tentative);
        }
        match question.whole_days {
            WholeDays::Busy if is_whole_day => None,
            WholeDays::Free if is_whole_day => Some(Free::WholeDay),
            _ => (shown == Shown::Free).then_some(Free::Marked),
        }
    }
}

impl Shown {
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

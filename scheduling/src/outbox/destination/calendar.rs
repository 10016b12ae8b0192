//! A host's calendar in another program, which has a copy of the booking.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Payload, Rules};
use crate::booking::Event;
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

pub(crate) const KIND: &str = "calendar";

/// A calendar that a booking is written to, by the name that the content gives it: its copy there is the booking as it
/// is when the delivery goes out, so that repeats and a wrong order do no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarCopy {
    /// The calendar's name.
    pub calendar: String,
}

impl Rules for CalendarCopy {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        format!("calendar {}", self.calendar).into()
    }

    fn tag(&self) -> String {
        format!("{KIND}-{}", self.calendar)
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    /// Nothing is written of what is only asked for.
    fn takes(&self, event: Event) -> bool {
        matches!(event, Event::Confirmed | Event::Rescheduled | Event::Cancelled | Event::Erased)
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        pauses::of_three_days(failures)
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Booking
    }
}

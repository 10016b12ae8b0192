//! The booking's record, and the ledger's own: what is busy.

use std::borrow::Cow;

use chrono::TimeDelta;

use super::{Payload, Rules};
use crate::booking::Event;
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

const KIND: &str = "record";

/// KV takes one write a second of each key, so a record waits that long for others. Records are not worth waking
/// anybody for: those of a second are written together.
pub(in crate::outbox) const DELAY: TimeDelta = TimeDelta::seconds(1);

pub(super) struct Record;

impl Rules for Record {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        KIND.into()
    }

    fn tag(&self) -> String {
        KIND.to_owned()
    }

    fn queue(&self) -> Queue {
        Queue::Record
    }

    fn takes(&self, event: Event) -> bool {
        event.changes_the_booking()
    }

    fn delay(&self, _: &News<'_>) -> TimeDelta {
        DELAY
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        Some(pauses::for_as_long_as_it_takes(failures))
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Booking
    }
}

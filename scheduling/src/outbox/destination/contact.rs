//! The ledger that keeps the contact who booked.

use std::borrow::Cow;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Payload, Rules, record};
use crate::booking::Event;
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;
use crate::outbox::subscribers::Subscribers;

const KIND: &str = "contact";

/// The ledger that keeps the contact who booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactLedger {
    /// The contact's key.
    pub key: String,
    /// How long after the last meeting's end the contact is kept, in minutes; `None` for until it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_minutes: Option<u32>,
}

impl ContactLedger {
    pub(super) fn of(key: &str, subscribers: &Subscribers) -> Self {
        Self { key: key.to_owned(), keep_minutes: subscribers.keep_contacts_minutes }
    }
}

impl Rules for ContactLedger {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        "the contact's ledger".into()
    }

    fn tag(&self) -> String {
        KIND.to_owned()
    }

    fn queue(&self) -> Queue {
        Queue::Record
    }

    fn takes(&self, event: Event) -> bool {
        event.changes_the_booking() && event.is_told()
    }

    fn delay(&self, _: &News<'_>) -> TimeDelta {
        record::DELAY
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        Some(pauses::for_as_long_as_it_takes(failures))
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Booking
    }
}

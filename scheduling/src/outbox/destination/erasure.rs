//! A host's ledger, to erase its bookings of a contact.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Payload, Rules};
use crate::booking::{Event, Party};
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

/// The kind's name.
pub(crate) const KIND: &str = "erasure";

/// A host's ledger, to erase its bookings of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostLedger {
    /// The contact's key.
    pub key: String,
    /// The ledger's name.
    pub ledger: String,
}

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The contact's normalised address.
    pub email: String,
    /// When it was asked for, to the second: what was booked later stays.
    #[serde(with = "chrono::serde::ts_seconds", rename = "asked_at_seconds")]
    pub asked_at: DateTime<Utc>,
    /// Who asked: what was paid goes back by that.
    #[serde(default = "by_visitor")]
    pub by: Party,
}

/// Contacts have themselves erased, except with one host alone.
fn by_visitor() -> Party {
    Party::Visitor
}

impl Rules for HostLedger {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        self.ledger.as_str().into()
    }

    fn tag(&self) -> String {
        self.ledger.clone()
    }

    fn queue(&self) -> Queue {
        Queue::Record
    }

    fn takes(&self, _: Event) -> bool {
        // No event of a booking leads to it: a contact is erased when somebody asks for that.
        false
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        Some(pauses::for_as_long_as_it_takes(failures))
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Booking
    }
}

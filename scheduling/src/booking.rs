//! A booking: the visitor's record, and the one function that moves it through its life.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::{Buffer, LocaleCode};
use crate::ledger::Party;
use crate::refusal::Refusal;
use crate::token::BookingId;
use crate::zone::Zone;

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for the host's answer; holds its time.
    Requested,
    /// Waits for the payment; holds its time.
    AwaitingPayment,
    /// Booked.
    Confirmed,
    /// The host said no.
    Declined,
    /// Cancelled by either side.
    Cancelled,
    /// Nobody answered, or nobody paid, in time.
    Expired,
}

impl Status {
    /// The name, as JSON and SQL hold it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Requested => "requested",
            Status::AwaitingPayment => "awaiting_payment",
            Status::Confirmed => "confirmed",
            Status::Declined => "declined",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
        }
    }

    /// Whether a booking that stands so holds its time.
    pub fn is_live(self) -> bool {
        matches!(self, Status::Requested | Status::AwaitingPayment | Status::Confirmed)
    }
}

/// How a meeting ended, as the host records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place.
    Completed,
    /// The visitor did not come.
    NoShow,
    /// It was moved.
    Rescheduled,
    /// It was cancelled.
    Cancelled,
}

/// Who books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name, as typed.
    pub name: String,
    /// The address, as typed.
    pub email: String,
}

impl Contact {
    /// The address, such that two that reach the same mailbox at any sensible host are equal: trimmed, in lower case.
    pub fn normalised_email(&self) -> String {
        self.email.trim().to_lowercase()
    }
}

/// An answer to a question of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A consent.
    Consent(bool),
    /// Text, a phone number, a number as written, or the id of a chosen option.
    Text(String),
    /// The ids of the chosen options.
    Choices(Vec<String>),
}

/// Where the meeting takes place, as resolved for one booking. `kind` is `video`, `phone`, `address` or `ask`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `video`, `phone`, `address` or `ask`.
    pub kind: String,
    /// The URL, the number, the place; what the visitor wrote for `ask`.
    pub value: String,
}

/// A booking. It keeps all that its later life needs, whatever becomes of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// `<ledger>.<128 random bits>`.
    pub id: BookingId,
    /// Where it stands.
    pub status: Status,
    /// How it ended, once recorded.
    pub outcome: Option<Outcome>,
    /// The page, such as `aiko/intro`.
    pub page: String,
    /// The page's title in the booking's locale.
    pub title: String,
    /// The host's folder.
    pub host: String,
    /// The host's name.
    pub host_name: String,
    /// The host's address.
    pub host_email: String,
    /// The host's zone.
    pub host_time_zone: Zone,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
    /// Time kept free around it.
    pub buffer: Buffer,
    /// The visitor's zone.
    pub time_zone: Zone,
    /// The visitor's locale.
    pub locale: LocaleCode,
    /// Who booked.
    pub contact: Contact,
    /// Further addresses.
    pub guests: Vec<String>,
    /// Where.
    pub location: Place,
    /// Answers by question id.
    pub answers: BTreeMap<String, Answer>,
    /// Tracking parameters by name.
    pub tracking: BTreeMap<String, String>,
    /// Grows by one with every change of time and with the cancellation (RFC 5545 SEQUENCE).
    pub sequence: u32,
    /// Visitors may move or cancel until this many minutes before the start.
    pub change_until_minutes: u32,
    /// Why it was cancelled, where somebody said so.
    pub cancel_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// What somebody asks of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// To cancel it.
    Cancel {
        /// Who asks.
        by: Party,
        /// Why, in their words.
        reason: Option<String>,
    },
}

/// What happened to a booking. Notices come from events, and events from this file alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It is booked.
    Confirmed,
    /// It is cancelled.
    Cancelled,
    /// The host's notice of any of the others.
    Alert,
}

impl Event {
    /// The event's type, as webhooks carry it.
    pub fn name(self) -> &'static str {
        match self {
            Event::Confirmed => "booking.confirmed",
            Event::Cancelled => "booking.cancelled",
            Event::Alert => "booking.alert",
        }
    }
}

impl Booking {
    /// What happened when the booking was made.
    pub fn events_when_made(&self) -> &'static [Event] {
        &[Event::Confirmed, Event::Alert]
    }

    /// Moves the booking on: its next state and what happened, or why it stays as it is.
    pub fn transition(
        &self,
        change: &Change,
        now: DateTime<Utc>,
    ) -> Result<(Booking, &'static [Event]), Refusal> {
        match change {
            Change::Cancel { by, reason } => {
                self.allows_change(*by, now)?;
                let cancelled = Booking {
                    status: Status::Cancelled,
                    outcome: Some(Outcome::Cancelled),
                    sequence: self.sequence + 1,
                    cancel_reason: reason.clone(),
                    changed_at: now,
                    ..self.clone()
                };
                Ok((cancelled, &[Event::Cancelled, Event::Alert]))
            }
        }
    }

    /// Until when the visitor may move or cancel the booking.
    pub fn changeable_until(&self) -> DateTime<Utc> {
        self.start - TimeDelta::minutes(self.change_until_minutes.into())
    }

    fn allows_change(&self, by: Party, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.status {
            Status::Cancelled => return Err(Refusal::AlreadyCancelled),
            Status::Declined | Status::Expired => return Err(Refusal::AlreadyDecided),
            Status::Requested | Status::AwaitingPayment | Status::Confirmed => {}
        }
        match by {
            Party::Visitor if self.start <= now => Err(Refusal::AlreadyOver),
            Party::Host if self.end <= now => Err(Refusal::AlreadyOver),
            Party::Visitor if self.changeable_until() <= now => Err(Refusal::ChangeTooLate),
            Party::Visitor | Party::Host => Ok(()),
        }
    }
}

//! A booking: the visitor's record, and what is read off it. What becomes of it is in `life`.

mod life;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::{Association, Buffer, LocaleCode};
use crate::token::BookingId;
use crate::zone::Zone;

pub use self::life::{Change, Event};

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

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who booked.
    Visitor,
    /// Who is booked.
    Host,
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

    /// Whether nobody can tell any more who it was.
    pub fn is_erased(&self) -> bool {
        self.email.is_empty()
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

/// The place of a meeting, as resolved for one booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Place {
    /// A video call at this address (URL).
    Video(String),
    /// The visitor calls this number.
    Phone(String),
    /// A place, as words.
    Address(String),
    /// The words of the visitor, who was asked where.
    Ask(String),
}

impl Place {
    /// The URL, the number, or the words.
    pub fn text(&self) -> &str {
        match self {
            Place::Video(text) | Place::Phone(text) | Place::Address(text) | Place::Ask(text) => text,
        }
    }

    /// The place without what its visitor wrote.
    fn erased(&self) -> Place {
        match self {
            Place::Video(_) | Place::Phone(_) | Place::Address(_) => self.clone(),
            Place::Ask(_) => Place::Ask(String::new()),
        }
    }
}

/// Another time that the visitor of a confirmed booking has asked for. It is held as a request is; the booking stays where it is
/// until the host has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
    /// Time kept free around it.
    pub buffer: Buffer,
    /// The instant from which it is dead, answered or not.
    pub expires_at: DateTime<Utc>,
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
    /// Another time that waits for the host's answer.
    pub proposed: Option<Proposal>,
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
    /// It began as a request: the host has agreed to its time, or will, and to no other.
    pub by_request: bool,
    /// How long before the start reminders go out, in minutes.
    pub reminders_minutes: Vec<u32>,
    /// Whether calendars are told the address of the booking's own page.
    pub links_in_invitation: bool,
    /// What it belongs to elsewhere; a host may say more with the outcome.
    pub associations: Vec<Association>,
    /// Why it was cancelled, where somebody said so.
    pub cancel_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

impl Booking {
    /// Whether a visitor only asks for another time, and the host decides: once a host has agreed to a time, or wants to be
    /// asked for any, no other one is agreed to. Before the host's answer, a request is as easily made for another time.
    pub fn moves_by_request(&self, page_takes_requests: bool) -> bool {
        self.status == Status::Confirmed && (self.by_request || page_takes_requests)
    }

    /// The proposal that the host can still answer.
    pub fn live_proposal(&self, now: DateTime<Utc>) -> Option<&Proposal> {
        self.proposed.as_ref().filter(|proposal| now < proposal.expires_at)
    }

    /// The booking as it stands at an instant: what is dead is not there, whether anyone has tidied it away or not.
    pub(crate) fn seen_at(self, now: DateTime<Utc>) -> Booking {
        Booking { proposed: self.live_proposal(now).copied(), ..self }
    }

    /// When it is: from when until when.
    pub fn time(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.start, self.end)
    }

    /// The time that waits for the host's answer, or else the booking's own: from when until when.
    pub(crate) fn asked_time(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        self.proposed.map_or(self.time(), |proposal| (proposal.start, proposal.end))
    }

    /// What is left of it when whoever booked is erased: when and where in the calendar it was, and how it ended.
    #[must_use]
    pub fn erased(&self, now: DateTime<Utc>) -> Booking {
        Booking {
            time_zone: self.host_time_zone.clone(),
            contact: Contact { name: String::new(), email: String::new() },
            guests: Vec::new(),
            location: self.location.erased(),
            answers: BTreeMap::new(),
            tracking: BTreeMap::new(),
            associations: Vec::new(),
            proposed: None,
            reminders_minutes: Vec::new(),
            cancel_reason: None,
            changed_at: now,
            ..self.clone()
        }
    }

    /// Until when the visitor may move or cancel the booking.
    pub fn changeable_until(&self) -> DateTime<Utc> {
        self.start - TimeDelta::minutes(self.change_until_minutes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [Status; 6] = [
        Status::Requested,
        Status::AwaitingPayment,
        Status::Confirmed,
        Status::Declined,
        Status::Cancelled,
        Status::Expired,
    ];

    #[test]
    fn three_statuses_hold_their_time() {
        let live: Vec<Status> = STATUSES.into_iter().filter(|status| status.is_live()).collect();
        assert_eq!(live, [Status::Requested, Status::AwaitingPayment, Status::Confirmed]);
    }

    #[test]
    fn a_status_has_one_name_in_json_and_in_sql() {
        for status in STATUSES {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }

    #[test]
    fn a_contact_is_known_by_the_address_in_lower_case() {
        let contact = Contact { name: "Sam".to_owned(), email: " Sam@Example.COM ".to_owned() };
        assert_eq!(contact.normalised_email(), "sam@example.com");
    }

    /// What the ledger stores can be read back, whatever an answer holds.
    #[test]
    fn a_booking_is_the_same_after_json() {
        let mut written: Booking = serde_json::from_str(include_str!("../../tests/booking.json")).unwrap();
        written.answers = BTreeMap::from([
            ("consent".to_owned(), Answer::Consent(true)),
            ("text".to_owned(), Answer::Text("true".to_owned())),
            ("odd".to_owned(), Answer::Text("\u{202e}<b>\"'\\ \u{1f600}".to_owned())),
            ("choices".to_owned(), Answer::Choices(vec!["a".to_owned()])),
            ("none".to_owned(), Answer::Choices(Vec::new())),
        ]);
        let Booking { start, end, buffer, .. } = written;
        written.proposed = Some(Proposal { start, end, buffer, expires_at: start });
        let json = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Booking>(&json).unwrap(), written);
    }
}

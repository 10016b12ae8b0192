//! A booking: the visitor's record, and what is read off it. Its later life is in `life`.

mod dispute;
mod disputed;
mod event;
mod heard;
mod life;
mod party;
mod paying;
mod payment;
mod place;
mod refunding;
mod returned;
mod status;
mod visitor;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::{Association, Buffer, HostDefinition, in_folder};
use crate::token::BookingId;
use crate::zone::Zone;

pub use self::dispute::{Dispute, DisputeState};
pub use self::event::Event;
pub use self::heard::Heard;
pub use self::life::Change;
pub use self::party::Party;
pub use self::payment::{Checkout, Paid, Payment, PaymentStatus, Refund, RefundState};
pub use self::place::Place;
pub use self::status::{Outcome, Status};
pub use self::visitor::{Answer, Contact, Visitor};

/// Another time that the visitor of a confirmed booking has asked for. It is held as a request is; the booking stays
/// where it is until the host has answered.
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

/// The rules that a booking was made under, whatever its page says by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Visitors may move or cancel until this many minutes before the start.
    pub change_until_minutes: u32,
    /// It began as a request: the host has agreed to its time, or will, and to no other.
    pub by_request: bool,
    /// The times of reminders, in minutes before the start.
    pub reminders_minutes: Vec<u32>,
    /// True if calendars get the address of the booking's own page.
    pub links_in_invitation: bool,
    /// The name of the host's calendar that it is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_to: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The origin of a booking, and its place in other systems, for only the host to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Tracking parameters by name.
    pub tracking: BTreeMap<String, String>,
    /// The objects that the meeting belongs to elsewhere; a host may say more with the outcome.
    pub associations: Vec<Association>,
}

/// The host as the content had it when the booking was made: settings, which are looked up when they are needed.
/// This note of them serves if the host is gone from the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNoted {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The zone.
    pub time_zone: Zone,
}

impl HostNoted {
    /// A host as the content has it.
    pub fn of(host: &HostDefinition) -> Self {
        Self { name: host.name.clone(), email: host.email.clone(), time_zone: host.time_zone.clone() }
    }
}

/// A booking. It keeps all that its later life needs, whatever becomes of the page.
///
/// All of it was agreed with the visitor and is kept as it was, except `noted`: those were settings of the day, and not
/// a promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// `<ledger>.<128 random bits>`.
    pub id: BookingId,
    /// The state that it is in.
    pub status: Status,
    /// The outcome, once recorded.
    pub outcome: Option<Outcome>,
    /// The page, such as `aiko/intro`, as it was called when it was made.
    pub page: String,
    /// The page's title in the booking's locale.
    pub title: String,
    /// The host's folder at that time.
    pub host: String,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
    /// Time kept free around it.
    pub buffer: Buffer,
    /// Another time that waits for the host's answer.
    pub proposed: Option<Proposal>,
    /// True if nobody knew, when its time was asked for, whether the host's calendars have it free: the host is asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown_calendar: bool,
    /// The place.
    pub location: Place,
    /// What it costs, and what has become of that; `None` where it costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Box<Payment>>,
    /// The visitor, with all that was typed.
    pub visitor: Visitor,
    /// The rules that it was made under.
    pub terms: Terms,
    /// The links and systems that it came from and belongs to.
    pub origin: Origin,
    /// The host's settings when it was made.
    pub noted: HostNoted,
    /// Grows by one with every change of time, with the room that a calendar makes, and with the cancellation (RFC 5545
    /// SEQUENCE).
    pub sequence: u32,
    /// The reason for the cancellation, if one was given.
    pub cancel_reason: Option<String>,
    /// The instant at which it was made.
    pub created_at: DateTime<Utc>,
    /// The instant of its last change.
    pub changed_at: DateTime<Utc>,
}

impl Booking {
    /// The booking with its host as the content has it now: the folder, which is in the page's name too, and the rest.
    #[must_use]
    pub fn with_host(&self, folder: &str, noted: HostNoted) -> Booking {
        Booking { page: in_folder(folder, &self.page), host: folder.to_owned(), noted, ..self.clone() }
    }

    /// Returns true if a visitor can only ask for another time, and the host decides: once a host has agreed to a time,
    /// or wants to be asked for every time, moving needs the host's agreement. Before the host's answer, a request can
    /// just as well be made for another time.
    pub fn moves_by_request(&self, page_takes_requests: bool) -> bool {
        self.status == Status::Confirmed && (self.terms.by_request || page_takes_requests)
    }

    /// Whether it waits for the payment of a time that its host has agreed to, or would be asked for: until then, there
    /// is no asking for another one.
    pub(crate) fn waits_for_agreed_time(&self, page_takes_requests: bool) -> bool {
        self.status == Status::AwaitingPayment && (self.terms.by_request || page_takes_requests)
    }

    /// True if the host's calendar has yet to make the room in which it takes place.
    pub fn awaits_room(&self) -> bool {
        self.status == Status::Confirmed
            && self.location == Place::Room(None)
            && self.terms.write_to.is_some()
    }

    /// The proposal that the host can still answer.
    pub fn live_proposal(&self, now: DateTime<Utc>) -> Option<&Proposal> {
        self.proposed.as_ref().filter(|proposal| now < proposal.expires_at)
    }

    /// The booking as it is at an instant: anything dead is absent, whether or not it has been tidied away.
    pub(crate) fn seen_at(self, now: DateTime<Utc>) -> Booking {
        Booking { proposed: self.live_proposal(now).copied(), ..self }
    }

    /// Whether what its page does not show of the place is kept from its visitor: it has yet to be paid for, or came to
    /// nothing.
    pub fn hides_place(&self) -> bool {
        let is_told_by_page = matches!(self.location, Place::Address(_) | Place::Ask(_));
        self.payment.is_some() && self.status != Status::Confirmed && !is_told_by_page
    }

    /// The place, as far as that side is told it.
    pub fn place_for(&self, reader: Party) -> Place {
        match &self.location {
            Place::Phone(_) if reader == Party::Visitor && self.hides_place() => Place::Phone(String::new()),
            _ if reader == Party::Visitor && self.hides_place() => Place::Room(None),
            place => place.clone(),
        }
    }

    /// The start and the end.
    pub fn time(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.start, self.end)
    }

    /// The start and the end of the time that waits for the host's answer, or else of the booking itself.
    pub(crate) fn asked_time(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        self.proposed.map_or(self.time(), |proposal| (proposal.start, proposal.end))
    }

    /// The booking without what its visitor wrote, but for whose it is: for those who need no more. Its payment stays,
    /// as the books have it: money may still come or go back, and what is kept from whoever has not paid stays kept.
    #[must_use]
    pub(crate) fn cut(&self) -> Booking {
        let visitor = Visitor { guests: Vec::new(), answers: BTreeMap::new(), ..self.visitor.clone() };
        let location = self.location.erased();
        Booking {
            visitor,
            location,
            payment: self.payment.as_ref().map(|payment| Box::new(payment.erased())),
            origin: Origin::default(),
            cancel_reason: None,
            ..self.clone()
        }
    }

    /// The remainder of a booking when its visitor is erased: its place in the calendar, and how it ended.
    #[must_use]
    pub fn erased(&self, now: DateTime<Utc>) -> Booking {
        Booking {
            visitor: self.visitor.erased(&self.noted.time_zone),
            location: self.location.erased(),
            payment: self.payment.as_ref().map(|payment| Box::new(payment.erased())),
            terms: Terms { reminders_minutes: Vec::new(), ..self.terms.clone() },
            origin: Origin::default(),
            proposed: None,
            cancel_reason: None,
            changed_at: now,
            ..self.clone()
        }
    }

    /// The instant until which the visitor may move or cancel the booking.
    pub fn changeable_until(&self) -> DateTime<Utc> {
        self.start - TimeDelta::minutes(self.terms.change_until_minutes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored booking can be read back, whatever its answers hold.
    #[test]
    fn a_booking_is_the_same_after_json() {
        let mut written: Booking = serde_json::from_str(include_str!("../../tests/booking.json")).unwrap();
        written.visitor.answers = BTreeMap::from([
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

//! A mailbox: the visitor's, the host's, or a guest's.

use std::borrow::Cow;

use base16ct::lower as hex;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Payload, Rules};
use crate::booking::{Booking, Contact, DisputeState, Event, HostNoted, Party, Proposal, Status};
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

/// The kind's name.
pub(crate) const KIND: &str = "mail";
/// How long the reminder to pay waits: most people pay at once.
const PAYING_TAKES: TimeDelta = TimeDelta::minutes(5);
/// How long an email waits for the room that the host's calendar makes.
pub const ROOM_AWAITED_FOR: TimeDelta = TimeDelta::minutes(2);

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Whose.
    pub to: Recipient,
}

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever booked.
    Visitor,
    /// The host.
    Host,
    /// Somebody whom the visitor invites, by the address.
    Guest(String),
}

impl From<Party> for Recipient {
    fn from(party: Party) -> Self {
        match party {
            Party::Visitor => Recipient::Visitor,
            Party::Host => Recipient::Host,
        }
    }
}

impl Recipient {
    /// The side of the meeting that they are on.
    pub fn side(&self) -> Party {
        match self {
            Recipient::Visitor | Recipient::Guest(_) => Party::Visitor,
            Recipient::Host => Party::Host,
        }
    }

    /// The guest's address; `None` for the two who agreed.
    pub fn guest(&self) -> Option<&str> {
        match self {
            Recipient::Guest(email) => Some(email),
            Recipient::Visitor | Recipient::Host => None,
        }
    }

    /// The address of a booking's mails to them.
    pub fn email<'a>(&'a self, booking: &'a Booking) -> &'a str {
        match self {
            Recipient::Visitor => &booking.visitor.contact.email,
            Recipient::Host => &booking.noted.email,
            Recipient::Guest(email) => email,
        }
    }
}

/// What a mail is written from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailNotice {
    /// What happened.
    pub event: Event,
    /// The booking as it was then.
    pub booking: Booking,
    /// Who caused it; `None` for the clock.
    pub by: Option<Party>,
    /// Another time that was asked for, and is no more.
    pub dropped: Option<Proposal>,
    /// The host as the content had it then: where the host is gone by now, this serves.
    pub host: HostNoted,
    /// Whether its host has given another time to what is yet to be agreed to, or paid for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_moved: bool,
}

impl Rules for Mailbox {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        match self.to {
            Recipient::Visitor => "mail to the visitor".into(),
            Recipient::Host => "mail to the host".into(),
            Recipient::Guest(_) => "mail to a guest".into(),
        }
    }

    fn tag(&self) -> String {
        match &self.to {
            Recipient::Visitor => "visitor".to_owned(),
            Recipient::Host => "host".to_owned(),
            // A digest: ids of deliveries are read by more people than addresses are.
            Recipient::Guest(email) => {
                let digest = Sha256::digest(Contact::of_email(email).normalised_email());
                format!("guest-{}", hex::encode_string(&digest[..8]))
            }
        }
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    /// The host's mail follows the event itself, which says what happened. A host looks at the day, and needs no
    /// reminder; what a host notes down afterwards, nobody is written of. Guests hear of what their calendar has to.
    fn takes(&self, event: Event) -> bool {
        if self.to.guest().is_some() {
            return matches!(
                event,
                Event::Confirmed | Event::Rescheduled | Event::RoomReady | Event::Cancelled
            );
        }
        match event {
            Event::Alert | Event::OutcomeRecorded | Event::Erased | Event::Lapsed => false,
            // The host has the room in the calendar that made it.
            Event::AwaitingConfirmation
            | Event::AwaitingPayment
            | Event::RoomReady
            | Event::ReminderDue
            | Event::PaymentFailed
            | Event::Refunded => self.to == Recipient::Visitor,
            Event::PaymentMismatched
            | Event::RefundOwed
            | Event::PaymentDisputed
            | Event::DisputeClosed
            | Event::CalendarFailing
            | Event::CalendarRecovered
            | Event::RoomMissing
            | Event::CalendarMissing
            | Event::CalendarMoved => self.to == Recipient::Host,
            Event::Requested
            | Event::Paid
            | Event::RefundFailed
            | Event::Confirmed
            | Event::Declined
            | Event::Rescheduled
            | Event::Cancelled
            | Event::Expired
            | Event::RescheduleRequested
            | Event::RescheduleDeclined
            | Event::RescheduleExpired
            | Event::RescheduleWithdrawn => true,
        }
    }

    /// Nobody but its visitor hears of a booking that waited to be paid, and for which nothing was. That it was paid is
    /// said where it is confirmed, if it is.
    fn takes_news(&self, news: &News<'_>) -> bool {
        let was = news.former.map(|former| former.status);
        let is_quiet = was == Some(Status::AwaitingPayment) && !news.booking.terms.by_request;
        match news.event {
            // Money may go back after its visitor was erased: nobody is left to write to.
            _ if self.to == Recipient::Visitor && news.booking.visitor.contact.is_erased() => false,
            // Guests never heard of what was not confirmed.
            Event::Cancelled if self.to.guest().is_some() && was != Some(Status::Confirmed) => false,
            // What was paid that is not the price, its host has to send back.
            Event::Cancelled if is_quiet && self.to == Recipient::Host && news.booking.has_money() => true,
            Event::RefundOwed if says_what_is_owed(news) => false,
            Event::DisputeClosed if is_settled_by_refund(news) => false,
            Event::Cancelled | Event::Expired if is_quiet && self.to != Recipient::Visitor => false,
            Event::Paid if news.booking.status == Status::Confirmed && was != Some(Status::Confirmed) => {
                false
            }
            _ => self.takes(self.hears(news)),
        }
    }

    /// What is not agreed yet has no time to be moved from: at another one, it is asked for anew.
    fn hears(&self, news: &News<'_>) -> Event {
        match (news.event, news.booking.status) {
            (Event::Rescheduled, Status::Confirmed) => Event::Rescheduled,
            (Event::Rescheduled, _) => news.booking.event_of_status(),
            (event, _) => event,
        }
    }

    /// What says where a meeting takes place waits for the room, as long as somebody who has just booked looks out for
    /// it.
    fn delay(&self, news: &News<'_>) -> TimeDelta {
        let event = self.hears(news);
        // Whoever is paying reads of nothing else, but that they have a new time, or that the money may come later.
        let is_paying = !news.booking.terms.by_request && !is_moved(news) && !news.booking.is_promised();
        if event == Event::AwaitingPayment && is_paying {
            return PAYING_TAKES;
        }
        let says_where = matches!(event, Event::Confirmed | Event::Rescheduled);
        if says_where && news.booking.awaits_room() { ROOM_AWAITED_FOR } else { TimeDelta::zero() }
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        pauses::of_three_days(failures)
    }

    fn payload(&self, news: &News<'_>) -> Payload {
        let booking = match &self.to {
            Recipient::Visitor | Recipient::Host => news.booking.clone(),
            // Nothing that a visitor wrote or paid is for guests. So it is not kept once for each of them either.
            Recipient::Guest(_) => {
                let reason = news.booking.cancel_reason.clone().filter(|_| news.by != Some(Party::Visitor));
                Booking { cancel_reason: reason, payment: None, ..news.booking.cut() }
            }
        };
        Payload::Mail(Box::new(MailNotice {
            event: self.hears(news),
            booking,
            by: news.by,
            dropped: news.dropped(),
            host: news.subscribers.host.clone(),
            is_moved: is_moved(news) && news.booking.status != Status::Confirmed,
        }))
    }
}

/// Whether its host has moved it.
fn is_moved(news: &News<'_>) -> bool {
    news.event == Event::Rescheduled && news.by == Some(Party::Host)
}

/// Whether a dispute ended as its host had sent all back: they know.
fn is_settled_by_refund(news: &News<'_>) -> bool {
    let payment = |booking: &Booking| booking.payment.as_ref().is_some_and(|payment| payment.left() == 0);
    let last = news.booking.payment.as_ref().and_then(|payment| payment.last_dispute());
    last.is_some_and(|dispute| dispute.state == DisputeState::Won) && news.former.is_some_and(payment)
}

/// Whether the mail about how a booking ended, or about a payment that came after that, says what its host owes: not
/// where nobody but its visitor knew of it.
fn says_what_is_owed(news: &News<'_>) -> bool {
    let ends = |was: Status| was.is_live() && was != Status::AwaitingConfirmation;
    let is_told = |former: &Booking| !former.is_paid() || ends(former.status);
    !news.booking.status.is_live() && news.former.is_some_and(is_told)
}

//! A mailbox: the visitor's, or the host's.

use serde::{Deserialize, Serialize};

use super::{Payload, Rules};
use crate::booking::{Booking, Event, HostNoted, Party, Proposal};
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

/// The kind's name.
pub(crate) const KIND: &str = "mail";

/// A mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Whose.
    pub to: Party,
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
}

impl Rules for Mailbox {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> &'static str {
        match self.to {
            Party::Visitor => "mail to the visitor",
            Party::Host => "mail to the host",
        }
    }

    fn tag(&self) -> String {
        match self.to {
            Party::Visitor => "visitor",
            Party::Host => "host",
        }
        .to_owned()
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    /// The host's mail follows the event itself, which says what happened. A host looks at the day, and needs no
    /// reminder; what a host notes down afterwards, nobody is written of.
    fn takes(&self, event: Event) -> bool {
        match event {
            Event::Alert | Event::OutcomeRecorded | Event::Erased | Event::Lapsed => false,
            Event::AwaitingConfirmation | Event::ReminderDue => self.to == Party::Visitor,
            Event::Requested
            | Event::AwaitingPayment
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

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        pauses::of_three_days(failures)
    }

    fn payload(&self, news: &News<'_>) -> Payload {
        Payload::Mail(Box::new(MailNotice {
            event: news.event,
            booking: news.booking.clone(),
            by: news.by,
            dropped: news.dropped(),
            host: news.host.clone(),
        }))
    }
}

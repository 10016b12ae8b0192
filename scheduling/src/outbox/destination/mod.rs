//! Where notices go. Each kind of destination is a file, with its name, the events that it takes, its delay and pauses,
//! and its payload; here is the list of them.

mod calendar;
mod contact;
mod erasure;
mod mail;
mod payment;
mod record;
mod sign_in;
mod webhook;

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, Event, Party};
use crate::definition::Webhook;
use crate::outbox::news::News;
use crate::outbox::queue::Queue;
use crate::outbox::subscribers::Subscribers;
use crate::sign_in_link::SignInLink;

pub use self::calendar::CalendarCopy;
pub(crate) use self::calendar::KIND as CALENDAR;
pub use self::contact::ContactLedger;
pub(crate) use self::erasure::KIND as ERASURE;
pub use self::erasure::{HostLedger, Request};
pub(crate) use self::mail::KIND as MAIL;
pub use self::mail::{MailNotice, Mailbox, ROOM_AWAITED_FOR, Recipient};
pub(crate) use self::payment::KIND as PAYMENT;
pub use self::payment::{PaymentErrand, PaymentProvider, Refunding};
pub(in crate::outbox) use self::record::DELAY as RECORD_DELAY;
pub(crate) use self::sign_in::KIND as SIGN_IN;
pub use self::sign_in::SignInMail;
pub use self::webhook::Body;

/// Where a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Destination {
    /// The booking's record, and the ledger's own: what is busy.
    Record,
    /// A webhook endpoint, as the content had it at the event.
    Webhook(Webhook),
    /// A mailbox.
    Mail(Mailbox),
    /// A calendar of the host's, for its copy of the booking.
    Calendar(CalendarCopy),
    /// The ledger that keeps the contact who booked.
    Contact(ContactLedger),
    /// A host's ledger, to erase its bookings of a contact.
    Erasure(HostLedger),
    /// The host's mailbox, for a link that signs in.
    SignIn(SignInMail),
    /// Whoever takes the money.
    Payment(PaymentProvider),
}

/// What a delivery says: of each kind of destination, its own type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Nothing: the booking is told as it is when the delivery goes out.
    Booking,
    /// The same, whatever its host has made of its copy.
    PutBack,
    /// Nothing any more: it was taken, or ended.
    Cut,
    /// A webhook's body; of what is about no booking, a mail is written from it as well.
    Webhook(Body),
    /// What a mail is written from.
    Mail(Box<MailNotice>),
    /// What is to be erased.
    Erasure(Request),
    /// The link that is sent.
    SignIn(SignInLink),
    /// What a payment provider is asked for.
    Payment(PaymentErrand),
}

/// The rules of one kind of destination.
trait Rules {
    /// Its kind, by which the outbox finds all deliveries of one sort.
    fn kind(&self) -> &'static str;

    /// Its name for people: an endpoint's address, a calendar, or whose mailbox.
    fn name(&self) -> Cow<'_, str>;

    /// Its name in the ids of deliveries: the same for good, and of no other destination.
    fn tag(&self) -> String;

    /// The queue that its deliveries wait in.
    fn queue(&self) -> Queue;

    /// Who takes its deliveries: those of one receiver wait for each other.
    fn receiver(&self) -> &str {
        self.kind()
    }

    /// Whether notices of that event go there.
    fn takes(&self, event: Event) -> bool;

    /// Whether these news go there, as what it hears of them.
    fn takes_news(&self, news: &News<'_>) -> bool {
        self.takes(self.hears(news))
    }

    /// The event that news are for it.
    fn hears(&self, news: &News<'_>) -> Event {
        news.event
    }

    /// How long its notices wait at first.
    fn delay(&self, _: &News<'_>) -> TimeDelta {
        TimeDelta::zero()
    }

    /// How long to wait after so many failures, in seconds; `None` where it is given up.
    fn pause_seconds(&self, failures: u32) -> Option<u32>;

    /// What is kept of an event for it.
    fn payload(&self, news: &News<'_>) -> Payload;
}

impl Destination {
    fn rules(&self) -> &dyn Rules {
        match self {
            Destination::Record => &record::Record,
            Destination::Webhook(webhook) => webhook,
            Destination::Mail(mailbox) => mailbox,
            Destination::Calendar(copy) => copy,
            Destination::Contact(ledger) => ledger,
            Destination::Erasure(ledger) => ledger,
            Destination::SignIn(mail) => mail,
            Destination::Payment(provider) => provider,
        }
    }

    /// Those of a booking whose contact is kept under that key, as the host's subscribers are today. Guests hear of it
    /// where they are named.
    pub(crate) fn of_booking(
        subscribers: &Subscribers,
        booking: &Booking,
        guests: &[String],
        contact_key: Option<&str>,
    ) -> Vec<Destination> {
        let contact = contact_key.map(|key| ContactLedger::of(key, subscribers)).map(Destination::Contact);
        let copy = booking.terms.write_to.clone();
        let copy = copy.map(|calendar| Destination::Calendar(CalendarCopy { calendar }));
        let mut all = Self::of_subscribers(subscribers, guests);
        all.extend(copy.into_iter().chain([Destination::Record]).chain(contact));
        all
    }

    /// The mailboxes and endpoints among them.
    pub(crate) fn of_subscribers(subscribers: &Subscribers, guests: &[String]) -> Vec<Destination> {
        let writes_to_visitors = subscribers.mailboxes.contains(&Party::Visitor);
        let guests = guests.iter().filter(|_| writes_to_visitors).cloned().map(Recipient::Guest);
        let recipients = subscribers.mailboxes.iter().map(|party| Recipient::from(*party)).chain(guests);
        let mailboxes = recipients.map(|to| Destination::Mail(Mailbox { to }));
        mailboxes.chain(subscribers.webhooks.iter().cloned().map(Destination::Webhook)).collect()
    }

    /// Those who hear of such an event in a host's calendars.
    pub(crate) fn of_calendars(subscribers: &Subscribers, event: Event) -> Vec<Destination> {
        let mut takers = Self::of_subscribers(subscribers, &[]);
        // Two settings of one address are one receiver.
        let mut tags = BTreeSet::new();
        takers.retain(|destination| destination.takes(event) && tags.insert(destination.tag()));
        takers
    }

    /// The guest whom it writes to.
    pub(crate) fn guest(&self) -> Option<&str> {
        match self {
            Destination::Mail(Mailbox { to }) => to.guest(),
            _ => None,
        }
    }

    /// Its kind, by which the outbox finds all deliveries of one sort.
    pub fn kind(&self) -> &'static str {
        self.rules().kind()
    }

    /// Its name for people: an endpoint's address, a calendar, or whose mailbox.
    pub fn name(&self) -> Cow<'_, str> {
        self.rules().name()
    }

    /// Its name in the ids of deliveries: the same for good, and of no other destination.
    pub fn tag(&self) -> String {
        self.rules().tag()
    }

    /// The queue that its deliveries wait in.
    pub fn queue(&self) -> Queue {
        self.rules().queue()
    }

    /// Who takes its deliveries: those of one receiver wait for each other.
    pub fn receiver(&self) -> &str {
        self.rules().receiver()
    }

    /// Whether notices of that event go there.
    pub fn takes(&self, event: Event) -> bool {
        self.rules().takes(event)
    }

    /// Whether these news go there, as what it hears of them.
    pub(super) fn takes_news(&self, news: &News<'_>) -> bool {
        self.rules().takes_news(news)
    }

    pub(super) fn delay(&self, news: &News<'_>) -> TimeDelta {
        self.rules().delay(news)
    }

    /// How long to wait after so many failures, in seconds; `None` where it is given up. `jitter`, 0 to 999, makes it
    /// up to a fifth longer, so that what failed together is not tried together.
    pub(crate) fn pause_seconds(&self, failures: u32, jitter: u16) -> Option<u32> {
        let pause = self.rules().pause_seconds(failures)?;
        Some(pause + pause * u32::from(jitter) / 5000)
    }

    pub(crate) fn payload(&self, news: &News<'_>) -> Payload {
        self.rules().payload(news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_pause(destination: &Destination, failures: u32, jitter: u16, expected: Option<u32>) {
        assert_eq!(destination.pause_seconds(failures, jitter), expected, "after {failures} failures");
    }

    #[test]
    fn webhooks_are_tried_for_three_days_and_records_for_ever() {
        let webhook = Destination::Webhook(Webhook {
            url: "https://hooks.example.com/".to_owned(),
            secret: Vec::new(),
            events: Vec::new(),
        });
        check_pause(&webhook, 1, 0, Some(5));
        check_pause(&webhook, 1, 999, Some(5));
        check_pause(&webhook, 2, 999, Some(359));
        check_pause(&webhook, 9, 0, Some(86_400));
        check_pause(&webhook, 9, 999, Some(103_662));
        check_pause(&webhook, 10, 0, None);
        check_pause(&Destination::Record, 1, 0, Some(1));
        check_pause(&Destination::Record, 4, 0, Some(8));
        check_pause(&Destination::Record, 100, 999, Some(719));
    }
}

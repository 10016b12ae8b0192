//! The outbox: the notices that follow from events, written in the transaction that made them happen.
//!
//! They leave at least once. Each carries an id with which receivers drop repeats. Who is told is today's settings
//! ([`Subscribers`]); what is told is the booking's own.

mod admission;
mod delivery;
mod destination;
mod news;
mod pauses;
mod queue;
mod subscribers;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::booking::{Booking, Event, Party};

pub(crate) use self::admission::Known;
pub use self::admission::{
    Admission, MOST_MAILS_A_DAY, MOST_MAILS_AN_HOUR, MailAsk, OVERTAKEN, SENT_ANOTHER_WAY, TOO_MANY_MAILS,
    UNDONE,
};
use self::delivery::PROMISED;
pub use self::delivery::{
    Attempt, AttemptOutcome, Delivery, DeliveryReport, DeliveryState, Due, booking_of, ledger_of,
};
pub(crate) use self::delivery::{holds_still, number_of};
pub use self::destination::{
    Body, CalendarCopy, ContactLedger, Destination, HostLedger, MailNotice, Mailbox, Payload, PaymentErrand,
    PaymentProvider, ROOM_AWAITED_FOR, Recipient, Refunding, Request, SignInMail,
};
pub(crate) use self::destination::{CALENDAR, ERASURE, MAIL, PAYMENT, SIGN_IN};
pub(crate) use self::news::News;
pub use self::pauses::LONGEST_RETRY_AFTER_SECONDS;
pub use self::queue::Queue;
pub use self::subscribers::Subscribers;

/// The deliveries of some events of a booking, one for each event and destination that takes it. `events_before` is how
/// many events the booking has had, `by` who caused them, and `former` the booking as it was before them, if it was.
pub(crate) fn deliveries(
    (events, by): (&[Event], Option<Party>),
    events_before: u32,
    (booking, former): (&Booking, Option<&Booking>),
    (subscribers, destinations): (&Subscribers, &[Destination]),
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let numbered = (events_before + 1..).zip(events);
    let told = |(number, event): (u32, &Event)| {
        let news = News { event: *event, booking, former, by, subscribers, at: now };
        of_news(&news, &number.to_string(), destinations)
    };
    numbered.flat_map(told).collect()
}

/// The deliveries of a reminder that is due: the one that was set to so many minutes before the start.
pub(crate) fn reminder(
    booking: &Booking,
    minutes: u32,
    (subscribers, destinations): (&Subscribers, &[Destination]),
) -> Vec<Delivery> {
    let at = booking.start - TimeDelta::minutes(minutes.into());
    let news = News { event: Event::ReminderDue, booking, former: None, by: None, subscribers, at };
    of_news(&news, &format!("{}-{minutes}m", booking.sequence), destinations)
}

/// The email to a visitor who has chosen to pay later: by the checkout's number, so that each has one.
pub(crate) fn promise(
    (booking, former): (&Booking, &Booking),
    subscribers: &Subscribers,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let (event, by) = (Event::AwaitingPayment, Some(Party::Visitor));
    let news = News { event, booking, former: Some(former), by, subscribers, at: now };
    let checkout = booking.payment.as_ref().and_then(|payment| payment.checkout.as_ref());
    let number = checkout.map_or(0, |checkout| checkout.number);
    let is_to_visitor = |destination: &Destination| matches!(destination, Destination::Mail(mailbox) if mailbox.to == Recipient::Visitor);
    let mut destinations = Destination::of_subscribers(subscribers, &[]);
    destinations.retain(is_to_visitor);
    of_news(&news, &format!("{PROMISED}{number}"), &destinations)
}

/// One for each destination that takes the news: two settings of one name are one receiver.
fn of_news(news: &News<'_>, number: &str, destinations: &[Destination]) -> Vec<Delivery> {
    let mut told = BTreeSet::new();
    let takers = destinations.iter().filter(|destination| destination.takes_news(news));
    let takers = takers.map(|destination| (destination.tag(), destination));
    let takers = takers.filter(|(tag, _)| told.insert(tag.clone()));
    takers
        .map(|(tag, destination)| Delivery {
            id: format!("{}.{number}.{tag}", news.booking.id),
            booking: Some(news.booking.id.clone()),
            event: news.event.name(),
            destination: destination.clone(),
            payload: destination.payload(news),
            next_attempt_at: news.at + destination.delay(news),
        })
        .collect()
}

//! A delivery: a notice on its way, from what is to be sent to how its attempts went.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::destination::{Destination, Payload, RECORD_DELAY};
use crate::booking::{Booking, Event, Heard, Place, Status};
use crate::token::BookingId;

/// A notice that must go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The booking's id, the event's number in the booking's life, and the destination's name: the same however often
    /// it is sent, and never used for anything else.
    pub id: String,
    /// Which booking it tells of, where it is one.
    pub booking: Option<BookingId>,
    /// What happened, by its name.
    pub event: &'static str,
    /// Where it goes.
    pub destination: Destination,
    /// What it says.
    pub payload: Payload,
    /// When it is first tried.
    pub next_attempt_at: DateTime<Utc>,
}

impl Delivery {
    /// The record of a booking, and what is busy, after a change that is told to nobody else; `name` says which.
    pub(crate) fn record(booking: &BookingId, event: Event, name: &str, now: DateTime<Utc>) -> Self {
        let destination = Destination::Record;
        Self {
            id: format!("{booking}.{name}.{}", destination.tag()),
            booking: Some(booking.clone()),
            event: event.name(),
            destination,
            payload: Payload::Booking,
            next_attempt_at: now + RECORD_DELAY,
        }
    }
}

/// A delivery that is due, with all that carrying it out needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// Its number in its ledger.
    pub number: i64,
    /// Its id, the same at every attempt.
    pub id: String,
    /// Where it goes.
    pub destination: Destination,
    /// What it says.
    pub payload: Payload,
    /// For a record, a contact and a calendar's copy: the booking as it is now.
    pub booking: Option<Box<Booking>>,
    /// How many events that booking has had.
    pub event_count: u32,
    /// For an email to the host: the booking's copy in their calendar was given up, or refused.
    #[serde(default)]
    pub is_copy_parked: bool,
}

/// The ledger of the booking that a notice tells of, by the delivery's id: it begins with the booking's.
pub fn ledger_of(delivery_id: &str) -> &str {
    delivery_id.split('.').next().unwrap_or_default()
}

/// The booking that a delivery is about, by the delivery's id; `None` where it is about none.
pub fn booking_of(delivery_id: &str) -> Option<BookingId> {
    let (end, _) = delivery_id.match_indices('.').nth(1)?;
    BookingId::parse(&delivery_id[..end])
}

/// The event's number in a booking's life, by the id of a delivery that told of it; of a reminder, the booking's
/// `sequence` and the minutes.
pub(crate) fn number_of<'a>(delivery_id: &'a str, booking: &BookingId) -> Option<&'a str> {
    delivery_id.strip_prefix(booking.as_str())?.strip_prefix('.')?.split('.').next()
}

/// How the number of an email begins that tells of a payment that comes later, before that of the checkout.
pub(super) const PROMISED: &str = "promised-";

/// Whether a booking still says all that was told of it at the event of that number: nothing has happened to it since,
/// and it was not told what it had been before.
pub(crate) fn holds_still(number: &str, event: Event, booking: &Booking, event_count: u32) -> bool {
    match event {
        Event::ReminderDue => {
            booking.status == Status::Confirmed
                && number
                    .split_once('-')
                    .is_some_and(|(sequence, _)| sequence == booking.sequence.to_string())
        }
        Event::AwaitingPayment if number.starts_with(PROMISED) => booking.is_promised(),
        Event::Rescheduled
        | Event::RescheduleDeclined
        | Event::RescheduleExpired
        | Event::RescheduleWithdrawn => false,
        // Nobody is sent the reason that they gave themselves, and who gave it is not known any more.
        Event::Cancelled if booking.cancel_reason.is_some() => false,
        // The alert repeats the event before it, of which it does not know any more what it was.
        Event::Alert if event_count > 2 && booking.status == Status::Confirmed => false,
        _ => {
            // The room that a calendar made for it, and the host's alert to that.
            let roomed = event == Event::Confirmed && matches!(booking.location, Place::Room(Some(_)));
            let since = if roomed { 3 } else { 1 };
            number.parse().is_ok_and(|number: u32| number + since >= event_count)
        }
    }
}

/// How an attempt at a delivery went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The delivery's number in its ledger.
    pub number: i64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Random, 0 to 999: spreads the next attempts of many.
    pub jitter: u16,
}

/// How an attempt at a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The receiver has it.
    Taken,
    /// The calendar has the copy, and there is the room in which the meeting takes place: made by the calendar, or its
    /// page's by now.
    TakenWithRoom {
        /// Its address (URL).
        address: String,
        /// Whether it is its page's.
        #[serde(default)]
        is_of_page: bool,
    },
    /// The payment provider was asked, and said this. Where that is not the end of it, it is asked again later.
    Heard(Heard),
    /// It has not, or nobody knows.
    Failed {
        /// What happened, for the host to read.
        reason: String,
        /// When the receiver wants to be asked again, at the earliest.
        retry_after_seconds: Option<u32>,
    },
    /// Its receiver lets nobody in: it is parked, and goes out once somebody is let in again.
    Refused {
        /// Why, for the host to read.
        reason: String,
    },
    /// It is not wanted any more: its receiver is not among those of today, or what it tells is undone or over. The
    /// delivery ends, untold.
    Ended {
        /// Why, for the host to read.
        reason: String,
    },
    /// It was not tried, as its recipient gets too many; or what it asks for is not ready yet. This counts as no
    /// attempt.
    Held {
        /// Why, for the host to read.
        reason: String,
        /// When there may be a place for it; `None` where it is given up, and parked.
        until: Option<DateTime<Utc>>,
    },
    /// The receiver wants no more of anything (410): its endpoint is switched off, and this delivery parked.
    Gone,
    /// It was not tried: too much else goes to the same receiver. This counts as no attempt.
    Postponed,
}

impl AttemptOutcome {
    /// The receiver has it.
    pub fn is_taken(&self) -> bool {
        match self {
            AttemptOutcome::Taken | AttemptOutcome::TakenWithRoom { .. } => true,
            AttemptOutcome::Heard(heard) => !heard.is_interim(),
            _ => false,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be tried, again.
    Pending,
    /// The receiver has it.
    Done,
    /// It was given up, and waits for being replayed.
    Parked,
    /// Its receiver was taken out of the content before it had it, or what it tells was undone or over.
    Ended,
}

impl DeliveryState {
    /// The name, as JSON and SQL hold it.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Done => "done",
            DeliveryState::Parked => "parked",
            DeliveryState::Ended => "ended",
        }
    }
}

/// A delivery as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// Its id, as in the `webhook-id` header.
    pub id: String,
    /// The booking that it tells of.
    pub booking: Option<String>,
    /// What it tells, such as `booking.confirmed`.
    pub event: String,
    /// Where it goes: an endpoint's address, or `record`.
    pub destination: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried and failed.
    pub attempts: u32,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

//! Commands, and what a ledger replies to them.

use crate::booking::{Booking, Heard, Outcome, Party};
use crate::calendar::{NoteBusy, Span, Wanted};
use crate::claim::CountLimit;
use crate::definition::{Association, Buffer};
use crate::external_id::ExternalId;
use crate::ledger::alike::{CancelAlike, CancelledAlike};
use crate::ledger::device::{Ending, Session};
use crate::outbox::{Admission, Attempt, MailAsk, Request, Subscribers};
use crate::refusal::Refusal;
use crate::sign_in_link::SignInLink;
use crate::strangers::Stranger;
use crate::token::BookingId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who hears of a host's bookings today; `None` where the host, or the whole site, is gone from the content: then those
/// that were noted last hear of it.
pub type Today = Option<Box<Subscribers>>;

/// What changes a ledger. A command that makes events has today's subscribers beside it ([`Command::with`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Books a time.
    Book(Box<Book>, Today),
    /// Cancels a booking.
    Cancel(Cancel, Today),
    /// Cancels bookings that are like one of them.
    CancelAlike(CancelAlike, Today),
    /// Confirms a booking, as whoever pressed the button behind the link in its email: that proves the address.
    Confirm(Confirm, Today),
    /// Gives a booking another time, or asks its host for one.
    Reschedule(Reschedule, Today),
    /// Answers a request, or a proposal, as its host.
    Decide(Decide, Today),
    /// Takes a step of paying for a booking.
    Pay(Pay, Today),
    /// Reminds nobody of a booking any more.
    StopReminders {
        /// Which.
        id: BookingId,
    },
    /// Keeps how a meeting went.
    RecordOutcome(RecordOutcome, Today),
    /// Does what the clock asks for: ends what nobody confirmed, paid or answered in time, and frees its seats; reminds
    /// of what is near; begins to erase contacts that have been kept for long enough.
    Expire(Today),
    /// Notes how attempts at deliveries went. Noting one twice does nothing.
    Settle {
        /// Those attempts.
        attempts: Vec<Attempt>,
    },
    /// Has the delivery of that id go out again, at once, and its endpoint switched on: one that is parked, done or
    /// ended, to a receiver that is there.
    Replay(String, Today),
    /// Remembers a device that has shown the host's key, or a link, which is used up by it.
    OpenSession {
        /// The device.
        session: Session,
        /// The link.
        link: Option<SignInLink>,
    },
    /// Has a link sent to the host's own mailbox, unless enough of them were.
    SendSignInLink {
        /// The ledger's name.
        ledger: String,
        /// The link.
        link: SignInLink,
    },
    /// Lets a session last longer.
    RenewSession {
        /// Its digest.
        digest: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Ends a session, or more of the host's.
    EndSessions(Ending),
    /// Notes a booking of a contact, as it is now, in the ledger that keeps the contact. Noting it twice, or late, does
    /// nothing.
    NoteBooking(NoteBooking),
    /// Asks whether an email may leave to a contact, in the ledger that keeps it, and counts it.
    AdmitMail(MailAsk),
    /// Begins to erase a contact, in the ledger that keeps it: each host's ledger that may know it is asked to.
    EraseContact {
        /// The contact's key.
        key: String,
        /// The normalised address.
        email: String,
        /// The ledgers that may know it as a guest.
        ledgers: Vec<String>,
    },
    /// Notes what came of reading a calendar.
    NoteBusy(Box<NoteBusy>, Today),
    /// Has a booking's copy in a calendar written again, where it should be.
    PutBack {
        /// The booking.
        id: BookingId,
        /// The start that was seen; `None` for whatever it is now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<DateTime<Utc>>,
    },
    /// Leaves a booking's copy as its host has made it.
    LeaveCopy {
        /// The booking.
        id: BookingId,
        /// Where the copy was seen.
        seen: Span,
    },
    /// Leaves an event out that makes a calendar unknown, or has it count again. Asked twice, it does nothing.
    LeaveOut {
        /// The calendar's name.
        calendar: String,
        /// The event's digest.
        event: String,
        /// Whether it counts again.
        counts: bool,
    },
    /// Notes what a booking is called elsewhere. Noting it twice, or late, does nothing.
    NoteExternalId(ExternalId),
    /// Forgets what a booking is called elsewhere.
    ForgetExternalId {
        /// The booking.
        booking: BookingId,
        /// The system.
        system: String,
        /// The kind of thing.
        kind: String,
    },
    /// Withdraws an invitation: from now on it works no more. Withdrawing it twice does nothing.
    WithdrawInvite {
        /// Its id.
        id: String,
        /// From then on it need not be known any more.
        expires: DateTime<Utc>,
    },
    /// Erases who made the bookings of an address, in a host's ledger, and all that they wrote. What is still to take
    /// place is cancelled first. Asked twice, it does nothing.
    EraseBookings(Request, Today),
}

impl Command {
    /// The same, on a day with those subscribers.
    #[must_use]
    pub fn with(mut self, subscribers: Option<Subscribers>) -> Self {
        if let Some(today) = self.today() {
            *today = subscribers.map(Box::new);
        }
        self
    }

    /// The place of today's subscribers; `None` where it makes no events.
    pub fn today(&mut self) -> Option<&mut Today> {
        match self {
            Command::Book(_, today)
            | Command::Cancel(_, today)
            | Command::CancelAlike(_, today)
            | Command::Confirm(_, today)
            | Command::Reschedule(_, today)
            | Command::Decide(_, today)
            | Command::Pay(_, today)
            | Command::RecordOutcome(_, today)
            | Command::Expire(today)
            | Command::Replay(_, today)
            | Command::NoteBusy(_, today)
            | Command::EraseBookings(_, today) => Some(today),
            Command::Settle { .. }
            | Command::OpenSession { .. }
            | Command::SendSignInLink { .. }
            | Command::RenewSession { .. }
            | Command::EndSessions(_)
            | Command::NoteBooking(_)
            | Command::AdmitMail(_)
            | Command::StopReminders { .. }
            | Command::PutBack { .. }
            | Command::LeaveCopy { .. }
            | Command::LeaveOut { .. }
            | Command::NoteExternalId(_)
            | Command::ForgetExternalId { .. }
            | Command::WithdrawInvite { .. }
            | Command::EraseContact { .. } => None,
        }
    }

    /// Whether it may take or free time. What is free stays as it was after any other.
    pub fn may_change_claims(&self) -> bool {
        match self {
            Command::Book(..)
            | Command::Cancel(..)
            | Command::CancelAlike(..)
            | Command::Confirm(..)
            | Command::Reschedule(..)
            | Command::Decide(..)
            | Command::Pay(..)
            | Command::RecordOutcome(..)
            | Command::Expire(_)
            | Command::EraseBookings(..)
            | Command::NoteBusy(..)
            | Command::LeaveOut { .. } => true,
            Command::Settle { .. }
            | Command::Replay(..)
            | Command::OpenSession { .. }
            | Command::SendSignInLink { .. }
            | Command::RenewSession { .. }
            | Command::EndSessions(_)
            | Command::NoteBooking(_)
            | Command::AdmitMail(_)
            | Command::StopReminders { .. }
            | Command::PutBack { .. }
            | Command::LeaveCopy { .. }
            | Command::NoteExternalId(_)
            | Command::ForgetExternalId { .. }
            | Command::WithdrawInvite { .. }
            | Command::EraseContact { .. } => false,
        }
    }
}

/// Books a time, or answers as it did before under the same key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// The request's idempotency key; a plain form has none. Without it, nobody is told that a booking is theirs.
    pub key: Option<IdempotencyKey>,
    /// The rules' verdict: refused for this, unless the key is known.
    pub verdict: Option<Refusal>,
    /// The booking to record: status `Confirmed`, sequence 0.
    pub booking: Booking,
    /// How many bookings may share the claim: 1, or a group session's seats.
    pub capacity: u32,
    /// The instant from which the seat is dead; `None` for one that is taken for good.
    pub expires_at: Option<DateTime<Utc>>,
    /// The page's limits around this start.
    pub limits: Vec<CountLimit>,
    /// Live bookings that this contact may have here; `None` for any number, in a day as well.
    pub contact_limit: Option<u32>,
    /// The key of the contact, where contacts are kept.
    pub contact_key: Option<String>,
    /// What is known of whoever books, unless they have proven their address here; `None` where strangers may hold as
    /// much as anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stranger: Option<Stranger>,
    /// The host's calendars that must be known; `None` where the page has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Calendars>,
    /// The invitation that it is booked with; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<Invited>,
}

/// An invitation, as far as the ledger has to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Its id.
    pub id: String,
    /// The live bookings that it takes.
    pub uses: u32,
    /// From then on it need not be known any more.
    pub expires: DateTime<Utc>,
}

/// The host's calendars that must be known before a time is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendars {
    /// Those calendars.
    pub wanted: Vec<Wanted>,
    /// The minutes that the host has for an answer where the time is unknown; `None` where it is refused.
    pub request_within_minutes: Option<u32>,
    /// Whether they can still be read: then those that were not read just now are asked for first
    /// ([`Reply::ReadFirst`]).
    pub may_read: bool,
}

/// An idempotency key of a page, with a digest of the body that came with it. A known key with another digest is
/// refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyKey {
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of the body, in hexadecimal; empty where any body under that key means the same.
    pub body_hash: String,
}

impl IdempotencyKey {
    /// Whether any body under this key means the same: the booking that was made under it, as long as that is live.
    /// Once it was cancelled, has expired or is over, the next body under the key is a new wish.
    pub fn takes_any_body(&self) -> bool {
        self.body_hash.is_empty()
    }
}

/// Notes a booking of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteBooking {
    /// The contact's key.
    pub key: String,
    /// How long after the last meeting's end the contact is kept, in minutes; `None` for until it is erased.
    pub keep_minutes: Option<u32>,
    /// The booking as it is now.
    pub booking: Box<Booking>,
    /// How many events the booking has had: of two notes of it, the one with more is newer.
    pub event_count: u32,
}

/// Cancels a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which.
    pub id: BookingId,
    /// Who asks: a visitor is held to `change_until_minutes`, a host is not.
    pub by: Party,
    /// Why, in the words of whoever cancels.
    pub reason: Option<String>,
    /// Whether it is asked by the link in an email, which proves the address.
    #[serde(default)]
    pub proves: bool,
}

/// Confirms a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Which.
    pub id: BookingId,
    /// How long the host has to answer, in minutes, where it becomes a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_within_minutes: Option<u32>,
    /// The host's calendars that must be known; `None` where the page has none, or is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Calendars>,
}

/// Answers a request, or a proposal, as its host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decide {
    /// Which.
    pub id: BookingId,
    /// Whether the meeting takes place then.
    pub accepts: bool,
    /// The start that is answered; `None` for whatever is asked for now. Where another one is asked for by now, the
    /// answer is refused: nobody agrees to what they have not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
}

/// Takes a step of paying for a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// Which.
    pub id: BookingId,
    /// The step.
    pub step: PayStep,
}

/// A step of paying for a booking. Each can be taken again, late or out of order, without harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayStep {
    /// Its visitor wants to pay: there is a checkout to be made, or one that is open.
    OpenCheckout,
    /// The provider says something of it.
    Hear(Heard),
    /// Its host says that it was paid, by whatever way.
    MarkPaid {
        /// What counts as paid, in the currency's smallest unit: the price, or what came instead; `None` for what came
        /// instead, where something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<u64>,
    },
    /// Its host sends money back.
    Refund {
        /// How much, in the currency's smallest unit; `None` for all that is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<u64>,
        /// What could be sent back as its host saw it, where whoever asks says so: by now, it may have been.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refundable: Option<u64>,
        /// Why, in the host's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Its host has sent back by hand what they had to, or else what was paid and does not count.
    SentByHand {
        /// How much that was as its host saw it, where they say so: by now, it may be more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<u64>,
    },
}

/// Gives a booking another time, or leaves it where it is. Asked for where it is already, it succeeds without a change,
/// but that a visitor's proposal is withdrawn. What a host has agreed to, or wants to, a visitor only proposes to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reschedule {
    /// Which.
    pub id: BookingId,
    /// Who asks: a visitor is held to `change_until_minutes`, a host is not.
    pub by: Party,
    /// The start that it is moved from, where whoever asks says so: from another one, it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// The rules' verdict on the new time.
    pub verdict: Option<Refusal>,
    /// The new start.
    pub start: DateTime<Utc>,
    /// The new end.
    pub end: DateTime<Utc>,
    /// What the page keeps free around its meetings now.
    pub buffer: Buffer,
    /// How many bookings may share the claim, as the page has it now.
    pub capacity: u32,
    /// The page's limits around the new start: the booking's own place is not counted.
    pub limits: Vec<CountLimit>,
    /// How long the host has to answer, in minutes, where the page takes requests now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_within_minutes: Option<u32>,
    /// What is known of whoever asks, unless they have proven their address here; `None` where strangers may hold as
    /// much as anybody, or the host asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stranger: Option<Stranger>,
    /// Whether it is asked by the link in an email, which proves the address.
    #[serde(default)]
    pub proves: bool,
    /// The host's calendars that must be known; `None` where the page has none, or the host asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Calendars>,
}

/// Keeps how a meeting went, as its host says. The same said again succeeds without a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordOutcome {
    /// Which.
    pub id: BookingId,
    /// How; `None` takes back what was said.
    pub outcome: Option<Outcome>,
    /// What it belongs to elsewhere; `None` leaves that as it is.
    pub associations: Option<Vec<Association>>,
}

/// What a ledger answers to a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Booked now, or earlier under the same key: then this is the first answer.
    Booked {
        /// As it was when it was booked; under a key that takes any body, as it is now.
        booking: Box<Booking>,
    },
    /// Changed; the booking as it is now.
    Changed {
        /// As it is now.
        booking: Box<Booking>,
    },
    /// Bookings were cancelled together.
    CancelledAlike(CancelledAlike),
    /// Done, with nothing to tell.
    Done,
    /// Done, and what somebody wanted erased was deleted: files must not keep it in what they leave over.
    Scrubbed,
    /// Whether an email may leave.
    Mail {
        /// The answer.
        admission: Admission,
    },
    /// Nothing was written: these calendars must be read first.
    ReadFirst {
        /// Their names.
        calendars: Vec<String>,
    },
    /// Nothing was written.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

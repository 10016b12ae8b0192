//! The ledger: the only writer of a host's time.
//!
//! It takes a command and the time, and runs one synchronous transaction that refuses or writes; the deliveries that
//! follow are written to the outbox in that same transaction.
//!
//! What it decides, it decides on what it reads inside that transaction. The time comes in as an argument: a seat that
//! expires is dead from that instant, whether anyone has tidied it away or not.

mod book;
mod carry;
mod change;
mod expire;
mod live;
mod rows;
mod schema;
mod session;
mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, Outcome, Status};
use crate::definition::{Association, Buffer, Webhook};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

pub use schema::migrate;

/// Carries a command out, in one transaction. A refusal has written nothing; a fault rolls everything back.
pub fn apply(sql: &mut dyn Sql, command: &Command, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let mut reply = None;
    sql.transact(&mut |sql| {
        reply = Some(apply_within(sql, command, now)?);
        Ok(())
    })?;
    reply.ok_or_else(|| SqlFault::Other("the transaction did not run".to_owned()))
}

/// Carries a command out in a transaction that the caller has begun, and rolls back at a fault.
pub fn apply_within(sql: &mut dyn Sql, command: &Command, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    match command {
        Command::Book(book) => book::book(sql, book, now),
        Command::Cancel(cancel) => change::cancel(sql, cancel, now),
        Command::Reschedule(reschedule) => change::reschedule(sql, reschedule, now),
        Command::Decide { id, accepts, start } => change::decide(sql, id, *accepts, *start, now),
        Command::RecordOutcome(record) => change::record_outcome(sql, record, now),
        Command::Expire => expire::expire(sql, now),
        Command::Settle { attempts } => carry::settle(sql, attempts, now),
        Command::Replay { id } => carry::replay(sql, id, now),
        Command::OpenSession(session) => session::open(sql, session, now),
        Command::RenewSession { digest, expires_at } => session::renew(sql, digest, *expires_at),
        Command::EndSessions { digest } => session::end(sql, digest.as_deref()),
    }
}

/// When the ledger next wants to be woken: the first of its deliveries to be tried, and of its seats to expire. Only reads.
pub fn wake_at(sql: &mut dyn Sql) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let statement = "SELECT min(at) FROM (
            SELECT min(next_attempt_at_seconds) AS at FROM delivery WHERE state = 'pending'
            UNION ALL SELECT min(expires_at_seconds) FROM seat WHERE expires_at_seconds IS NOT NULL)";
    rows::first_instant(sql, statement, &[])
}

/// Answers a query. Only reads, so that a read-only connection will do.
pub fn answer(sql: &mut dyn Sql, query: &Query, now: DateTime<Utc>) -> Result<Answer, SqlFault> {
    Ok(match query {
        Query::Booking { id } => {
            let stored = store::booking(sql, id)?;
            Answer::Booking { booking: stored.map(|stored| Box::new(stored.booking.seen_at(now))) }
        }
        Query::Busy { from, except } => {
            Answer::Busy { claims: live::claims_ending_after(sql, *from, except.as_ref(), now)? }
        }
        Query::Bookings { from, until, status, most } => {
            let bookings = store::bookings(sql, *from, *until, *status, *most)?;
            Answer::Bookings { bookings: bookings.into_iter().map(|booking| booking.seen_at(now)).collect() }
        }
        Query::Due { most, records, except } => {
            let expiry = expire::first_expiry(sql)?;
            let next_at =
                carry::first_attempt_after(sql, now)?.into_iter().chain(expiry).filter(|at| *at > now).min();
            let expired = expiry.is_some_and(|at| at <= now);
            let mut due = carry::due_notices(sql, *most, except, now)?;
            if *records > 0 {
                due.extend(carry::due_records(sql, *records, except, now)?);
            }
            Answer::Due { due, expired, next_at }
        }
        Query::Deliveries { state, most } => {
            Answer::Deliveries { deliveries: carry::deliveries(sql, *state, *most)? }
        }
        Query::Session { digest } => Answer::Session { session: session::find(sql, digest, now)? },
    })
}

/// What changes a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Books a time.
    Book(Box<Book>),
    /// Cancels a booking.
    Cancel(Cancel),
    /// Gives a booking another time, or asks its host for one.
    Reschedule(Reschedule),
    /// Answers a request, or a proposal, as its host.
    Decide {
        /// Which.
        id: BookingId,
        /// Whether the meeting takes place then.
        accepts: bool,
        /// The start that is answered; `None` for whatever is asked for now. Where another one is asked for by now, the answer
        /// is refused: nobody agrees to what they have not seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<DateTime<Utc>>,
    },
    /// Keeps how a meeting went.
    RecordOutcome(RecordOutcome),
    /// Ends what nobody confirmed, paid or answered in time, and frees its seats.
    Expire,
    /// Notes how attempts at deliveries went. Noting one twice does nothing.
    Settle {
        /// Those attempts.
        attempts: Vec<Attempt>,
    },
    /// Has a delivery that is parked or done go out again, at once, and its endpoint switched on.
    Replay {
        /// The delivery's id.
        id: String,
    },
    /// Remembers a device that has shown the host's key.
    OpenSession(Session),
    /// Lets a session last longer.
    RenewSession {
        /// Its digest.
        digest: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Ends a session, or all of the host's.
    EndSessions {
        /// Its digest; `None` for all.
        digest: Option<String>,
    },
}

/// A device of the host's, which need not show the host's key for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// A digest of what the device holds ([`Secrets::session_digests`](crate::token::Secrets::session_digests)).
    pub digest: String,
    /// The version of the key that it was opened with.
    pub key_version: u32,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Books a time, or answers as it did before under the same key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// The request's idempotency key; a plain form has none, and then the same contact, page and start is known again.
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
    /// Live bookings that this contact may have here; `None` for any number.
    pub contact_limit: Option<u32>,
    /// Where the notices of this booking go, now and later.
    pub destinations: Vec<Destination>,
}

/// An idempotency key of a page, with a digest of the body that came with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyKey {
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of the body, in hexadecimal.
    pub body_hash: String,
}

/// At most `most` of the page's bookings may start from `from` until before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountLimit {
    /// The first instant counted.
    pub from: DateTime<Utc>,
    /// The instant after the last.
    pub until: DateTime<Utc>,
    /// How many.
    pub most: u32,
}

/// Where a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Destination {
    /// The booking's record, and the ledger's own: what is busy.
    Record,
    /// A webhook endpoint.
    Webhook(Webhook),
    /// A mailbox.
    Mail {
        /// Whose.
        to: Party,
    },
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
    /// It has not, or nobody knows.
    Failed {
        /// What happened, for the host to read.
        reason: String,
        /// When the receiver wants to be asked again, at the earliest.
        retry_after_seconds: Option<u32>,
    },
    /// The receiver wants no more of anything (410): its endpoint is switched off, and this delivery parked.
    Gone,
    /// It was not tried: too much else goes to the same receiver. This counts as no attempt.
    Postponed,
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
    /// What it says, as JSON; empty for a record.
    pub payload: String,
    /// For a record: the booking as it is now.
    pub booking: Option<Box<Booking>>,
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

/// Cancels a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which.
    pub id: BookingId,
    /// Who asks: a visitor is held to `change_until_minutes`, a host is not.
    pub by: Party,
    /// Why, in the words of whoever cancels.
    pub reason: Option<String>,
}

/// Gives a booking another time, or leaves it where it is. Asked for where it is already, it succeeds without a change, but that
/// a visitor's proposal is withdrawn. What a host has agreed to, or wants to, a visitor only proposes to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reschedule {
    /// Which.
    pub id: BookingId,
    /// Who asks: a visitor is held to `change_until_minutes`, a host is not.
    pub by: Party,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_within_minutes: Option<u32>,
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

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who booked.
    Visitor,
    /// Who is booked.
    Host,
}

/// What a ledger answers to a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Booked now, or earlier under the same key: then this is the first answer.
    Booked {
        /// As it was when it was booked.
        booking: Box<Booking>,
    },
    /// The same contact has this page and start already; only where no key came.
    AlreadyBooked,
    /// Changed; the booking as it is now.
    Changed {
        /// As it is now.
        booking: Box<Booking>,
    },
    /// Done, with nothing to tell.
    Done,
    /// Nothing was written.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// What is asked of a ledger without changing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// One booking.
    Booking {
        /// Which.
        id: BookingId,
    },
    /// The claims that are live now and end after `from`, sorted by start.
    Busy {
        /// From when on.
        from: DateTime<Utc>,
        /// A booking that is to be moved: what is taken is told as if it were not there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        except: Option<BookingId>,
    },
    /// Bookings that start from `from` until before `until`, sorted by start.
    Bookings {
        /// The first instant.
        from: Option<DateTime<Utc>>,
        /// The instant after the last.
        until: Option<DateTime<Utc>>,
        /// Only those that stand so.
        status: Option<Status>,
        /// At most this many.
        most: u32,
    },
    /// Deliveries that are due now: notices, longest due first, and then records.
    Due {
        /// At most this many notices.
        most: u32,
        /// At most this many records.
        records: u32,
        /// Those that whoever asks has already, by their numbers.
        except: Vec<i64>,
    },
    /// Deliveries that tell of events, newest first.
    Deliveries {
        /// Only those that stand so.
        state: DeliveryState,
        /// At most this many.
        most: u32,
    },
    /// A session that lasts still.
    Session {
        /// Its digest.
        digest: String,
    },
}

/// What a ledger answers to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The booking, if there is one.
    Booking {
        /// As it is now.
        booking: Option<Box<Booking>>,
    },
    /// Live claims, sorted by start.
    Busy {
        /// Those claims.
        claims: Vec<Claim>,
    },
    /// Bookings.
    Bookings {
        /// Those bookings.
        bookings: Vec<Booking>,
    },
    /// Deliveries to carry out.
    Due {
        /// Those deliveries.
        due: Vec<Due>,
        /// Whether seats are dead that [`Command::Expire`] would free.
        expired: bool,
        /// When the next delivery is due, or the next seat dies, after now.
        next_at: Option<DateTime<Utc>>,
    },
    /// Deliveries, as the host sees them.
    Deliveries {
        /// Those deliveries.
        deliveries: Vec<DeliveryReport>,
    },
    /// The session, if there is one.
    Session {
        /// While it lasts.
        session: Option<Session>,
    },
}

/// Time that is taken in one ledger, as availability needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The page that it came from.
    pub page: String,
    /// The start, in seconds since 1970.
    pub start: i64,
    /// The end, in seconds since 1970.
    pub end: i64,
    /// Kept free before, in seconds.
    pub before: i64,
    /// Kept free after, in seconds.
    pub after: i64,
    /// Live bookings in it.
    pub seats_taken: u32,
    /// Bookings that it has room for.
    pub capacity: u32,
    /// When its last seat dies, in seconds since 1970; `None` where one is taken for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

//! The ledger: the only writer of a host's time.
//!
//! It takes a command and the time, and runs one synchronous transaction that refuses or writes; the deliveries that
//! follow are written to the outbox in that same transaction.
//!
//! What it decides, it decides on what it reads inside that transaction. The time comes in as an argument: a seat that
//! expires is dead from that instant, whether anyone has tidied it away or not.

mod book;
mod change;
mod live;
mod rows;
mod schema;
mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, Status};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

pub use schema::migrate;

/// Carries a command out, in one transaction. A refusal has written nothing; a fault rolls everything back.
pub fn apply(sql: &mut dyn Sql, command: &Command, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let mut reply = None;
    sql.transact(&mut |sql| {
        reply = Some(match command {
            Command::Book(book) => book::book(sql, book, now)?,
            Command::Cancel(cancel) => change::cancel(sql, cancel, now)?,
        });
        Ok(())
    })?;
    reply.ok_or_else(|| SqlFault::Other("the transaction did not run".to_owned()))
}

/// Answers a query. Only reads, so that a read-only connection will do.
pub fn answer(sql: &mut dyn Sql, query: &Query, now: DateTime<Utc>) -> Result<Answer, SqlFault> {
    Ok(match query {
        Query::Booking { id } => {
            Answer::Booking { booking: store::booking(sql, id)?.map(|stored| Box::new(stored.booking)) }
        }
        Query::Busy { from } => Answer::Busy { claims: live::claims_ending_after(sql, *from, now)? },
        Query::Bookings { from, until, status, most } => {
            Answer::Bookings { bookings: store::bookings(sql, *from, *until, *status, *most)? }
        }
    })
}

/// What changes a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Books a time.
    Book(Box<Book>),
    /// Cancels a booking.
    Cancel(Cancel),
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
    /// The booking's record in KV.
    Record,
    /// The contact's own ledger.
    Contact,
    /// A webhook endpoint, and which events it takes.
    Webhook {
        /// Where to.
        url: String,
        /// The name of its secret.
        secret: Vec<String>,
        /// Event patterns, such as `booking.*`.
        events: Vec<String>,
    },
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
#[serde(tag = "reply", rename_all = "snake_case")]
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
    /// Nothing was written.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// What is asked of a ledger without changing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
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
}

/// What a ledger answers to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
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
}

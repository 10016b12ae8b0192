//! What carries deliveries out, whatever carries the requests: which attempt comes next, what is sent, and what its answer means.
//!
//! An adapter asks a ledger what is due, hands it to a [`Dispatch`], makes the attempts that this gives it, each with
//! [`attempt`], and has the ledger settle how they went. Nothing here waits, and nothing here is kept: what is lost with the
//! process is due again.

mod address;
mod contact;
mod courier;
mod dispatch;
mod erasure;
mod mail;
mod other_ledgers;
mod record;
mod today;
mod webhook;

use chrono::{DateTime, Utc};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Payload};

pub use address::is_public;
pub use courier::{Courier, Errand, Pace};
pub use dispatch::Job;
pub use mail::{Attached, Mail, Postman};
pub use other_ledgers::{handed_over, to_other_ledger};
pub use record::{Record, booking_records, busy_key, busy_record, busy_since};
pub use today::with_subscribers;
pub use webhook::{TIMEOUT_SECONDS, attempt as attempt_webhook, test_delivery};

/// What an adapter provides to whoever carries deliveries out.
pub trait Carrier {
    /// The time.
    fn now(&self) -> DateTime<Utc>;

    /// A random number, 0 to 999. It need not be fit for secrets.
    fn jitter(&self) -> u16;

    /// The value of a secret, by its name.
    fn secret(&self, name: &str) -> Option<String>;

    /// Whether deliveries may also go over plain HTTP, and to private addresses: only where it is tried out.
    fn allows_private(&self) -> bool;

    /// Posts a body, and waits up to [`TIMEOUT_SECONDS`]. Redirects are not followed. An error says what happened.
    fn post(&self, outgoing: Outgoing) -> impl Future<Output = Result<Answered, String>>;
}

/// A request to a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// What a receiver answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// When it wants to be asked again, where it said so.
    pub retry_after_seconds: Option<u32>,
}

/// Makes one attempt.
pub async fn attempt<C: Postman>(postman: &C, job: &Job) -> AttemptOutcome {
    match (&job.destination, &job.payload) {
        (Destination::Webhook(noted), Payload::Webhook(body)) => {
            webhook::deliver(postman, job, noted, body).await
        }
        (Destination::Mail(mailbox), Payload::Mail(notice)) => {
            mail::attempt(postman, job, mailbox.to, notice).await
        }
        (Destination::Webhook(_) | Destination::Mail(_), _) => {
            failed("what it was to say is not of its kind".to_owned())
        }
        // Written together, by whoever has the records and the way to other ledgers.
        (Destination::Record | Destination::Contact(_) | Destination::Erasure(_), _) => {
            AttemptOutcome::Postponed
        }
    }
}

fn failed(reason: String) -> AttemptOutcome {
    AttemptOutcome::Failed { reason, retry_after_seconds: None }
}

/// An attempt, as the ledger settles it.
pub fn attempted(carrier: &impl Carrier, number: i64, outcome: AttemptOutcome) -> Attempt {
    Attempt { number, outcome, jitter: carrier.jitter() }
}

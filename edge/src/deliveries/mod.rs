//! What carries deliveries out, whatever carries the requests: which attempt comes next, what is sent, and what its answer means.
//!
//! An adapter asks a ledger what is due, hands it to a [`Dispatch`], makes the attempts that this gives it, each with
//! [`attempt`], and has the ledger settle how they went. Nothing here waits, and nothing here is kept: what is lost with the
//! process is due again.

mod contacts;
mod courier;
mod dispatch;
mod mail;
mod records;
mod webhook;

use http::{Method, header};
use scheduling::definition::Mail as MailSettings;
use scheduling::outbox::{Attempt, AttemptOutcome, Destination};

use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::{Clock, Definitions};

pub use contacts::{handed_over, to_other_ledger};
pub use courier::{Courier, Errand, Pace};
pub use dispatch::Job;
pub use mail::{Attached, Mail};
pub use records::{Record, booking_records, busy_key, busy_record, busy_since};
pub use webhook::{TIMEOUT_SECONDS, attempt as attempt_webhook, test_delivery};

/// The adapter's part, so that a webhook can be signed and sent.
pub trait Carrier: Clock + Outgoing {}

impl<T: Clock + Outgoing> Carrier for T {}

/// The adapter's part, so that mail can be written and sent too.
pub trait Postman: Clock + Definitions + Outgoing {
    /// Takes a mail that goes to no HTTP API. An error says what happened.
    fn hand_over(&self, mail: Mail, settings: &MailSettings) -> impl Future<Output = Result<(), String>>;
}

/// A receiver's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Answered {
    /// The HTTP status.
    status: u16,
    /// When it wants to be asked again, where it said so.
    retry_after_seconds: Option<u32>,
}

/// A request that posts a body. Only the head of its answer counts.
fn posting(url: &str, headers: Vec<(String, String)>, body: String) -> OutgoingRequest {
    OutgoingRequest {
        method: Method::POST,
        url: url.to_owned(),
        headers,
        body: body.into(),
        deadline_seconds: TIMEOUT_SECONDS,
        wanted: Wanted::Head,
    }
}

/// Sends it. An error says what happened.
async fn post(outgoing: &impl Outgoing, request: OutgoingRequest) -> Result<Answered, String> {
    let answer = outgoing.send(request).await.map_err(|unanswered| unanswered.to_string())?;
    let retry_after = answer.headers().get(header::RETRY_AFTER);
    Ok(Answered {
        status: answer.status().as_u16(),
        retry_after_seconds: retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()),
    })
}

/// Makes one attempt.
pub async fn attempt<C: Postman>(postman: &C, job: &Job) -> AttemptOutcome {
    match &job.destination {
        Destination::Webhook(webhook) => webhook::attempt(postman, job, webhook).await,
        Destination::Mail { to } => mail::attempt(postman, job, *to).await,
        // Written together, by whoever has the records and the way to other ledgers.
        Destination::Record | Destination::Contact { .. } | Destination::Erasure { .. } => {
            AttemptOutcome::Postponed
        }
    }
}

/// An attempt, as the ledger settles it.
pub fn attempted(clock: &impl Clock, number: i64, outcome: AttemptOutcome) -> Attempt {
    Attempt { number, outcome, jitter: clock.jitter() }
}

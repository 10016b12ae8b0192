//! Deliveries, for both adapters: which attempt comes next, what is sent, and what its answer means.
//!
//! A [`Courier`] says what to do and when; an adapter does it, each attempt with [`attempt`], and tells the courier how
//! it ended. Nothing here waits, and nothing here is kept: what is lost with the process is due again.

mod contact;
mod courier;
mod dispatch;
mod erasure;
mod mail;
mod record;
mod webhook;

use http::{Method, header};
use scheduling::definition::Mail as MailSettings;
use scheduling::ledger::{Command, Reply};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due, Payload};

use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::{Clock, Definitions};
use crate::call::stop::Stop;

pub use crate::call::today::with_subscribers;
pub use courier::{Courier, Errand, Pace};
pub use dispatch::Job;
pub use mail::{Attached, Mail};
pub use record::{Record, booking_records, busy_key, busy_record, busy_since};
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
pub fn attempted(clock: &impl Clock, number: i64, outcome: AttemptOutcome) -> Attempt {
    Attempt { number, outcome, jitter: clock.jitter() }
}

/// The command that carries a delivery out, with the ledger that it goes to; `None` where there is nothing to tell.
/// `contact_ledger` names the ledger that keeps a contact, by the contact's key.
pub fn to_other_ledger(due: Due, contact_ledger: impl Fn(&str) -> String) -> Option<(String, Command)> {
    match due.destination.clone() {
        Destination::Contact(ledger) => Some((contact_ledger(&ledger.key), contact::command(ledger, due)?)),
        Destination::Erasure(ledger) => Some((ledger.ledger, erasure::command(due.payload)?)),
        Destination::Record | Destination::Webhook(_) | Destination::Mail(_) => None,
    }
}

/// What the other ledger's answer means for the delivery. What failed is tried for as long as it takes.
pub fn handed_over(answered: Result<Reply, Stop>) -> AttemptOutcome {
    match answered {
        Ok(Reply::Done | Reply::Scrubbed) => AttemptOutcome::Taken,
        Err(Stop::Fault(fault)) => {
            AttemptOutcome::Failed { reason: fault.to_string(), retry_after_seconds: None }
        }
        Ok(_) | Err(Stop::Refused(_)) => AttemptOutcome::Failed {
            reason: "the other ledger is busy".to_owned(),
            retry_after_seconds: None,
        },
    }
}

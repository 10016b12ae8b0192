//! Deliveries, for both adapters: which attempt comes next, what is sent, and what its answer means.
//!
//! A [`Courier`] says what to do and when; an adapter does it, each attempt with [`attempt`], and tells the courier how
//! it ended. Nothing here waits, and nothing here is kept: what is lost with the process is due again.

mod admission;
mod calendar;
mod contact;
mod copy;
mod courier;
mod dispatch;
mod erasure;
mod host_mail;
mod letter;
mod mail;
mod message;
mod payment;
mod record;
mod webhook;
mod withheld;

use http::{Method, header};
use scheduling::definition::Mail as MailSettings;
use scheduling::ledger::{Command, Reply};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due, Payload};

use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::{Clock, Definitions, Ledgers};
use crate::call::stop::Stop;
use crate::protocol::retry_after::retry_after_seconds;

pub use crate::call::today::with_subscribers;
pub(crate) use calendar::calendar_news;
pub use calendar::read_calendar;
#[cfg(feature = "local")]
pub(crate) use calendar::read_calendar_of;
pub use courier::{Courier, Errand, Pace};
pub use dispatch::Job;
pub use mail::{Attached, Mail, MailHeaders};
#[cfg(feature = "local")]
pub(crate) use mail::{ONE_CLICK, message_id};
pub use record::{Record, booking_records, busy_key, busy_record, busy_since};
pub use webhook::{TIMEOUT, attempt as attempt_webhook, test_delivery};

/// The adapter's part, so that a webhook can be signed and sent.
pub trait Carrier: Clock + Outgoing {}

impl<T: Clock + Outgoing> Carrier for T {}

/// The adapter's part, so that mail can be written and sent too, where the recipient's ledger lets it leave.
pub trait Postman: Clock + Definitions + Ledgers + Outgoing {
    /// Takes a mail that goes to no HTTP API. An error says what happened.
    fn hand_over(&self, mail: Mail, settings: &MailSettings) -> impl Future<Output = Result<(), String>>;

    /// Tells whoever runs the site what they have to look into.
    fn tell_operator(&self, what: String);
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
        deadline: TIMEOUT,
        wanted: Wanted::Head,
    }
}

/// Sends it. An error says what happened.
async fn post(carrier: &impl Carrier, request: OutgoingRequest) -> Result<Answered, String> {
    let answer = carrier.send(request).await.map_err(|unanswered| unanswered.to_string())?;
    let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Ok(Answered {
        status: answer.status().as_u16(),
        retry_after_seconds: retry_after.and_then(|value| retry_after_seconds(value, carrier.now())),
    })
}

/// Makes one attempt.
pub async fn attempt<C: Postman>(postman: &C, job: &Job) -> AttemptOutcome {
    match (&job.destination, &job.payload) {
        (Destination::Webhook(noted), Payload::Webhook(body)) => {
            webhook::deliver(postman, job, noted, body).await
        }
        (Destination::Mail(mailbox), Payload::Mail(notice)) => {
            letter::attempt(postman, job, &mailbox.to, notice).await
        }
        (Destination::Calendar(copy), _) => copy::attempt(postman, job, copy).await,
        (Destination::Payment(to), Payload::Payment(errand)) => {
            payment::attempt(postman, job, (to, errand)).await
        }
        (Destination::SignIn(_), Payload::SignIn(_)) | (Destination::Mail(_), Payload::Webhook(_)) => {
            host_mail::attempt(postman, job).await
        }
        (
            Destination::Webhook(_) | Destination::Mail(_) | Destination::SignIn(_) | Destination::Payment(_),
            _,
        ) => failed("what it was to say is not of its kind".to_owned()),
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
        Destination::Record
        | Destination::Webhook(_)
        | Destination::Mail(_)
        | Destination::Calendar(_)
        | Destination::SignIn(_)
        | Destination::Payment(_) => None,
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

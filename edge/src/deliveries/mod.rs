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
mod mail;
mod record;
mod webhook;
mod withheld;

use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};
use http::{Method, header};
use scheduling::definition::Mail as MailSettings;
use scheduling::ledger::{Command, Reply};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due, LONGEST_RETRY_AFTER_SECONDS, Payload};

use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::{Clock, Definitions, Ledgers};
use crate::call::stop::Stop;

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

/// The pause that a `Retry-After` asks for, in seconds: a number of them, or a date (RFC 9110, 10.2.3) with what is
/// left until then. `None` if it asks for nothing that can be read. At most [`LONGEST_RETRY_AFTER_SECONDS`].
fn retry_after_seconds(value: &str, now: DateTime<Utc>) -> Option<u32> {
    let value = value.trim();
    let seconds = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time.
        value.chars().next().map(|_| value.parse().unwrap_or(i64::MAX))?
    } else {
        let until = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(until.as_secs()).ok()? - now.timestamp()
    };
    u32::try_from(seconds.clamp(0, LONGEST_RETRY_AFTER_SECONDS.into())).ok()
}

/// Makes one attempt.
pub async fn attempt<C: Postman>(postman: &C, job: &Job) -> AttemptOutcome {
    match (&job.destination, &job.payload) {
        (Destination::Webhook(noted), Payload::Webhook(body)) => {
            webhook::deliver(postman, job, noted, body).await
        }
        (Destination::Mail(mailbox), Payload::Mail(notice)) => {
            mail::attempt(postman, job, &mailbox.to, notice).await
        }
        (Destination::Calendar(copy), _) => copy::attempt(postman, job, copy).await,
        (Destination::SignIn(_), Payload::SignIn(_)) | (Destination::Mail(_), Payload::Webhook(_)) => {
            host_mail::attempt(postman, job).await
        }
        (Destination::Webhook(_) | Destination::Mail(_) | Destination::SignIn(_), _) => {
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
        Destination::Record
        | Destination::Webhook(_)
        | Destination::Mail(_)
        | Destination::Calendar(_)
        | Destination::SignIn(_) => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<u32>) {
        let now = "2026-12-01T09:00:00Z".parse().unwrap();
        assert_eq!(retry_after_seconds(value, now), expected, "{value}");
    }

    #[test]
    fn a_receiver_asks_for_a_pause_in_seconds_or_until_a_date() {
        for (value, expected) in [("0", 0), ("30", 30), (" 3600 ", 3600), ("007", 7)] {
            check(value, Some(expected));
        }
        // The three forms of RFC 9110, 5.6.7.
        check("Tue, 01 Dec 2026 10:00:00 GMT", Some(3600));
        check("Tuesday, 01-Dec-26 09:00:30 GMT", Some(30));
        check("Tue Dec  1 09:01:00 2026", Some(60));
        // Past, and far beyond what is waited for.
        check("Tue, 01 Dec 2026 08:00:00 GMT", Some(0));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        for late in
            ["Thu, 03 Dec 2026 10:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "86401", &"9".repeat(40)]
        {
            check(late, Some(LONGEST_RETRY_AFTER_SECONDS));
        }
        for nothing in [
            "",
            " ",
            "-5",
            "1.5",
            "soon",
            "2026-12-01T10:00:00Z",
            "Tue, 32 Dec 2026 10:00:00 GMT",
            "30 s",
            "٣٠",
        ] {
            check(nothing, None);
        }
    }
}

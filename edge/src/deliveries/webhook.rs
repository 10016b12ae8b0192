//! Webhooks by Standard Webhooks 1.0.0: signed with every current secret, and taken when the answer is 2xx.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chrono::{DateTime, Utc};
use scheduling::definition::Webhook;
use scheduling::outbox::{AttemptOutcome, Body, ledger_of};
use serde_json::json;

use super::{Answered, Carrier, Job, Postman, failed, post, posting};
use crate::call::outgoing::OutgoingRequest;
use crate::call::today::Today;
use crate::protocol::standard_webhooks::{self, sign};

/// How long an answer is waited for, in seconds.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// Makes one attempt, as the content has the endpoint now: with today's secrets, or not at all.
pub(super) async fn deliver<C: Postman>(
    postman: &C,
    job: &Job,
    noted: &Webhook,
    body: &Body,
) -> AttemptOutcome {
    let today = match Today::of(postman, ledger_of(&job.id)).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    match today.endpoint(noted, &body.event) {
        Ok(webhook) => attempt(postman, &job.id, webhook, body.text()).await,
        Err(reason) => AttemptOutcome::Ended { reason },
    }
}

/// Makes one attempt at that endpoint.
pub async fn attempt<C: Carrier>(carrier: &C, id: &str, webhook: &Webhook, body: String) -> AttemptOutcome {
    match request(carrier, id, webhook, body) {
        Ok(request) => outcome(post(carrier, request).await),
        Err(reason) => failed(reason),
    }
}

/// The id and the body of a delivery that tells of nothing: `endpoint.test`, so that a receiver can be tried.
pub fn test_delivery(random: [u8; 16], now: DateTime<Utc>) -> (String, String) {
    let data = json!({ "message": "Daymark can reach this endpoint." });
    let id = format!("test.{}", Base64UrlUnpadded::encode_string(&random));
    (id, Body::new("endpoint.test", data, now).text())
}

fn request<C: Carrier>(
    carrier: &C,
    id: &str,
    webhook: &Webhook,
    body: String,
) -> Result<OutgoingRequest, String> {
    let timestamp = carrier.now().timestamp();
    let keys = webhook.secret.iter().map(|name| key(carrier, name)).collect::<Result<Vec<_>, _>>()?;
    let signatures: Vec<String> = keys.iter().map(|key| sign(key, id, timestamp, &body)).collect();
    if signatures.is_empty() {
        return Err("the endpoint has no secret to sign with".to_owned());
    }
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", concat!("Daymark/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", id),
        ("webhook-timestamp", &timestamp.to_string()),
        ("webhook-signature", &signatures.join(" ")),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(posting(&webhook.url, headers.into(), body))
}

/// The key that a secret holds.
fn key<C: Carrier>(carrier: &C, name: &str) -> Result<Vec<u8>, String> {
    let value = carrier.secret(name).ok_or_else(|| format!("the secret {name} is not set"))?;
    let unfit = || format!("the secret {name} must be `whsec_` and the Base64 of 24 to 64 bytes");
    standard_webhooks::key(&value).ok_or_else(unfit)
}

fn outcome(answered: Result<Answered, String>) -> AttemptOutcome {
    match answered {
        Ok(Answered { status: 200..=299, .. }) => AttemptOutcome::Taken,
        Ok(Answered { status: 410, .. }) => AttemptOutcome::Gone,
        Ok(Answered { status, retry_after_seconds }) => AttemptOutcome::Failed {
            reason: format!("it answered {status}"),
            retry_after_seconds: retry_after_seconds.filter(|_| matches!(status, 429 | 503)),
        },
        Err(reason) => failed(reason),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use http::{Method, header};

    use super::*;
    use crate::{Clock, Fault, Outgoing, Response, Unanswered};

    /// Remembers what was posted, and answers as it is told to.
    struct Recorder {
        answer: Result<Answered, Unanswered>,
        posted: RefCell<Vec<OutgoingRequest>>,
    }

    impl Clock for Recorder {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_614_265_330, 0).unwrap()
        }

        fn random(&self) -> Result<[u8; 16], Fault> {
            Ok([0; 16])
        }
    }

    impl Outgoing for Recorder {
        fn secret(&self, name: &str) -> Option<String> {
            let value = match name {
                "HOOK" => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "OLD" => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "SHORT" => "whsec_c2hvcnQ=",
                _ => return None,
            };
            Some(value.to_owned())
        }

        async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
            self.posted.borrow_mut().push(request);
            let Answered { status, retry_after_seconds } = self.answer.clone()?;
            let answer = http::Response::builder().status(status);
            let answer = match retry_after_seconds {
                Some(seconds) => answer.header(header::RETRY_AFTER, seconds),
                None => answer,
            };
            Ok(answer.body(bytes::Bytes::new()).unwrap())
        }
    }

    fn webhook(url: &str, secrets: &[&str]) -> Webhook {
        Webhook {
            url: url.to_owned(),
            secret: secrets.iter().map(|name| (*name).to_owned()).collect(),
            events: Vec::new(),
        }
    }

    fn attempted(
        url: &str,
        secrets: &[&str],
        answer: Result<Answered, Unanswered>,
    ) -> (AttemptOutcome, Vec<OutgoingRequest>) {
        let carrier = Recorder { answer, posted: RefCell::default() };
        let outcome = {
            let (webhook, body) = (webhook(url, secrets), r#"{"test": 2432232314}"#.to_owned());
            pollster(attempt(&carrier, "msg_p5jXN8AQM9LWM0D4loKWxJek", &webhook, body))
        };
        (outcome, carrier.posted.into_inner())
    }

    /// Runs a future that never waits.
    fn pollster<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => panic!("it waits"),
        }
    }

    const URL: &str = "https://hooks.example.com/daymark";

    #[expect(clippy::unnecessary_wraps, reason = "it is what a carrier says")]
    fn answered(status: u16, retry_after_seconds: Option<u32>) -> Result<Answered, Unanswered> {
        Ok(Answered { status, retry_after_seconds })
    }

    /// The example of the specification.
    #[test]
    fn a_body_is_signed_as_the_standard_says() {
        let (outcome, posted) = attempted(URL, &["HOOK"], answered(204, None));
        assert_eq!(outcome, AttemptOutcome::Taken);
        let header = |name: &str| {
            let found = posted[0].headers.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
        };
        assert_eq!(header("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(header("webhook-timestamp"), "1614265330");
        assert_eq!(header("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!((&posted[0].method, posted[0].url.as_str()), (&Method::POST, URL));
        assert_eq!(posted[0].body, r#"{"test": 2432232314}"#);
    }

    #[test]
    fn while_a_secret_is_rotated_both_sign() {
        let (_, posted) = attempted(URL, &["HOOK", "OLD"], answered(200, None));
        let (_, signatures) = posted[0].headers.iter().find(|(name, _)| name == "webhook-signature").unwrap();
        assert_eq!(signatures.split(' ').count(), 2);
        assert!(signatures.starts_with("v1,g0hM9SsE"));
    }

    #[track_caller]
    fn check_outcome(answer: Result<Answered, Unanswered>, expected: &AttemptOutcome) {
        assert_eq!(&attempted(URL, &["HOOK"], answer).0, expected);
    }

    #[test]
    fn an_answer_says_whether_it_was_taken() {
        let failed = |reason: &str, retry_after_seconds| AttemptOutcome::Failed {
            reason: reason.to_owned(),
            retry_after_seconds,
        };
        check_outcome(answered(200, None), &AttemptOutcome::Taken);
        check_outcome(answered(302, None), &failed("it answered 302", None));
        check_outcome(answered(410, None), &AttemptOutcome::Gone);
        check_outcome(answered(429, Some(30)), &failed("it answered 429", Some(30)));
        check_outcome(answered(503, Some(30)), &failed("it answered 503", Some(30)));
        check_outcome(answered(500, Some(30)), &failed("it answered 500", None));
        check_outcome(Err(Unanswered::TimedOut(TIMEOUT)), &failed("it did not answer within 15 s", None));
    }

    #[track_caller]
    fn check_unsent(url: &str, secrets: &[&str], reason: &str) {
        let (outcome, posted) = attempted(url, secrets, answered(200, None));
        let expected = AttemptOutcome::Failed { reason: reason.to_owned(), retry_after_seconds: None };
        assert_eq!((outcome, posted.len()), (expected, 0));
    }

    #[test]
    fn nothing_is_sent_unsigned() {
        check_unsent(URL, &["NONE"], "the secret NONE is not set");
        check_unsent(URL, &["SHORT"], "the secret SHORT must be `whsec_` and the Base64 of 24 to 64 bytes");
        check_unsent(URL, &[], "the endpoint has no secret to sign with");
    }
}

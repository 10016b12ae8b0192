//! An early end of a request, and its answer as a problem document (RFC 9457).

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use scheduling::ledger::Mismatched;
use scheduling::locale::LocaleWords;
use scheduling::money::Money;
use scheduling::refusal::Refusal;
use scheduling::sql::SqlFault;
use scheduling::view;
use serde::Serialize;
use serde_json::json;

use crate::call::exchange::Response;

/// Seconds to wait before trying again, where nothing better is known.
pub(crate) const RETRY_SECONDS: u32 = 2;

/// The same, where there was too much of something: it is counted by the hour, or may be over by then.
const TOO_MANY_RETRY_SECONDS: u32 = 3600;

/// An early end of a request: a refusal or a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The request cannot be carried out.
    Refused(Box<Refused>),
    /// A failure of ours.
    Fault(Fault),
}

/// A refusal, with everything that its answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The reason.
    pub refusal: Refusal,
    /// The fields that are wrong, each with its error.
    pub errors: Vec<FieldError>,
    /// Free starts near the one that was asked for, in seconds since 1970.
    pub alternatives: Option<Vec<i64>>,
    /// What the page costs now, where whoever books has seen another price.
    pub price: Option<Money>,
    /// Seconds to wait before trying again.
    pub retry_after_seconds: Option<u32>,
    /// The key of words that suit the reader better than those of the refusal itself.
    pub words: Option<&'static str>,
    /// The methods that the address takes.
    pub allow: Option<&'static str>,
    /// For a form that may have come before, and was taken then: how that stands.
    pub(crate) sent_twice: Option<SentBefore>,
}

/// How a booking stands that a form may have made before, as far as its sender can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentBefore {
    /// An email says it.
    Mailed,
    /// It is made.
    Booked,
    /// It waits for its host's answer.
    Requested,
    /// It is to be paid: on its page, or by the link in an email.
    ToPay,
    /// It is to be paid on its page.
    ToPayHere,
}

impl SentBefore {
    /// The key of its words, below `endpoint.form.sent_twice`.
    fn key(self) -> &'static str {
        match self {
            SentBefore::Mailed => "mailed",
            SentBefore::Booked => "booked",
            SentBefore::Requested => "requested",
            SentBefore::ToPay => "to_pay",
            SentBefore::ToPayHere => "to_pay_here",
        }
    }
}

/// An error in a field, in words for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The path into the body, such as `contact.email`.
    pub field: String,
    /// The way to correct it.
    pub message: String,
}

/// A failure of ours. Opaque to visitors, clear to the operator, who reads it once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A ledger cannot be read or written.
    #[error("the ledger `{ledger}` failed: {cause}")]
    Ledger {
        /// Its name.
        ledger: String,
        /// The failure.
        cause: SqlFault,
    },
    /// A file that the generator made cannot be read.
    #[error("cannot read {path}: {cause}. Build the site again: `generator build`.")]
    Definitions {
        /// The file.
        path: String,
        /// The reason.
        cause: String,
    },
    /// The system provides no randomness.
    #[error("the system provides no random numbers: {0}")]
    Random(String),
    /// Anything else that keeps the endpoint from working, as a whole sentence.
    #[error("{0}")]
    Operator(String),
}

impl From<Mismatched> for Fault {
    fn from(mismatched: Mismatched) -> Self {
        Fault::Operator(mismatched.to_string())
    }
}

impl From<Mismatched> for Stop {
    fn from(mismatched: Mismatched) -> Self {
        Stop::Fault(mismatched.into())
    }
}

impl Refused {
    /// A refusal with nothing more to say.
    pub fn new(refusal: Refusal) -> Self {
        let retry_after_seconds = match refusal.status() {
            503 => Some(RETRY_SECONDS),
            429 => Some(TOO_MANY_RETRY_SECONDS),
            _ => None,
        };
        Self {
            refusal,
            errors: Vec::new(),
            alternatives: None,
            price: None,
            retry_after_seconds,
            words: None,
            allow: None,
            sent_twice: None,
        }
    }

    /// The key of its words.
    pub(crate) fn words_key(&self) -> &'static str {
        self.words.unwrap_or_else(|| self.refusal.code())
    }

    /// The sentence that names the refusal.
    pub(crate) fn title(&self, words: &LocaleWords) -> String {
        words.message(&format!("endpoint.refusal.{}.title", self.words_key()), &[])
    }

    /// An explanation, and what to do now.
    pub(crate) fn detail(&self, words: &LocaleWords) -> String {
        let price = self.price.as_ref().map(|price| words.money(price)).unwrap_or_default();
        let key = format!("endpoint.refusal.{}.detail", self.words_key());
        let detail = words.message(&key, &[("price", &price)]);
        match self.sent_twice {
            Some(before) => {
                let key = before.key();
                words.message(&format!("endpoint.form.sent_twice.{key}"), &[("detail", &detail)])
            }
            None => detail,
        }
    }

    /// The problem document.
    pub(crate) fn problem(&self, words: &LocaleWords) -> Response {
        let code = self.refusal.code();
        let mut problem = json!({
            "type": format!("urn:daymark:problem:{code}"),
            "title": self.title(words),
            "status": self.refusal.status(),
            "code": code,
            "detail": self.detail(words),
        });
        if !self.errors.is_empty() {
            problem["errors"] = json!(self.errors);
        }
        if let Some(alternatives) = &self.alternatives {
            problem["alternatives"] = json!(alternatives);
        }
        if let Some(price) = &self.price {
            problem["price"] = view::money(price);
            problem["price"]["words"] = json!(words.money(price));
        }
        let mut response = Response::new(Bytes::from(problem.to_string()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.complete(&mut response);
        response
    }

    /// Sets the status and the headers that go with the refusal, whatever the body.
    pub(crate) fn complete(&self, response: &mut Response) {
        *response.status_mut() =
            StatusCode::from_u16(self.refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.refusal == Refusal::KeyRefused {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refused(Box::new(Refused::new(refusal)))
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Stop::Refused(Box::new(refused))
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

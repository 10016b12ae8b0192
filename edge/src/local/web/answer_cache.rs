//! Availability answers that are still true: kept until time is taken or freed in their ledger, a definition changes,
//! or time alone changes them.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{self, HeaderMap};
use http::{HeaderValue, Method};
use lru::LruCache;

use super::compression::Forms;
use crate::local::locked::locked;
use crate::{Fresh, Request, Response, conditional};

/// Bytes of answers that are kept, in all their forms.
const MOST_KEPT_BYTES: usize = 4 * 1024 * 1024;
/// The longest address that is remembered, in bytes.
const LONGEST_ADDRESS: usize = 300;

/// The state that an answer depends on, beside the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) struct Basis {
    /// The ledger's generation.
    pub(in crate::local) generation: u64,
    /// The definitions' version.
    pub(in crate::local) version: u64,
}

/// Answers by address.
pub(in crate::local) struct KeptAnswers(Mutex<Kept>);

struct Kept {
    answers: LruCache<String, Arc<KeptAnswer>>,
    bytes: usize,
}

struct KeptAnswer {
    fresh: Fresh,
    basis: Basis,
    headers: HeaderMap,
    forms: Forms,
}

impl KeptAnswers {
    pub(in crate::local) fn new() -> Self {
        Self(Mutex::new(Kept { answers: LruCache::unbounded(), bytes: 0 }))
    }

    /// The kept answer to a request, if it is still true. `basis_of` gives a ledger's present basis.
    pub(in crate::local) fn find(
        &self,
        request: &Request,
        now: DateTime<Utc>,
        basis_of: impl Fn(&str) -> Basis,
    ) -> Option<Response> {
        let kept = Arc::clone(locked(&self.0).answers.get(key_of(request)?)?);
        let is_true = kept.fresh.holds_at(now) && basis_of(&kept.fresh.ledger) == kept.basis;
        is_true.then(|| kept.answer(request))
    }

    /// Keeps an answer that says how long it is true. `basis` is that of its ledger before it was asked.
    pub(in crate::local) fn keep(&self, request: &Request, response: Response, basis: Basis) -> Response {
        let (Some(key), Some(fresh)) = (key_of(request), response.extensions().get::<Fresh>().cloned())
        else {
            return response;
        };
        if response.status() != http::StatusCode::OK || request.method() == Method::HEAD {
            return response;
        }
        let (parts, body) = response.into_parts();
        let kept = Arc::new(KeptAnswer {
            fresh,
            basis,
            headers: parts.headers,
            // A copy, because a buffer that grew while it was written has spare capacity.
            forms: Forms::quickly_compressed(Bytes::copy_from_slice(&body)),
        });
        locked(&self.0).keep(key.to_owned(), Arc::clone(&kept));
        kept.answer(request)
    }
}

impl Kept {
    /// Keeps an answer, and drops those that have gone unasked for longest.
    fn keep(&mut self, key: String, answer: Arc<KeptAnswer>) {
        self.bytes += answer.forms.len();
        if let Some(replaced) = self.answers.put(key, answer) {
            self.bytes -= replaced.forms.len();
        }
        while self.bytes > MOST_KEPT_BYTES {
            let Some((_, dropped)) = self.answers.pop_lru() else { break };
            self.bytes -= dropped.forms.len();
        }
    }
}

impl KeptAnswer {
    fn answer(&self, request: &Request) -> Response {
        let (coding, body) = self.forms.for_client(request.headers());
        let mut response = Response::new(body.clone());
        *response.headers_mut() = self.headers.clone();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        if self.forms.vary() {
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        conditional(request, response)
    }
}

/// The address, if answers to it are kept.
fn key_of(request: &Request) -> Option<&str> {
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    let address = request.uri().path_and_query()?.as_str();
    (reads && address.starts_with("/api/availability/") && address.len() <= LONGEST_ADDRESS)
        .then_some(address)
}

//! The way out: requests to other people's servers, such as a webhook's receiver, a mail provider or a calendar.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use crate::call::exchange::Response;

/// The way to other servers, which an adapter provides.
///
/// An implementation keeps to this: redirects are not followed; [`address::check`](super::address::check) has judged
/// the address as the client itself reads it before anything is sent, and the peer too where it can be seen; the
/// deadline covers the answer's body; and a body that is not read to its end is let go, so that it holds no connection.
pub trait Outgoing {
    /// The value of a secret, by its name: requests are signed with it, or let in by it.
    fn secret(&self, name: &str) -> Option<String>;

    /// Sends a request. An answer of any status is an answer.
    fn send(&self, request: OutgoingRequest) -> impl Future<Output = Result<Response, Unanswered>>;

    /// Signs a text with a private key (PKCS#8), for whoever has the public one: RSASSA-PKCS1-v1_5 with SHA-256
    /// (RFC 8017, 8.2), which JWTs call RS256. `None` if that is no such key.
    fn sign(&self, _key: &[u8], _text: &str) -> impl Future<Output = Option<Vec<u8>>> {
        async { None }
    }

    /// Seals a text with a key, and a nonce that no other text of that key has: AES-256-GCM (NIST SP 800-38D), with the
    /// tag of 16 bytes behind. `None` where the platform cannot.
    fn seal(
        &self,
        _key: &[u8; 32],
        _nonce: &[u8; 12],
        _text: &[u8],
    ) -> impl Future<Output = Option<Vec<u8>>> {
        async { None }
    }

    /// Opens what was sealed so; `None` if it was not, or was changed since.
    fn open(
        &self,
        _key: &[u8; 32],
        _nonce: &[u8; 12],
        _sealed: &[u8],
    ) -> impl Future<Output = Option<Vec<u8>>> {
        async { None }
    }
}

/// A request to another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingRequest {
    /// Any method. Workers know those of HTTP, `WebDAV` and `CalDAV`, but for `MKCALENDAR`.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body. An empty one is not sent at all.
    pub body: Bytes,
    /// The time in which the whole answer must be there.
    pub deadline: Duration,
    /// The part of the answer that is wanted.
    pub wanted: Wanted,
}

/// The part of an answer that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Status and headers. Its body is not read, and given back empty.
    Head,
    /// The body too, if it has so many bytes at most.
    Whole {
        /// The cap. Reading stops where it is passed.
        most_bytes: usize,
    },
}

/// The reason why there is no answer, in words that follow the name of the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No client could read the address.
    #[error("{0} is not a web address")]
    NoAddress(String),
    /// Everything goes over TLS.
    #[error("{0} does not begin with https://")]
    Unencrypted(String),
    /// The address leads to this machine or the network around it.
    #[error("{0} is a private address")]
    Private(String),
    /// The client refuses the request: its method, a header, a body where none may be.
    #[error("it cannot be sent: {0}")]
    Unsendable(String),
    /// No connection, or none that could be trusted.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The deadline has passed.
    #[error("it did not answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The body goes beyond the cap, in bytes.
    #[error("it answered with more than {}", in_units(*.0))]
    TooLarge(usize),
    /// The answer began, and did not end.
    #[error("its answer broke off: {0}")]
    BrokenOff(String),
}

fn in_units(bytes: usize) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 20) => format!("{} MB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{} kB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

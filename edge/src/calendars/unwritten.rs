//! What came of writing to a calendar, where nothing did; and of reading it.

use http::StatusCode;
use http::header::RETRY_AFTER;
use scheduling::calendar::Reading;

use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;

/// Why a calendar was not written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unwritten {
    /// In words that follow the calendar's name.
    pub(crate) reason: String,
    /// When it wants to be asked again, as its server says it (`Retry-After`).
    pub(crate) retry_after: Option<String>,
    /// Nobody is let in: trying again does not help, until somebody has done something.
    pub(crate) is_refused: bool,
}

impl Unwritten {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), retry_after: None, is_refused: false }
    }

    /// What is wrong with what lets Daymark in.
    pub(super) fn refused(reason: String) -> Self {
        Self { is_refused: true, ..Self::because(reason) }
    }

    pub(super) fn by(answer: &Response, reason: String) -> Self {
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let is_refused = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        Self { reason, retry_after: retry_after.map(str::to_owned), is_refused }
    }
}

/// The secret of a name.
pub(super) fn secret(outgoing: &impl Outgoing, name: &str) -> Result<String, Unwritten> {
    outgoing.secret(name).ok_or_else(|| Unwritten::refused(format!("the secret {name} is not set")))
}

impl From<String> for Unwritten {
    fn from(reason: String) -> Self {
        Self::because(reason)
    }
}

impl From<&str> for Unwritten {
    fn from(reason: &str) -> Self {
        Self::because(reason)
    }
}

impl From<Unwritten> for Reading {
    fn from(unread: Unwritten) -> Self {
        let reading = if unread.is_refused { Reading::Refused } else { Reading::Failed };
        reading(unread.reason)
    }
}

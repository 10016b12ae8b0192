//! What came of writing to a calendar, where nothing did.

use http::header::RETRY_AFTER;

use crate::call::exchange::Response;

/// Why a calendar was not written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unwritten {
    /// In words that follow the calendar's name.
    pub(crate) reason: String,
    /// When it wants to be asked again, as its server says it (`Retry-After`).
    pub(crate) retry_after: Option<String>,
}

impl Unwritten {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), retry_after: None }
    }

    pub(super) fn by(answer: &Response, reason: String) -> Self {
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Self { reason, retry_after: retry_after.map(str::to_owned) }
    }
}

impl From<String> for Unwritten {
    fn from(reason: String) -> Self {
        Self::because(reason)
    }
}

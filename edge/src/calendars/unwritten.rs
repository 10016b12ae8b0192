//! What came of writing to a calendar, where nothing did; and of reading it.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use http::header::RETRY_AFTER;
use scheduling::calendar::Reading;

use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::protocol::retry_after::retry_after_seconds;

/// A calendar that cannot be read is tried again so much later.
pub(crate) const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(5);
/// One that does not let Daymark in is tried again later still: servers shut out whoever knocks too often.
const AFTER_REFUSAL: TimeDelta = TimeDelta::minutes(20);
/// The longest that its server may have Daymark wait (`Retry-After`): a host looks again within the day.
const LONGEST: TimeDelta = TimeDelta::hours(6);

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

    /// How long it is left alone before it is read again.
    pub(super) fn pause(&self, now: DateTime<Utc>) -> TimeDelta {
        let usual = if self.is_refused { AFTER_REFUSAL } else { AFTER_FAILURE };
        let wanted = self.retry_after.as_deref().and_then(|value| retry_after_seconds(value, now));
        let wanted = wanted.map_or(TimeDelta::zero(), |seconds| TimeDelta::seconds(seconds.into()));
        usual.max(wanted.min(LONGEST))
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

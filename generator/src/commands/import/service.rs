//! The services that accounts can be imported from.

use super::answer::{Saved, Unreadable};
use super::draft::Account;
use super::{calcom, calendly};

/// A service with accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Calendly,
    Calcom,
}

impl Service {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Calendly => "Calendly",
            Self::Calcom => "Cal.com",
        }
    }

    /// The accounts in its answers.
    pub(super) fn accounts(self, saved: &[Saved]) -> Result<Vec<Account>, Unreadable> {
        match self {
            Self::Calendly => calendly::accounts(saved),
            Self::Calcom => calcom::accounts(saved),
        }
    }

    /// The environment variable that usually has the token.
    pub(super) fn token_variable(self) -> &'static str {
        match self {
            Self::Calendly => "CALENDLY_TOKEN",
            Self::Calcom => "CALCOM_TOKEN",
        }
    }

    /// The address of its API, without a slash at the end.
    pub(super) fn address(self) -> &'static str {
        match self {
            Self::Calendly => "https://api.calendly.com",
            Self::Calcom => "https://api.cal.com/v2",
        }
    }

    /// What a token must be allowed to do.
    pub(super) fn scopes(self) -> &'static str {
        match self {
            Self::Calendly => "`users:read`, `event_types:read` and `availability:read`",
            Self::Calcom => "reading your profile, event types and schedules",
        }
    }
}

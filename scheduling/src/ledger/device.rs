//! Devices that a host is signed in on, and which of them are signed out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A device of the host's, which need not show the host's key for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// A digest of what the device holds ([`Secrets::session_digests`](crate::token::Secrets::session_digests)).
    pub digest: String,
    /// The version of the key that it was opened with.
    pub key_version: u32,
    /// The browser's name, such as `Safari`; `None` if it is not one of the known ones.
    pub browser: Option<String>,
    /// The device's name, such as `iPhone`; `None` if it is not one of the known ones.
    pub system: Option<String>,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// The sessions that are ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The one of that digest.
    One(String),
    /// All but the one of that digest.
    Others(String),
    /// All.
    All,
}

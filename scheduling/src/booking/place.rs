//! The place of a meeting.

use serde::{Deserialize, Serialize};

/// The place of a meeting, as resolved for one booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Place {
    /// A video call at this address (URL).
    Video(String),
    /// The visitor calls this number.
    Phone(String),
    /// A place, as words.
    Address(String),
    /// The words of the visitor, who was asked where.
    Ask(String),
}

impl Place {
    /// The URL, the number, or the words.
    pub fn text(&self) -> &str {
        match self {
            Place::Video(text) | Place::Phone(text) | Place::Address(text) | Place::Ask(text) => text,
        }
    }

    /// The place without its visitor's words.
    pub(super) fn erased(&self) -> Place {
        match self {
            Place::Video(_) | Place::Phone(_) | Place::Address(_) => self.clone(),
            Place::Ask(_) => Place::Ask(String::new()),
        }
    }
}

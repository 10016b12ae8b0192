//! The place of a meeting.

use serde::{Deserialize, Serialize};

use crate::definition::{Location, room_at};

/// The place of a meeting, as resolved for one booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Place {
    /// A video call at this address (URL).
    Video(String),
    /// A video call in a room that the host's calendar makes, at this address (URL); `None` until it has.
    Room(Option<String>),
    /// The visitor calls this number.
    Phone(String),
    /// A place, as words.
    Address(String),
    /// The words of the visitor, who was asked where.
    Ask(String),
}

impl Place {
    /// The place of a new booking. `named` is what its visitor said, who is asked by some pages; `random` makes the
    /// name of a room that nobody can guess.
    pub fn of(location: &Location, named: String, random: [u8; 16]) -> Place {
        match location {
            Location::Video(address) => Place::Video(address.clone()),
            Location::Room(pattern) => Place::Video(room_at(pattern, random)),
            Location::CalendarRoom => Place::Room(None),
            Location::Phone(number) => Place::Phone(number.clone()),
            Location::Address(place) => Place::Address(place.clone()),
            Location::Ask(_) => Place::Ask(named),
        }
    }

    /// The URL, the number, or the words. Empty if it is not known yet.
    pub fn text(&self) -> &str {
        match self {
            Place::Video(text) | Place::Phone(text) | Place::Address(text) | Place::Ask(text) => text,
            Place::Room(address) => address.as_deref().unwrap_or_default(),
        }
    }

    /// The address (URL) of a video call.
    pub fn call(&self) -> Option<&str> {
        match self {
            Place::Video(address) => Some(address),
            Place::Room(address) => address.as_deref(),
            Place::Phone(_) | Place::Address(_) | Place::Ask(_) => None,
        }
    }

    /// The place without its visitor's words.
    pub(super) fn erased(&self) -> Place {
        match self {
            Place::Video(_) | Place::Room(_) | Place::Phone(_) | Place::Address(_) => self.clone(),
            Place::Ask(_) => Place::Ask(String::new()),
        }
    }
}

//! Bookings that are like one of them, and what became of those that were cancelled for it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::token::BookingId;

/// What bookings have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The visitor's address, as it is counted: case, tags, and dots where the provider ignores them make no other one.
    Email,
    /// The domain of that address.
    Domain,
    /// The network that they came from.
    Network,
}

/// The bookings that are like one, itself included: those that hold a time which is still to begin. Where nothing is
/// known of what they would have in common, there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// The one.
    pub booking: BookingId,
    /// What they have in common with it.
    pub by: Likeness,
    /// Only those that were made until then, to the second: later ones were not seen by whoever cancels.
    pub made_until: DateTime<Utc>,
}

/// Cancels the bookings that are like one, as their host; not all at once where there are many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelAlike {
    /// Which.
    pub alike: Alike,
    /// Why, in the host's words.
    pub reason: Option<String>,
}

/// How many bookings were cancelled together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelledAlike {
    /// Those that their host knew of.
    pub cancelled: u32,
    /// Those that waited to be confirmed by the link in their email.
    pub unconfirmed: u32,
    /// True if there are others, which the same command cancels next.
    pub more: bool,
}

//! The two sides of a booking.

use serde::{Deserialize, Serialize};

/// The side that asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The person who booked.
    Visitor,
    /// The person who is booked.
    Host,
}

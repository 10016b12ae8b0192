//! External ids: a booking's names elsewhere, in a calendar, at a payment provider, in a CRM.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::token::BookingId;

/// The name of one thing in another system that belongs to a booking: its event in a calendar, its payment, its deal.
///
/// A booking has one of each kind in each system; several bookings may share one, such as a person in a CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalId {
    /// The booking.
    pub booking: BookingId,
    /// The system and the account in it, such as `google:work`.
    pub system: String,
    /// The kind of thing, such as `event`.
    pub kind: String,
    /// The id that the system gave it.
    pub id: String,
    /// The version that was seen last, if the system counts them: an `ETag`, for example.
    pub version: Option<String>,
    /// The last change in that system, as far as it is known here, to the second.
    pub changed_at: DateTime<Utc>,
}

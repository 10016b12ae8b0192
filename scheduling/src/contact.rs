//! Contacts: who has booked, across all hosts of a site; whose they are, and what brought them last.
//!
//! A contact is known by a key that is made of its address ([`crate::token::Secrets::contact_keys`]). The ledger that keeps it
//! hears of each booking, at least once and in any order, and tells what it made of them in a [`Profile`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::Booking;

/// A contact as its ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name, as typed for the booking that was made last.
    pub name: String,
    /// The folder of the host whose contact it is: the first who was booked.
    pub owner: String,
    /// That host's name.
    pub owner_name: String,
    /// When the last booking was made, of any host.
    pub booked_at: DateTime<Utc>,
    /// What brought the contact last: a booking whose link did not say leaves it.
    pub touch: Touch,
}

/// What a booking's link said of where it stood: `utm_campaign`, `utm_source` and `utm_medium`, which belong together.
pub type Touch = [Option<String>; 3];

/// What the booking's link said; three times nothing where it said none of the three.
pub fn touch_of(booking: &Booking) -> Touch {
    ["utm_campaign", "utm_source", "utm_medium"].map(|name| booking.tracking.get(name).cloned())
}

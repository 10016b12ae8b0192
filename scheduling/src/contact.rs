//! Contacts: the people who have booked, across all hosts of a site; their owners, and what brought them last.
//!
//! A contact is known by a key that is made of its address ([`crate::token::Secrets::contact_keys`]). The ledger that
//! keeps it hears of each booking, at least once and in any order, and sums them up in a [`Profile`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::Booking;

/// A contact as its ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name, as typed for the booking that was made last.
    pub name: String,
    /// The host whose contact it is; `None` if its ledger has not heard of it yet.
    pub owner: Option<Owner>,
    /// The instant at which the last booking was made, with any host.
    pub booked_at: DateTime<Utc>,
    /// The touch that came last: a booking whose link says nothing leaves it as it was.
    pub touch: Touch,
}

/// The host whose contact somebody is: the first host who was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The name of the host's ledger: the folder may be renamed.
    #[serde(rename = "folder")]
    pub ledger: String,
    /// The host's name.
    pub name: String,
}

/// The place where a booking's link was, as the link itself says: three parameters that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// `utm_campaign`.
    pub campaign: Option<String>,
    /// `utm_source`.
    pub source: Option<String>,
    /// `utm_medium`.
    pub medium: Option<String>,
}

impl Touch {
    /// The touch of a booking, as its link said.
    pub fn of(booking: &Booking) -> Touch {
        let parameter = |name: &str| booking.origin.tracking.get(name).cloned();
        Touch {
            campaign: parameter("utm_campaign"),
            source: parameter("utm_source"),
            medium: parameter("utm_medium"),
        }
    }

    /// Returns true if the link said none of the three.
    pub fn is_empty(&self) -> bool {
        let Touch { campaign, source, medium } = self;
        campaign.is_none() && source.is_none() && medium.is_none()
    }
}

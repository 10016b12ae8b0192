//! Contacts: who has booked, across all hosts of a site; whose they are, and what brought them last.
//!
//! A contact is known by a key that is made of its address ([`crate::token::Secrets::contact_keys`]). The ledger that keeps it
//! hears of each booking in a [`Note`], at least once and in any order, and tells what it made of them in a [`Profile`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, Outcome, Status};
use crate::token::BookingId;

/// A booking of a contact as it is now: all of it that the contact's ledger keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The contact's key.
    pub key: String,
    /// The normalised address.
    pub email: String,
    /// The name, as typed for this booking.
    pub name: String,
    /// Who was booked.
    pub host: Owner,
    /// Where the booking came from, where its link said so.
    pub touch: Option<Touch>,
    /// What was booked.
    pub meeting: Meeting,
    /// How many events the booking has had: of two notes of it, the one with more is newer.
    pub event_count: u32,
    /// How long after the last meeting's end the contact is kept, in minutes; `None` for until it is erased.
    pub keep_minutes: Option<u32>,
}

/// The host who is the contact's own: the first who was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The host's folder.
    pub folder: String,
    /// The host's name.
    pub name: String,
}

/// What brought somebody: the three tracking parameters that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// `utm_campaign`
    pub campaign: Option<String>,
    /// `utm_source`
    pub source: Option<String>,
    /// `utm_medium`
    pub medium: Option<String>,
}

/// One booking in a contact's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// The booking's id.
    pub id: BookingId,
    /// The page, such as `aiko/intro`.
    pub page: String,
    /// The host's folder.
    pub host: String,
    /// The page's title, as the visitor read it.
    pub title: String,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
    /// Where it stands.
    pub status: Status,
    /// How it ended, once recorded.
    pub outcome: Option<Outcome>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A contact as its ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The normalised address.
    pub email: String,
    /// The name, as typed for the booking that was made last.
    pub name: String,
    /// Whose contact it is.
    pub owner: Owner,
    /// When the last booking was made, of any host.
    pub booked_at: DateTime<Utc>,
    /// What brought the contact last: a booking whose link did not say leaves it.
    pub touch: Option<Touch>,
    /// Every booking, of all hosts, by when it was made.
    pub meetings: Vec<Meeting>,
}

impl Note {
    /// What is noted of a booking.
    pub fn of(key: &str, keep_minutes: Option<u32>, booking: &Booking, event_count: u32) -> Self {
        Self {
            key: key.to_owned(),
            email: booking.contact.normalised_email(),
            name: booking.contact.name.clone(),
            host: Owner { folder: booking.host.clone(), name: booking.host_name.clone() },
            touch: Touch::of(booking),
            meeting: Meeting::of(booking),
            event_count,
            keep_minutes,
        }
    }
}

impl Touch {
    /// What the booking's link said, where it said any of the three.
    pub fn of(booking: &Booking) -> Option<Self> {
        let parameter = |name: &str| booking.tracking.get(name).cloned();
        let touch = Self {
            campaign: parameter("utm_campaign"),
            source: parameter("utm_source"),
            medium: parameter("utm_medium"),
        };
        (touch != Self::default()).then_some(touch)
    }
}

impl Meeting {
    fn of(booking: &Booking) -> Self {
        Self {
            id: booking.id.clone(),
            page: booking.page.clone(),
            host: booking.host.clone(),
            title: booking.title.clone(),
            start: booking.start,
            end: booking.end,
            status: booking.status,
            outcome: booking.outcome,
            created_at: booking.created_at,
        }
    }
}

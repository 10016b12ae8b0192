//! Queries, and what a ledger answers to them.

use crate::booking::{Booking, Status};
use crate::calendar::{Astray, Known};
use crate::claim::Claim;
use crate::contact::Profile;
use crate::external_id::ExternalId;
use crate::ledger::alike::Alike;
use crate::ledger::campaigns::Campaign;
use crate::ledger::cursor::Cursor;
use crate::ledger::device::Session;
use crate::outbox::{DeliveryReport, DeliveryState, Due};
use crate::token::BookingId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How an invitation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteUse {
    /// The live bookings that were made with it.
    pub live: u32,
    /// Whether its host has withdrawn it.
    pub is_withdrawn: bool,
}

impl InviteUse {
    /// Whether one that takes so many bookings takes none any more.
    pub fn is_used_up(self, uses: u32) -> bool {
        self.is_withdrawn || self.live >= uses
    }
}

/// What is asked of a ledger without changing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// One booking.
    Booking {
        /// Which.
        id: BookingId,
    },
    /// The claims that are live now and end after `from`, sorted by start.
    Busy {
        /// From when on.
        from: DateTime<Utc>,
        /// A booking that is to be moved: what is taken is told as if it were not there.
        #[serde(skip_serializing_if = "Option::is_none")]
        except: Option<BookingId>,
    },
    /// The host's calendars, as they were read last.
    Calendars,
    /// Bookings that start from `from` until before `until`, sorted by start and id.
    Bookings {
        /// The first instant.
        from: Option<DateTime<Utc>>,
        /// The instant after the last.
        until: Option<DateTime<Utc>>,
        /// Only those that stand so.
        status: Option<Status>,
        /// Only those after this place.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<Cursor>,
        /// At most this many.
        most: u32,
    },
    /// Bookings that are like one of them, sorted by start and id; also those that were not confirmed.
    Alike {
        /// Which.
        alike: Alike,
        /// At most this many.
        most: u32,
    },
    /// Deliveries that are due now: notices, longest due first, and then records.
    Due {
        /// At most this many notices.
        most: u32,
        /// At most this many records, and deliveries to other ledgers.
        records: u32,
        /// Those that whoever asks has already, by their numbers.
        except: Vec<i64>,
    },
    /// Deliveries that tell of events, newest first.
    Deliveries {
        /// Only those that stand so.
        state: DeliveryState,
        /// Only those after the one of this id.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// At most this many.
        most: u32,
    },
    /// Whether an email about a booking to its visitor waits, or was held back, because that address gets too many.
    HeldMail {
        /// Which.
        booking: BookingId,
    },
    /// A session that lasts still.
    Session {
        /// Its digest.
        digest: String,
    },
    /// The sessions that last still.
    Sessions,
    /// The bookings whose copies in calendars are elsewhere, or missing.
    Astray,
    /// A contact, of the ledger that keeps it.
    Contact {
        /// The contact's key.
        key: String,
    },
    /// Who has booked this host, newest booking first: the bookings of each, newest first, the last hundred.
    Contacts {
        /// Only the one with this normalised address.
        email: Option<String>,
        /// Only those whose newest booking was made before this one.
        before: Option<BookingId>,
        /// At most this many.
        most: u32,
    },
    /// All that a booking is called elsewhere, by system and kind.
    ExternalIds {
        /// The booking.
        booking: BookingId,
    },
    /// The bookings that something elsewhere belongs to.
    CalledElsewhere {
        /// The system.
        system: String,
        /// The kind of thing.
        kind: String,
        /// Its id there.
        id: String,
    },
    /// The normalised addresses of who has booked this host, in their own order.
    Addresses {
        /// Those behind this one.
        after: String,
        /// At most this many.
        most: u32,
    },
    /// How many bookings each campaign has led to.
    Campaigns {
        /// At most this many campaigns, those with most bookings first.
        most: u32,
    },
    /// How an invitation stands.
    InviteUse {
        /// Its id.
        id: String,
    },
    /// The ledgers of whose bookings an address was told.
    ToldLedgers {
        /// Its key, as it is counted.
        key: String,
    },
}

/// What a ledger answers to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The booking, if there is one.
    Booking {
        /// As it is now.
        booking: Option<Box<Booking>>,
    },
    /// Live claims, sorted by start.
    Busy {
        /// Those claims, and what calendars say is busy.
        claims: Vec<Claim>,
        /// The calendars, as they were read last.
        #[serde(default)]
        calendars: Vec<Known>,
    },
    /// Copies that are not where they were put, by the bookings' starts.
    Astray {
        /// Those bookings.
        astray: Vec<Astray>,
    },
    /// The host's calendars, by their names.
    Calendars {
        /// As they were read last.
        calendars: Vec<Known>,
    },
    /// Bookings.
    Bookings {
        /// Those bookings.
        bookings: Vec<Booking>,
    },
    /// Deliveries to carry out.
    Due {
        /// Those deliveries.
        due: Vec<Due>,
        /// Calendars to read.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calendars: Vec<Known>,
        /// Whether something has had its time that [`Expire`](super::Command::Expire) would end, or remind of.
        expired: bool,
        /// When the next delivery or reminder is due, or the next seat dies, after now.
        next_at: Option<DateTime<Utc>>,
    },
    /// Deliveries, as the host sees them.
    Deliveries {
        /// Those deliveries.
        deliveries: Vec<DeliveryReport>,
    },
    /// Whether an email is held.
    HeldMail {
        /// True while one is.
        held: bool,
    },
    /// The session, if there is one.
    Session {
        /// While it lasts.
        session: Option<Session>,
    },
    /// The sessions, the one that was seen last first.
    Sessions {
        /// While they last.
        sessions: Vec<Session>,
    },
    /// The contact, where one is kept under that key.
    Contact {
        /// As it is now.
        contact: Option<Profile>,
    },
    /// External ids.
    ExternalIds {
        /// Those external ids.
        ids: Vec<ExternalId>,
    },
    /// Normalised addresses.
    Addresses {
        /// Those addresses.
        addresses: Vec<String>,
    },
    /// Campaigns.
    Campaigns {
        /// Those campaigns.
        campaigns: Vec<Campaign>,
    },
    /// An invitation.
    InviteUse {
        /// How it stands.
        used: InviteUse,
    },
    /// Names of ledgers.
    ToldLedgers {
        /// Those ledgers.
        ledgers: Vec<String>,
    },
}

//! What is asked of a calendar.

use std::collections::BTreeSet;

use crate::booking::Contact;
use crate::definition::WholeDays;
use crate::zone::Zone;

use super::key::{Key, of_digits};
use super::property::Property;

/// What is asked of a calendar, and how its host wants it to be read.
#[derive(Clone, Debug)]
pub struct Question {
    /// The first instant that is asked about, in seconds since 1970.
    pub from: i64,
    /// The instant after the last, in seconds since 1970.
    pub until: i64,
    /// The zone that the host says the calendar is in: for whole days, and for times without a zone.
    pub calendar_zone: Option<Zone>,
    /// The host's own zone, where the calendar has none.
    pub host_zone: Zone,
    /// True if a tentative event blocks.
    pub tentative_blocks: bool,
    /// What whole days do.
    pub whole_days: WholeDays,
    /// Events that are to be left out.
    pub(super) left_out: BTreeSet<Key>,
    pub(super) addresses: BTreeSet<String>,
}

impl Question {
    /// Asks about a time, as most hosts want it to be read.
    pub fn new(from: i64, until: i64, host_zone: Zone) -> Self {
        Self {
            from,
            until,
            calendar_zone: None,
            host_zone,
            tentative_blocks: true,
            whole_days: WholeDays::AsMarked,
            left_out: BTreeSet::new(),
            addresses: BTreeSet::new(),
        }
    }

    /// Adds an address at which the host is invited: an event that was declined there takes no time.
    #[must_use]
    pub fn invited_at(mut self, address: &str) -> Self {
        self.addresses.insert(folded(address));
        self
    }

    /// Leaves an event out, by the digest that [`super::Unknown::event`] has: the host has said so.
    #[must_use]
    pub fn leaving_out(mut self, event: &str) -> Self {
        self.left_out.extend(of_digits(event));
        self
    }

    /// True if some event is to be left out.
    pub(super) fn leaves_any_out(&self) -> bool {
        !self.left_out.is_empty()
    }

    pub(super) fn leaves_out(&self, event: Key) -> bool {
        self.left_out.contains(&event)
    }

    /// True if an attendee is the host.
    pub(super) fn is_host(&self, attendee: &Property<'_>) -> bool {
        if self.addresses.is_empty() {
            return false;
        }
        let addresses = [Some(attendee.value), attendee.parameter("EMAIL")];
        addresses.into_iter().flatten().any(|address| self.addresses.contains(&folded(address)))
    }
}

/// An address as it is compared: without `mailto:`, and without what its owner can add at will.
fn folded(address: &str) -> String {
    let address = match address.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &address[7..],
        _ => address,
    };
    Contact::of_email(address.trim()).counted_email()
}

//! Where notices go: the kinds of destination, and the rules of each.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::booking::{Event, Party};
use crate::definition::Webhook;

/// KV takes one write a second of each key, so a record waits that long for others.
const RECORD_DELAY_SECONDS: i64 = 1;

/// Where a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Destination {
    /// The booking's record, and the ledger's own: what is busy.
    Record,
    /// A webhook endpoint.
    Webhook(Webhook),
    /// A mailbox.
    Mail {
        /// Whose.
        to: Party,
    },
    /// The ledger that keeps the contact who booked.
    Contact {
        /// The contact's key.
        key: String,
        /// How long after the last meeting's end the contact is kept, in minutes; `None` for until it is erased.
        #[serde(skip_serializing_if = "Option::is_none")]
        keep_minutes: Option<u32>,
    },
    /// A host's ledger, to erase its bookings of a contact.
    Erasure {
        /// The contact's key.
        key: String,
        /// The ledger's name.
        ledger: String,
    },
}

impl Destination {
    /// Its kind, by which the outbox finds all deliveries of one sort.
    pub fn kind(&self) -> &'static str {
        match self {
            Destination::Record => "record",
            Destination::Webhook(_) => "webhook",
            Destination::Mail { .. } => "mail",
            Destination::Contact { .. } => "contact",
            Destination::Erasure { .. } => "erasure",
        }
    }

    /// Whether it is told of events. The others follow what is so now, stay within Daymark, and are tried for as long
    /// as it takes.
    pub fn takes_notices(&self) -> bool {
        matches!(self, Destination::Webhook(_) | Destination::Mail { .. })
    }

    /// Its name for people: an endpoint's address, or whose mailbox.
    pub fn name(&self) -> &str {
        match self {
            Destination::Record => "record",
            Destination::Webhook(webhook) => &webhook.url,
            Destination::Mail { to: Party::Visitor } => "mail to the visitor",
            Destination::Mail { to: Party::Host } => "mail to the host",
            Destination::Contact { .. } => "the contact's ledger",
            Destination::Erasure { ledger, .. } => ledger,
        }
    }

    /// How long its notices wait at first. Records are not worth waking anybody for: those of a second are written
    /// together.
    pub(super) fn delay(&self) -> TimeDelta {
        match self {
            Destination::Record | Destination::Contact { .. } => TimeDelta::seconds(RECORD_DELAY_SECONDS),
            Destination::Webhook(_) | Destination::Mail { .. } | Destination::Erasure { .. } => {
                TimeDelta::zero()
            }
        }
    }

    /// Whether notices of that event go there.
    pub fn takes(&self, event: Event) -> bool {
        match self {
            // They follow the booking's state; the host's alert repeats what the other event of the same change says.
            Destination::Record | Destination::Contact { .. } => {
                !matches!(event, Event::Alert | Event::ReminderDue)
            }
            Destination::Erasure { .. } => false,
            Destination::Webhook(webhook) => webhook.takes(event.name()),
            // The host's mail follows the event itself, which says what happened. A host looks at the day, and needs no
            // reminder; what a host notes down afterwards, nobody is written of.
            Destination::Mail { to } => match event {
                Event::Alert | Event::OutcomeRecorded | Event::Erased => false,
                Event::ReminderDue => *to == Party::Visitor,
                _ => true,
            },
        }
    }
}

impl Webhook {
    /// Whether it is told of that event.
    pub fn takes(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| matches(pattern, event))
    }
}

/// `*` is every event, `booking.*` every one of a booking; anything else is a name.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_everything_a_family_or_one_event() {
        for (pattern, name, expected) in [
            ("*", "booking.confirmed", true),
            ("booking.*", "booking.confirmed", true),
            ("booking.*", "calendar.unreachable", false),
            ("booking.confirmed", "booking.confirmed", true),
            ("booking.confirmed", "booking.cancelled", false),
            ("booking", "booking.confirmed", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} and {name}");
        }
    }
}

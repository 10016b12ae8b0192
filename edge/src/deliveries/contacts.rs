//! What goes from one ledger to another: bookings to the ledgers that keep contacts, and from there the word to erase.

use chrono::DateTime;
use scheduling::ledger::{Command, NoteBooking, Reply};
use scheduling::outbox::{AttemptOutcome, Destination, Due};
use serde_json::Value;

use crate::call::stop::Stop;

/// The command that carries a delivery out, with the ledger that it goes to; `None` where there is nothing to tell.
/// `contact_ledger` names the ledger that keeps a contact, by the contact's key.
pub fn to_other_ledger(due: Due, contact_ledger: impl Fn(&str) -> String) -> Option<(String, Command)> {
    match due.destination {
        Destination::Contact { key, keep_minutes } => {
            let booking = due.booking.filter(|booking| !booking.visitor.contact.is_erased())?;
            let ledger = contact_ledger(&key);
            let event_count = due.event_count;
            Some((ledger, Command::NoteBooking(NoteBooking { key, keep_minutes, booking, event_count })))
        }
        Destination::Erasure { ledger, .. } => {
            let asked: Value = serde_json::from_str(&due.payload).ok()?;
            let email = asked["email"].as_str()?.to_owned();
            let asked_at = DateTime::from_timestamp(asked["asked_at_seconds"].as_i64()?, 0)?;
            Some((ledger, Command::EraseBookings { email, asked_at }))
        }
        Destination::Record | Destination::Webhook(_) | Destination::Mail { .. } => None,
    }
}

/// What the other ledger's answer means for the delivery. What failed is tried for as long as it takes.
pub fn handed_over(answered: Result<Reply, Stop>) -> AttemptOutcome {
    match answered {
        Ok(Reply::Done | Reply::Scrubbed) => AttemptOutcome::Taken,
        Err(Stop::Fault(fault)) => {
            AttemptOutcome::Failed { reason: fault.to_string(), retry_after_seconds: None }
        }
        Ok(_) | Err(Stop::Refused(_)) => AttemptOutcome::Failed {
            reason: "the other ledger is busy".to_owned(),
            retry_after_seconds: None,
        },
    }
}

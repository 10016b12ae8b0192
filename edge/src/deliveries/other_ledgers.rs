//! What goes from one ledger to another: bookings to the ledgers that keep contacts, and from there the word to erase.

use scheduling::ledger::{Command, Reply};
use scheduling::outbox::{AttemptOutcome, Destination, Due};

use super::{contact, erasure};
use crate::call::stop::Stop;

/// The command that carries a delivery out, with the ledger that it goes to; `None` where there is nothing to tell.
/// `contact_ledger` names the ledger that keeps a contact, by the contact's key.
pub fn to_other_ledger(due: Due, contact_ledger: impl Fn(&str) -> String) -> Option<(String, Command)> {
    match due.destination.clone() {
        Destination::Contact(ledger) => Some((contact_ledger(&ledger.key), contact::command(ledger, due)?)),
        Destination::Erasure(ledger) => Some((ledger.ledger, erasure::command(due.payload)?)),
        Destination::Record | Destination::Webhook(_) | Destination::Mail(_) => None,
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

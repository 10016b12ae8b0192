//! What goes from one ledger to another: bookings to the ledgers that keep contacts, and from there the word to erase.

use scheduling::contact::Note;
use scheduling::ledger::{AttemptOutcome, Command, Destination, Due, Reply};

use crate::stop::Stop;

/// The command that carries a delivery out, with the ledger that it goes to; `None` where there is nothing to tell.
/// `contact_ledger` names the ledger that keeps a contact, by the contact's key.
pub fn to_other_ledger(due: &Due, contact_ledger: impl Fn(&str) -> String) -> Option<(String, Command)> {
    match &due.destination {
        Destination::Contact { key, keep_minutes } => {
            let booking = due.booking.as_ref().filter(|booking| !booking.contact.is_erased())?;
            let note = Note::of(key, *keep_minutes, booking, due.event_count);
            Some((contact_ledger(key), Command::NoteBooking(Box::new(note))))
        }
        Destination::Erasure { ledger, .. } => {
            let command = serde_json::from_str(&due.payload).ok()?;
            Some((ledger.clone(), command))
        }
        Destination::Record | Destination::Webhook(_) | Destination::Mail { .. } => None,
    }
}

/// What the other ledger's answer means for the delivery.
pub fn handed_over(answered: Result<Reply, Stop>) -> AttemptOutcome {
    let reason = match answered {
        Ok(Reply::Done | Reply::Scrubbed) => return AttemptOutcome::Taken,
        Ok(Reply::Refused { refusal }) => format!("the other ledger refused: {}", refusal.code()),
        Ok(_) => "the other ledger answered to something else".to_owned(),
        Err(Stop::Refused(refused)) => format!("the other ledger is {}", refused.refusal.code()),
        Err(Stop::Fault(fault)) => fault.to_string(),
    };
    AttemptOutcome::Failed { reason, retry_after_seconds: None }
}

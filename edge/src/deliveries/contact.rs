//! The ledger that keeps a contact: it is told of a booking as it is now.

use scheduling::ledger::{Command, NoteBooking};
use scheduling::outbox::{ContactLedger, Due};

/// The command that tells it; `None` where there is nothing to tell.
pub(super) fn command(ledger: ContactLedger, due: Due) -> Option<Command> {
    let booking = due.booking?;
    let ContactLedger { key, keep_minutes } = ledger;
    Some(Command::NoteBooking(NoteBooking { key, keep_minutes, booking, event_count: due.event_count }))
}

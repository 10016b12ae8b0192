//! A host's ledger that is to erase its bookings of a contact.

use scheduling::ledger::Command;
use scheduling::outbox::Payload;

/// The command that has it done. Today's subscribers are added when it is sent.
pub(super) fn command(payload: Payload) -> Option<Command> {
    let Payload::Erasure(request) = payload else { return None };
    Some(Command::EraseBookings(request, None))
}

//! What is said to a ledger, and what it answers: commands and replies, queries and answers, and what is in them. They
//! travel as JSON to a ledger that runs elsewhere.

mod commands;
mod queries;

pub use commands::{
    Book, Calendars, Cancel, Command, Confirm, Decide, IdempotencyKey, Invited, NoteBooking, Pay, PayStep,
    RecordOutcome, Reply, Reschedule, Today,
};
pub use queries::{Answer, InviteUse, Query};

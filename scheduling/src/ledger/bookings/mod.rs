//! Bookings within the ledger's transaction: they are made, changed, ended and erased.

mod alike;
mod book;
mod change;
mod erase;
mod errands;
mod expire;
mod live_claims;
mod pay;
mod uninvite;

pub(super) use alike::{alike, cancel_alike};
pub(super) use book::book;
pub(super) use change::{cancel, confirm, decide, record_outcome, reschedule, stop_reminders};
pub(super) use erase::erase;
pub(super) use expire::{expire, first_seat_to_die};
pub(super) use live_claims::{claims_ending_after, is_taken};
pub(super) use pay::{give_up, hear_of, pay, refund_again};

//! The ledger as its callers see it: commands, replies and answers over a real database.
//!
//! `support` has the database and the builders. A test books with `Slot`s, which are minutes after a fixed morning, and
//! compares whole replies.

#![expect(
    clippy::unwrap_used,
    clippy::assigning_clones,
    reason = "a test that cannot go on fails; brevity counts"
)]

mod alike;
mod asks;
mod booking;
mod calendar_alerts;
mod calendars;
mod cancelling;
mod clock;
mod contacts;
mod copies;
mod copy_alerts;
mod deciding;
mod deliveries;
mod documented;
mod expiring;
mod external_ids;
mod faults;
mod invites;
mod json;
mod keys;
mod made_rooms;
mod mails;
mod migrations;
mod model;
mod offers;
mod outbox;
mod outcomes;
mod owed;
mod paying;
mod proposing;
mod pruning;
mod queries;
mod renamed;
mod rescheduling;
mod returned;
mod seats;
mod sessions;
mod statements;
mod strangers;
mod subscribers;
mod support;

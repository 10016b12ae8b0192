//! Scenarios of the local adapter alone: against the real binary, with its files at hand.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod connections;
mod memory;
mod storage;

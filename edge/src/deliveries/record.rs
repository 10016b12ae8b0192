//! Records: a booking as it is now, and what is busy in its ledger, kept where reading is cheap. Nothing is decided by
//! them.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::Party;
use scheduling::ledger::Taken;
use scheduling::outbox::Due;
use scheduling::view;
use serde_json::json;

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its key: `booking/{id}` or `busy/{ledger}`.
    pub key: String,
    /// JSON.
    pub value: String,
}

/// The key of what is busy in a ledger.
pub fn busy_key(ledger: &str) -> String {
    format!("busy/{ledger}")
}

/// From when on busy times are kept: an ISO week's Monday in any zone, as limits count from there.
pub fn busy_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(8)
}

/// The record of what is busy in a ledger.
pub fn busy_record(ledger: &str, taken: &Taken) -> Record {
    Record { key: busy_key(ledger), value: json!(taken).to_string() }
}

/// The records that bring readers of bookings up to date: each booking once.
pub fn booking_records(due: &[Due]) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for booking in due.iter().filter_map(|due| due.booking.as_ref()) {
        let key = format!("booking/{}", booking.id);
        if records.iter().all(|record| record.key != key) {
            records.push(Record { key, value: view::booking(booking, Party::Host).to_string() });
        }
    }
    records
}

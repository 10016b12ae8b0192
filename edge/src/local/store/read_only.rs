//! Reads from a ledger that another process may be serving, without ever writing.

use std::path::Path;

use chrono::{DateTime, Utc};
use scheduling::ledger::{self, Answer, Query};

use super::shared::empty_answer;
use super::sqlite::Database;
use crate::Fault;

/// Asks a ledger of a data directory. A ledger that was never written to answers as an empty one.
pub fn peek(data: &Path, name: &str, query: &Query, now: DateTime<Utc>) -> Result<Answer, Fault> {
    let path = data.join("ledgers").join(format!("{name}.sqlite3"));
    if !path.exists() {
        return Ok(empty_answer(query));
    }
    Database::open_read_only(&path)
        .and_then(|mut database| ledger::answer(&mut database, query, now))
        .map_err(|cause| Fault::Ledger { ledger: name.to_owned(), cause })
}

//! Availability answers that are still true: kept in an isolate for as long as the ledger's record in KV stays the same, and
//! time alone changes nothing. A new build comes with new isolates.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use lru::LruCache;

use crate::{Fresh, Response};

/// Answers that are kept in one isolate. The longest are of some ten kilobytes.
const MOST: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Longer addresses are not remembered, in bytes.
const LONGEST_ADDRESS: usize = 300;

struct Kept {
    /// The ledger's record, as KV had it.
    record: String,
    until: DateTime<Utc>,
    response: Response,
}

thread_local! {
    static KEPT: RefCell<LruCache<String, Kept>> = RefCell::new(LruCache::new(MOST));
}

/// The answer that was given at that address while the record was the same, where it is still true.
pub(super) fn find(address: &str, record: &str, now: DateTime<Utc>) -> Option<Response> {
    KEPT.with_borrow_mut(|kept| {
        let kept = kept.get(address).filter(|kept| kept.record == record && now < kept.until)?;
        Some(kept.response.clone())
    })
}

/// Keeps an answer that says how long it is true.
pub(super) fn keep(address: &str, record: &str, response: &Response) {
    let Some(fresh) = response.extensions().get::<Fresh>() else { return };
    if response.status() != http::StatusCode::OK || address.len() > LONGEST_ADDRESS {
        return;
    }
    let kept = Kept { record: record.to_owned(), until: fresh.until, response: response.clone() };
    KEPT.with_borrow_mut(|all| all.put(address.to_owned(), kept));
}

//! Availability answers that are still true: kept in an isolate for as long as the ledger's record in KV stays the
//! same, and time alone changes nothing. A new build comes with new isolates.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use http::{StatusCode, header};
use lru::LruCache;
use worker::web_sys;

use super::http::{Prepared, to_platform};
use crate::{Fresh, Request, Response, conditional};

/// Answers that are kept in one isolate. The longest are of some ten kilobytes.
const MOST: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Longer addresses are not remembered, in bytes.
const LONGEST_ADDRESS: usize = 300;

struct Kept {
    /// The ledger's record, as KV had it.
    record: Vec<u8>,
    fresh: Fresh,
    response: Response,
    prepared: Prepared,
}

thread_local! {
    static KEPT: RefCell<LruCache<String, Kept>> = RefCell::new(LruCache::new(MOST));
}

/// The answer that was given before, while the record was the same, where it is still true; shorter where the asker has
/// it already.
pub(in crate::cloudflare) fn find(
    asked: &Request,
    record: &[u8],
    now: DateTime<Utc>,
) -> Option<worker::Result<web_sys::Response>> {
    let address = asked.uri().path_and_query()?;
    KEPT.with_borrow_mut(|kept| {
        let kept =
            kept.get(address.as_str()).filter(|kept| kept.record == record && kept.fresh.holds_at(now))?;
        if asked.headers().contains_key(header::IF_NONE_MATCH) {
            return Some(to_platform(&conditional(asked, kept.response.clone())));
        }
        Some(kept.prepared.make())
    })
}

/// Keeps an answer that says how long it is true.
pub(in crate::cloudflare) fn keep(address: &str, record: &[u8], response: &Response) {
    let Some(fresh) = response.extensions().get::<Fresh>() else { return };
    if response.status() != StatusCode::OK || address.len() > LONGEST_ADDRESS {
        return;
    }
    let Ok(prepared) = Prepared::of(response) else { return };
    let kept = Kept { record: record.to_owned(), fresh: fresh.clone(), response: response.clone(), prepared };
    KEPT.with_borrow_mut(|all| all.put(address.to_owned(), kept));
}

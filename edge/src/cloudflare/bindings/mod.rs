//! The platform's bindings: SQL and alarm of an object, objects, KV, requests and responses both ways, the clock.

pub(super) mod busy_cache;
pub(super) mod clock;
pub(super) mod crypto;
pub(super) mod fetch;
pub(super) mod http;
pub(super) mod kv;
pub(super) mod sql;
pub(super) mod stub;

//! Daymark's booking endpoint: the HTTP API, and the adapters that carry it.
//!
//! - **Call**: one request with all that answering it needs: the platform, the site, the locale, the time.
//! - **Platform**: what an adapter provides: the clock, randomness, the definitions, and the way to a ledger.
//! - **Shell**: HTML baked by the generator in which the endpoint fills in what only it knows.
//! - **Carrier**: what an adapter provides to whoever carries [`deliveries`] out: the clock, secrets, and the way to a receiver.
//! - **Stop**: what ends a request early: a refusal, which is the visitor's, or a fault, which is ours.
//!
//! [`handle`] is the whole endpoint: a request in, a response out. It belongs to no server and no runtime, and also
//! builds for wasm32. The adapters lie at the rim: `local` is one process with SQLite, `cloudflare` a
//! Worker with Durable Objects and KV.
//!
//! The endpoint keeps no state between requests, never decides itself whether a time is free (the ledger does), and
//! changes nothing on GET.

mod alternatives;
mod availability;
mod body;
mod book;
mod booking_page;
mod call;
mod cancel;
#[cfg(target_arch = "wasm32")]
pub mod cloudflare;
pub mod deliveries;
mod details;
mod fields;
mod form_page;
mod host;
mod host_bookings;
mod host_change;
mod host_deliveries;
mod host_feed;
mod host_outcome;
mod host_session;
mod invitation;
#[cfg(feature = "local")]
pub mod local;
mod manage;
mod move_page;
mod outcome;
#[cfg(any(target_arch = "wasm32", test))]
mod placement;
mod platform;
mod questions;
mod read;
mod reschedule;
mod router;
mod security;
mod shell;
mod stop;
mod tracking;
mod when;

pub use availability::Fresh;
pub use platform::{Fault, Platform, Shells};
pub use router::{Request, Response, handle};
pub use security::conditional;
pub use stop::{FieldError, Refused, Stop};

/// The largest body that a request may have, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

#[cfg(all(test, feature = "local"))]
mod tests;

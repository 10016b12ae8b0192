//! Daymark's booking endpoint: the HTTP API, and the adapters that carry it.
//!
//! - **Call**: one request with all that answering it needs: the platform, the site, the locale, the time.
//! - **Platform**: what an adapter provides: [`Clock`], [`Definitions`], [`Ledgers`], and [`Outgoing`], the way to
//!   other servers.
//! - **Shell**: HTML baked by the generator in which the endpoint fills in what only it knows.
//! - **Postman**: the same without the ledgers, as [`deliveries`] need it.
//! - **Stop**: what ends a request early: a refusal, which is the visitor's, or a fault, which is ours.
//!
//! [`handle`] is the whole endpoint: a request in, a response out. It belongs to no server and no runtime, and also
//! builds for wasm32. The adapters lie at the rim: `local` is one process with SQLite, `cloudflare` a
//! Worker with Durable Objects and KV.
//!
//! The endpoint keeps no state between requests, never decides itself whether a time is free (the ledger does), and
//! changes nothing on GET, but that what a payment provider says is noted.

mod booking_address;
mod calendars;
mod call;
#[cfg(target_arch = "wasm32")]
pub mod cloudflare;
pub mod deliveries;
mod form;
mod hooks;
mod host;
#[cfg(feature = "local")]
pub mod local;
mod offer;
mod page;
mod payments;
#[cfg(any(target_arch = "wasm32", test))]
mod placement;
mod protocol;
mod router;
mod visitor;

/// Connecting a host's calendars, before anything depends on them.
#[cfg(feature = "local")]
pub mod connecting {
    pub use crate::calendars::caldav::discovery::{Account, Listed, Undiscovered, discover, server_of};
    pub use crate::calendars::consent::{Answered, Client, Consent, Service};
    pub use crate::calendars::google::client::{ClientFile, KeyFile};
    pub use crate::calendars::microsoft::client::Registration;
    pub use crate::calendars::trial::{TITLE, Unwell, doubt, read, write};
}

/// A host's bookings and contacts, as they leave the site.
pub mod exporting {
    pub use crate::call::today::as_host_has_it;
    pub use crate::host::contact_list::{Seen, by_contact, table};
    pub use crate::host::view_of;
}

pub use call::exchange::{Request, Response};
pub use call::network::{Counter, Network};
pub use call::outgoing::{Outgoing, OutgoingRequest, Unanswered, Wanted};
pub use call::platform::{Clock, Definitions, Ledgers, Platform, Shells};
pub use call::stop::{Fault, FieldError, Refused, Stop};
pub use form::body::MAX_BODY_BYTES;
pub use protocol::conditional::conditional;
pub use protocol::retry_after::retry_after_seconds;
pub use router::handle;
pub use visitor::availability::Fresh;

#[cfg(all(test, feature = "local"))]
mod tests;

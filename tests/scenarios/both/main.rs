//! Scenarios that both adapters pass: against the real binary, or with `DAYMARK_ADAPTER=cloudflare` against the built
//! Worker.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod bad_requests;
mod calendars;
mod crowds;
mod decisions;
mod dist;
mod erasing;
mod kills;
mod mail_provider;
mod settings;
mod sign_in;
mod webhooks;

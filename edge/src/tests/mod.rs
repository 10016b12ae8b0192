//! The endpoint over the local adapter, from request to response: see `harness` for how a test is written.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[allow(dead_code, unreachable_pub, reason = "the benchmarks use it, too")]
pub(crate) mod fixture;
mod guests;
mod harness;

mod addresses;
mod agreed;
mod alike;
mod api;
mod bad_input;
mod bad_luck;
mod bounds;
pub(crate) mod caldav;
mod calendar_mail;
mod contacts;
mod copies;
mod faults;
mod given_back;
mod host_changes;
mod host_session;
mod invitations;
mod invites;
mod kept;
mod long_lists;
mod made_rooms;
mod mail;
mod mail_as_text;
mod openapi;
mod outgoing;
mod pages;
mod paid_pages;
mod payment_mails;
mod payments;
mod published;
mod renamed;
mod requests;
mod rescheduling;
mod sharing;
mod sign_in;
mod strangers;
mod tokens;
mod told;
mod turnstile;
mod typed;
mod worker;

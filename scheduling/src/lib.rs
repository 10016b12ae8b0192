//! The domain of Daymark: who can be booked when, and the ledger that books them.
//!
//! # Vocabulary
//!
//! - A **host** has hours, a zone and meeting pages; a **page**, such as `aiko/intro`, is one kind of meeting with its
//!   rules.
//! - **Rules** say when a page can be booked: hours, durations, notice, window, buffers, limits
//!   ([`definition::Rules`]).
//! - A **start** is an instant at which a meeting can begin; a **window** holds starts that share a grid
//!   ([`availability::Window`]).
//! - A **claim** takes time in one ledger. A **seat** ties one booking to one claim, and may expire. A claim lives
//!   while it has a live seat.
//! - A **booking** is the visitor's record, with a status and, once it is over, an outcome ([`booking::Booking`]).
//! - The **ledger** is the only writer of a host's time: a **command** and the time go in, a **reply** comes out
//!   ([`ledger`]).
//! - An **event** is something that happened to a booking; a **delivery** is a notice of it that must go out;
//!   deliveries wait in the **outbox** ([`outbox`]).
//! - A **contact** is someone who has booked any host; the ledger that keeps the contact sets its owner, and erases it
//!   ([`contact`]).
//! - A **calendar** is a host's in another program, read for the times that it takes ([`calendar`]).
//! - An **invite** is a link that lets a page be booked so many times, until it expires ([`invite::Invite`]); an
//!   **invitation** is the event that goes into calendars ([`invitation`]).
//! - An **external id** is a booking's name elsewhere, such as in a calendar ([`external_id::ExternalId`]).
//! - A **refusal** tells a visitor what cannot be done ([`refusal::Refusal`]); a **fault** is ours ([`sql::SqlFault`]).
//!
//! # From rules to a booking
//!
//! ```
//! use std::collections::BTreeMap;
//! use chrono::{DateTime, Utc};
//! use scheduling::availability::Query;
//! use scheduling::claim::Claim;
//! use scheduling::definition::{Buffer, DateWindow, Limit, Rules};
//! use scheduling::hours::WeeklyHours;
//! use scheduling::refusal::Refusal;
//! use scheduling::zone::Zone;
//!
//! // Every day from 09:00 to 12:00 in Vancouver, which is 16:00 to 19:00 UTC: half an hour, and a quarter of one to
//! // breathe afterwards.
//! let rules = Rules {
//!     time_zone: Zone::named("America/Vancouver")?,
//!     page_hours: None,
//!     host_hours: WeeklyHours(std::array::from_fn(|_| vec![(9 * 60, 12 * 60).into()])),
//!     page_dates: vec![],
//!     host_dates: vec![],
//!     holidays: BTreeMap::new(),
//!     durations_minutes: vec![30],
//!     start_every_minutes: 30,
//!     notice_minutes: 60,
//!     window: DateWindow { days: Some(1), from: None, until: None },
//!     buffer: Buffer { before_minutes: 0, after_minutes: 15 },
//!     limit: Limit::default(),
//! };
//! let now: DateTime<Utc> = "2026-12-01T15:30:00Z".parse()?;
//! let start: DateTime<Utc> = "2026-12-01T17:00:00Z".parse()?;
//!
//! // Somebody has 17:00 to 17:30 UTC, and this page's meetings want a quarter of an hour after them: so 16:30 and
//! // 17:30 go, too.
//! let claims = [Claim {
//!     page: "aiko/intro".to_owned(),
//!     start: start.timestamp(),
//!     end: start.timestamp() + 30 * 60,
//!     before: 0,
//!     after: 15 * 60,
//!     seats_taken: 1,
//!     capacity: 1,
//!     expires_at: None,
//!     calendar: None,
//! }];
//! let query = Query { now, with_notice: true, dates: None, page: "aiko/intro", claims: &claims };
//! let offered: Vec<String> = rules
//!     .windows(&query)
//!     .into_iter()
//!     .flat_map(|window| window.starts(30, 30))
//!     .filter_map(|start| DateTime::from_timestamp(start, 0))
//!     .map(|start| start.format("%d %H:%M").to_string())
//!     .collect();
//! let of_the_first = ["01 18:00", "01 18:30"];
//! let of_the_second = ["02 16:00", "02 16:30", "02 17:00", "02 17:30", "02 18:00", "02 18:30"];
//! assert_eq!(offered, [&of_the_first[..], &of_the_second[..]].concat());
//!
//! // The rules' verdict goes to the ledger with the booking. Claims are not theirs to judge: 17:00 is fine by them,
//! // and `ledger::apply` will refuse it, in the one transaction that may decide so.
//! assert_eq!(rules.verdict(now, start.timestamp(), 30), None);
//! assert_eq!(rules.verdict(now, start.timestamp() + 60, 30), Some(Refusal::SlotNotOffered));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What this crate does not do
//!
//! It reads no clock, no file, no environment and no network, draws no random numbers and knows no async: time, random
//! bits and a database are handed to it ([`sql::Sql`]). It never decides on anything read outside the ledger's
//! transaction. It guesses nothing: a wall time that a change of offset skips starts no meeting, one that it repeats
//! starts two, and a database that does not hold what was written to it is a fault.

pub mod availability;
pub mod booking;
pub mod calendar;
pub mod claim;
pub mod contact;
pub mod csv;
pub mod definition;
pub mod external_id;
pub mod hours;
pub mod html;
pub mod invitation;
pub mod invite;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod link;
pub mod locale;
pub mod mail;
pub mod money;
pub mod order;
pub mod outbox;
pub mod paths;
pub mod proposal;
pub mod refusal;
pub mod sign_in_link;
pub mod sql;
pub mod strangers;
pub mod text;
pub mod token;
pub mod view;
pub mod web;
pub mod when;
pub mod zone;

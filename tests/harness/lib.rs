//! The base of the tests from outside: the real binary on a port of its own, and a client that sends what it is given.
//!
//! The scenarios in `tests/scenarios/both`, `local` and `cloudflare` are ignored by plain `cargo test`, as they need
//! the binary and take their time:
//!
//! ```text
//! cargo build -p generator && cargo test -p acceptance --test both --test local -- --ignored
//! ```
//!
//! With `DAYMARK_ADAPTER=cloudflare`, those in `both` run against the built Worker in workerd (`tests/run worker` makes
//! it); those in `local` and `cloudflare` belong to one adapter. `tests/README.md` says how to write the next.
//!
//! With `DAYMARK_TESTS=long` they run as many rounds as a release wants.
//!
//! `bad_requests` and `crowds` need no hand on the server's process or files. With `DAYMARK_URL` set to
//! `http://address:port` they run against that server, which must serve `tests/content` at [`NOW`], without a booking
//! yet, and with the `DAYMARK_SECRET` that the tests are given too: the host's key is made from it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "what fails here fails the test"
)]

pub mod checkout;
mod client;
pub mod feed;
pub mod receiver;
mod server;
pub mod workerd;

pub use client::{Answer, Client};
pub use server::{Adapter, NOW, Server, Started};

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// The time that this thread has spent computing, which no other work on the machine makes longer; on systems that do
/// not tell it of a thread, that of the process.
pub fn cpu_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    #[cfg(target_os = "linux")]
    let whose = UsageWho::RUSAGE_THREAD;
    #[cfg(not(target_os = "linux"))]
    let whose = UsageWho::RUSAGE_SELF;
    let usage = getrusage(whose).unwrap();
    let microseconds = usage.user_time().tv_sec() * 1_000_000 + usage.user_time().tv_usec();
    Duration::from_micros(u64::try_from(microseconds).unwrap())
}

/// The longest wait for what must come, on a slow machine. Only a failing test spends all of it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Rounds of a test that hopes to catch a rare event: few, or as many as a release wants.
pub fn rounds(few: usize, many: usize) -> usize {
    if std::env::var("DAYMARK_TESTS").is_ok_and(|form| form == "long") { many } else { few }
}

/// A sound booking; `number` tells visitors apart.
pub fn booking(page: &str, start: &str, duration_minutes: u32, number: usize) -> Value {
    json!({
        "page": page, "start": start, "duration_minutes": duration_minutes, "time_zone": "Europe/Berlin", "locale": "en",
        "contact": { "name": format!("Visitor {number}"), "email": format!("visitor{number}@example.org") },
        "answers": { "topic": "this" },
    })
}

/// Waits until something holds; for so long, at most.
pub fn wait_until(patience: Duration, holds: impl Fn() -> bool) -> bool {
    let pause = Duration::from_millis(50);
    (0..patience.as_millis() / pause.as_millis()).any(|_| {
        std::thread::sleep(pause);
        holds()
    })
}

/// The `[mail]` of site.toml for a provider's API at an address, which takes that JSON. Its secret is `MAIL_KEY`.
pub fn mail_by_api(url: &str, body: &str) -> String {
    format!(
        "
[mail]
provider = \"api\"
from = \"Example & Co. <hello@example.com>\"
secret = \"MAIL_KEY\"
url = \"{url}\"
headers = {{ Authorization = \"Bearer {{secret}}\" }}
body = '{body}'
"
    )
}

/// [`NOW`], so many days later.
pub fn later(days: i64) -> String {
    let now: DateTime<Utc> = NOW.parse().expect("an instant");
    (now + TimeDelta::days(days)).to_rfc3339()
}

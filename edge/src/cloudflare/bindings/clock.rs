//! The one clock of this adapter.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use worker::{Date, Env};

use crate::Fault;

/// Tells the time; for trying, one that starts where `DAYMARK_NOW` says.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloudflare) struct Clock {
    ahead: TimeDelta,
}

impl Clock {
    /// The clock that the variables ask for. One isolate has one: it starts at its first use, and runs on.
    pub(in crate::cloudflare) fn of(env: &Env) -> Self {
        static AHEAD: OnceLock<TimeDelta> = OnceLock::new();
        let start = || {
            let start: DateTime<Utc> = env.var("DAYMARK_NOW").ok()?.to_string().parse().ok()?;
            Some(start - system_now())
        };
        Self { ahead: *AHEAD.get_or_init(|| start().unwrap_or(TimeDelta::zero())) }
    }

    pub(in crate::cloudflare) fn now(self) -> DateTime<Utc> {
        system_now() + self.ahead
    }

    /// 128 random bits of the platform's own.
    pub(in crate::cloudflare) fn random() -> Result<[u8; 16], Fault> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::Random(cause.to_string()))?;
        Ok(random)
    }

    /// An instant of this clock as the platform counts it, in milliseconds since 1970.
    pub(in crate::cloudflare) fn platform_milliseconds(self, instant: DateTime<Utc>) -> i64 {
        (instant - self.ahead).timestamp_millis()
    }
}

impl crate::Clock for Clock {
    fn now(&self) -> DateTime<Utc> {
        Clock::now(*self)
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Clock::random()
    }
}

fn system_now() -> DateTime<Utc> {
    let milliseconds = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

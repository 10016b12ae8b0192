//! The one clock of this adapter.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::Fault;

/// The system's clock, moved to where a trial starts.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    ahead: TimeDelta,
    /// Seconds that a test has let pass.
    #[cfg(test)]
    passed: &'static std::sync::atomic::AtomicI64,
}

impl Clock {
    /// A clock that reads `start` now, and runs on; the system's own if there is no start.
    pub fn starting_at(start: Option<DateTime<Utc>>) -> Self {
        Self {
            ahead: start.map_or(TimeDelta::zero(), |start| start - system_now()),
            #[cfg(test)]
            passed: Box::leak(Box::default()),
        }
    }

    /// The time.
    pub fn now(self) -> DateTime<Utc> {
        #[cfg(test)]
        let passed = TimeDelta::seconds(self.passed.load(std::sync::atomic::Ordering::SeqCst));
        #[cfg(not(test))]
        let passed = TimeDelta::zero();
        system_now() + self.ahead + passed
    }

    /// Lets time pass for everyone who has this clock.
    #[cfg(test)]
    pub(super) fn pass(self, seconds: i64) {
        self.passed.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    }

    /// 128 random bits of the system's own.
    pub(super) fn random() -> Result<[u8; 16], Fault> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::Random(cause.to_string()))?;
        Ok(random)
    }

    /// A point in time that only serves to measure how long something waits.
    #[expect(clippy::disallowed_methods, reason = "this adapter's one clock")]
    pub(super) fn instant() -> Instant {
        Instant::now()
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

#[expect(clippy::disallowed_methods, reason = "this adapter's one clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

//! Rate limits: how often a network may try to book, and all together.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::call::network::Counter;
use crate::local::locked::locked;

/// The attempts after which those who are quiet again are forgotten.
const FORGET_EVERY: u32 = 1024;
/// Rates that are counted at once: a site has three, and gets others when it is built again.
const MOST_RATES: usize = 8;

type Limiter = DefaultKeyedRateLimiter<Counter>;

/// Counts booking attempts.
#[derive(Default)]
pub(in crate::local) struct Attempts {
    limiters: Mutex<HashMap<NonZeroU32, Arc<Limiter>>>,
    counted: AtomicU32,
}

impl Attempts {
    /// Counts an attempt. If there were more than `per_minute`, returns the seconds until the next may be made.
    pub(in crate::local) fn count(&self, counter: Counter, per_minute: u32) -> Option<u32> {
        let limiter = self.limiter(NonZeroU32::new(per_minute)?);
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            locked(&self.limiters).values().for_each(|limiter| limiter.retain_recent());
        }
        let refused = limiter.check_key(&counter).err()?;
        let wait = refused.wait_time_from(DefaultClock::default().now());
        Some(u32::try_from(wait.as_secs()).unwrap_or(60) + 1)
    }

    fn limiter(&self, per_minute: NonZeroU32) -> Arc<Limiter> {
        let mut limiters = locked(&self.limiters);
        if limiters.len() >= MOST_RATES && !limiters.contains_key(&per_minute) {
            limiters.clear();
        }
        let new = || Arc::new(Limiter::keyed(Quota::per_minute(per_minute)));
        Arc::clone(limiters.entry(per_minute).or_insert_with(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::network::networks_of;

    #[test]
    fn each_counter_has_its_number_of_attempts() {
        let attempts = Attempts::default();
        let of = |text: &str| Counter::Network(networks_of(text.parse().unwrap())[0]);
        let (one, other) = (of("1.2.3.4"), of("1.2.3.5"));
        assert_eq!((0..3).map(|_| attempts.count(one, 3)).collect::<Vec<_>>(), [None, None, None]);
        let wait = attempts.count(one, 3).expect("a fourth is too many");
        assert!((1..=21).contains(&wait), "{wait}");
        assert_eq!(attempts.count(other, 3), None);
        assert_eq!(attempts.count(Counter::Site, 3), None);
        assert_eq!(attempts.count(one, 0), None);
    }
}

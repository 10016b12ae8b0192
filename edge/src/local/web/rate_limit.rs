//! Rate limits: how often an address may try to book.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::local::locked::locked;

/// The attempts after which addresses that are quiet again are forgotten.
const FORGET_EVERY: u32 = 1024;

/// Counts booking attempts for each address.
#[derive(Default)]
pub(in crate::local) struct Attempts {
    limiter: Mutex<Option<(u32, Arc<DefaultKeyedRateLimiter<IpAddr>>)>>,
    counted: AtomicU32,
}

impl Attempts {
    /// Counts an attempt. If the address made more than `per_minute`, returns the seconds until it may try again.
    pub(in crate::local) fn count(&self, address: IpAddr, per_minute: u32) -> Option<u32> {
        let limiter = self.limiter(NonZeroU32::new(per_minute)?);
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            limiter.retain_recent();
        }
        let refused = limiter.check_key(&network(address)).err()?;
        let wait = refused.wait_time_from(DefaultClock::default().now());
        Some(u32::try_from(wait.as_secs()).unwrap_or(60) + 1)
    }

    /// The limiter for that rate; a new one if the site's rate changed.
    fn limiter(&self, per_minute: NonZeroU32) -> Arc<DefaultKeyedRateLimiter<IpAddr>> {
        let mut current = locked(&self.limiter);
        match &*current {
            Some((rate, limiter)) if *rate == per_minute.get() => Arc::clone(limiter),
            _ => {
                let limiter = Arc::new(DefaultKeyedRateLimiter::keyed(Quota::per_minute(per_minute)));
                *current = Some((per_minute.get(), Arc::clone(&limiter)));
                limiter
            }
        }
    }
}

/// The network that counts as one address: of IPv6, the /64 that one customer has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_number_of_attempts() {
        let attempts = Attempts::default();
        let (one, other) = ("1.2.3.4".parse().unwrap(), "1.2.3.5".parse().unwrap());
        assert_eq!((0..3).map(|_| attempts.count(one, 3)).collect::<Vec<_>>(), [None, None, None]);
        let wait = attempts.count(one, 3).expect("a fourth is too many");
        assert!((1..=21).contains(&wait), "{wait}");
        assert_eq!(attempts.count(other, 3), None);
        assert_eq!(attempts.count(one, 0), None);
    }

    #[test]
    fn neighbours_in_one_network_count_together() {
        let attempts = Attempts::default();
        let (one, neighbour) = ("2001:db8:1:2::1".parse().unwrap(), "2001:db8:1:2:ffff::9".parse().unwrap());
        assert_eq!(attempts.count(one, 1), None);
        assert!(attempts.count(neighbour, 1).is_some());
        assert_eq!(attempts.count("2001:db8:1:3::1".parse().unwrap(), 1), None);
    }
}

//! Shares of the connections: while many are open, no network has more than its part.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::call::network::{Network, networks_of};
use crate::local::locked::locked;

/// Connections that one address may have once half of all are taken; of IPv6, a /64.
const ADDRESS_SHARE: usize = 64;
/// The same for a network that holds many addresses: of IPv6, a /48.
const WIDE_SHARE: usize = 256;

/// The open connections, counted by network. Any network may have many of them while half are free: behind one address
/// there can be a whole company. Beyond that, a network that has its share gets no more.
#[derive(Clone)]
pub(super) struct Shares(Arc<Mutex<Counts>>);

struct Counts {
    most: usize,
    open: usize,
    of: HashMap<Network, usize>,
}

/// A connection that is counted, until this is dropped.
pub(super) struct Counted {
    shares: Shares,
    networks: Vec<Network>,
}

impl Shares {
    /// None of `most` connections is open.
    pub(super) fn of(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Counts { most, open: 0, of: HashMap::new() })))
    }

    /// Counts a connection; `None` where its network has its share already. A trusted proxy speaks for many, and has no
    /// bound of its own.
    pub(super) fn take(&self, address: IpAddr, trusted: &[IpAddr]) -> Option<Counted> {
        let address = address.to_canonical();
        let networks = if trusted.contains(&address) { Vec::new() } else { networks_of(address) };
        let mut counts = locked(&self.0);
        if counts.open * 2 >= counts.most && networks.iter().any(|network| counts.has_its_share(network)) {
            return None;
        }
        counts.open += 1;
        for network in &networks {
            *counts.of.entry(*network).or_default() += 1;
        }
        drop(counts);
        Some(Counted { shares: self.clone(), networks })
    }
}

impl Counts {
    fn has_its_share(&self, network: &Network) -> bool {
        let share = if network.is_wide() { WIDE_SHARE } else { ADDRESS_SHARE };
        self.of.get(network).is_some_and(|open| *open >= share.min(self.most / 4))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = locked(&self.shares.0);
        counts.open -= 1;
        for network in &self.networks {
            if let Some(open) = counts.of.get_mut(network) {
                *open -= 1;
                if *open == 0 {
                    counts.of.remove(network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1024;

    /// Connections until one is refused.
    fn fill(shares: &Shares, mut address: impl FnMut(usize) -> String) -> Vec<Counted> {
        let taken = (0..2 * MOST).map_while(|number| shares.take(address(number).parse().unwrap(), &[]));
        taken.collect()
    }

    #[test]
    fn one_network_has_half_and_others_have_their_shares_of_the_rest() {
        for (kind, attacker) in
            [("IPv4", "203.0.113.9"), ("IPv6", "2001:db8:1:1::9"), ("mapped", "::ffff:203.0.113.9")]
        {
            let shares = Shares::of(MOST);
            let taken = fill(&shares, |_| attacker.to_owned());
            assert_eq!(taken.len(), MOST / 2, "{kind}");
            assert_eq!(fill(&shares, |_| "198.51.100.1".to_owned()).len(), ADDRESS_SHARE, "{kind}");
            drop(taken);
            assert!(shares.take(attacker.parse().unwrap(), &[]).is_some(), "{kind}");
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let shares = Shares::of(MOST);
        let of_one_64 = fill(&shares, |number| format!("2001:db8:1:1::{number:x}"));
        assert_eq!(of_one_64.len(), MOST / 2);
        drop(of_one_64);
        let others: Vec<_> = fill(&shares, |number| format!("198.51.{}.{}", number / 250, number % 250));
        assert_eq!(others.len(), 2 * MOST, "each of them has only one");
        drop(others);
        let half: Vec<_> = (0..MOST / 2)
            .filter_map(|number| {
                shares.take(format!("198.51.{}.{}", number / 250, number % 250).parse().unwrap(), &[])
            })
            .collect();
        assert_eq!(fill(&shares, |number| format!("2001:db8:1:{number:x}::1")).len(), WIDE_SHARE);
        drop(half);
    }

    #[test]
    fn a_trusted_proxy_is_not_bound() {
        let shares = Shares::of(MOST);
        let proxy: IpAddr = "127.0.0.1".parse().unwrap();
        let taken: Vec<_> = (0..MOST).filter_map(|_| shares.take(proxy, &[proxy])).collect();
        assert_eq!(taken.len(), MOST);
    }
}

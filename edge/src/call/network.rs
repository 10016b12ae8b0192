//! Networks: the addresses that one customer has, so that nobody counts as many by changing the last digits.

use std::net::{IpAddr, Ipv6Addr};

/// A network whose addresses count together. As text, it names itself to whoever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// One address of IPv4, or the /64 of IPv6 that one customer has.
    Address(IpAddr),
    /// The /48 of IPv6 that one site may have: 65,536 of the former.
    Wide(Ipv6Addr),
}

impl Network {
    /// Whether it holds many customers' addresses, or one customer's many.
    pub(crate) fn is_wide(self) -> bool {
        matches!(self, Self::Wide(_))
    }
}

/// What attempts are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counter {
    /// A network.
    Network(Network),
    /// The whole site.
    Site,
}

impl Counter {
    /// Its name.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Network(Network::Address(address)) => address.to_string(),
            Self::Network(Network::Wide(network)) => format!("{network}/48"),
            Self::Site => "site".to_owned(),
        }
    }
}

/// The name of the widest network that an address counts to.
pub(crate) fn widest_of(address: IpAddr) -> String {
    networks_of(address).pop().map_or_else(String::new, |network| Counter::Network(network).key())
}

/// The networks that an address counts to, from the narrowest.
pub(crate) fn networks_of(address: IpAddr) -> Vec<Network> {
    match address.to_canonical() {
        IpAddr::V4(_) => vec![Network::Address(address.to_canonical())],
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            let narrow = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
            vec![Network::Address(IpAddr::V6(narrow)), Network::Wide(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_to_its_networks() {
        let of = |text: &str| networks_of(text.parse().unwrap());
        let address = |text: &str| Network::Address(text.parse().unwrap());
        let wide = |text: &str| Network::Wide(text.parse().unwrap());
        assert_eq!(of("203.0.113.9"), [address("203.0.113.9")]);
        assert_eq!(of("::ffff:203.0.113.9"), [address("203.0.113.9")]);
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), [address("2001:db8:1:2::"), wide("2001:db8:1::")]);
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "one /64");
        assert_eq!(of("2001:db8:1:2::1")[1], of("2001:db8:1:3::1")[1], "one /48");
        assert_ne!(of("2001:db8:1:2::1")[0], of("2001:db8:1:3::1")[0]);
        assert_ne!(of("2001:db8:1:2::1")[1], of("2001:db8:2:2::1")[1]);
        let widest = |text: &str| widest_of(text.parse().unwrap());
        assert_eq!(widest("203.0.113.9"), "203.0.113.9");
        assert_eq!(widest("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
    }

    #[test]
    fn counters_have_names_that_differ() {
        let networks = networks_of("2001:db8:1:2:3::4".parse().unwrap());
        let keys: Vec<String> = networks.into_iter().map(|network| Counter::Network(network).key()).collect();
        assert_eq!(keys, ["2001:db8:1:2::", "2001:db8:1::/48"]);
        assert_eq!(Counter::Site.key(), "site");
    }
}

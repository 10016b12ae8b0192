//! The addresses of the public internet, told from others, so that nobody can have this machine knock at doors inside
//! its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::call::outgoing::Unanswered;

/// Refuses an address inside the network, and one without TLS.
///
/// Scheme and host are those that the client's own parser made of it (WHATWG URL), which reads `0x7f.1`, `2130706433`
/// and `１２７.0.0.1` as 127.0.0.1: the text itself says nothing. What a name resolves to is the adapter's to check.
pub(crate) fn check(url: &str, scheme: &str, host: &str) -> Result<(), Unanswered> {
    if scheme != "https" {
        return Err(Unanswered::Unencrypted(url.to_owned()));
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
    let name = host.trim_end_matches('.');
    let here = name == "localhost" || name.ends_with(".localhost");
    if here || literal.is_ok_and(|address| !is_public(address)) {
        return Err(Unanswered::Private(host.to_owned()));
    }
    Ok(())
}

/// The whole address that a reference means, such as one that an answer moves its reader to (RFC 3986, 5).
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn resolved(base: &str, reference: &str) -> Option<String> {
    url::Url::parse(base).ok()?.join(reference).ok().map(String::from)
}

/// The same, by the platform's own parser of URLs.
#[cfg(target_arch = "wasm32")]
pub(crate) fn resolved(base: &str, reference: &str) -> Option<String> {
    worker::web_sys::Url::new_with_base(reference, base).ok().map(|url| url.href())
}

/// Whether an address is reachable from everywhere (the special-purpose registries of RFC 6890 hold those that are
/// not).
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0);
    let benchmarks = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 240
        || shared
        || protocols
        || benchmarks
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let documentation = first == 0x2001 && second == 0xdb8;
    // Translated addresses (RFC 6052, RFC 3056, RFC 4380) hide one of the other kind.
    let translated =
        (first == 0x64 && second == 0xff9b) || first == 0x2002 || (first == 0x2001 && second == 0);
    // Everything that is given out lies in 2000::/3.
    (first & 0xe000) == 0x2000 && !documentation && !translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_to_the_internet_is_let_out() {
        let checked = |scheme: &str, host: &str| check("the address", scheme, host);
        for host in ["example.com", "localhost.example.com", "notlocalhost", "1.1.1.1", "[2606:4700::1111]"] {
            assert_eq!(checked("https", host), Ok(()), "{host}");
        }
        for host in ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "localhost", "localhost.", "a.localhost"] {
            assert_eq!(checked("https", host), Err(Unanswered::Private(host.to_owned())));
        }
        assert_eq!(checked("http", "example.com"), Err(Unanswered::Unencrypted("the address".to_owned())));
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for public in
            ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }
}

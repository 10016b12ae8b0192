//! The address that a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::HeaderMap;

/// The visitor's address: the peer's; behind a trusted proxy, the last that was forwarded and is no trusted proxy's.
/// Where `X-Forwarded-For` and `Forwarded` (RFC 7239) are both there, the former counts: most proxies write that one,
/// and pass the other through as the client sent it.
pub(in crate::local) fn address_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let mut nearest = peer;
    for node in forwarded(headers).iter().rev() {
        let Some(address) = read_node(node) else { break };
        nearest = address;
        if !trusted.contains(&nearest) {
            break;
        }
    }
    nearest
}

/// What was forwarded, from the first to the nearest.
fn forwarded(headers: &HeaderMap) -> Vec<String> {
    let values = |name| headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let listed: Vec<String> =
        values("x-forwarded-for").flat_map(|value| split_outside_quotes(&value, ',')).collect();
    if !listed.is_empty() {
        return listed;
    }
    values("forwarded")
        .flat_map(|value| split_outside_quotes(&value, ','))
        .map(|element| node_of(&element))
        .collect()
}

/// The node of one element of `Forwarded`: `for=192.0.2.43;proto=https`. Empty where it names none.
fn node_of(element: &str) -> String {
    let parameters = split_outside_quotes(element, ';');
    let node = parameters.iter().find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.to_owned())
    });
    node.unwrap_or_default()
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<String> {
    let mut is_quoted = false;
    let parts = text.split(|character| {
        is_quoted ^= character == '"';
        character == separator && !is_quoted
    });
    parts.map(str::to_owned).collect()
}

/// An address as proxies write it: bare, with a port, in brackets, in quotes, with a zone, mapped into IPv6.
fn read_node(node: &str) -> Option<IpAddr> {
    let plain = node.trim().trim_matches('"').replace('\\', "");
    let plain = plain.trim();
    let address = read_address(plain).or_else(|| {
        let (address, port) = plain.rsplit_once(':')?;
        // A port, or what stands for one (RFC 7239, 6.3). Without brackets, IPv6 has none.
        let is_port = !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let is_alone = address.ends_with(']') || !address.contains(':');
        (is_port && is_alone).then(|| read_address(address))?
    });
    address.map(|address| address.to_canonical())
}

fn read_address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(IpAddr::V4(address));
    }
    let inner = match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => text,
    };
    let without_zone = inner.split_once('%').map_or(inner, |(address, _)| address);
    without_zone.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_headers(peer: &str, headers: &[(&'static str, &str)], expected: &str) {
        let trusted: Vec<IpAddr> =
            ["10.0.0.1", "10.0.0.2", "2001:db8::53"].map(|address| address.parse().unwrap()).to_vec();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let found = address_of(peer.parse().unwrap(), &map, &trusted);
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{headers:?}");
    }

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], expected: &str) {
        let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
        check_headers(peer, &headers, expected);
    }

    #[test]
    fn only_trusted_proxies_say_who_a_visitor_is() {
        check("203.0.113.9", &["1.2.3.4"], "203.0.113.9");
        check_headers("203.0.113.9", &[("forwarded", "for=1.2.3.4")], "203.0.113.9");
        check("10.0.0.1", &["1.2.3.4"], "1.2.3.4");
        check("::ffff:10.0.0.1", &["1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9, 1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9, 1.2.3.4, 10.0.0.2"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9", "1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &["9.9.9.9, nonsense"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn an_address_is_read_however_a_proxy_writes_it() {
        for (written, expected) in [
            ("203.0.113.7:51237", "203.0.113.7"),
            ("  203.0.113.7 ", "203.0.113.7"),
            ("\"203.0.113.7:51237\"", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
            ("2001:db8:7::1", "2001:db8:7::1"),
            ("[2001:db8:7::1]", "2001:db8:7::1"),
            ("[2001:db8:7::1]:51237", "2001:db8:7::1"),
            ("\"[2001:db8:7::1]:51237\"", "2001:db8:7::1"),
            ("fe80::7%eth0", "fe80::7"),
            ("[fe80::7%25eth0]:80", "fe80::7"),
            ("203.0.113.7:_port", "203.0.113.7"),
            ("203.0.113.7:51237, 10.0.0.2:80", "203.0.113.7"),
            ("203.0.113.7:51237, [2001:db8::53]:80", "203.0.113.7"),
        ] {
            check("10.0.0.1", &[written], expected);
        }
        for unreadable in [
            "unknown",
            "_hidden",
            "203.0.113",
            "203.0.113.7:",
            "203.0.113.7:a b",
            "[203.0.113.7",
            "[]",
            ":80",
            "",
            "1",
        ] {
            check("10.0.0.1", &[unreadable], "10.0.0.1");
        }
    }

    #[test]
    fn forwarded_is_read_as_the_standard_writes_it() {
        for (written, expected) in [
            ("for=203.0.113.7", "203.0.113.7"),
            ("For=\"203.0.113.7:51237\";proto=https", "203.0.113.7"),
            ("proto=https;by=10.0.0.1;FOR=203.0.113.7;host=meet.example.com", "203.0.113.7"),
            ("for=9.9.9.9, for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=203.0.113.7, for=10.0.0.2;by=\"a,b;c\"", "203.0.113.7"),
            ("for = 203.0.113.7 ; proto=http", "203.0.113.7"),
            ("for=9.9.9.9, for=unknown", "10.0.0.1"),
            ("by=203.0.113.7", "10.0.0.1"),
        ] {
            check_headers("10.0.0.1", &[("forwarded", written)], expected);
        }
        check_headers(
            "10.0.0.1",
            &[("forwarded", "for=9.9.9.9"), ("forwarded", "for=203.0.113.7")],
            "203.0.113.7",
        );
        let both = [("forwarded", "for=9.9.9.9"), ("x-forwarded-for", "203.0.113.7")];
        check_headers("10.0.0.1", &both, "203.0.113.7");
    }
}

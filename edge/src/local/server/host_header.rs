//! `Host`: one, and a sound one, as RFC 9112, 3.2 wants it; and while content is edited, only this machine's own, so
//! that no page elsewhere reads from here by having its own name lead to this machine.

use std::net::{IpAddr, Ipv6Addr};

use http::header::HOST;
use http::{HeaderMap, Version};

/// Whether a request names its host as it must: HTTP/1.1 once, earlier versions at most once, and each time soundly.
pub(super) fn is_sound(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => host.to_str().is_ok_and(|host| split(host).is_some()),
        (Some(_), Some(_)) => false,
    }
}

/// Whether a request is meant for this machine: by its `Host`, and by the host in its address if that has one.
/// `here` is the address that it was sent to, `own` the site's own host.
pub(super) fn is_own(request: &http::request::Parts, here: Option<IpAddr>, own: Option<&str>) -> bool {
    let header = request.headers.get(HOST).map(|host| host.to_str().ok());
    let authority = request.uri.authority().map(|authority| Some(authority.as_str()));
    let named: Vec<Option<&str>> = header.into_iter().chain(authority).collect();
    let is_ours = |host: Option<&str>| {
        host.and_then(split).is_some_and(|(name, _)| is_ours(name.trim_end_matches('.'), here, own))
    };
    !named.is_empty() && named.into_iter().all(is_ours)
}

fn is_ours(name: &str, here: Option<IpAddr>, own: Option<&str>) -> bool {
    let address: Option<IpAddr> = name.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match address.map(|address| address.to_canonical()) {
        Some(address) => address.is_loopback() || here.is_some_and(|here| here.to_canonical() == address),
        None => {
            name.eq_ignore_ascii_case("localhost") || own.is_some_and(|own| name.eq_ignore_ascii_case(own))
        }
    }
}

/// Host and port of `Host` (`uri-host [ ":" port ]`, RFC 3986, 3.2.2 and 3.2.3); `None` for anything else.
fn split(text: &str) -> Option<(&str, &str)> {
    let (host, port) = match text.rfind(':').filter(|at| !text[*at..].contains(']')) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let is_host = match host.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(|literal| literal.parse::<Ipv6Addr>().is_ok()),
        None => is_registered_name(host),
    };
    (is_host && port.bytes().all(|byte| byte.is_ascii_digit())).then_some((host, port))
}

fn is_registered_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let is_sound = match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
        if !is_sound {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(hosts: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, http::HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn http_1_1_names_one_sound_host() {
        let sound = |hosts: &[&str]| is_sound(Version::HTTP_11, &headers(hosts));
        for host in [
            "meet.example.com",
            "meet.example.com:443",
            "127.0.0.1:8787",
            "[::1]",
            "[2001:db8::1]:80",
            "a:",
            "",
            "x_y",
            "%41",
        ] {
            assert!(sound(&[host]), "{host}");
        }
        for host in [
            "a b", "a@b", "a@c/", "a/", "a?b", "a#b", "a:b", "a:1:2", "::1", "[::1", "[x]", "[::1]x", "a\\b",
            "a\"b", "<a>", "%4", "é", "a,b c",
        ] {
            assert!(!sound(&[host]), "{host}");
        }
        assert!(!sound(&[]), "none");
        assert!(!sound(&["a", "a"]), "two");
        assert!(is_sound(Version::HTTP_10, &headers(&[])));
        assert!(!is_sound(Version::HTTP_10, &headers(&["a", "b"])));
        assert!(!is_sound(Version::HTTP_10, &headers(&["a b"])));
    }

    #[track_caller]
    fn check_own(target: &str, hosts: &[&str], expected: bool) {
        let mut request = http::Request::builder().uri(target).body(()).unwrap();
        *request.headers_mut() = headers(hosts);
        let (parts, ()) = request.into_parts();
        let here = "192.168.1.5".parse().ok();
        assert_eq!(is_own(&parts, here, Some("dev.example.com")), expected, "{target} {hosts:?}");
    }

    #[test]
    fn only_this_machine_is_meant() {
        for own in [
            "localhost",
            "LocalHost:8787",
            "localhost.",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.8.8.8",
            "[::1]:8787",
            "[::ffff:127.0.0.1]",
            "192.168.1.5:8787",
            "dev.example.com",
        ] {
            check_own("/dev/mailbox/", &[own], true);
        }
        for other in [
            "rebind.evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "192.168.1.6",
            "[::2]",
            "0.0.0.0",
            "0x7f.1",
            "2130706433",
            "",
            "dev.example.com.evil.example",
        ] {
            check_own("/dev/mailbox/", &[other], false);
        }
        check_own("/", &[], false);
        check_own("http://rebind.evil.example/dev/mailbox/", &["localhost"], false);
        check_own("http://localhost/", &["localhost"], true);
    }
}

//! Addresses of the web, as whoever connects a calendar types them.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// An address of the web as browsers read it (WHATWG URL). An error says what is wrong with it.
pub(in crate::commands) fn web(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url = url.ok_or("that is not a web address")?;
    if url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err("give the address without a user or a password".to_owned())
    }
}

/// The address of a feed, which may begin as those do that calendar programs subscribe to.
pub(super) fn feed(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let rest = ["webcal://", "webcals://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    Url::parse(&rest.map_or_else(|| text.to_owned(), |rest| format!("https://{rest}")))
        .ok()
        .filter(|url| ["http", "https"].contains(&url.scheme()))
        .ok_or_else(|| "that is not a web address".to_owned())
}

/// Whether others on the way can read what is sent to an address: it has no TLS, and leads off this machine.
pub(in crate::commands) fn is_unencrypted(url: &Url) -> bool {
    url.scheme() == "http" && !is_here(url)
}

/// Whether an address leads to this machine.
pub(in crate::commands) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// Whether two addresses are the same, however they are written.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let parts = |text: &str| Url::parse(text).ok().map(|url| (url.origin(), path(&url)));
    one == other || parts(one).zip(parts(other)).is_some_and(|(one, other)| one == other)
}

/// Whether a calendar is where somebody has looked for it: at that address, or below it, if only on another host.
pub(super) fn leads_to(start: &Url, calendar: &str) -> bool {
    let start = path(start);
    let rest = Url::parse(calendar).ok().and_then(|url| path(&url).strip_prefix(&start).map(str::to_owned));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn path(url: &Url) -> String {
    percent_decode_str(url.path().trim_end_matches('/')).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_told_secrets_without_tls() {
        let is_unencrypted = |url: &str| is_unencrypted(&web(url).unwrap());
        for url in [
            "http://example.com/",
            "http://192.168.1.2:5232/",
            "http://[fd00::1]/",
            "http://localhost.example/",
        ] {
            assert!(is_unencrypted(url), "{url}");
        }
        for url in [
            "https://example.com/",
            "http://127.0.0.1:5232/",
            "http://127.1/",
            "http://[::1]/",
            "http://LOCALHOST/",
        ] {
            assert!(!is_unencrypted(url), "{url}");
        }
    }

    #[test]
    fn a_calendar_is_at_the_address_or_below_it() {
        let leads = |start: &str, calendar: &str| leads_to(&web(start).unwrap(), calendar);
        for start in [
            "https://a.example",
            "https://a.example/aiko",
            "https://a.example/aiko/",
            "https://a.example/aiko/my%20work/",
        ] {
            assert!(leads(start, "https://a.example/aiko/my work/"), "{start}");
        }
        assert!(leads("https://a.example/aiko@b.example/", "https://a.example/aiko%40b.example/work/"));
        for start in
            ["https://a.example/aiko/wrk/", "https://a.example/aik", "https://a.example/aiko/my work/more/"]
        {
            assert!(!leads(start, "https://a.example/aiko/my work/"), "{start}");
        }
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        for (one, other, expected) in [
            ("https://a.example/a%40b/", "https://A.example:443/a@b", true),
            ("https://a.example/a/", "https://a.example/b/", false),
            ("https://a.example/a/", "http://a.example/a/", false),
        ] {
            assert_eq!(is_same(one, other), expected, "{one} {other}");
        }
    }
}

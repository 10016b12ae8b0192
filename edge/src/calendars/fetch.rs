//! A request to a calendar's server, wherever that has moved to.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::header::LOCATION;
use http::{Method, StatusCode};

use crate::call::address;
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Unanswered};
use crate::call::platform::Clock;

/// The most addresses that lead from one to the next.
pub(super) const MOST_REDIRECTS: u32 = 3;
pub(super) const TOO_OFTEN: &str = "it has moved too often";
/// The statuses of an answer that says where else to ask (RFC 9110, 15.4).
const MOVED: [u16; 5] = [301, 302, 303, 307, 308];
/// Domains in which a service has its accounts on hosts of many names, one leading to the other.
const SPREAD: [&str; 1] = ["icloud.com"];

/// The answer to a request, wherever it has moved to, and the address that gave it. Its deadline is for all of them,
/// and began at `begun`. What lets its sender in is for `home` alone ([`is_at_home`]).
pub(super) async fn fetch(
    platform: &(impl Clock + Outgoing),
    request: OutgoingRequest,
    begun: DateTime<Utc>,
    home: Option<&str>,
) -> Result<(String, Response), String> {
    let mut url = request.url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let next = OutgoingRequest { url: url.clone(), ..request.clone() };
        let answer = fetch_once(platform, next, begun).await?;
        let Some(moved) = moved_to(&request.method, &url, &answer)? else { return Ok((url, answer)) };
        url = moved;
        if home.is_some_and(|home| !is_at_home(home, &url)) {
            return Err("it has moved to another server, which is not told the password: set `url` to where it is now"
                .to_owned());
        }
    }
    Err(TOO_OFTEN.to_owned())
}

/// The answer of that very address, within a deadline that began at `begun`.
pub(super) async fn fetch_once(
    platform: &(impl Clock + Outgoing),
    request: OutgoingRequest,
    begun: DateTime<Utc>,
) -> Result<Response, String> {
    let passed = (platform.now() - begun).to_std().unwrap_or_default();
    if passed >= request.deadline {
        return Err(Unanswered::TimedOut(request.deadline).to_string());
    }
    let (whole, deadline) = (request.deadline, request.deadline.saturating_sub(passed));
    // Neither the address nor what stands in the calendar is told: whoever knows it may be able to read it.
    let answer = platform.send(OutgoingRequest { deadline, ..request }).await;
    answer.map_err(|unanswered| without_address(unanswered, whole))
}

/// Where else to ask the same, if an answer says so. 303 would have anything else asked by GET.
pub(super) fn moved_to(
    method: &Method,
    url: &str,
    answer: &Response,
) -> Result<Option<String>, &'static str> {
    let status = answer.status();
    if !MOVED.contains(&status.as_u16()) || (status == StatusCode::SEE_OTHER && *method != Method::GET) {
        return Ok(None);
    }
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let moved = location.and_then(|location| address::resolved(url, location));
    moved.map(Some).ok_or("it has moved, and does not say where")
}

/// Why there is no answer. What is left of a deadline is nobody's matter.
fn without_address(unanswered: Unanswered, deadline: Duration) -> String {
    match unanswered {
        Unanswered::TimedOut(_) => Unanswered::TimedOut(deadline).to_string(),
        Unanswered::NoAddress(_) => "the secret is not a web address".to_owned(),
        Unanswered::Unencrypted(_) => "its address does not begin with https://".to_owned(),
        Unanswered::Private(_) => "its address is a private one".to_owned(),
        other => other.to_string(),
    }
}

/// Whether a password for one address may be told to another: to the same host, to one whose name ends in the same
/// host's, or within a domain that one service has all to itself; and never without TLS where it had it before.
///
/// Which part of a name was registered by whom is not in the name: `example.co.uk` and `other.co.uk` are strangers.
pub(super) fn is_at_home(home: &str, url: &str) -> bool {
    // As the parser writes it, as the other one is written.
    let home = address::resolved(home, "");
    let Some(((home_scheme, home), (scheme, host))) = home.as_deref().and_then(parts).zip(parts(url)) else {
        return false;
    };
    let is_spread = |domain: &&str| is_below(host, domain) && is_below(home, domain);
    (scheme == home_scheme || scheme == "https")
        && (host == home || is_below(host, home) || SPREAD.iter().any(is_spread))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Scheme and host of an address as the parser writes it; `None` where it names a user.
fn parts(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let end_of_host = authority.rfind(']').unwrap_or(0);
    let port = authority[end_of_host..].find(':').map_or(authority.len(), |colon| end_of_host + colon);
    (!authority.contains('@') && !authority.is_empty()).then_some((scheme, &authority[..port]))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_at_home() {
        for (home, url) in [
            ("https://dav.example.com/a/", "https://dav.example.com/b/"),
            ("https://dav.example.com", "https://dav.example.com:8443/b/"),
            ("https://DAV.example.com/", "https://dav.example.com/"),
            ("https://example.com/a/", "https://dav.example.com/a/"),
            ("https://caldav.icloud.com/1/", "https://p42-caldav.icloud.com:443/1/"),
            ("https://p42-caldav.icloud.com/1/", "https://caldav.icloud.com/1/"),
            ("http://127.0.0.1:5232/a/", "http://127.0.0.1:5233/a/"),
            ("http://[::1]:5232/a/", "http://[::1]/a/"),
            ("http://dav.example.com/", "https://dav.example.com/"),
        ] {
            assert!(is_at_home(home, url), "{home} {url}");
        }
        for (home, url) in [
            ("https://dav.example.com/", "http://dav.example.com/"),
            ("https://dav.example.com/", "https://example.com/"),
            ("https://dav.example.com/", "https://other.example.com/"),
            ("https://dav.example.com/", "https://notdav.example.com/"),
            ("https://dav.example.com/", "https://dav.example.com.evil.example/"),
            ("https://dav.example.com/", "https://dav.example.com@evil.example/"),
            ("https://dav.example.com/", "https://someone:word@dav.example.com/"),
            ("https://dav.example.com/", "https://evil.example/?dav.example.com"),
            ("https://example.co.uk/", "https://evil.co.uk/"),
            ("https://me.dyn.example/", "https://evil.dyn.example/"),
            ("https://caldav.icloud.com/", "https://icloud.com.evil.example/"),
            ("https://caldav.icloud.com/", "https://evilicloud.com/"),
            ("https://caldav.evilicloud.com/", "https://caldav.icloud.com/"),
            ("https://caldav.icloud.com/", "http://p42-caldav.icloud.com/"),
            ("https://dav.example.com/", "ftp://dav.example.com/"),
            ("https://dav.example.com/", "https:///"),
            ("https://dav.example.com/", "mailto:dav.example.com"),
            ("nowhere", "https://dav.example.com/"),
            ("http://[::1]:5232/a/", "http://[::2]:5232/a/"),
        ] {
            assert!(!is_at_home(home, url), "{home} {url}");
        }
    }
}

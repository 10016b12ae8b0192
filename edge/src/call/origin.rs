//! Origins: the pages whose requests count as the site's own.

use http::uri::{Authority, Uri};
use http::{HeaderValue, header};
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::call::platform::Platform;
use crate::call::stop::Stop;

/// Refuses a request that another site's page sent (`Origin`, if the browser sends it).
pub(crate) fn check_origin<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    let headers = call.request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let own = origin.to_str().is_ok_and(|origin| is_own_origin(call, origin));
    if own { Ok(()) } else { Err(Refusal::OriginRefused.into()) }
}

/// The same, and refuses a request that does not say where it comes from: browsers say so with every POST.
pub(crate) fn check_origin_is_named<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    if call.request.headers().contains_key(header::ORIGIN) {
        check_origin(call)
    } else {
        Err(Refusal::OriginRefused.into())
    }
}

/// Returns true if the origin of an address is the site's own: that of `base_url`, or that which the request was sent
/// to. The latter is known without its scheme. A page that came over plain HTTP may be anybody's on the way, so it
/// counts only where the site itself is not served over HTTPS.
pub(crate) fn is_own_origin<P: Platform>(call: &Call<'_, P>, address: &str) -> bool {
    let Some(origin) = Origin::of(address) else { return false };
    let site = Origin::of(&call.site.base_url);
    if site.as_ref() == Some(&origin) {
        return true;
    }
    let https_only = site.is_some_and(|site| site.scheme == Scheme::Https);
    call.platform.accepts_own_address()
        && (origin.scheme == Scheme::Https || !https_only || origin.is_this_machine())
        && called(call, origin.scheme).as_ref() == Some(&origin)
}

/// Returns true if a host's name is the site's own: that of `base_url`, or that which the request was sent to, where
/// that cannot be anybody's. While a site is tried out, all of this machine's names are its own.
pub(crate) fn is_own_host<P: Platform>(call: &Call<'_, P>, name: &str) -> bool {
    let Some(site) = Origin::of(&call.site.base_url) else { return false };
    let named = name.parse().ok().and_then(|authority| Origin::at(site.scheme, &authority));
    let Some(named) = named else { return false };
    named.host == site.host
        || (named.is_this_machine() && site.is_this_machine())
        || (call.platform.has_own_hosts_only()
            && called(call, site.scheme).is_some_and(|called| called.host == named.host))
}

/// The origin that a request was sent to, if it was sent in that scheme.
fn called<P: Platform>(call: &Call<'_, P>, scheme: Scheme) -> Option<Origin> {
    let host = call.request.headers().get(header::HOST).map(HeaderValue::to_str);
    match host {
        Some(host) => Origin::at(scheme, &host.ok()?.parse().ok()?),
        None => Origin::at(scheme, call.request.uri().authority()?),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// An origin (RFC 6454): scheme, host and port, so written that those which are one are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    /// In small letters, without the dot that ends a whole name. Publishing writes a domain beyond ASCII as browsers
    /// do, in Punycode.
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an address; `None` if it is none of the web.
    fn of(address: &str) -> Option<Self> {
        let host = address.find("://")? + "://".len();
        let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |end| host + end);
        let uri: Uri = address[..end].parse().ok()?;
        let scheme = match uri.scheme_str()? {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        Self::at(scheme, uri.authority()?)
    }

    fn at(scheme: Scheme, authority: &Authority) -> Option<Self> {
        let after_host = authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, after)| after);
        let port = match after_host.rsplit_once(':') {
            None | Some((_, "")) => {
                if scheme == Scheme::Https {
                    443
                } else {
                    80
                }
            }
            Some((_, port)) => port.parse().ok()?,
        };
        let host = authority.host();
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        (!host.is_empty() && !authority.as_str().contains('@')).then_some(Self { scheme, host, port })
    }

    /// Returns true if nobody is on the way.
    fn is_this_machine(&self) -> bool {
        let literal: Option<std::net::IpAddr> = self.host.trim_matches(['[', ']']).parse().ok();
        literal.is_some_and(|address| address.is_loopback())
            || self.host == "localhost"
            || self.host.ends_with(".localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_one_however_they_are_written() {
        let site = Origin::of("https://meet.example.com").unwrap();
        for same in [
            "https://meet.example.com:443",
            "https://MEET.example.COM",
            "https://meet.example.com.",
            "HTTPS://meet.example.com",
            "https://meet.example.com.:443/ja/?x#y",
            "https://meet.example.com:",
            "https://meet.example.com:0443",
            "https://meet.example.com/?utm_source=a#é",
        ] {
            assert_eq!(Origin::of(same).as_ref(), Some(&site), "{same}");
        }
        for other in [
            "http://meet.example.com",
            "https://meet.example.com:8443",
            "https://meet.example.com:80",
            "https://example.com",
            "https://meet.example.com.evil.example",
            "http://meet.example.com:443",
            "https://xmeet.example.com",
        ] {
            assert_ne!(Origin::of(other).as_ref(), Some(&site), "{other}");
        }
        for none in [
            "null",
            "",
            "about:blank",
            "x://meet.example.com",
            "https://",
            "https://:443",
            "//meet.example.com",
            "https://meet.example.com:99999",
            "https://meet.example.com:x",
            "https://me@meet.example.com",
            "https://meet.example.com https://evil.example",
            "meet.example.com",
        ] {
            assert_eq!(Origin::of(none), None, "{none}");
        }
        assert_eq!(Origin::of("http://[::1]:8787"), Origin::of("http://[::1]:8787/"));
        assert_eq!(Origin::of("http://[::1]"), Origin::of("http://[::1]:80"));
    }

    #[test]
    fn nobody_is_on_the_way_within_a_machine() {
        for here in [
            "http://127.0.0.1:8787",
            "http://localhost:8787",
            "http://[::1]:1",
            "http://meet.localhost",
            "http://127.8.8.8",
        ] {
            assert!(Origin::of(here).unwrap().is_this_machine(), "{here}");
        }
        for there in
            ["http://192.168.0.9", "http://localhost.example.com", "http://notlocalhost", "http://[fe80::1]"]
        {
            assert!(!Origin::of(there).unwrap().is_this_machine(), "{there}");
        }
    }
}

//! Origins: the pages whose requests count as the site's own.

use http::header;
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

/// Returns true if an origin (scheme, host and port) is the site's own.
pub(crate) fn is_own_origin<P: Platform>(call: &Call<'_, P>, origin: &str) -> bool {
    if origin_of(&call.site.base_url).is_some_and(|own| own.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = call.request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| call.request.uri().authority().map(http::uri::Authority::as_str));
    let called = origin.split_once("://").map(|(_, called)| called);
    call.platform.accepts_own_address() && host.is_some() && host == called
}

/// Scheme, host and port of an address.
pub(crate) fn origin_of(address: &str) -> Option<&str> {
    let scheme = address.find("://")? + 3;
    let end = address[scheme..].find(['/', '?', '#']).map_or(address.len(), |end| scheme + end);
    Some(&address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(origin_of("https://meet.example.com/ja/"), Some("https://meet.example.com"));
        assert_eq!(origin_of("http://127.0.0.1:8787"), Some("http://127.0.0.1:8787"));
        assert_eq!(origin_of("http://a?b"), Some("http://a"));
        assert_eq!(origin_of("about:blank"), None);
    }
}

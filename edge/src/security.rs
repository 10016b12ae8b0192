//! The headers that protect visitors, whose requests count as the site's own, and conditional requests.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, StatusCode};
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::platform::Platform;
use crate::router::{Request, Response};
use crate::stop::Stop;

/// What every page may load: its own styles, scripts, images and endpoint, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers that every answer of the endpoint carries.
pub(crate) fn add_headers(headers: &mut HeaderMap, https: bool) {
    add_common_headers(headers, https);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(HeaderName::from_static("x-robots-tag")).or_insert(HeaderValue::from_static("noindex"));
}

/// Adds the headers that baked files carry too.
pub(crate) fn add_common_headers(headers: &mut HeaderMap, https: bool) {
    // Not `no-referrer`: browsers would then send `Origin: null`, and forms without JavaScript would be refused.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// Refuses a request that another site's page sent (`Origin`, where the browser sends it).
pub(crate) fn check_origin<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    let headers = call.request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let own = origin.to_str().is_ok_and(|origin| is_own_origin(call, origin));
    if own { Ok(()) } else { Err(Refusal::OriginRefused.into()) }
}

/// The same, and refuses one that does not say where it comes from: browsers say so of every POST.
pub(crate) fn check_origin_is_named<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    if call.request.headers().contains_key(header::ORIGIN) {
        check_origin(call)
    } else {
        Err(Refusal::OriginRefused.into())
    }
}

/// Whether an origin (scheme, host and port) is the site's own.
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

/// Answers 304 where the client has the body already (RFC 9110, 13.1.2). Also for responses that were kept.
pub fn conditional(request: &Request, mut response: Response) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let Some(tag) = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()) else {
        return response;
    };
    let known = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|known| known.to_str().is_ok_and(|known| lists_tag(known, tag)));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

/// Whether an `If-None-Match` names the tag, in the weak comparison.
pub(crate) fn lists_tag(header: &str, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.trim() == "*" || header.split(',').any(|known| plain(known) == plain(tag))
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

    #[test]
    fn tags_are_compared_weakly() {
        assert!(lists_tag("\"a\", W/\"b\"", "\"b\""));
        assert!(lists_tag("*", "\"b\""));
        assert!(!lists_tag("\"a\"", "\"b\""));
    }
}

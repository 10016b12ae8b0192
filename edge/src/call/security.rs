//! The headers that protect visitors, whose requests count as the site's own.

use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};
use scheduling::web::{Origin, Served, content_policy, protecting_headers};

/// Adds the headers that every answer of the endpoint carries. An answer may have a policy of its own.
pub(crate) fn add_headers(headers: &mut HeaderMap, https: bool) {
    // Only what shows Turnstile allows it.
    add(headers, Origin::Endpoint, Served { https, turnstile: false });
    headers.entry(HeaderName::from_static("x-robots-tag")).or_insert(HeaderValue::from_static("noindex"));
}

/// Lets an answer of the endpoint show Turnstile.
pub(crate) fn allow_turnstile(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_static(content_policy(Origin::Endpoint, true));
    headers.insert(http::header::CONTENT_SECURITY_POLICY, policy);
}

/// Adds the headers that published files carry.
#[cfg(any(feature = "local", target_arch = "wasm32"))]
pub(crate) fn add_published_headers(headers: &mut HeaderMap, served: Served) {
    add(headers, Origin::Published, served);
}

fn add(headers: &mut HeaderMap, origin: Origin, served: Served) {
    for (name, value) in protecting_headers(origin, served) {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

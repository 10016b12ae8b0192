//! The headers that protect visitors, whose requests count as the site's own.

use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};
use scheduling::web::{Origin, protecting_headers};

/// Adds the headers that every answer of the endpoint carries. An answer may have a policy of its own.
pub(crate) fn add_headers(headers: &mut HeaderMap, https: bool) {
    add(headers, Origin::Endpoint, https);
    headers.entry(HeaderName::from_static("x-robots-tag")).or_insert(HeaderValue::from_static("noindex"));
}

/// Adds the headers that published files carry.
#[cfg(any(feature = "local", target_arch = "wasm32"))]
pub(crate) fn add_published_headers(headers: &mut HeaderMap, https: bool) {
    add(headers, Origin::Published, https);
}

fn add(headers: &mut HeaderMap, origin: Origin, https: bool) {
    for (name, value) in protecting_headers(origin, https) {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

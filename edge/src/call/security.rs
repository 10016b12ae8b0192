//! The headers that protect visitors, whose requests count as the site's own, and conditional requests.

use http::HeaderValue;
use http::header::{self, HeaderMap, HeaderName};

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

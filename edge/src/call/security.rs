//! The headers that protect visitors, whose requests count as the site's own.

use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};
use scheduling::web::{Framing, Served, content_policy, protecting_headers};

/// Adds the headers that every answer of the endpoint carries. An answer may have a policy of its own.
pub(crate) fn add_headers(headers: &mut HeaderMap, https: bool) {
    // Only what shows Turnstile allows it, and only what visitors see is framed.
    add(headers, Framing::Nobody, &Served { https, ..Served::default() });
    headers.entry(HeaderName::from_static("x-robots-tag")).or_insert(HeaderValue::from_static("noindex"));
}

/// Lets a page that visitors see be framed where the site's pages are, and show what they do.
pub(crate) fn allow_framing(headers: &mut HeaderMap, served: &Served) {
    set(headers, http::header::CONTENT_SECURITY_POLICY, &content_policy(Framing::Parents, served));
}

/// Adds the headers that published files carry.
#[cfg(any(feature = "local", target_arch = "wasm32"))]
pub(crate) fn add_published_headers(headers: &mut HeaderMap, framing: Framing, served: &Served) {
    add(headers, framing, served);
}

fn add(headers: &mut HeaderMap, framing: Framing, served: &Served) {
    for (name, value) in protecting_headers(framing, served) {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            set(headers, name, &value);
        }
    }
}

/// Sets a header. What no header can hold is in no origin and in none of the other parts.
fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

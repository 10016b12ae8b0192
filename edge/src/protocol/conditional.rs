//! Conditional requests (RFC 9110, 13).

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

/// Answers 304 if the client has the body already (RFC 9110, 13.1.2). Also for responses that were kept.
pub fn conditional(request: &Request<Bytes>, mut response: Response<Bytes>) -> Response<Bytes> {
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

/// Returns true if an `If-None-Match` header names the tag, in the weak comparison.
pub(crate) fn lists_tag(header: &str, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.trim() == "*" || header.split(',').any(|known| plain(known) == plain(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        assert!(lists_tag("\"a\", W/\"b\"", "\"b\""));
        assert!(lists_tag("*", "\"b\""));
        assert!(!lists_tag("\"a\"", "\"b\""));
    }
}

//! Parts of addresses.

/// A text as part of an address.
pub(super) fn encoded(text: &str) -> String {
    // Where forms have a plus, all else has this.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Scheme and host of an address.
pub(super) fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |end| end + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |end| host + end);
    &url[..end]
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        for (url, expected) in [
            ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com"),
            ("http://127.0.0.1:81/v1.0/x", "http://127.0.0.1:81"),
            ("https://graph.microsoft.com", "https://graph.microsoft.com"),
            ("https://graph.microsoft.com?a/b", "https://graph.microsoft.com"),
            ("", ""),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}

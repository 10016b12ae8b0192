//! The headers that protect visitors: the same on published pages, wherever they are served from, and on the endpoint's
//! answers.

/// A header: its name, in small letters, and its value.
pub type Header = (&'static str, &'static str);

/// The sender of a page. The two differ in who may frame it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The publisher: a page of the site, which the site's own pages may frame.
    Published,
    /// The endpoint: a booking's own page, whose address is a secret. Nobody may frame it.
    Endpoint,
}

/// The policy for content: a page's own styles, scripts, images and endpoint, and nothing from elsewhere.
macro_rules! content_policy {
    ($framed_by:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; ",
            "form-action 'self'; base-uri 'none'; frame-ancestors ",
            $framed_by
        )
    };
}

/// The headers of every page and answer.
pub fn protecting_headers(origin: Origin, https: bool) -> impl Iterator<Item = Header> {
    let policy = match origin {
        Origin::Published => content_policy!("'self'"),
        Origin::Endpoint => content_policy!("'none'"),
    };
    let always = [
        ("content-security-policy", policy),
        // Not `no-referrer`: browsers would then send `Origin: null`, and forms without JavaScript would be refused.
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    always.into_iter().chain(https.then_some(("strict-transport-security", "max-age=31536000")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn only_framing_tells_the_endpoint_from_what_is_published() {
        let [published, endpoint] = [Origin::Published, Origin::Endpoint]
            .map(|origin| protecting_headers(origin, true).collect::<BTreeMap<_, _>>());
        let differ = published.iter().filter(|(name, value)| endpoint[*name] != **value);
        assert_eq!(differ.map(|(name, _)| *name).collect::<Vec<_>>(), ["content-security-policy"]);
        assert_eq!(
            published["content-security-policy"].replace("frame-ancestors 'self'", "frame-ancestors 'none'"),
            endpoint["content-security-policy"]
        );
    }

    #[test]
    fn plain_http_is_not_bound_to_https() {
        let names =
            |https| protecting_headers(Origin::Published, https).map(|(name, _)| name).collect::<Vec<_>>();
        assert!(names(true).contains(&"strict-transport-security"));
        assert!(!names(false).contains(&"strict-transport-security"));
    }
}

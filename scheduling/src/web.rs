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

/// How a site is served: what the headers of its pages depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Served over HTTPS, and never otherwise.
    pub https: bool,
    /// Its forms show Turnstile, which is a script and a frame of Cloudflare's.
    pub turnstile: bool,
}

/// The policy for content: a page's own styles, scripts, images and endpoint, and nothing from elsewhere but what is
/// named.
macro_rules! content_policy {
    ($framed_by:literal) => {
        content_policy!($framed_by, "", "")
    };
    ($framed_by:literal, $script:literal, $frame:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; script-src 'self'",
            $script,
            "; connect-src 'self'; img-src 'self' data:; ",
            $frame,
            "form-action 'self'; base-uri 'none'; frame-ancestors ",
            $framed_by
        )
    };
    (turnstile $framed_by:literal) => {
        content_policy!(
            $framed_by,
            " https://challenges.cloudflare.com",
            "frame-src https://challenges.cloudflare.com; "
        )
    };
}

/// The policy for the content of a page, which shows Turnstile or not.
pub fn content_policy(origin: Origin, turnstile: bool) -> &'static str {
    match (origin, turnstile) {
        (Origin::Published, false) => content_policy!("'self'"),
        (Origin::Published, true) => content_policy!(turnstile "'self'"),
        (Origin::Endpoint, false) => content_policy!("'none'"),
        (Origin::Endpoint, true) => content_policy!(turnstile "'none'"),
    }
}

/// The headers of every page and answer.
pub fn protecting_headers(origin: Origin, served: Served) -> impl Iterator<Item = Header> {
    let always = [
        ("content-security-policy", content_policy(origin, served.turnstile)),
        // Not `no-referrer`: browsers would then send `Origin: null`, and forms without JavaScript would be refused.
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    always.into_iter().chain(served.https.then_some(("strict-transport-security", "max-age=31536000")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const HTTPS: Served = Served { https: true, turnstile: false };

    #[test]
    fn only_framing_tells_the_endpoint_from_what_is_published() {
        let [published, endpoint] = [Origin::Published, Origin::Endpoint]
            .map(|origin| protecting_headers(origin, HTTPS).collect::<BTreeMap<_, _>>());
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
            |served| protecting_headers(Origin::Published, served).map(|(name, _)| name).collect::<Vec<_>>();
        assert!(names(HTTPS).contains(&"strict-transport-security"));
        assert!(!names(Served::default()).contains(&"strict-transport-security"));
    }

    #[test]
    fn turnstile_is_a_script_and_a_frame_of_cloudflares() {
        for (origin, framed_by) in [(Origin::Published, "'self'"), (Origin::Endpoint, "'none'")] {
            assert_eq!(
                content_policy(origin, true),
                format!(
                    "default-src 'none'; style-src 'self'; script-src 'self' https://challenges.cloudflare.com; \
                    connect-src 'self'; img-src 'self' data:; frame-src https://challenges.cloudflare.com; \
                    form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
                )
            );
            assert!(!content_policy(origin, false).contains("cloudflare"));
        }
    }
}

//! The headers that protect visitors: the same on published pages, wherever they are served from, and on the endpoint's
//! answers.

use std::borrow::Cow;

/// A header: its name, in small letters, and its value.
pub type Header = (&'static str, Cow<'static, str>);

/// Who may show a page in a frame of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The site itself, and those that its content names: for what visitors see.
    Parents,
    /// Nobody; and in the page are frames of the site's own: for the desk, which shows what other sites would.
    Desk,
    /// Nobody: for what else is the hosts' own, and for all that is no page.
    Nobody,
}

/// How a site is served: what the headers of its pages depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Served over HTTPS, and never otherwise.
    pub https: bool,
    /// Its forms show Turnstile, which is a script and a frame of Cloudflare's.
    pub turnstile: bool,
    /// The origins that may frame what visitors see, beside the site's own.
    pub parents: Vec<String>,
}

/// The policy for the content of a page (Content Security Policy Level 3): a page's own styles, scripts, images and
/// endpoint, and nothing from elsewhere but what is named.
pub fn content_policy(framing: Framing, served: &Served) -> String {
    let cloudflare = if served.turnstile { " https://challenges.cloudflare.com" } else { "" };
    let own = if framing == Framing::Desk { " 'self'" } else { "" };
    let frames = match [own, cloudflare].concat() {
        none if none.is_empty() => none,
        sources => format!("frame-src{sources}; "),
    };
    let framed_by = match framing {
        Framing::Parents => [&["'self'".to_owned()], served.parents.as_slice()].concat().join(" "),
        Framing::Desk | Framing::Nobody => "'none'".to_owned(),
    };
    [
        "default-src 'none'; style-src 'self'; script-src 'self'",
        cloudflare,
        "; connect-src 'self'; img-src 'self' data:; ",
        &frames,
        "form-action 'self'; base-uri 'none'; frame-ancestors ",
        &framed_by,
    ]
    .concat()
}

/// The headers of every page and answer.
pub fn protecting_headers(framing: Framing, served: &Served) -> impl Iterator<Item = Header> + use<> {
    let always = [
        ("content-security-policy", Cow::Owned(content_policy(framing, served))),
        // Not `no-referrer`: browsers would then send `Origin: null`, and forms without JavaScript would be refused.
        ("referrer-policy", Cow::Borrowed("same-origin")),
        ("x-content-type-options", Cow::Borrowed("nosniff")),
        ("permissions-policy", Cow::Borrowed("camera=(), geolocation=(), microphone=(), payment=(), usb=()")),
    ];
    let https = served.https.then_some(("strict-transport-security", Cow::Borrowed("max-age=31536000")));
    always.into_iter().chain(https)
}

/// The time for which a published file may be kept, as `Cache-Control` has it (RFC 9111). Files below `/assets/` are
/// named by their content; scripts that pages by others load are asked for on each of these.
pub fn caching(path: &str) -> &'static str {
    if path.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else if path.ends_with("/embed.js") || path.ends_with("/known.js") {
        "public, max-age=3600"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn https() -> Served {
        Served { https: true, ..Served::default() }
    }

    #[test]
    fn only_framing_tells_what_visitors_see_from_all_else() {
        let [seen, other] = [Framing::Parents, Framing::Nobody]
            .map(|framing| protecting_headers(framing, &https()).collect::<BTreeMap<_, _>>());
        let differ = seen.iter().filter(|(name, value)| other[*name] != **value);
        assert_eq!(differ.map(|(name, _)| *name).collect::<Vec<_>>(), ["content-security-policy"]);
        assert_eq!(
            seen["content-security-policy"].replace("frame-ancestors 'self'", "frame-ancestors 'none'"),
            other["content-security-policy"]
        );
    }

    #[test]
    fn the_desk_shows_the_sites_own_pages() {
        let policy = content_policy(Framing::Nobody, &https());
        let expected = policy.replace("form-action", "frame-src 'self'; form-action");
        assert_eq!(content_policy(Framing::Desk, &https()), expected);
    }

    #[test]
    fn plain_http_is_not_bound_to_https() {
        let names = |served: &Served| {
            protecting_headers(Framing::Parents, served).map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert!(names(&https()).contains(&"strict-transport-security"));
        assert!(!names(&Served::default()).contains(&"strict-transport-security"));
    }

    #[test]
    fn turnstile_is_a_script_and_a_frame_of_cloudflares() {
        let with = Served { turnstile: true, ..https() };
        for (framing, own, framed_by) in [
            (Framing::Parents, "", "'self'"),
            (Framing::Nobody, "", "'none'"),
            (Framing::Desk, "'self' ", "'none'"),
        ] {
            assert_eq!(
                content_policy(framing, &with),
                format!(
                    "default-src 'none'; style-src 'self'; script-src 'self' https://challenges.cloudflare.com; \
                    connect-src 'self'; img-src 'self' data:; frame-src {own}https://challenges.cloudflare.com; \
                    form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
                )
            );
            assert!(!content_policy(framing, &https()).contains("cloudflare"));
        }
    }

    #[test]
    fn parents_may_frame_what_visitors_see_and_nothing_else() {
        let parents = vec!["https://www.example.com".to_owned(), "http://localhost:3000".to_owned()];
        let served = Served { parents, ..https() };
        let framed_by = |framing| {
            content_policy(framing, &served).split_once("frame-ancestors ").map(|(_, rest)| rest.to_owned())
        };
        assert_eq!(
            framed_by(Framing::Parents).as_deref(),
            Some("'self' https://www.example.com http://localhost:3000")
        );
        assert_eq!(framed_by(Framing::Nobody).as_deref(), Some("'none'"));
    }

    #[test]
    fn files_are_kept_for_as_long_as_their_names_allow() {
        for (path, expected) in [
            ("/assets/page.0123.css", "public, max-age=31536000, immutable"),
            ("/embed.js", "public, max-age=3600"),
            ("/ja/embed.js", "public, max-age=3600"),
            ("/known.js", "public, max-age=3600"),
            ("/frame.js", "no-cache"),
            ("/aiko/intro/", "no-cache"),
        ] {
            assert_eq!(caching(path), expected, "{path}");
        }
    }
}

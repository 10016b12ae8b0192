//! The site's own address, `base_url`: an origin, written as browsers write it.

use url::{Host, ParseError, Url};

/// The longest name of the domain-name system, and the longest part between its dots, in bytes (RFC 1035, 2.3.4).
const MOST_NAME_BYTES: usize = 253;
const MOST_LABEL_BYTES: usize = 63;

const BEGINS: &str = "it begins with `https://`, followed by the site's domain";
const PORT: &str = "a port is a number from 1 to 65535; leave it out, unless it is shown in browsers";
const DOMAIN: &str = "no browser can open such a domain";

/// Reads the address of a site: scheme and domain, with a port if it is not the usual one. Browsers name a page's
/// origin so, and the endpoint compares it (WHATWG URL): in small letters, a domain beyond ASCII in Punycode, without
/// the port that goes with the scheme.
///
/// # Errors
///
/// What to write instead.
pub fn base_url(text: &str) -> Result<String, &'static str> {
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).ok_or(BEGINS)?;
    let url = Url::parse(text).map_err(|cause| match cause {
        ParseError::InvalidPort => PORT,
        ParseError::EmptyHost | ParseError::RelativeUrlWithoutBase => BEGINS,
        _ => DOMAIN,
    })?;
    if rest.starts_with(['/', '\\'])
        || rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    {
        return Err(BEGINS);
    }
    if text.contains(['?', '#']) {
        return Err("remove everything after the domain");
    }
    if url.path() != "/" {
        return Err("the site needs a domain of its own: remove the path after it");
    }
    if url.port() == Some(0) {
        return Err(PORT);
    }
    let host = match url.host().ok_or(BEGINS)? {
        Host::Domain(name) => domain(name).ok_or(DOMAIN)?.to_owned(),
        address => address.to_string(),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{}://{host}{port}", url.scheme()))
}

/// The name without the dot that ends it; `None` if nothing can have that name.
fn domain(name: &str) -> Option<&str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| {
        (1..=MOST_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (name.len() <= MOST_NAME_BYTES && name.split('.').all(is_label)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("https://meet.example.com", "https://meet.example.com"),
            ("https://meet.example.com/", "https://meet.example.com"),
            ("https://meet.example.com:443", "https://meet.example.com"),
            ("https://meet.example.com:0443/", "https://meet.example.com"),
            ("http://meet.example.com:80", "http://meet.example.com"),
            ("http://meet.example.com:443", "http://meet.example.com:443"),
            ("https://meet.example.com:8443", "https://meet.example.com:8443"),
            ("HTTPS://Meet.EXAMPLE.com.", "https://meet.example.com"),
            ("https://meet.example.com.:443", "https://meet.example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
            ("https://予約。例え。テスト", "https://xn--0kq264i.xn--r8jz45g.xn--zckzah"),
            ("https://ｍｅｅｔ．example.com", "https://meet.example.com"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("http://[::1]:8787", "http://[::1]:8787"),
            ("http://localhost:1", "http://localhost:1"),
        ] {
            assert_eq!(base_url(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_no_browser_can_open_is_no_address() {
        for text in [
            "https://x:99999",
            "https://x:65536",
            "https://x:0",
            "https://x:-1",
            "https://x:a",
            "https://[::1]:70000",
        ] {
            assert_eq!(base_url(text), Err(PORT), "{text}");
        }
        let (long, longer) = ("x".repeat(64), "x.".repeat(127));
        let (long, longer) = (format!("https://{long}.example"), format!("https://{longer}example"));
        for text in [
            "https://a..b",
            "https://.",
            "https://..",
            "https://.example.com",
            "https://a b",
            "https://a%20b",
            "https://*.example.com",
            "https://1.2.3.4.5",
            "https://256.1.1.1",
            "https://[::1",
            "https://-a.example",
            "https://xn--a.example",
            &long,
            &longer,
        ] {
            assert_eq!(base_url(text), Err(DOMAIN), "{text}");
        }
        for text in [
            "meet.example.com",
            "",
            "https://",
            "http://",
            "ftp://x",
            "https:meet.example.com",
            "https:///meet",
            "https://me@x",
            "https://me:pw@x",
            "//x",
            "javascript:alert(1)",
        ] {
            assert_eq!(base_url(text), Err(BEGINS), "{text}");
        }
    }
}

//! The `Cookie` header (RFC 6265, 4.2).

use http::{HeaderMap, header};

/// The value of a cookie by its name; `None` if it is absent or empty.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(key, _)| *key == name);
    named.next().map(|(_, value)| value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        assert_eq!(value(&headers, "session"), expected, "{lines:?}");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        check(&["session=a"], Some("a"));
        check(&["theme=dark; session=a=b; session=c"], Some("a=b"));
        check(&["theme=dark", "other=1;session=a"], Some("a"));
        check(&["mysession=a"], None);
        check(&["session="], None);
        check(&[], None);
    }
}

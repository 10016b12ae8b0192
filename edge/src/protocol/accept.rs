//! Headers that list what a client accepts, with weights (RFC 9110, 12.4.2).

use http::HeaderMap;
use http::header::HeaderName;

/// The values of a header, the most wanted first; those of one weight in the order of the header. A value that is
/// refused (`q=0`), or whose weight is not a number, is left out.
pub(crate) fn preferences(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut wanted: Vec<(&str, f32)> = lines.flat_map(|line| line.split(',')).filter_map(weighted).collect();
    wanted.retain(|(_, weight)| *weight > 0.0);
    wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
    wanted.into_iter().map(|(value, _)| value.to_owned()).collect()
}

/// A value with its weight, which is 1 if none is given.
fn weighted(range: &str) -> Option<(&str, f32)> {
    let (value, weight) = range.split_once(';').unwrap_or((range, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse().ok())?;
    let value = value.trim();
    (!value.is_empty()).then_some((value, weight))
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[&str]) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
        assert_eq!(preferences(&headers, &header::ACCEPT_LANGUAGE), expected, "for {header}");
    }

    #[test]
    fn the_most_wanted_comes_first() {
        check("", &[]);
        check("ja", &["ja"]);
        check("ja-JP,en;q=0.8", &["ja-JP", "en"]);
        check("en;q=0.8, ja;q=0.9", &["ja", "en"]);
        check("fr, de;q=0.9", &["fr", "de"]);
        check("gzip, br", &["gzip", "br"]);
        check("ja;q=0, en", &["en"]);
        check("ja;q=nonsense", &[]);
        check("*", &["*"]);
        check(",, ;q=1,en", &["en"]);
    }
}

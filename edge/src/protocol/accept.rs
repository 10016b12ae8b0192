//! Headers that list what a client accepts, with weights (RFC 9110, 12.4.2).

use http::HeaderMap;
use http::header::HeaderName;
use scheduling::order::ordered;

/// The values of a header, the most wanted first; those of one weight in the order of the header. A value that is
/// refused (`q=0`), or whose weight is not a number, is left out.
pub(crate) fn preferences(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut wanted: Vec<(&str, i64)> = lines.flat_map(|line| line.split(',')).filter_map(weighted).collect();
    wanted.retain(|(_, weight)| *weight > 0);
    ordered(&wanted, |(_, weight)| -weight).into_iter().map(|(value, _)| value.to_owned()).collect()
}

/// A value with its weight in thousandths, which is 1 if none is given.
fn weighted(range: &str) -> Option<(&str, i64)> {
    let (value, weight) = range.split_once(';').unwrap_or((range, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Some(1000), |weight| thousandths(weight.trim()))?;
    let value = value.trim();
    (!value.is_empty()).then_some((value, weight))
}

/// A weight: 0 or 1, with three decimals at most.
fn thousandths(weight: &str) -> Option<i64> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_sound = matches!(whole, "0" | "1") && decimals.len() <= 3;
    let digits = is_sound.then(|| format!("{whole}{decimals:0<3}"))?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
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
        check("a;q=0.125, b;q=0.12, c;q=1.000, d;q=0.2", &["c", "d", "a", "b"]);
        check("a;q=2, b;q=.5, c;q=0.1234, d;q=0.x, e;q=-1, f;q=", &[]);
        check(",, ;q=1,en", &["en"]);
    }
}

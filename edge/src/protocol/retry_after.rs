//! `Retry-After`: when a server wants to be asked again (RFC 9110, 10.2.3).

use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};

/// The pause that a `Retry-After` asks for, in seconds: a number of them, or a date with what is left until then.
/// `None` if it asks for nothing that can be read. However long it is, callers say how long they wait at most.
pub fn retry_after_seconds(value: &str, now: DateTime<Utc>) -> Option<u32> {
    let value = value.trim();
    let seconds = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time.
        value.chars().next().map(|_| value.parse().unwrap_or(i64::MAX))?
    } else {
        let until = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(until.as_secs()).ok()? - now.timestamp()
    };
    Some(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<u32>) {
        let now = "2026-12-01T09:00:00Z".parse().unwrap();
        assert_eq!(retry_after_seconds(value, now), expected, "{value}");
    }

    #[test]
    fn a_server_asks_for_a_pause_in_seconds_or_until_a_date() {
        for (value, expected) in [("0", 0), ("30", 30), (" 3600 ", 3600), ("007", 7), ("86401", 86_401)] {
            check(value, Some(expected));
        }
        // The three forms of RFC 9110, 5.6.7.
        check("Tue, 01 Dec 2026 10:00:00 GMT", Some(3600));
        check("Tuesday, 01-Dec-26 09:00:30 GMT", Some(30));
        check("Tue Dec  1 09:01:00 2026", Some(60));
        // Past, and far ahead.
        check("Tue, 01 Dec 2026 08:00:00 GMT", Some(0));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        for late in ["Fri, 31 Dec 9999 23:59:59 GMT", "4294967296", &"9".repeat(40)] {
            check(late, Some(u32::MAX));
        }
        for nothing in [
            "",
            " ",
            "-5",
            "1.5",
            "soon",
            "2026-12-01T10:00:00Z",
            "Tue, 32 Dec 2026 10:00:00 GMT",
            "30 s",
            "٣٠",
        ] {
            check(nothing, None);
        }
    }
}

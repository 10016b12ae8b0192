//! The shapes of secrets: keys and tokens by how they begin, and names that people keep secrets under.

use std::ops::Range;

/// Beginnings of keys and tokens that well-known services give out, and the fewest characters that then follow.
const BEGINNINGS: [(&str, usize); 14] = [
    ("whsec_", 16),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 16),
    ("SG.", 40),
];

/// The line with which a private key begins.
const KEY_BEGINS: &str = "-----BEGIN ";
const KEY_ENDS: &str = "PRIVATE KEY-----";

/// The message about a secret.
pub(crate) const MESSAGE: &str = "this file contains a secret";

/// The stretches of a text that are secrets.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = tokens(text).filter(|token| is_token(&text[token.clone()])).collect();
    let mut end = 0;
    for (start, _) in text.match_indices(KEY_BEGINS) {
        if start >= end && is_key_line(&text.as_bytes()[start + KEY_BEGINS.len()..]) {
            end = text[start..].find("-----END ").map_or(text.len(), |end| start + end);
            found.push(start..end);
        }
    }
    found
}

/// What the addresses of calendars' feeds have in them: whoever knows one can read the calendar.
const FEEDS: [&str; 6] = [".ics", "/ical", "ical=", "?export", "/published/", "public-calendars"];

/// What of a host's file may be a secret: addresses of feeds, those with a password in them, and whatever stands where
/// a secret's name belongs.
pub(crate) fn private_values(text: &str) -> Vec<Range<usize>> {
    let mut found = private_addresses(text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((key, value)) = line.split_once('=')
            && is_name_of_secret(key.split('.').next().unwrap_or_default())
            && !key.contains('{')
        {
            let value = value.trim();
            if !value.is_empty() && !is_quoted_name(value) {
                let at = start + line.len() - line[key.len()..].len();
                let from = at + text[at..].find(value).unwrap_or_default();
                found.push(from..from + value.len());
            }
        }
        start += line.len();
    }
    found
}

/// The name of an environment variable in quotes, and perhaps a comment.
fn is_quoted_name(value: &str) -> bool {
    let name = value.strip_prefix(['"', '\'']).and_then(|rest| rest.split_once(['"', '\'']));
    name.is_some_and(|(name, rest)| {
        let is_comment = rest.trim().is_empty() || rest.trim().starts_with('#');
        is_comment
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

fn private_addresses(text: &str) -> Vec<Range<usize>> {
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '#');
    let mut found: Vec<Range<usize>> = Vec::new();
    for (middle, _) in text.match_indices("://") {
        let scheme = text[..middle].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let (start, end) =
            (middle - scheme, text[middle..].find(is_end).map_or(text.len(), |end| middle + end));
        let line = text[..start].rfind('\n').map_or(0, |before| before + 1);
        let address = text[start..end].to_ascii_lowercase();
        let is_feed = address.starts_with("webcal") || FEEDS.iter().any(|part| address.contains(part));
        if is_feed || address.contains('@') || is_name_of_secret(&text[line..start]) {
            found.push(start..end);
        }
    }
    found
}

/// True for the rest of a line that begins a private key. Its label is a few words, and is not looked for any farther.
fn is_key_line(rest: &[u8]) -> bool {
    const LONGEST_LABEL: usize = 64;
    let near = &rest[..rest.len().min(LONGEST_LABEL + KEY_ENDS.len())];
    let line = near.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.windows(KEY_ENDS.len()).any(|window| window == KEY_ENDS.as_bytes())
}

/// True for a key under which people would keep a secret.
pub(crate) fn is_name_of_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    ["secret", "token", "password", "passwd", "api_key", "api-key", "apikey"]
        .iter()
        .any(|word| lower.contains(word))
}

fn is_token(token: &str) -> bool {
    BEGINNINGS.iter().any(|(beginning, fewest)| {
        token.strip_prefix(beginning).is_some_and(|rest| {
            rest.len() >= *fewest
                && rest.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        })
    })
}

/// The longest runs of characters that tokens are made of, where they are long enough to be one.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    const FEWEST: usize = 20;
    let bytes = text.as_bytes();
    let mut position = 0;
    std::iter::from_fn(move || {
        while position < bytes.len() {
            let start = position;
            while position < bytes.len() && is_token_byte(bytes[position]) {
                position += 1;
            }
            // A sentence may end behind it.
            let trimmed = bytes[start..position].iter().rposition(u8::is_ascii_alphanumeric);
            let end = trimmed.map_or(start, |last| start + last + 1);
            position += 1;
            if end - start >= FEWEST {
                return Some(start..end);
            }
        }
        None
    })
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = find(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    /// Put together here, so that no tool that looks for secrets takes this file for one.
    fn token(beginning: &str) -> String {
        format!("{beginning}4eC39HqLyjWDarjtT1zdp7dc4eC39HqLyjWDarjtT1zdp7dc")
    }

    #[test]
    fn tokens_of_every_known_beginning_are_found() {
        for (beginning, _) in BEGINNINGS {
            let token = token(beginning);
            check(&format!("a = \"{token}\" # 日本"), &[&token]);
        }
    }

    #[test]
    fn addresses_of_feeds_are_private_and_others_are_not() {
        for line in [
            "name = \"https://calendar.example/private-0/basic.ics\"",
            "kind = 'webcal://p42.example/published/2/AAA'",
            "user = \"https://cloud.example/public-calendars/AAA?export",
            "secret = \"https://example.org/AAA",
            "secret = [\"https://example.org/AAA\"]",
            "calendars = [{ name = \"work\", secret = \"https://example.org/AAA\" }]",
        ] {
            let found = private_addresses(line);
            assert_eq!(found.len(), 1, "{line}");
            assert!(line[found[0].clone()].contains("://"), "{line}");
            assert!(!line[found[0].end..].contains("AAA"), "{line}");
        }
        for line in ["url = \"https://dav.example/aiko/\"", "about = \"See https://example.com.\"", "://"] {
            assert!(private_addresses(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn what_stands_in_the_place_of_a_secrets_name_is_private() {
        for line in [
            "secret = hunter2pw",
            "secret = \"hunter2pw",
            "secret = [\"hunter2pw\"]",
            "secret = { password = \"hunter2pw\" }",
            "secret.value = \"hunter2pw\" # mine",
            "url = { address = \"https://aiko:hunter2pw@dav.example\" }",
        ] {
            let text = format!("name = \"work\"\n{line}\nrole = \"both\"\n");
            let mut shown = text.clone().into_bytes();
            for range in private_values(&text) {
                shown[range].fill(b'*');
            }
            let shown = String::from_utf8(shown).unwrap();
            assert!(!shown.contains("hunter2pw") && shown.contains("role = \"both\""), "{shown}");
        }
        for line in
            ["secret = \"AIKO_CALDAV\"", "secret = 'AIKO' # the password", "secret =", "a = \"secret\""]
        {
            assert!(private_values(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn private_keys_are_found_to_their_end() {
        let key = format!("{KEY_BEGINS}EC {KEY_ENDS}\nMHcCAQEE\n");
        check(&format!("text\n{key}-----END EC {KEY_ENDS}\nmore"), &[&key]);
        check(&format!("{KEY_BEGINS}PUBLIC KEY-----\nMHcCAQEE\n"), &[]);
    }

    #[test]
    fn what_only_looks_alike_is_no_secret() {
        check("The prefix sk_live_ begins keys; whsec_ secrets; ghp_ tokens.", &[]);
        check("sk_live_your_own_key_goes_here_please", &[]);
        check("https://meet.example.com/rooms/aiko-tanaka-and-all-of-her-friends", &[]);
        check("", &[]);
    }
}

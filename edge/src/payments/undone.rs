//! What a provider did not do, and why.

use scheduling::text::one_line;

/// The most characters of a provider's text that are passed on.
const MOST_CHARACTERS: usize = 300;

/// What a provider says, as logs and mails can have it: one line, and not long.
pub(crate) fn short(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Why a provider did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undone {
    /// It may do it another time: it did not answer, or its settings are wrong here.
    ForNow(String),
    /// It never will.
    ForGood(String),
    /// It does not know what this is about, as it would if its settings were those of then: whether that was paid,
    /// nobody knows.
    Unknown(String),
}

impl Undone {
    pub(crate) fn reason(self) -> String {
        match self {
            Undone::ForNow(reason) | Undone::ForGood(reason) | Undone::Unknown(reason) => reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_is_one_line_and_not_long() {
        assert_eq!(
            short("No such\r\nBcc: all@example.com\u{1b}[31m\u{202e}"),
            "No such Bcc: all@example.com[31m"
        );
        assert_eq!(short(&"é".repeat(301)), format!("{}…", "é".repeat(300)));
        assert_eq!(short(&"é".repeat(300)), "é".repeat(300));
    }
}

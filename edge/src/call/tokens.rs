//! Tokens that let in for a while, kept in memory until then: whoever gives them bounds how often it is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// The most tokens that are kept: far more than a site has calendars.
const MOST: usize = 256;

/// Tokens by what they were given for.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<Vec<Kept>>);

struct Kept {
    /// A digest of who is let in, and to what.
    key: String,
    token: String,
    until: DateTime<Utc>,
}

impl Tokens {
    /// None.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The token under a key, while it is good.
    pub(crate) fn get(&self, key: &str, now: DateTime<Utc>) -> Option<String> {
        let kept = self.kept();
        kept.iter().find(|kept| kept.key == key && now < kept.until).map(|kept| kept.token.clone())
    }

    /// Keeps a token until an instant, in place of the one before.
    pub(crate) fn keep(&self, key: String, token: String, until: DateTime<Utc>) {
        let mut kept = self.kept();
        kept.retain(|other| other.key != key);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Kept { key, token, until });
    }

    /// Forgets the token under a key.
    pub(crate) fn forget(&self, key: &str) {
        self.kept().retain(|kept| kept.key != key);
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} until {}", self.key, self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_while_it_is_good_and_never_shown() {
        let tokens = Tokens::new();
        let at = |time: &str| time.parse::<DateTime<Utc>>().unwrap();
        let (now, until) = (at("2026-12-01T09:00:00Z"), at("2026-12-01T10:00:00Z"));
        tokens.keep("aiko".to_owned(), "first".to_owned(), until);
        tokens.keep("jonas".to_owned(), "other".to_owned(), until);
        tokens.keep("aiko".to_owned(), "second".to_owned(), until);
        assert_eq!(tokens.get("aiko", now).as_deref(), Some("second"));
        assert_eq!(tokens.get("aiko", until), None);
        assert!(!format!("{tokens:?}").contains("second"));
        tokens.forget("aiko");
        assert_eq!((tokens.get("aiko", now), tokens.get("jonas", now).as_deref()), (None, Some("other")));
    }

    #[test]
    fn the_oldest_of_too_many_goes() {
        let tokens = Tokens::new();
        let until = DateTime::<Utc>::MAX_UTC;
        for number in 0..=MOST {
            tokens.keep(number.to_string(), "token".to_owned(), until);
        }
        assert_eq!((tokens.get("0", DateTime::UNIX_EPOCH), tokens.kept().len()), (None, MOST));
    }
}

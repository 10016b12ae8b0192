//! Tokens of calendars' services, in memory. Those that give access are valid for an hour or so: whoever forgets them
//! asks for new ones. Those to ask with are the secret's, until the service gives others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// So long before a token ends, it is not used any more: what it opens takes its time, and clocks differ.
const BEFORE_ITS_END: TimeDelta = TimeDelta::minutes(5);
/// The most secrets whose tokens are kept.
const MOST: usize = 1000;

static KEPT: Mutex<Vec<(Key, Tokens)>> = Mutex::new(Vec::new());

/// What tokens are kept under: a digest of the secret that they were given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

#[derive(Default)]
struct Tokens {
    access: Option<Token>,
    refresh: Option<String>,
}

struct Token {
    text: String,
    until: DateTime<Utc>,
}

impl Key {
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// The token, if there is one that is still valid.
    pub(super) fn kept(self, now: DateTime<Utc>) -> Option<String> {
        let kept = locked();
        let (_, of_key) = kept.iter().find(|(key, _)| *key == self)?;
        Some(of_key.access.as_ref().filter(|token| now < token.until)?.text.clone())
    }

    /// Keeps a token that is valid for so many seconds.
    pub(super) fn keep(self, text: &str, seconds: i64, now: DateTime<Utc>) {
        let until = now + TimeDelta::seconds(seconds.clamp(0, 86_400)) - BEFORE_ITS_END;
        self.change(|kept| kept.access = Some(Token { text: text.to_owned(), until }));
    }

    /// Lets a token go that is not accepted.
    pub(super) fn forget(self) {
        self.change(|kept| kept.access = None);
    }

    /// The refresh token that was given last.
    pub(super) fn renewed(self) -> Option<String> {
        locked().iter().find(|(key, _)| *key == self)?.1.refresh.clone()
    }

    /// Keeps the refresh token that was given last; without one, the secret's is used again.
    pub(super) fn renew(self, text: Option<String>) {
        self.change(|kept| kept.refresh = text);
    }

    fn change(self, change: impl FnOnce(&mut Tokens)) {
        let mut kept = locked();
        let mut of_key = kept.iter().position(|(key, _)| *key == self).map(|at| kept.swap_remove(at).1);
        change(of_key.get_or_insert_default());
        if kept.len() >= MOST {
            // Whose was changed longest ago, about.
            kept.remove(0);
        }
        kept.extend(of_key.map(|of_key| (self, of_key)));
    }
}

fn locked() -> MutexGuard<'static, Vec<(Key, Tokens)>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        let key = Key::of("a secret of this test");
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(key.kept(now), None);
        key.keep("token", 3600, now);
        let minutes = |minutes| now + TimeDelta::minutes(minutes);
        assert_eq!(key.kept(minutes(54)).as_deref(), Some("token"));
        assert_eq!((key.kept(minutes(55)), Key::of("another secret").kept(now)), (None, None));
        key.forget();
        assert_eq!(key.kept(now), None);
        key.keep("token", i64::MAX, now);
        assert_eq!(key.kept(minutes(24 * 60)), None);
        key.forget();
    }
}

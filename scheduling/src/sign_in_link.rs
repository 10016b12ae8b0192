//! Links that sign a host in on a device, each once, for ten minutes.
//!
//! A link is signed for a host and the version of the host's key, so that revoking the key revokes it too. That it was
//! used is known to the host's ledger, by the link's nonce.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::token::Secrets;

/// A link works for so long after it was made, in minutes.
pub const WORKS_MINUTES: i64 = 10;
/// The clock of the machine that made it may be ahead by this, in seconds.
const MOST_AHEAD_SECONDS: i64 = 60;
/// The characters of a nonce: 128 bits in base64url.
const NONCE_CHARACTERS: usize = 22;

/// A link that signs a host in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// 128 random bits, in base64url: by it the link is known once it was used. Without the signature, it opens
    /// nothing.
    pub nonce: String,
    /// When it was made, to the second.
    #[serde(with = "chrono::serde::ts_seconds", rename = "made_at_seconds")]
    pub made_at: DateTime<Utc>,
}

/// What a link's time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may be used.
    Works,
    /// Its ten minutes are over.
    Expired,
    /// It is of a time to come: one of the two clocks is wrong.
    TooEarly,
}

impl SignInLink {
    /// A link that is made now.
    pub fn new(random: [u8; 16], now: DateTime<Utc>) -> Self {
        let made_at = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
        Self { nonce: Base64UrlUnpadded::encode_string(&random), made_at }
    }

    /// The token of the link: `<host>.<made at>-<nonce><mac>`, an HMAC-SHA256 over host, the version of the host's key,
    /// time (seconds since 1970) and nonce.
    pub fn token(&self, secrets: &Secrets, host: &str, key_version: u32) -> String {
        let made_at = self.made_at.timestamp().to_string();
        let mac = secrets.sign(&parts(host, key_version, &made_at, &self.nonce));
        format!("{host}.{made_at}-{}{mac}", self.nonce)
    }

    /// The link of a token, if that is this host's at this version of the key. In constant time.
    pub fn read(token: &str, secrets: &Secrets, host: &str, key_version: u32) -> Option<Self> {
        let (made_at, rest) = token.strip_prefix(host)?.strip_prefix('.')?.split_once('-')?;
        let (nonce, mac) = rest.split_at_checked(NONCE_CHARACTERS)?;
        // The time is signed as it is written: each link has one spelling.
        if !secrets.verifies(mac, &parts(host, key_version, made_at, nonce)) {
            return None;
        }
        Some(Self { nonce: nonce.to_owned(), made_at: DateTime::from_timestamp(made_at.parse().ok()?, 0)? })
    }

    /// What its time says now: the clock of whoever asks decides, not that of the machine that made it.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        if now >= self.made_at + TimeDelta::minutes(WORKS_MINUTES) {
            Standing::Expired
        } else if self.made_at > now + TimeDelta::seconds(MOST_AHEAD_SECONDS) {
            Standing::TooEarly
        } else {
            Standing::Works
        }
    }
}

fn parts(host: &str, key_version: u32, made_at: &str, nonce: &str) -> [String; 5] {
    ["sign in".to_owned(), host.to_owned(), key_version.to_string(), made_at.to_owned(), nonce.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::secrets;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_083_200 + seconds, 0).unwrap()
    }

    fn link() -> SignInLink {
        SignInLink::new([1; 16], at(0))
    }

    #[test]
    fn a_token_is_read_by_its_own_host_alone() {
        let secrets = secrets("one", None);
        let token = link().token(&secrets, "aiko", 1);
        // Made with Python's hmac module: each part behind its length as eight bytes, big-endian.
        assert_eq!(
            token,
            "aiko.1796083200-AQEBAQEBAQEBAQEBAQEBAQCkCTPJvRohIUDZGuVgDmpxo4DHK80WGxgoCs3dzMa2o"
        );
        let read = |token: &str, host, version| SignInLink::read(token, &secrets, host, version);
        assert_eq!(read(&token, "aiko", 1), Some(link()));
        assert_eq!(read(&token, "aiko", 2), None, "the key was revoked");
        assert_eq!(read(&token, "jonas", 1), None);
        assert_eq!(read(&token.replace("aiko", "jonas"), "jonas", 1), None);
        assert_eq!(read(&secrets.host_key("aiko", 1), "aiko", 1), None);
        assert_eq!(read(&secrets.feed_token("aiko", 1), "aiko", 1), None);
        assert!(!secrets.verifies_host_key(&token, "aiko", 1));
        assert!(!secrets.verifies_feed_token(&token, "aiko", 1));
    }

    #[test]
    fn a_token_that_was_tampered_with_is_none() {
        let secrets = secrets("one", None);
        let token = link().token(&secrets, "aiko", 1);
        let check = |text: &str| assert_eq!(SignInLink::read(text, &secrets, "aiko", 1), None, "{text}");
        for place in 0..token.len() {
            for other in ['A', 'B', '0', '1', '-', '_', '.', 'é', '日'] {
                let mut changed: Vec<char> = token.chars().collect();
                if changed[place] != other {
                    changed[place] = other;
                    check(&changed.into_iter().collect::<String>());
                }
            }
            check(&token[..place]);
            check(&token[place + 1..]);
        }
        for end in ["A", "=", " ", "\0", "/"] {
            check(&format!("{token}{end}"));
        }
        check("aiko.9999999999999999999999-AQEBAQEBAQEBAQEBAQEBAQ");
        check("aiko.-");
    }

    #[test]
    fn it_outlives_a_change_of_the_secret() {
        let token = link().token(&secrets("one", None), "aiko", 1);
        let read = |secrets: &Secrets| SignInLink::read(&token, secrets, "aiko", 1);
        assert_eq!(read(&secrets("two", Some("one"))), Some(link()));
        assert_eq!(read(&secrets("two", None)), None);
    }

    #[test]
    fn it_works_for_ten_minutes_by_the_clock_of_whoever_asks() {
        let check =
            |seconds, expected| assert_eq!(link().standing(at(seconds)), expected, "after {seconds} s");
        check(0, Standing::Works);
        check(599, Standing::Works);
        check(600, Standing::Expired);
        check(366 * 86_400, Standing::Expired);
        // The machine that made it is ahead.
        check(-60, Standing::Works);
        check(-61, Standing::TooEarly);
        check(-366 * 86_400, Standing::TooEarly);
    }
}

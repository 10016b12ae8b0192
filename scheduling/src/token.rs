//! Ids and tokens: what names a booking, and what proves that its bearer may change it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A booking's id: `<ledger>.<128 random bits>`. Alone, it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookingId(String);

impl BookingId {
    /// Makes an id from 128 random bits.
    pub fn new(ledger: &str, random: [u8; 16]) -> Self {
        Self(format!("{ledger}.{}", BASE64URL_NOPAD.encode(&random)))
    }

    /// Reads an id; `None` where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (ledger, random) = text.rsplit_once('.')?;
        let sound = is_ledger_name(ledger) && BASE64URL_NOPAD.decode(random.as_bytes()).ok()?.len() == 16;
        sound.then(|| Self(text.to_owned()))
    }

    /// The ledger that holds the booking.
    pub fn ledger(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(ledger, _)| ledger)
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BookingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a name can be a folder of content, and so a ledger's: lower-case letters, digits and hyphens, up to 64 of them.
pub fn is_ledger_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What a booking's token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Seeing, moving and cancelling one's own booking.
    Manage,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Manage => "manage",
        }
    }
}

/// `DAYMARK_SECRET`, and what it was before, which still verifies.
#[derive(Clone)]
pub struct Secrets {
    /// Signs, and verifies.
    pub current: Vec<u8>,
    /// Only verifies.
    pub previous: Option<Vec<u8>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// A booking's token: `<expiry>-<mac>`, an HMAC-SHA256 over id, purpose and expiry (seconds since 1970).
    pub fn booking_token(&self, id: &BookingId, purpose: Purpose, expires: i64) -> String {
        let mac = mac(&self.current, &booking_parts(id, purpose, expires)).finalize().into_bytes();
        format!("{expires}-{}", BASE64URL_NOPAD.encode(&mac))
    }

    /// Whether a token is good for this booking, this purpose and this time (seconds since 1970). In constant time.
    pub fn verifies_booking_token(&self, token: &str, id: &BookingId, purpose: Purpose, now: i64) -> bool {
        let Some((expires, mac)) = token.split_once('-') else { return false };
        let Ok(expires) = expires.parse::<i64>() else { return false };
        self.verifies(mac, &booking_parts(id, purpose, expires)) && now < expires
    }

    /// A host's key for the host's own pages: `<host>.<mac>`.
    pub fn host_key(&self, host: &str, key_version: u32) -> String {
        let mac = mac(&self.current, &host_parts(host, key_version)).finalize().into_bytes();
        format!("{host}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    /// Whether a key is this host's at this version. In constant time.
    pub fn verifies_host_key(&self, key: &str, host: &str, key_version: u32) -> bool {
        let Some((named, mac)) = key.rsplit_once('.') else { return false };
        named == host && self.verifies(mac, &host_parts(host, key_version))
    }

    fn verifies(&self, encoded: &str, parts: &[String]) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(encoded.as_bytes()) else { return false };
        std::iter::once(&self.current)
            .chain(&self.previous)
            .any(|secret| mac(secret, parts).verify_slice(&bytes).is_ok())
    }
}

fn booking_parts(id: &BookingId, purpose: Purpose, expires: i64) -> [String; 4] {
    ["booking".to_owned(), id.as_str().to_owned(), purpose.name().to_owned(), expires.to_string()]
}

fn host_parts(host: &str, key_version: u32) -> [String; 3] {
    ["host".to_owned(), host.to_owned(), key_version.to_string()]
}

/// Each part goes in with its length, so that no two lists of parts read alike.
fn mac(secret: &[u8], parts: &[String]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

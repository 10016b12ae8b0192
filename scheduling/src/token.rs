//! Ids and tokens: a booking's name, and the proof that its bearer may change it.

use std::fmt;

use base16ct::lower as hex;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A booking's id: `<ledger>.<128 random bits>`. By itself, it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookingId(String);

impl BookingId {
    /// Makes an id from 128 random bits.
    pub fn new(ledger: &str, random: [u8; 16]) -> Self {
        Self(format!("{ledger}.{}", Base64UrlUnpadded::encode_string(&random)))
    }

    /// Reads an id; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (ledger, random) = text.rsplit_once('.')?;
        let sound = is_ledger_name(ledger) && Base64UrlUnpadded::decode_vec(random).ok()?.len() == 16;
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

/// Returns true if a name can be a folder of content, and so a ledger's: lower-case letters, digits and hyphens, up to
/// 64 of them.
pub fn is_ledger_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The purpose of a booking's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Seeing, moving and cancelling one's own booking.
    Manage,
    /// The same by the link in an email: whoever changes something by it has proven the address.
    Mailed,
    /// Seeing a booking, and paying for it: whoever takes the payment keeps this one, so it changes nothing else.
    Paying,
    /// Answering a request, as its host.
    Decide,
    /// Switching off a booking's reminders.
    Reminders,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Manage => "manage",
            Purpose::Mailed => "mailed",
            Purpose::Paying => "paying",
            Purpose::Decide => "decide",
            Purpose::Reminders => "reminders",
        }
    }
}

/// `DAYMARK_SECRET`, and its former value, which still verifies.
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
        format!("{expires}-{}", self.sign(&booking_parts(id, purpose, &expires.to_string())))
    }

    /// Returns true if a token is good for this booking, this purpose and this time (seconds since 1970). In constant
    /// time.
    pub fn verifies_booking_token(&self, token: &str, id: &BookingId, purpose: Purpose, now: i64) -> bool {
        let Some((expires, mac)) = token.split_once('-') else { return false };
        // The expiry is signed as it is written: each token has one spelling.
        self.verifies(mac, &booking_parts(id, purpose, expires))
            && expires.parse::<i64>().is_ok_and(|expires| now < expires)
    }

    /// The name of a network among bookings: a digest, which tells nobody where it is. Half of the HMAC will do: only
    /// whether two are the same is asked.
    pub fn network_digest(&self, network: &str) -> String {
        let mac = mac(&self.current, &["network".to_owned(), network.to_owned()]).finalize().into_bytes();
        Base64UrlUnpadded::encode_string(&mac[..16])
    }

    /// The token that has everything about a normalised address erased: `<address>.<expiry>-<mac>`.
    pub fn erasure_token(&self, email: &str, expires: i64) -> String {
        let address = Base64UrlUnpadded::encode_string(email.as_bytes());
        format!("{address}.{expires}-{}", self.sign(&erasure_parts(email, &expires.to_string())))
    }

    /// The normalised address that a token has erased, if it is good at this time (seconds since 1970). In constant
    /// time.
    pub fn address_to_erase(&self, token: &str, now: i64) -> Option<String> {
        let (email, rest) = token.split_once('.')?;
        let (expires, mac) = rest.split_once('-')?;
        let email = String::from_utf8(Base64UrlUnpadded::decode_vec(email).ok()?).ok()?;
        let is_good = self.verifies(mac, &erasure_parts(&email, expires));
        (is_good && now < expires.parse().ok()?).then_some(email)
    }

    /// A host's key for the host's own pages: `<host>.<mac>`.
    pub fn host_key(&self, host: &str, key_version: u32) -> String {
        format!("{host}.{}", self.sign(&host_parts(host, key_version)))
    }

    /// Returns true if a key is this host's at this version. In constant time.
    pub fn verifies_host_key(&self, key: &str, host: &str, key_version: u32) -> bool {
        let Some((named, mac)) = key.rsplit_once('.') else { return false };
        named == host && self.verifies(mac, &host_parts(host, key_version))
    }

    /// The token of the feed of a host's bookings: `<host>.<mac>`. It opens that feed and nothing else, and is revoked
    /// with the key.
    pub fn feed_token(&self, host: &str, key_version: u32) -> String {
        format!("{host}.{}", self.sign(&feed_parts(host, key_version)))
    }

    /// Returns true if a token is of this host's feed at this version of the key. In constant time.
    pub fn verifies_feed_token(&self, token: &str, host: &str, key_version: u32) -> bool {
        let Some((named, mac)) = token.rsplit_once('.') else { return false };
        named == host && self.verifies(mac, &feed_parts(host, key_version))
    }

    /// The digests of a session that a ledger may keep, in hexadecimal: by the current secret first, then by the
    /// previous one. So a session lasts no longer than the secret that it was opened under, and someone who reads a
    /// ledger cannot act as its host.
    pub fn session_digests(&self, session: &str) -> Vec<String> {
        let parts = ["session".to_owned(), session.to_owned()];
        let digest = |secret: &Vec<u8>| hex::encode_string(&mac(secret, &parts).finalize().into_bytes());
        std::iter::once(&self.current).chain(&self.previous).map(digest).collect()
    }

    /// The keys of a contact by its normalised address: first the one that is written under, then, while the secret is
    /// rotated, the former one.
    pub fn contact_keys(&self, email: &str) -> Vec<String> {
        let parts = ["contact".to_owned(), email.to_owned()];
        // In hexadecimal, because a spreadsheet takes text that begins with a hyphen for a formula.
        let key = |secret: &Vec<u8>| hex::encode_string(&mac(secret, &parts).finalize().into_bytes());
        std::iter::once(&self.current).chain(&self.previous).map(key).collect()
    }

    /// The HMAC-SHA256 over those parts by the current secret, in base64url.
    pub(crate) fn sign(&self, parts: &[String]) -> String {
        Base64UrlUnpadded::encode_string(&mac(&self.current, parts).finalize().into_bytes())
    }

    /// Returns true if it is that, or was by the previous secret. In constant time.
    pub(crate) fn verifies(&self, encoded: &str, parts: &[String]) -> bool {
        let Ok(bytes) = Base64UrlUnpadded::decode_vec(encoded) else { return false };
        std::iter::once(&self.current)
            .chain(&self.previous)
            .any(|secret| mac(secret, parts).verify_slice(&bytes).is_ok())
    }
}

fn booking_parts(id: &BookingId, purpose: Purpose, expires: &str) -> [String; 4] {
    ["booking".to_owned(), id.as_str().to_owned(), purpose.name().to_owned(), expires.to_owned()]
}

fn erasure_parts(email: &str, expires: &str) -> [String; 3] {
    ["erasure".to_owned(), email.to_owned(), expires.to_owned()]
}

fn host_parts(host: &str, key_version: u32) -> [String; 3] {
    ["host".to_owned(), host.to_owned(), key_version.to_string()]
}

fn feed_parts(host: &str, key_version: u32) -> [String; 3] {
    ["feed".to_owned(), host.to_owned(), key_version.to_string()]
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

/// The secrets of a test.
#[cfg(test)]
pub(crate) fn secrets(current: &str, previous: Option<&str>) -> Secrets {
    let bytes = |secret: &str| secret.as_bytes().to_vec();
    Secrets { current: bytes(current), previous: previous.map(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES: i64 = 1_800_000_000;

    fn id(random: u8) -> BookingId {
        BookingId::new("aiko", [random; 16])
    }

    /// Checks that a token opens booking 1 a second before it expires, or does not.
    #[track_caller]
    fn check(token: &str, expected: bool) {
        let verified =
            secrets("one", None).verifies_booking_token(token, &id(1), Purpose::Manage, EXPIRES - 1);
        assert_eq!(verified, expected, "{token}");
    }

    #[test]
    fn a_token_opens_its_own_booking_until_it_expires() {
        let secrets = secrets("one", None);
        let token = secrets.booking_token(&id(1), Purpose::Manage, EXPIRES);
        let opens = |id: &BookingId, now| secrets.verifies_booking_token(&token, id, Purpose::Manage, now);
        assert!(opens(&id(1), 0));
        assert!(opens(&id(1), EXPIRES - 1));
        assert!(!opens(&id(1), EXPIRES));
        assert!(!opens(&id(2), 0));
        assert!(!opens(&BookingId::new("jonas", [1; 16]), 0));
    }

    #[test]
    fn a_token_is_the_expiry_and_hmac_sha256_over_parts_with_their_lengths() {
        // Made with Python's hmac module: each part behind its length as eight bytes, big-endian.
        let token = secrets("one", None).booking_token(&id(1), Purpose::Manage, EXPIRES);
        assert_eq!(token, "1800000000--yNcHLuRqnE567WGqM9n0whbIm94cL0nUZ4h-L0i8xk");
        assert_eq!(
            secrets("one", None).host_key("aiko", 1),
            "aiko.HitP-koj0jJfzXp_dTHMKforuqUYdhRAz05q2ogJ5m4"
        );
    }

    #[test]
    fn a_token_that_was_tampered_with_opens_nothing() {
        let token = secrets("one", None).booking_token(&id(1), Purpose::Manage, EXPIRES);
        check(&token, true);
        for place in 0..token.len() {
            for other in ['A', 'B', '0', '1', '-', '_', '.', 'é'] {
                let mut changed: Vec<char> = token.chars().collect();
                if changed[place] == other {
                    continue;
                }
                changed[place] = other;
                check(&changed.iter().collect::<String>(), false);
            }
            check(&token[..place], false);
            check(&token[place + 1..], false);
        }
        check(&format!("{token}A"), false);
        check(&format!("{token}="), false);
        check(&format!(" {token}"), false);
        check(&format!("+{token}"), false);
        check(&format!("0{token}"), false);
        check(&token.replace(&EXPIRES.to_string(), "9999999999999999999999"), false);
        check(&token.replace(&EXPIRES.to_string(), "1900000000"), false);
        check("", false);
        check("-", false);
    }

    #[test]
    fn another_secret_does_not_verify_and_the_previous_one_does() {
        let old = secrets("one", None).booking_token(&id(1), Purpose::Manage, EXPIRES);
        let opens = |secrets: &Secrets| secrets.verifies_booking_token(&old, &id(1), Purpose::Manage, 0);
        assert!(!opens(&secrets("two", None)));
        assert!(opens(&secrets("two", Some("one"))));
        assert!(!opens(&secrets("three", Some("two"))));
        let new = secrets("two", Some("one")).booking_token(&id(1), Purpose::Manage, EXPIRES);
        assert_ne!(new, old, "the previous secret no longer signs");
        assert!(secrets("two", None).verifies_booking_token(&new, &id(1), Purpose::Manage, 0));
    }

    #[test]
    fn a_hosts_key_is_revoked_by_raising_its_version() {
        let secrets = secrets("one", None);
        let key = secrets.host_key("aiko", 1);
        assert!(secrets.verifies_host_key(&key, "aiko", 1));
        assert!(!secrets.verifies_host_key(&key, "aiko", 2));
        assert!(!secrets.verifies_host_key(&key, "jonas", 1));
        assert!(!secrets.verifies_host_key(&key.replace("aiko", "jonas"), "jonas", 1));
        assert!(!secrets.verifies_host_key(&key[..key.len() - 1], "aiko", 1));
        assert!(!secrets.verifies_host_key(key.trim_start_matches("aiko."), "aiko", 1));
        assert!(!secrets.verifies_host_key("", "", 1));
        let other = super::Secrets { current: b"two".to_vec(), previous: Some(b"one".to_vec()) };
        assert!(other.verifies_host_key(&key, "aiko", 1));
    }

    #[test]
    fn a_booking_token_is_no_hosts_key_and_the_other_way_round() {
        let secrets = secrets("one", None);
        let token = secrets.booking_token(&id(1), Purpose::Manage, EXPIRES);
        assert!(!secrets.verifies_host_key(&token, "aiko", 1));
        let key = secrets.host_key("aiko", 1);
        assert!(!secrets.verifies_booking_token(&key, &id(1), Purpose::Manage, 0));
    }

    #[test]
    fn only_an_emails_link_is_an_emails_link() {
        let secrets = secrets("one", None);
        let opens = |token: &str, purpose| secrets.verifies_booking_token(token, &id(1), purpose, 0);
        let [manage, mailed] =
            [Purpose::Manage, Purpose::Mailed].map(|purpose| secrets.booking_token(&id(1), purpose, EXPIRES));
        assert!(opens(&manage, Purpose::Manage) && opens(&mailed, Purpose::Mailed));
        assert!(!opens(&manage, Purpose::Mailed) && !opens(&mailed, Purpose::Manage));
    }

    #[test]
    fn a_network_is_known_again_and_not_by_its_name() {
        let of = |secret, network: &str| secrets(secret, None).network_digest(network);
        assert_eq!(of("one", "203.0.113.9"), of("one", "203.0.113.9"));
        assert_ne!(of("one", "203.0.113.9"), of("one", "203.0.113.8"));
        assert_ne!(of("one", "203.0.113.9"), of("two", "203.0.113.9"));
        assert_eq!(of("one", "203.0.113.9").len(), 22);
    }

    #[test]
    fn an_erasures_token_is_good_for_one_address_and_while_it_lasts() {
        let secrets = secrets("one", None);
        let token = secrets.erasure_token("sam@example.com", EXPIRES);
        assert_eq!(secrets.address_to_erase(&token, EXPIRES - 1).as_deref(), Some("sam@example.com"));
        assert_eq!(secrets.address_to_erase(&token, EXPIRES), None);
        let other = secrets.erasure_token("kim@example.com", EXPIRES);
        let mixed = format!("{}.{}", other.split_once('.').unwrap().0, token.split_once('.').unwrap().1);
        let later = token.replace(&EXPIRES.to_string(), &(EXPIRES + 1).to_string());
        let manage = secrets.booking_token(&id(1), Purpose::Manage, EXPIRES);
        for wrong in [&mixed, &later, &manage, &token[1..], &token[..token.len() - 1], "", ".", "c2Ft.1-"] {
            assert_eq!(secrets.address_to_erase(wrong, EXPIRES - 1), None, "{wrong}");
        }
        let rotated = super::Secrets { current: b"two".to_vec(), previous: Some(b"one".to_vec()) };
        assert!(rotated.address_to_erase(&token, 0).is_some());
    }

    #[test]
    fn a_feeds_token_opens_the_feed_alone_and_is_revoked_with_the_key() {
        let secrets = secrets("one", None);
        let (token, key) = (secrets.feed_token("aiko", 1), secrets.host_key("aiko", 1));
        // Made with Python's hmac module, as above.
        assert_eq!(token, "aiko.vpTT3pisg3jSqliHlPJxUEqEFdX0OaIhaqC67Rv8Z3w");
        assert!(secrets.verifies_feed_token(&token, "aiko", 1));
        assert!(!secrets.verifies_feed_token(&token, "aiko", 2));
        assert!(!secrets.verifies_feed_token(&token, "jonas", 1));
        assert!(!secrets.verifies_feed_token(&token.replace("aiko", "jonas"), "jonas", 1));
        assert!(!secrets.verifies_feed_token(&key, "aiko", 1));
        assert!(!secrets.verifies_host_key(&token, "aiko", 1));
        assert!(!secrets.verifies_feed_token("", "", 1));
    }

    #[test]
    fn a_session_lasts_no_longer_than_the_secret_that_it_was_opened_under() {
        let digests = |current, previous| secrets(current, previous).session_digests("aiko.x");
        let [old] = digests("one", None).try_into().unwrap();
        assert_eq!(old.len(), 64);
        assert_eq!(digests("two", Some("one"))[1], old);
        assert!(!digests("two", None).contains(&old));
        assert_ne!(secrets("one", None).session_digests("aiko.y"), [old]);
    }

    /// Parts that read alike when joined are still told apart.
    #[test]
    fn where_one_part_ends_is_part_of_the_signature() {
        let code = |parts: &[&str]| {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            mac(b"one", &parts).finalize().into_bytes()
        };
        assert_ne!(code(&["host", "aiko", "11"]), code(&["host", "aiko1", "1"]));
        assert_ne!(code(&["host", "aiko"]), code(&["host", "aiko", ""]));
    }

    #[test]
    fn secrets_do_not_show_themselves() {
        assert_eq!(format!("{:?}", secrets("one", Some("two"))), "Secrets(…)");
    }

    #[track_caller]
    fn check_id(text: &str, ledger: Option<&str>) {
        let parsed = BookingId::parse(text);
        assert_eq!(parsed.as_ref().map(BookingId::ledger), ledger, "{text}");
        if let Some(id) = parsed {
            assert_eq!((id.as_str(), id.to_string().as_str()), (text, text));
        }
    }

    #[test]
    fn an_id_is_a_ledgers_name_and_128_bits() {
        let random = Base64UrlUnpadded::encode_string(&[0xff; 16]);
        check_id(id(1).as_str(), Some("aiko"));
        check_id(&format!("a-1.{random}"), Some("a-1"));
        check_id(&format!("{}.{random}", "a".repeat(64)), Some(&"a".repeat(64)));
        check_id(&format!("{}.{random}", "a".repeat(65)), None);
        for ledger in ["", "-a", "a-", "A", "a b", "a/b", "..", "a.b", "é", "a\0", "a%"] {
            check_id(&format!("{ledger}.{random}"), None);
        }
        check_id(&random, None);
        check_id(&format!("aiko.{}", &random[1..]), None);
        check_id(&format!("aiko.{random}A"), None);
        check_id(&format!("aiko.{random}=="), None);
        check_id(&format!("aiko.{}+", &random[1..]), None);
        check_id(&format!("aiko.{}/", &random[1..]), None);
        // The last character carries four bits that are not the id's: they must be zero, or one booking would have
        // sixteen ids.
        check_id(&format!("aiko.{}A", "A".repeat(21)), Some("aiko"));
        check_id(&format!("aiko.{}B", "A".repeat(21)), None);
        check_id("", None);
        check_id(".", None);
    }
}

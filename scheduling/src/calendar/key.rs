//! What tells events from each other, and how one is told to its host.

use sha2::{Digest, Sha256};

/// A digest of an event's UID, as that can be of any length; nobody makes one for another's UID.
pub(super) type Key = i64;

pub(super) fn key(uid: &str) -> Key {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(uid)[..8]);
    i64::from_be_bytes(first)
}

/// As it is told, and kept for what is left out: sixteen hexadecimal digits.
pub(super) fn in_digits(key: Key) -> String {
    format!("{:016x}", key.cast_unsigned())
}

pub(super) fn of_digits(digits: &str) -> Option<Key> {
    u64::from_str_radix(digits, 16).ok().map(u64::cast_signed)
}

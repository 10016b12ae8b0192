//! Signatures of webhooks (Standard Webhooks 1.0.0): made for what goes out, and looked at on what comes in.

use std::ops::RangeInclusive;

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The length that a key may have, in bytes.
const KEY_BYTES: RangeInclusive<usize> = 24..=64;
/// How far the time of a signature may lie from now, in seconds, either way.
const TOLERANCE_SECONDS: u64 = 300;

/// The key that a secret holds: `whsec_` and Base64.
pub(crate) fn key(secret: &str) -> Option<Vec<u8>> {
    let secret = secret.trim();
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret).trim_end_matches('=');
    let key = Base64Unpadded::decode_vec(encoded).unwrap_or_default();
    KEY_BYTES.contains(&key.len()).then_some(key)
}

/// The signature of a body, as its header has it.
pub(crate) fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mac = mac(key, id, &timestamp.to_string(), body.as_bytes());
    format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
}

/// Whether one of the signatures that a body came with is of one of these keys, and of now.
pub(crate) fn verifies(
    keys: &[Vec<u8>],
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: i64,
) -> bool {
    let is_of_now = timestamp.parse::<i64>().is_ok_and(|time| time.abs_diff(now) <= TOLERANCE_SECONDS);
    let is_good = |key: &Vec<u8>| {
        let mut signatures = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        signatures.any(|signature| {
            let bytes = Base64::decode_vec(signature).unwrap_or_default();
            mac(key, id, timestamp, body).verify_slice(&bytes).is_ok()
        })
    };
    is_of_now && !id.is_empty() && keys.iter().any(is_good)
}

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const T: i64 = 1_614_265_330;

    /// The example of the specification.
    #[test]
    fn what_is_signed_is_verified() {
        let key = key(SECRET).unwrap();
        let signature = sign(&key, ID, T, BODY);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let keys = [vec![0; 24], key];
        let verifies = |id: &str, time: &str, signatures: &str, body: &str, now: i64| {
            verifies(&keys, (id, time, signatures), body.as_bytes(), now)
        };
        let time = T.to_string();
        assert!(verifies(ID, &time, &signature, BODY, T + 300));
        assert!(verifies(ID, &time, &format!("v1,AAAA v2,x {signature}"), BODY, T - 300));
        assert!(!verifies(ID, &time, &signature, BODY, T + 301));
        assert!(!verifies("", &time, &signature, BODY, T));
        assert!(!verifies("msg_other", &time, &signature, BODY, T));
        assert!(!verifies(ID, "1614265331", &signature, BODY, T));
        assert!(!verifies(ID, &time, &signature, "{}", T));
        assert!(!verifies(ID, &time, "", BODY, T));
        assert!(!verifies(ID, "", &signature, BODY, T));
    }

    #[test]
    fn a_key_has_the_length_that_the_standard_wants() {
        assert!(key("whsec_c2hvcnQ=").is_none() && key("").is_none() && key("whsec_!").is_none());
        assert_eq!(key(" MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), key(SECRET));
    }
}

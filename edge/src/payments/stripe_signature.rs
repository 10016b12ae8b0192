//! The signatures of Stripe's webhooks: `Stripe-Signature: t=<seconds>,v1=<hex>`.

use base16ct::lower as hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the time of a signature may lie from now, in seconds, either way: as Stripe's own libraries have it.
const TOLERANCE_SECONDS: u64 = 300;

/// Whether a body was signed with a secret, lately. The key is the whole secret, with its `whsec_`, as bytes: not
/// Base64, as Standard Webhooks have it. While a secret is rolled, there are two signatures: one is enough.
pub(crate) fn verifies(header: &str, body: &[u8], secret: &str, now: i64) -> bool {
    let parts = header.split(',').filter_map(|part| part.trim().split_once('='));
    let times: Vec<&str> = parts.clone().filter(|(name, _)| *name == "t").map(|(_, value)| value).collect();
    let [time] = times[..] else { return false };
    let is_of_now = time.parse::<i64>().is_ok_and(|time| time.abs_diff(now) <= TOLERANCE_SECONDS);
    if !is_of_now {
        return false;
    }
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let mut signatures = parts.filter(|(name, _)| *name == "v1").map(|(_, value)| value);
    signatures.any(|signature| {
        let bytes = hex::decode_vec(signature).unwrap_or_default();
        mac.clone().verify_slice(&bytes).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;
    const SIGNATURE: &str = "142adefebdf4e24c70c11665ce64d455804ccd44ad11555a7ca70d707e3e99ff";
    const T: i64 = 1_800_000_000;

    #[track_caller]
    fn check(header: &str, now: i64, expected: bool) {
        let header = header.replace("SIGNATURE", SIGNATURE);
        assert_eq!(verifies(&header, BODY, "whsec_test", now), expected, "{header}");
    }

    /// The signature is one that Stripe's own library has made.
    #[test]
    fn what_stripe_has_signed_is_taken() {
        check("t=1800000000,v1=SIGNATURE", T, true);
        check("t=1800000000, v1=SIGNATURE", T + 300, true);
        check("t=1800000000,v1=SIGNATURE", T - 300, true);
        check("t=1800000000,v1=00,v1=SIGNATURE,v0=11", T, true);
        assert!(!verifies(&format!("t={T},v1={SIGNATURE}"), b"{}", "whsec_test", T));
        assert!(!verifies(&format!("t={T},v1={SIGNATURE}"), BODY, "whsec_other", T));
    }

    #[test]
    fn nothing_else_is() {
        check("t=1800000000,v1=SIGNATURE", T + 301, false);
        check("t=1800000000,v1=SIGNATURE", T - 301, false);
        check("t=1800000001,v1=SIGNATURE", T, false);
        check("t=1800000000,t=1800000000,v1=SIGNATURE", T, false);
        check("t=1800000000,v0=SIGNATURE", T, false);
        check("v1=SIGNATURE", T, false);
        check("t=,v1=SIGNATURE", T, false);
        check("t=1800000000,v1=", T, false);
        check("", T, false);
        check(&format!("t=1800000000,v1={}", SIGNATURE.to_uppercase()), T, false);
    }
}

//! Refresh tokens that a service has given in the place of the one that its secret holds, which ends some day: kept in
//! the ledger, sealed with that secret. Whoever sets another secret begins anew.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// What the key is made from besides the secret, so that it is used for nothing else.
const PURPOSE: &str = "daymark renewed token";
const NONCE_BYTES: usize = 12;

/// A token as the ledger keeps it. Without random numbers, it is not kept.
pub(super) async fn sealed(platform: &(impl Clock + Outgoing), secret: &str, token: &str) -> Option<String> {
    let random = platform.random().ok()?;
    let nonce = random.first_chunk::<NONCE_BYTES>()?;
    let sealed = platform.seal(&key(secret), nonce, token.as_bytes()).await?;
    Some(Base64UrlUnpadded::encode_string(&[nonce.as_slice(), &sealed].concat()))
}

/// A token that was sealed with this secret, and not changed since.
pub(super) async fn opened(outgoing: &impl Outgoing, secret: &str, sealed: &str) -> Option<String> {
    let sealed = Base64UrlUnpadded::decode_vec(sealed).ok()?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    String::from_utf8(outgoing.open(&key(secret), nonce, sealed).await?).ok()
}

fn key(secret: &str) -> [u8; 32] {
    Sha256::new().chain_update(PURPOSE).chain_update([0]).chain_update(secret).finalize().into()
}

//! Tokens that open a calendar for an hour: given for a service account's signature (RFC 7523), or for a refresh token
//! (RFC 6749, 6).

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;
use http::{Method, StatusCode};
use scheduling::json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::key::{self, Key, Kind};
use super::said;
use crate::calendars::fetch::fetch_once;
use crate::calendars::unwritten::Unwritten;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

/// For how long a signature asks, which is the most that it may.
const LIFETIME_SECONDS: i64 = 3600;
/// The most bytes of an answer.
const MOST_BYTES: usize = 64 << 10;

/// A token.
pub(super) struct Token {
    pub(super) text: String,
    /// It was not given just now.
    pub(super) is_from_before: bool,
}

/// The answer to whoever asks for a token.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: u32,
}

/// A token for a key, within a deadline that began at some time.
pub(super) async fn of(
    platform: &(impl Clock + Outgoing),
    key: &Key,
    (begun, deadline): (DateTime<Utc>, Duration),
) -> Result<Token, Unwritten> {
    let now = platform.now();
    if let Some(text) = key.token.kept(now) {
        return Ok(Token { text, is_from_before: true });
    }
    let request = OutgoingRequest {
        method: Method::POST,
        url: key.token_uri.clone(),
        headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: Bytes::from(proof(platform, key, now).await.map_err(Unwritten::refused)?),
        deadline,
        wanted: Wanted::Whole { most_bytes: MOST_BYTES },
    };
    let answer = fetch_once(platform, request, begun).await?;
    let given = json::from_slice::<Given>(answer.body()).ok();
    let given = given.filter(|_| answer.status() == StatusCode::OK);
    let given = given.ok_or_else(|| said::no_token(&answer, key.is_account()))?;
    key.token.keep(&given.access_token, given.expires_in.into(), now);
    Ok(Token { text: given.access_token, is_from_before: false })
}

/// What a token is given for, as a form.
async fn proof(outgoing: &impl Outgoing, key: &Key, now: DateTime<Utc>) -> Result<String, String> {
    let form = match &key.kind {
        Kind::Account { email, key_id, private_key } => {
            let text = claims(key, (email, key_id), now.timestamp());
            let signature =
                outgoing.sign(private_key, &text).await.ok_or_else(|| key::unusable(&key.secret))?;
            vec![
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
                ("assertion", format!("{text}.{}", Base64UrlUnpadded::encode_string(&signature))),
            ]
        }
        Kind::Consent { client_id, client_secret, refresh_token } => vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", client_id.clone()),
            ("client_secret", client_secret.clone()),
            ("refresh_token", refresh_token.clone()),
        ],
    };
    Ok(Serializer::new(String::new()).extend_pairs(form).finish())
}

/// The part of a JWT that is signed (RFC 7515, 5.1).
fn claims(key: &Key, (email, key_id): (&str, &str), issued: i64) -> String {
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key_id });
    let claims = json!({
        "iss": email,
        "scope": key.scope,
        // Wherever it is exchanged, as Google's own libraries do.
        "aud": key::TOKENS,
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
    });
    let encoded = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    format!("{}.{}", encoded(header), encoded(claims))
}

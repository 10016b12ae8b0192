//! What lets Daymark in at Google: the key of a service account, or a refresh token of somebody who has consented.

use base64ct::{Base64, Encoding};
use scheduling::json;
use serde::Deserialize;

use crate::calendars::tokens;

/// Where the Calendar API is, as Google's description of it has it.
const ENDPOINT: &str = "https://www.googleapis.com/calendar/v3";
/// Where Google gives tokens.
pub(super) const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// To read and to write events: the least that lets write to a calendar that somebody else shares.
pub(super) const WRITE: &str = "https://www.googleapis.com/auth/calendar.events";
/// To read when somebody is busy, and nothing else of an event.
pub(super) const READ: &str = "https://www.googleapis.com/auth/calendar.events.freebusy";

/// The way to a calendar.
pub(in crate::calendars) struct Way<'a> {
    /// Its id there.
    pub(in crate::calendars) id: &'a str,
    /// The name of the secret that is the key.
    pub(in crate::calendars) secret: &'a str,
    /// Whether Daymark wants to be let in to write.
    pub(in crate::calendars) is_written_to: bool,
}

/// The secret as Google writes it, or as its owner puts it together.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    client_email: String,
    private_key: String,
    private_key_id: String,
    token_uri: String,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    /// Google's libraries call an address of the API by that name.
    api_endpoint: String,
}

/// A key, with what it opens.
pub(super) struct Key {
    /// The name of the secret.
    pub(super) secret: String,
    pub(super) kind: Kind,
    /// Where it is exchanged for a token.
    pub(super) token_uri: String,
    /// What it is to open.
    pub(super) scope: &'static str,
    /// What the token that it gives is kept under.
    pub(super) token: tokens::Key,
    endpoint: String,
}

pub(super) enum Kind {
    /// A service account's own.
    Account {
        email: String,
        key_id: String,
        /// PKCS#8.
        private_key: Vec<u8>,
    },
    /// The consent of somebody who has an account, given to a client.
    Consent { client_id: String, client_secret: String, refresh_token: String },
}

impl Key {
    /// Reads a secret's value, of which no word is told.
    pub(super) fn read(secret: &str, way: &Way<'_>) -> Result<Self, String> {
        let name = way.secret;
        // In files of environments, some readers keep the quotes around a value.
        let text = secret.trim().trim_matches('\'').trim_start_matches('\u{feff}');
        let written: Written = json::from_str(text).map_err(|_| {
            format!("the secret {name} is not the key's file: set it to all of that, as Google made it")
        })?;
        let has = |field: &str, value: &str| match value {
            "" => Err(format!("the secret {name} lacks `{field}`")),
            _ => Ok(()),
        };
        let kind = if written.private_key.is_empty() {
            if written.refresh_token.is_empty() {
                return Err(format!("the secret {name} has neither a `private_key` nor a `refresh_token`"));
            }
            has("client_id", &written.client_id)?;
            has("client_secret", &written.client_secret)?;
            let Written { client_id, client_secret, refresh_token, .. } = written;
            Kind::Consent { client_id, client_secret, refresh_token }
        } else {
            has("client_email", &written.client_email)?;
            if way.id == "primary" {
                return Err(
                    "`primary` is the service account's own calendar: set `id` to the host's".to_owned()
                );
            }
            let private_key = pkcs8(&written.private_key).ok_or_else(|| unusable(name))?;
            Kind::Account { email: written.client_email, key_id: written.private_key_id, private_key }
        };
        let scope = if way.is_written_to { WRITE } else { READ };
        Ok(Self {
            secret: name.to_owned(),
            kind,
            token_uri: or(written.token_uri, TOKENS),
            scope,
            token: tokens::Key::of(&format!("{scope} {secret}")),
            endpoint: or(written.api_endpoint, ENDPOINT).trim_end_matches('/').to_owned(),
        })
    }

    /// Where the API is, without a slash at its end.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// True if it is a service account's, with which calendars are shared.
    pub(super) fn is_account(&self) -> bool {
        matches!(self.kind, Kind::Account { .. })
    }
}

/// Why a key cannot be used.
pub(super) fn unusable(secret: &str) -> String {
    format!(
        "the `private_key` in the secret {secret} is damaged: set the secret to all of the key's file, as Google made it"
    )
}

fn or(value: String, otherwise: &str) -> String {
    if value.is_empty() { otherwise.to_owned() } else { value }
}

/// The bytes of a PEM text (RFC 7468, 10).
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?;
    let body = body.strip_suffix("-----END PRIVATE KEY-----")?;
    let body: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    Base64::decode_vec(&body).ok()
}

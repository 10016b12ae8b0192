//! An application as it is registered: what its secret is to say, and how it asks for consent.

use serde_json::{Value, json};

use super::address::{encoded, origin};
use super::application::{API, SIGN_IN};
use crate::calendars::consent::{Client, Service};

/// An application that somebody has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The directory that it is in, or `consumers` for personal accounts.
    pub tenant_id: String,
    /// Its id.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<String>,
    /// Where Microsoft Graph is, in a national cloud.
    pub api_endpoint: Option<String>,
    /// Where tokens are given there.
    pub token_endpoint: Option<String>,
}

impl Registration {
    /// The application, as it asks a user for consent.
    pub fn client(&self, is_written_to: bool) -> Client {
        let token_endpoint = self
            .token_endpoint
            .clone()
            .unwrap_or_else(|| format!("{SIGN_IN}/{}/oauth2/v2.0/token", encoded(&self.tenant_id)));
        let sign_in = token_endpoint.strip_suffix("/token").unwrap_or(&token_endpoint);
        let permission = if is_written_to { "Calendars.ReadWrite" } else { "Calendars.Read" };
        Client {
            service: Service::Microsoft,
            authorization_endpoint: format!("{sign_in}/authorize"),
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
            scope: format!(
                "{}/{permission} offline_access",
                origin(self.api_endpoint.as_deref().unwrap_or(API))
            ),
            token_endpoint,
        }
    }

    /// The value of the secret, in one line: with a refresh token where a user has consented.
    pub fn secret(&self, refresh_token: Option<&str>) -> String {
        let mut secret = json!({ "tenant_id": self.tenant_id, "client_id": self.client_id });
        let more = [
            ("client_secret", self.client_secret.as_deref()),
            ("refresh_token", refresh_token),
            ("api_endpoint", self.api_endpoint.as_deref()),
            ("token_endpoint", self.token_endpoint.as_deref()),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                secret[name] = Value::from(value);
            }
        }
        secret.to_string()
    }
}

//! The application that a calendar is read by: what its secret says.

use scheduling::json;
use serde_json::Value;

use super::address::{encoded, origin};
use crate::calendars::tokens::Key;

/// Microsoft Graph of all the world but for some governments' clouds.
pub(super) const API: &str = "https://graph.microsoft.com/v1.0";
/// The same of what gives tokens.
pub(super) const SIGN_IN: &str = "https://login.microsoftonline.com";

/// An application that is let in.
pub(super) struct Application {
    /// The address of Microsoft Graph, without a slash at the end.
    pub(super) api: String,
    /// The address that gives tokens.
    pub(super) token_endpoint: String,
    /// What is sent there; and the refresh token of its user, where it acts for one, who has a mailbox of their own.
    form: Vec<(&'static str, String)>,
    scope: String,
    refresh_token: Option<String>,
    /// What its tokens are kept under.
    pub(super) key: Key,
}

impl Application {
    /// Reads the value of a secret of that name: by client credentials (RFC 6749, 4.4), or with a refresh token of its
    /// user (6).
    pub(super) fn of(secret: &str, name: &str) -> Result<Self, String> {
        let read: Value = json::from_str(secret.trim().trim_start_matches('\u{feff}'))
            .map_err(|_| format!("the secret {name} is not JSON"))?;
        let text = |key: &str| read[key].as_str().map(str::trim).filter(|text| !text.is_empty());
        let lacks = |key: &str| format!("the secret {name} lacks `{key}`");
        let client_id = text("client_id").ok_or_else(|| lacks("client_id"))?;
        let (refresh_token, client_secret) = (text("refresh_token"), text("client_secret"));
        let tenant = match (text("tenant_id"), refresh_token) {
            (Some(tenant), _) => tenant,
            (None, Some(_)) => "common",
            (None, None) => return Err(lacks("tenant_id")),
        };
        let api = text("api_endpoint").unwrap_or(API).trim_end_matches('/');
        if refresh_token.is_none() && client_secret.is_none() {
            return Err(lacks("client_secret"));
        }
        let mut form = vec![("client_id", client_id.to_owned())];
        form.extend(client_secret.map(|secret| ("client_secret", secret.to_owned())));
        let more = if refresh_token.is_some() { " offline_access" } else { "" };
        let sign_in = || format!("{SIGN_IN}/{}/oauth2/v2.0/token", encoded(tenant));
        Ok(Self {
            api: api.to_owned(),
            token_endpoint: text("token_endpoint").map_or_else(sign_in, str::to_owned),
            form,
            scope: format!("{}/.default{more}", origin(api)),
            refresh_token: refresh_token.map(str::to_owned),
            key: Key::of(secret),
        })
    }

    /// True if it acts for a user.
    pub(super) fn has_user(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// What is sent for a token, with a refresh token in the place of the secret's.
    pub(super) fn form(&self, renewed: Option<&str>) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.form);
        match renewed.or(self.refresh_token.as_deref()) {
            Some(token) => {
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token);
            }
            None => {
                form.append_pair("grant_type", "client_credentials");
            }
        }
        form.append_pair("scope", &self.scope).finish()
    }
}

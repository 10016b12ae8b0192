//! The files of keys that Google gives out: a service account's, or a client's that asks for consent.

use scheduling::json;
use serde::Deserialize;
use serde_json::json;

use super::key::{READ, TOKENS, WRITE};
use crate::calendars::consent::{Client, Service};

/// Where somebody consents.
const CONSENTS: &str = "https://accounts.google.com/o/oauth2/v2/auth";

/// A file of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// A service account's own, which is a secret as it is: calendars are shared with its address.
    Account {
        /// Its address.
        email: String,
    },
    /// A client's, for a consent.
    Client(ClientFile),
}

/// A client, as Google's file describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClientFile {
    client_id: String,
    client_secret: String,
    auth_uri: String,
    token_uri: String,
    api_endpoint: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    client_email: String,
    private_key: String,
    installed: Option<ClientFile>,
    web: Option<ClientFile>,
}

impl KeyFile {
    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// An error says what it is not, in words that follow the file's name.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|_| "is not a file of a key that Google has made: it is not JSON".to_owned())?;
        if !written.private_key.is_empty() && !written.client_email.is_empty() {
            return Ok(Self::Account { email: written.client_email });
        }
        if written.web.is_some() {
            return Err("is of a client for the web, whose consent cannot be answered on this machine: make one of the \
                        type “Desktop app”"
                .to_owned());
        }
        match written.installed {
            Some(client) if !client.client_id.is_empty() && !client.client_secret.is_empty() => {
                Ok(Self::Client(client))
            }
            _ => {
                Err("is neither a service account's key nor an OAuth client of the type “Desktop app”"
                    .to_owned())
            }
        }
    }
}

impl ClientFile {
    /// The client, as it asks for consent.
    pub fn client(&self, is_written_to: bool) -> Client {
        let or = |value: &str, otherwise: &str| if value.is_empty() { otherwise } else { value }.to_owned();
        Client {
            service: Service::Google,
            authorization_endpoint: or(&self.auth_uri, CONSENTS),
            token_endpoint: or(&self.token_uri, TOKENS),
            id: self.client_id.clone(),
            secret: Some(self.client_secret.clone()),
            scope: if is_written_to { WRITE } else { READ }.to_owned(),
        }
    }

    /// The value of the secret, in one line, once somebody has consented.
    pub fn secret(&self, refresh_token: &str) -> String {
        let mut secret = json!({
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": refresh_token,
        });
        let more = [("token_uri", &self.token_uri, TOKENS), ("api_endpoint", &self.api_endpoint, "")];
        for (name, value, usual) in more {
            if !value.is_empty() && value != usual {
                secret[name] = value.as_str().into();
            }
        }
        secret.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_it_has() {
        let account =
            r#"{"type":"service_account","client_email":"d@p.iam.gserviceaccount.com","private_key":"k"}"#;
        assert_eq!(
            KeyFile::read(account),
            Ok(KeyFile::Account { email: "d@p.iam.gserviceaccount.com".to_owned() })
        );
        for (text, expected) in [
            ("{", "is not a file of a key that Google has made: it is not JSON"),
            (
                r#"{"web":{"client_id":"c","client_secret":"s"}}"#,
                "is of a client for the web, whose consent cannot be answered on this machine: make one of the type “Desktop app”",
            ),
            (
                r#"{"installed":{"client_id":"c"}}"#,
                "is neither a service account's key nor an OAuth client of the type “Desktop app”",
            ),
            ("{}", "is neither a service account's key nor an OAuth client of the type “Desktop app”"),
        ] {
            assert_eq!(KeyFile::read(text), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_google_has_where_everybody_has_it_is_not_in_the_secret() {
        let file = |more: &str| {
            let text = format!(r#"{{"installed":{{"client_id":"c","client_secret":"s"{more}}}}}"#);
            let Ok(KeyFile::Client(file)) = KeyFile::read(&text) else { panic!("{text}") };
            file
        };
        let usual = r#"{"client_id":"c","client_secret":"s","refresh_token":"1//r"}"#;
        assert_eq!(file("").secret("1//r"), usual);
        let own =
            format!(r#","token_uri":"{TOKENS}","auth_uri":"https://accounts.google.com/o/oauth2/auth""#);
        assert_eq!(file(&own).secret("1//r"), usual);
        assert_eq!(
            file(&own).client(false).authorization_endpoint,
            "https://accounts.google.com/o/oauth2/auth"
        );
        let secret = file(r#","token_uri":"http://127.0.0.1/token""#).secret("1//r");
        assert!(secret.ends_with(r#","token_uri":"http://127.0.0.1/token"}"#), "{secret}");
    }
}

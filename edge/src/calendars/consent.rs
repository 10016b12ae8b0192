//! The consent of somebody who has a calendar, given in their browser to a program on the same machine (RFC 8252, 7.3),
//! in exchange for a code that nobody else can use (RFC 7636).

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

use super::fetch::fetch_once;
use super::{google, microsoft};
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;
use crate::call::stop::Fault;

const DEADLINE: Duration = Duration::from_secs(30);
/// The most bytes of an answer.
const MOST_BYTES: usize = 64 << 10;
/// The longest name of an error.
const LONGEST_NAME: usize = 64;

/// Who asks for consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Whose calendar it is.
    pub service: Service,
    /// The page on which somebody consents.
    pub authorization_endpoint: String,
    /// Where a code is exchanged.
    pub token_endpoint: String,
    /// The client's id.
    pub id: String,
    /// The client's secret, if it has one.
    pub secret: Option<String>,
    /// What it is to open.
    pub scope: String,
}

/// A service at which somebody consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Google Calendar.
    Google,
    /// Microsoft 365 and Outlook.com.
    Microsoft,
}

/// One consent that is asked for.
#[derive(Debug)]
pub struct Consent {
    client: Client,
    redirect_uri: String,
    state: String,
    verifier: String,
}

/// What a browser has brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing of this consent: it asked for something else.
    Else,
    /// The answer to another consent, or a forged one.
    Foreign,
    /// A refusal, for this reason.
    Refused(String),
    /// A code, to be exchanged.
    Code(String),
}

impl Consent {
    /// A consent whose answer is awaited on a port of this machine.
    ///
    /// # Errors
    ///
    /// There is no randomness.
    pub fn new(client: Client, port: u16, clock: &impl Clock) -> Result<Self, Fault> {
        // Microsoft takes any port of `localhost`, and of that alone; Google, of the address itself.
        let host = match client.service {
            Service::Google => "127.0.0.1",
            Service::Microsoft => "localhost",
        };
        let verifier = [clock.random()?, clock.random()?].concat();
        Ok(Self {
            client,
            redirect_uri: format!("http://{host}:{port}"),
            state: Base64UrlUnpadded::encode_string(&clock.random()?),
            verifier: Base64UrlUnpadded::encode_string(&verifier),
        })
    }

    /// The address at which somebody consents.
    pub fn address(&self) -> String {
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(&self.verifier));
        let mut query = Serializer::new(String::new());
        query
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &self.client.scope)
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        match self.client.service {
            // A refresh token is given only with a consent that is new.
            Service::Google => query.append_pair("access_type", "offline").append_pair("prompt", "consent"),
            Service::Microsoft => query.append_pair("prompt", "select_account"),
        };
        format!("{}?{}", self.client.authorization_endpoint, query.finish())
    }

    /// What a request of the browser says, by its path and query.
    pub fn answered(&self, target: &str) -> Answered {
        let Some(("/", query)) = target.split_once('?') else { return Answered::Else };
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let (code, error) = (value("code"), value("error"));
        if code.is_none() && error.is_none() {
            return Answered::Else;
        }
        if value("state").as_deref() != Some(&self.state) {
            return Answered::Foreign;
        }
        match (error, code) {
            (None, Some(code)) => Answered::Code(code),
            (error, _) => Answered::Refused(refusal(&error.unwrap_or_default())),
        }
    }

    /// The refresh token for a code.
    ///
    /// # Errors
    ///
    /// An error says why there is none.
    pub async fn refresh_token(
        &self,
        platform: &(impl Clock + Outgoing),
        code: &str,
    ) -> Result<String, String> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_verifier", &self.verifier);
        if let Some(secret) = &self.client.secret {
            form.append_pair("client_secret", secret);
        }
        if self.client.service == Service::Microsoft {
            form.append_pair("scope", &self.client.scope);
        }
        let request = OutgoingRequest {
            method: Method::POST,
            url: self.client.token_endpoint.clone(),
            headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: Bytes::from(form.finish()),
            deadline: DEADLINE,
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        };
        let answer = fetch_once(platform, request, platform.now()).await?;
        let said = microsoft::said::json(&answer).unwrap_or_default();
        if answer.status() != StatusCode::OK || said["access_token"].as_str().is_none() {
            if said["error"] == "invalid_grant" {
                return Err(
                    "the code is not accepted, perhaps as it came too late (invalid_grant): start again"
                        .to_owned(),
                );
            }
            let refused = match self.client.service {
                Service::Google => Some(google::said::no_token(&answer, false)),
                Service::Microsoft => microsoft::said::token(&answer).err(),
            };
            return Err(refused.map_or_else(String::new, |refused| refused.reason));
        }
        // At Google, what is wanted has a box of its own, which can be left empty.
        let given = said["scope"].as_str();
        if self.client.service == Service::Google
            && given.is_some_and(|given| !given.split(' ').any(|one| one == self.client.scope))
        {
            return Err("the consent does not cover the calendar: start again, and tick its box".to_owned());
        }
        let token = said["refresh_token"].as_str().filter(|token| !token.is_empty());
        token
            .map(str::to_owned)
            .ok_or_else(|| "there is no refresh token in the answer: start again".to_owned())
    }
}

/// What an error says that a browser brings (RFC 6749, 4.1.2.1). Only its name is told.
fn refusal(error: &str) -> String {
    let is_name = (1..=LONGEST_NAME).contains(&error.len())
        && error.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match error {
        "access_denied" => "it was not consented to (access_denied)".to_owned(),
        _ if is_name => format!("it could not be consented to ({error})"),
        _ => "it could not be consented to".to_owned(),
    }
}

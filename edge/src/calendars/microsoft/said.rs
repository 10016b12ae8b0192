//! What Microsoft has said where it does not do what it is asked, in words that say what to do. Of its own words, only
//! the names of errors are told: in all others there may be titles, or secrets.

use http::StatusCode;
use serde_json::Value;

use crate::calendars::unwritten::Unwritten;
use crate::call::exchange::Response;

/// What is said of an answer that says nothing.
const NO_ANSWER: &str = "its answer is cut off, or is not one of Microsoft Graph";
/// The longest name of an error.
const LONGEST_NAME: usize = 64;
/// The seconds that a token is valid for, where nobody says.
const USUAL_SECONDS: i64 = 3599;

/// The body of an answer, if it is JSON.
pub(in crate::calendars) fn json(answer: &Response) -> Option<Value> {
    scheduling::json::from_slice(answer.body()).ok()
}

/// Why there is nothing where that was the answer.
pub(super) fn no_answer() -> Unwritten {
    Unwritten::because(NO_ANSWER)
}

/// What was given (RFC 6749, 5.1).
pub(in crate::calendars) struct Given {
    /// The access token.
    pub(super) access: String,
    /// For how many seconds that is valid.
    pub(super) seconds: i64,
    /// The refresh token to ask with from then on.
    pub(super) refresh: Option<String>,
}

/// The tokens that were given.
pub(in crate::calendars) fn token(answer: &Response) -> Result<Given, Unwritten> {
    let said = json(answer).unwrap_or_default();
    match (answer.status(), said["access_token"].as_str()) {
        (StatusCode::OK, Some(token)) if is_header(token) => Ok(Given {
            access: token.to_owned(),
            seconds: said["expires_in"].as_i64().unwrap_or(USUAL_SECONDS),
            refresh: said["refresh_token"].as_str().filter(|token| !token.is_empty()).map(str::to_owned),
        }),
        (StatusCode::OK, _) => {
            Err(Unwritten::because("its sign-in answered with something else than a token"))
        }
        (status, _) => Err(Unwritten {
            // Whatever is wrong with what was sent is answered with 400 (5.2).
            is_refused: matches!(status.as_u16(), 400 | 401 | 403),
            ..Unwritten::by(answer, not_let_in(status, &said))
        }),
    }
}

fn is_header(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Why there is no token. Microsoft numbers its reasons, as AADSTS7000222.
fn not_let_in(status: StatusCode, said: &Value) -> String {
    let number = said["error_codes"][0].as_u64();
    let meaning = match number {
        Some(7_000_215) => {
            "the `client_secret` is wrong: it is the value of a client secret, not the secret's ID"
        }
        Some(7_000_222) => {
            "the application's client secret has expired: make a new one, and set the secret anew"
        }
        Some(700_016) => "the tenant has no application of that `client_id`",
        Some(90_002 | 900_023 | 90_023) => "there is no tenant of that `tenant_id`",
        Some(7_000_112) => "the application is disabled",
        _ if said["error"] == "invalid_grant" => {
            "the refresh token has ended, or was withdrawn: sign in again, and set the secret anew"
        }
        _ if said["error"] == "invalid_client" => {
            "the application is not let in: its `client_secret` is wrong"
        }
        _ => by_status(status.as_u16()),
    };
    let number = number.map(|number| format!("AADSTS{number}"));
    let name = number.or_else(|| name(&said["error"]));
    format!("its sign-in answered {}{}: {meaning}", status.as_u16(), in_brackets(name))
}

/// Why something was not done.
pub(super) fn refused(answer: &Response) -> Unwritten {
    let status = answer.status().as_u16();
    let name = error(answer);
    let meaning = match name.as_deref() {
        Some("MailboxNotEnabledForRESTAPI" | "MailboxNotSupportedForRESTAPI") => {
            "the mailbox of `user` is not in Exchange Online, or has no licence for it"
        }
        Some("ErrorInvalidUser" | "Request_ResourceNotFound" | "ResourceNotFound") => {
            "there is no such mailbox: its `user` is wrong"
        }
        Some("ErrorInvalidIdMalformed" | "ErrorInvalidMailboxItemId") => {
            "its `id` is not one of a calendar in that mailbox"
        }
        _ => by_status(status),
    };
    Unwritten::by(answer, format!("it answered {status}{}: {meaning}", in_brackets(name)))
}

fn by_status(status: u16) -> &'static str {
    match status {
        401 => "Microsoft does not accept the token that it gave the application itself",
        403 => {
            "the application lacks the permission Calendars.Read, or Calendars.ReadWrite where it is written to, \
             or an administrator's consent to it, or is kept from this mailbox"
        }
        404 | 410 => "it is not there: the calendar was deleted, or its `id` is wrong",
        409 | 412 => "somebody else changes the event at the same time",
        429 => "it has been asked too often",
        500.. => "Microsoft's server has a fault",
        200..=399 => NO_ANSWER,
        _ => "it does not take the question",
    }
}

/// The name of the error that an answer tells.
pub(super) fn error(answer: &Response) -> Option<String> {
    name(&json(answer)?["error"]["code"])
}

fn name(text: &Value) -> Option<String> {
    let text = text.as_str()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=LONGEST_NAME).contains(&text.len()).then_some(())?;
    text.bytes().all(is_name).then(|| text.to_owned())
}

fn in_brackets(name: Option<String>) -> String {
    name.map_or(String::new(), |name| format!(" ({name})"))
}

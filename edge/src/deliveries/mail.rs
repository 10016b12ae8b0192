//! Mail: how one leaves, and how a provider's HTTP API takes it.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use scheduling::definition::{Mail as Settings, MailTransport, SiteDefinition};
use scheduling::mail::{Filled, MailAddress, Sender, fill_body, fill_text};
use scheduling::outbox::AttemptOutcome;
use serde_json::{Map, Value};

use super::{Answered, Postman, failed, post, posting};
use crate::call::outgoing::OutgoingRequest;

/// A mail, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The delivery's id: the same however often it is sent.
    pub id: String,
    /// The sender, as the site has it.
    pub from: Sender,
    /// The recipient's address.
    pub to: MailAddress,
    /// The address that an answer reaches: that of the other side of the meeting. `None` if it is none that can be
    /// written: that must not keep the mail from this side.
    pub reply_to: Option<MailAddress>,
    /// The subject, on one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The calendar's part of it.
    pub invitation: Option<Attached>,
    /// Its place among others.
    pub headers: MailHeaders,
}

/// A mail's place among others, as its headers tell a mail program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailHeaders {
    /// The id that all mails about the booking to this mailbox are listed under; `None` in the mail that has it.
    pub follows: Option<String>,
    /// The address that switches off such mails: its page has a button, and a POST alone does it (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// An invitation in a mail (RFC 6047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// `REQUEST`, `PUBLISH` or `CANCEL`.
    pub method: &'static str,
    /// The iCalendar text.
    pub text: String,
}

/// The site has no provider any more.
pub(super) fn no_longer_sends() -> AttemptOutcome {
    AttemptOutcome::Ended { reason: "the site no longer sends email".to_owned() }
}

/// Carries a mail out, as the settings say, and says how that went.
pub(super) async fn carry<C: Postman>(
    postman: &C,
    site: &SiteDefinition,
    settings: &Settings,
    mail: Mail,
) -> AttemptOutcome {
    match send(postman, site, settings, mail).await {
        Ok(Answered { status: 200..=299, .. }) => AttemptOutcome::Taken,
        Ok(Answered { status, retry_after_seconds }) => {
            let retry_after_seconds = retry_after_seconds.filter(|_| matches!(status, 429 | 503));
            AttemptOutcome::Failed { reason: format!("the provider answered {status}"), retry_after_seconds }
        }
        Err(reason) => failed(reason),
    }
}

/// The body of the POST that switches off such mails, as `List-Unsubscribe-Post` names it (RFC 8058, 3.1).
pub(crate) const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

const TAKEN: Answered = Answered { status: 200, retry_after_seconds: None };

async fn send<C: Postman>(
    postman: &C,
    site: &SiteDefinition,
    settings: &Settings,
    mail: Mail,
) -> Result<Answered, String> {
    if !site.admits(&mail.to.to_string()) {
        return Err("the site is a sandbox, and `sandbox` in site.toml does not list this address".to_owned());
    }
    match &settings.transport {
        MailTransport::Api { url, headers, body, secret } => {
            let secret = postman.secret(secret).ok_or_else(|| format!("the secret {secret} is not set"))?;
            post(postman, request(&mail, url, headers, body, &secret)).await
        }
        MailTransport::Smtp { .. } | MailTransport::Mailbox => {
            postman.hand_over(mail, settings).await.map(|()| TAKEN)
        }
    }
}

/// A delivery's id as a mail's (RFC 5322, 3.6.4), of a sender.
pub(crate) fn message_id(id: &str, from: &Sender) -> String {
    format!("<{id}@{}>", from.address.domain())
}

/// Text from a shell, without the blank lines that parts left behind which were not written.
pub(super) fn tidied(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() || !(tidied.is_empty() || tidied.ends_with("\n\n")) {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied.truncate(tidied.trim_end().len());
    tidied.push('\n');
    tidied
}

/// The request that a provider's API takes.
fn request(
    mail: &Mail,
    url: &str,
    headers: &BTreeMap<String, String>,
    body: &Map<String, Value>,
    secret: &str,
) -> OutgoingRequest {
    let invitation = mail.invitation.as_ref();
    let optional = |text: Option<String>| text.map_or(Filled::Absent, Filled::Text);
    let unsubscribe = mail.headers.unsubscribe.as_ref();
    let value_of = |placeholder: &str| match placeholder {
        "secret" => Filled::Text(secret.to_owned()),
        "id" => Filled::Text(mail.id.clone()),
        "from" => Filled::Text(undecodable(&mail.from.to_string())),
        "to" => Filled::Text(mail.to.written()),
        "reply_to" => optional(mail.reply_to.as_ref().map(MailAddress::written)),
        "subject" => Filled::Text(undecodable(&mail.subject)),
        "text" => Filled::Text(mail.text.clone()),
        "html" => Filled::Text(mail.html.clone()),
        "invitation" => optional(invitation.map(|attached| Base64::encode_string(attached.text.as_bytes()))),
        "method" => optional(invitation.map(|attached| attached.method.to_owned())),
        "message_id" => Filled::Text(message_id(&mail.id, &mail.from)),
        "in_reply_to" => optional(mail.headers.follows.as_ref().map(|first| message_id(first, &mail.from))),
        "list_unsubscribe" => optional(unsubscribe.map(|url| format!("<{url}>"))),
        "list_unsubscribe_post" => optional(unsubscribe.map(|_| ONE_CLICK.to_owned())),
        _ => Filled::Unknown,
    };
    let mut all: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), fill_text(value, &value_of)?)))
        .collect();
    all.push(("content-type".to_owned(), "application/json".to_owned()));
    posting(url, all, Value::Object(fill_body(body, &value_of)).to_string())
}

/// Text of a header for a provider, who may not encode it: programs that read mail decode what looks like an encoded
/// word (RFC 2047) wherever it stands, so nothing may look like one.
fn undecodable(text: &str) -> String {
    text.replace("=?", "= ?")
}

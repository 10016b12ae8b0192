//! `[mail]`: what takes the mails of a site.

use std::collections::BTreeMap;

use scheduling::definition::{Mail, MailTransport};
use scheduling::mail::{OF_LINES, PLACEHOLDERS, Sender, UnreadableSender, says_nothing, texts, unfilled};
use serde_json::{Map, Value as Json, json};

use super::{secrets, values};
use crate::content::toml::keys::{MAIL, MAIL_HEADERS};
use crate::content::toml::reader::{Reader, Section, Value};
use crate::content::toml::suggest::nearest;

const PROVIDERS: [&str; 4] = ["resend", "postmark", "smtp", "api"];

/// `[mail]` of the site.
pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Mail> {
    let value = section.get("mail")?;
    let mail = reader.section(&value, &MAIL)?;
    let provider = reader.required(&mail, "provider").and_then(|value| provider(reader, &value));
    let from = reader.required(&mail, "from").and_then(|value| sender(reader, &value));
    // An SMTP server may ask for no password; every API asks for a key.
    let secret = match mail.get("secret") {
        None if matches!(provider, None | Some("smtp")) => None,
        None => reader.required(&mail, "secret").map(|_| String::new()),
        Some(value) => secrets::names(reader, &value).into_iter().next(),
    };
    let transport = match provider? {
        "smtp" => smtp(reader, &mail, secret),
        "api" => api(reader, &mail, secret),
        name => secret.map(|secret| known_api(name, secret)),
    };
    Some(Mail { from: from?, transport: transport? })
}

fn provider(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<&'static str> {
    let text = reader.line(value)?;
    if let Some(known) = PROVIDERS.into_iter().find(|known| *known == text.value) {
        return Some(known);
    }
    let diagnostic = reader.mistake(text.span, format!("unknown provider `{}`", text.value));
    if let Some(likely) = nearest(text.value, PROVIDERS.into_iter()) {
        diagnostic.label(format!("did you mean `{likely}`?"));
    }
    diagnostic.help("use `resend`, `postmark`, `smtp` (not on Workers), or `api` with `url`, `headers` and `body` for any other");
    None
}

/// A sender as mails show it: a bare address, or a name and an address in angle brackets.
fn sender(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Sender> {
    let text = reader.line(value)?;
    let why = match Sender::parse(text.value) {
        Ok(sender) => return Some(sender),
        Err(why) => why,
    };
    let help = match why {
        UnreadableSender::Brackets => Some("write the address last, between `<` and `>`"),
        UnreadableSender::Quotes => Some("write quotation marks around the whole name, or none"),
        UnreadableSender::Address(why) => values::rule_of_addresses(why),
    };
    let diagnostic = reader.mistake(text.span, format!("`{}` is not a sender's address", text.value));
    if let Some(help) = help {
        diagnostic.help(help);
    }
    diagnostic.help(format!("for example: `{}`", value.example_line()));
    None
}

fn smtp(reader: &mut Reader<'_>, mail: &Section<'_>, secret: Option<String>) -> Option<MailTransport> {
    let value = reader.required(mail, "server")?;
    let text = reader.line(&value)?;
    let authority = text
        .value
        .strip_prefix("smtps://")
        .or_else(|| text.value.strip_prefix("smtp://"))
        .unwrap_or_default();
    let wrong = if authority.trim_end_matches('/').is_empty() || authority.contains(['?', '#', ' ']) {
        "write `smtps://`, or `smtp://` for STARTTLS, then the user name and `@`, the server's name and its port"
    } else if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
        "leave the password out: `secret` names the environment variable that holds it"
    } else {
        return Some(MailTransport::Smtp { server: text.value.to_owned(), secret });
    };
    reader
        .mistake(text.span, format!("`{}` is not a mail server's address", text.value))
        .help(wrong)
        .help(format!("for example: `{}`", value.example_line()));
    None
}

fn api(reader: &mut Reader<'_>, mail: &Section<'_>, secret: Option<String>) -> Option<MailTransport> {
    let url = reader.required(mail, "url").and_then(|value| values::url(reader, &value));
    let mut headers = BTreeMap::new();
    if let Some(value) = mail.get("headers") {
        for (name, value) in reader.entries(&value, &MAIL_HEADERS) {
            if let Some(text) = reader.line(&value) {
                doubt_unfilled(reader, &value, &[text.value]);
                if let Some(lines) =
                    OF_LINES.iter().find(|lines| text.value.contains(&format!("{{{lines}}}")))
                {
                    reader
                        .mistake(
                            text.span.clone(),
                            format!("`{{{lines}}}` has several lines, and a header has one"),
                        )
                        .help("put it into `body`");
                }
                headers.insert(name.value.to_owned(), text.value.to_owned());
            }
        }
    }
    let body = reader.required(mail, "body").and_then(|value| body(reader, &value));
    Some(MailTransport::Api { url: url?, headers, body: body?, secret: secret? })
}

/// The body for a provider's API. A mail may have no invitation, and then there must be something left of it.
fn body(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Map<String, Json>> {
    let text = reader.text(value)?;
    let body: Option<Map<String, Json>> = serde_json::from_str(text.value).ok();
    let wrong = match &body {
        None => "this is not a JSON object",
        Some(body) if says_nothing(body) => "this says nothing of an email that has no invitation",
        Some(fields) => {
            let texts: Vec<&str> = fields.values().flat_map(texts).collect();
            doubt_unfilled(reader, value, &texts);
            return body;
        }
    };
    reader
        .mistake(text.span, wrong)
        .help("write the body as the provider documents it, with `{from}`, `{to}`, `{reply_to}`, `{subject}`, `{text}`, `{html}`, `{invitation}` (Base64), `{method}`, `{message_id}`, `{in_reply_to}`, `{list_unsubscribe}` and `{list_unsubscribe_post}` in its strings");
    None
}

/// Doubts what looks like a placeholder and is none: it is sent as it stands.
fn doubt_unfilled(reader: &mut Reader<'_>, value: &Value<'_>, texts: &[&str]) {
    for name in texts.iter().flat_map(|text| unfilled(text)) {
        let doubt = reader.doubt(value.span(), format!("`{{{name}}}` is sent as it stands"));
        if let Some(likely) = nearest(name, PLACEHOLDERS.into_iter()) {
            doubt.label(format!("did you mean `{{{likely}}}`?"));
        }
    }
}

/// The providers that need no more than a name.
fn known_api(name: &str, secret: String) -> MailTransport {
    let media_type = "text/calendar; charset=utf-8; method={method}";
    let (url, headers, body) = if name == "postmark" {
        let headers = [("X-Postmark-Server-Token", "{secret}"), ("Accept", "application/json")];
        let body = json!({
            "From": "{from}", "To": "{to}", "ReplyTo": "{reply_to}", "Subject": "{subject}", "TextBody": "{text}", "HtmlBody": "{html}",
            "MessageStream": "outbound",
            "Headers": [
                { "Name": "Auto-Submitted", "Value": "auto-generated" },
                { "Name": "In-Reply-To", "Value": "{in_reply_to}" },
                { "Name": "References", "Value": "{in_reply_to}" },
                { "Name": "List-Unsubscribe", "Value": "{list_unsubscribe}" },
                { "Name": "List-Unsubscribe-Post", "Value": "{list_unsubscribe_post}" },
            ],
            "Attachments": [{ "Name": "invite.ics", "Content": "{invitation}", "ContentType": media_type }],
        });
        ("https://api.postmarkapp.com/email", headers, body)
    } else {
        let headers = [("Authorization", "Bearer {secret}"), ("Idempotency-Key", "{id}")];
        let body = json!({
            "from": "{from}", "to": ["{to}"], "reply_to": "{reply_to}", "subject": "{subject}", "text": "{text}", "html": "{html}",
            "headers": {
                "Auto-Submitted": "auto-generated", "In-Reply-To": "{in_reply_to}", "References": "{in_reply_to}",
                "List-Unsubscribe": "{list_unsubscribe}", "List-Unsubscribe-Post": "{list_unsubscribe_post}",
            },
            "attachments": [{ "filename": "invite.ics", "content": "{invitation}", "content_type": media_type }],
        });
        ("https://api.resend.com/emails", headers, body)
    };
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let body = body.as_object().cloned().unwrap_or_default();
    MailTransport::Api { url: url.to_owned(), headers, body, secret }
}

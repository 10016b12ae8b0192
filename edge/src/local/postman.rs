//! The way of mail from this machine: to an SMTP server, or into the mailbox that `serve` shows at `/dev/mailbox`.

use std::sync::Once;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::Uri;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use scheduling::definition::{Mail as Settings, MailTransport};

use super::platform::Local;
use crate::deliveries::{Mail, Postman, TIMEOUT_SECONDS};
use crate::{Clock, Outgoing};

impl Postman for Local<'_> {
    async fn hand_over(&self, mail: Mail, settings: &Settings) -> Result<(), String> {
        match &settings.transport {
            MailTransport::Mailbox if !self.app.options.development => {
                Err("the mailbox exists only under `serve`: set a provider in [mail] of site.toml".to_owned())
            }
            MailTransport::Mailbox => {
                self.app.mailbox.put(mail, self.now());
                Ok(())
            }
            MailTransport::Smtp { server, secret } => {
                let password = match secret {
                    Some(name) => {
                        Some(self.secret(name).ok_or_else(|| format!("the secret {name} is not set"))?)
                    }
                    None => None,
                };
                let message = message(&mail, self.now())
                    .map_err(|cause| format!("the email cannot be written: {cause}"))?;
                let transport = transport(server, password)?;
                let sent = transport.send(message).await;
                sent.map(drop).map_err(|cause| format!("the mail server did not accept it: {cause}"))
            }
            MailTransport::Api { .. } => Err("it goes to an HTTP API".to_owned()),
        }
    }
}

/// The connection to an SMTP server: always encrypted, but on this machine.
fn transport(server: &str, password: Option<String>) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another part of the process may have chosen before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let unusable = || format!("{server} is not a mail server's address");
    let uri: Uri = server.parse().map_err(|_| unusable())?;
    let host = uri.host().ok_or_else(unusable)?;
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let builder = match uri.scheme_str() {
        Some("smtps") => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
        Some("smtp") if here => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
        Some("smtp") => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        _ => return Err(unusable()),
    };
    let mut builder =
        builder.map_err(|_| unusable())?.timeout(Some(Duration::from_secs(TIMEOUT_SECONDS.into())));
    if let Some(port) = uri.port_u16() {
        builder = builder.port(port);
    }
    let user =
        uri.authority().and_then(|authority| authority.as_str().rsplit_once('@')).map(|(user, _)| user);
    if let Some((user, password)) = user.zip(password) {
        let user = percent_encoding::percent_decode_str(user).decode_utf8_lossy().into_owned();
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}

/// A mail as SMTP carries it (RFC 5322, 2045, 6047).
fn message(mail: &Mail, now: DateTime<Utc>) -> Result<Message, Box<dyn std::error::Error>> {
    let from: Mailbox = mail.from.parse()?;
    let domain = from.email.domain().to_owned();
    let mut builder = Message::builder()
        .from(from)
        .to(mail.to.parse()?)
        .reply_to(mail.reply_to.parse()?)
        .subject(&mail.subject)
        .date(now.into())
        // The same at every attempt, so that whoever gets it twice can tell.
        .message_id(Some(format!("<{}@{domain}>", mail.id)));
    // No holiday replies to it (RFC 3834).
    let auto =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    builder = builder.raw_header(auto);
    let alternative = MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.text.clone()))
        .singlepart(SinglePart::html(mail.html.clone()));
    let Some(invitation) = &mail.invitation else { return Ok(builder.multipart(alternative)?) };
    let calendar =
        ContentType::parse(&format!("text/calendar; charset=utf-8; method={}", invitation.method))?;
    let calendar = SinglePart::builder().header(calendar).body(invitation.text.clone());
    let file = Attachment::new("invite.ics".to_owned())
        .body(invitation.text.clone(), ContentType::parse("application/ics; name=\"invite.ics\"")?);
    Ok(builder.multipart(MultiPart::mixed().multipart(alternative.singlepart(calendar)).singlepart(file))?)
}

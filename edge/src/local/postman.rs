//! The way of mail from this machine: to an SMTP server, or into the mailbox that `serve` shows at `/dev/mailbox`.

use std::fmt::Write;
use std::sync::Once;

use chrono::{DateTime, Utc};
use email_encoding::headers::{quoted_string, rfc2047, writer::EmailWriter};
use http::Uri;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, From, Header, HeaderName, HeaderValue, Subject};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use scheduling::definition::{Mail as Settings, MailTransport};
use scheduling::mail::{MailAddress, Sender};

use super::platform::Local;
use crate::deliveries::{Mail, ONE_CLICK, Postman, TIMEOUT, message_id};
use crate::{Clock, Fault, Outgoing};

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

    fn tell_operator(&self, what: String) {
        self.app.report(&Fault::Operator(what));
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
    let mut builder = builder.map_err(|_| unusable())?.timeout(Some(TIMEOUT));
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

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// A mail as SMTP carries it (RFC 5322, 2045, 6047).
fn message(mail: &Mail, now: DateTime<Utc>) -> Result<Message, Box<dyn std::error::Error>> {
    let (from, to) = (address(&mail.from.address)?, address(&mail.to)?);
    let mut builder = Message::builder()
        .envelope(Envelope::new(Some(from), vec![to.clone()])?)
        .raw_header(sender(&mail.from)?)
        .to(Mailbox::new(None, to))
        .raw_header(subject(&mail.subject)?)
        .date(now.into())
        // The same at every attempt, so that whoever gets it twice can tell.
        .message_id(Some(message_id(&mail.id, &mail.from)));
    // Without it, the mail still says whom it is about.
    if let Some(reply_to) = mail.reply_to.as_ref().and_then(|reply_to| address(reply_to).ok()) {
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    if let Some(first) = &mail.headers.follows {
        let first = message_id(first, &mail.from);
        builder = builder.in_reply_to(first.clone()).references(first);
    }
    if let Some(url) = &mail.headers.unsubscribe {
        builder = builder.raw_header(header("List-Unsubscribe", format!("<{url}>")));
        builder = builder.raw_header(header("List-Unsubscribe-Post", ONE_CLICK.to_owned()));
    }
    // No holiday replies to it (RFC 3834).
    builder = builder.raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
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

/// An address as headers and servers take it.
fn address(address: &MailAddress) -> Result<Address, AddressError> {
    Address::new(address.written_local(), address.domain())
}

/// The sender. It is written here, as lettre reads its own header again, and not every name and quoted address is read
/// as it was written: all that it has to find is some address.
fn sender(sender: &Sender) -> Result<HeaderValue, std::fmt::Error> {
    let (mut encoded, written) = (String::new(), sender.address.written());
    {
        let mut writer = EmailWriter::new(&mut encoded, "From: ".len(), 0, false);
        if sender.name.is_empty() {
            writer.write_str(&written)?;
        } else {
            quoted_string::encode(&sender.name, &mut writer)?;
            writer.space();
            write!(writer, "<{written}>")?;
        }
    }
    let some = format!("sender@{}", sender.address.domain());
    Ok(HeaderValue::dangerous_new_pre_encoded(From::name(), some, encoded))
}

/// A subject. Programs that read mail decode what looks like an encoded word (RFC 2047), so a text in which something
/// does is encoded whole: then it is read as it was written.
fn subject(text: &str) -> Result<HeaderValue, std::fmt::Error> {
    let name = Subject::name();
    if !text.contains("=?") {
        return Ok(HeaderValue::new(name, text.to_owned()));
    }
    let mut encoded = String::new();
    rfc2047::encode(text, &mut EmailWriter::new(&mut encoded, "Subject: ".len(), 0, false))?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), encoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::MailHeaders;

    /// The header of that name in a mail, as it goes to a server: its lines joined.
    fn read(mail: &Mail, name: &str) -> Option<String> {
        let message = message(mail, DateTime::UNIX_EPOCH).unwrap().formatted();
        let text = String::from_utf8(message).unwrap().replace("\r\n ", " ");
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.is_ascii(), "{head}");
        let value = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        value.map(str::to_owned)
    }

    fn mail(from: &str, to: &str, reply_to: Option<&str>, subject: &str) -> Mail {
        let address = |text: &str| MailAddress::parse(text).unwrap();
        Mail {
            id: "aiko.1".to_owned(),
            from: Sender::parse(from).unwrap(),
            to: address(to),
            reply_to: reply_to.map(address),
            subject: subject.to_owned(),
            text: String::new(),
            html: String::new(),
            invitation: None,
            headers: MailHeaders::default(),
        }
    }

    #[test]
    fn addresses_are_written_as_servers_take_them() {
        for (typed, expected) in [
            ("mara@example.org", "mara@example.org"),
            ("foo..bar@docomo.ne.jp", "\"foo..bar\"@docomo.ne.jp"),
            ("foo.@ezweb.ne.jp", "\"foo.\"@ezweb.ne.jp"),
            ("mara@bücher.example", "mara@xn--bcher-kva.example"),
            ("mara@例え.jp", "mara@xn--r8jz45g.jp"),
        ] {
            let mail = mail(typed, typed, Some(typed), "Hello");
            for name in ["From", "To", "Reply-To"] {
                assert_eq!(read(&mail, name).as_deref(), Some(expected), "{name}");
            }
            let message = message(&mail, DateTime::UNIX_EPOCH).unwrap();
            let envelope = message.envelope();
            assert_eq!(envelope.from().map(ToString::to_string).as_deref(), Some(expected));
            assert_eq!(envelope.to()[0].to_string(), expected);
        }
        assert_eq!(read(&mail("a@b.cd", "a@b.cd", None, ""), "Reply-To"), None);
    }

    #[test]
    fn a_senders_name_may_be_any() {
        for (from, expected) in [
            ("hello@example.com", "hello@example.com"),
            ("Example <hello@example.com>", "Example <hello@example.com>"),
            ("Example & Co. <hello@example.com>", "=?utf-8?b?RXhhbXBsZSAmIENvLg==?= <hello@example.com>"),
            ("Doe, Jane <hello@example.com>", "=?utf-8?b?RG9lLCBKYW5l?= <hello@example.com>"),
            ("\"Doe, Jane\" <hello@example.com>", "=?utf-8?b?RG9lLCBKYW5l?= <hello@example.com>"),
            ("A: B <hello@example.com>", "=?utf-8?b?QTogQg==?= <hello@example.com>"),
            ("A (B) <hello@example.com>", "=?utf-8?b?QSAoQik=?= <hello@example.com>"),
            ("Jane \"JD\" Doe <hello@example.com>", "\"Jane \\\"JD\\\" Doe\" <hello@example.com>"),
            ("Jane Doe <hello@example.com>", "\"Jane Doe\" <hello@example.com>"),
            ("A\\B <a..b@docomo.ne.jp>", "\"A\\\\B\" <\"a..b\"@docomo.ne.jp>"),
            (
                "Müller (Büro) <hello@bücher.example>",
                "=?utf-8?b?TcO8bGxlciAoQsO8cm8p?= <hello@xn--bcher-kva.example>",
            ),
            ("A @ B <hello@example.com>", "=?utf-8?b?QSBAIEI=?= <hello@example.com>"),
            ("=?utf-8?q?A?= <hello@example.com>", "=?utf-8?b?PT91dGYtOD9xP0E/PQ==?= <hello@example.com>"),
        ] {
            let mail = mail(from, "a@b.cd", None, "");
            assert_eq!(read(&mail, "From").as_deref(), Some(expected));
        }
    }

    /// A subject is read as it was written: whatever looks encoded in it is text.
    #[test]
    fn a_subject_is_decoded_once_alone() {
        let subject = |text: &str| read(&mail("a@b.cd", "a@b.cd", None, text), "Subject").unwrap();
        assert_eq!(subject("Booked: a call"), "Booked: a call");
        assert_eq!(subject("= ? a=b?"), "= ? a=b?");
        for text in [
            "=?utf-8?b?4oCuSGFucw==?= booked",
            "Booked: x=?iso-8859-1?q?=41?=",
            "Jörg =?utf-8?q?a",
            "=?=?utf-8?q?a?=?=",
        ] {
            let encoded = subject(text);
            let words: Vec<&str> = encoded.split(' ').collect();
            let decoded: Vec<u8> = words
                .iter()
                .flat_map(|word| {
                    let inside = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
                    <base64ct::Base64 as base64ct::Encoding>::decode_vec(inside.unwrap()).unwrap()
                })
                .collect();
            assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
        let long = format!("=?{}", "x".repeat(500));
        assert!(subject(&long).split(' ').all(|word| word.len() <= 76), "{}", subject(&long));
    }
}

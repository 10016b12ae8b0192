//! What visitors typed, in mails: it is never more than text, and never keeps a mail from the other side.

use std::collections::BTreeMap;

use scheduling::booking::{Booking, Contact, Party};
use scheduling::definition::MailTransport;
use scheduling::outbox::AttemptOutcome;
use serde_json::{Value, json};

use super::mail::{Recorder, booking, job, mail, object};
use crate::deliveries::attempt;

/// A booking of somebody with that name and address.
fn booking_of(name: &str, email: &str) -> Booking {
    let mut booking = booking("en");
    booking.visitor.contact = Contact { name: name.to_owned(), email: email.to_owned() };
    booking
}

/// The body that an API with that template gets.
async fn posted(body: Value, event: &str, booking: &Booking, to: Party) -> Value {
    let recorder = Recorder::of(Some(MailTransport::Api {
        url: "https://api.example.com/mails".to_owned(),
        headers: BTreeMap::from([("X-Calendar".to_owned(), "{method}".to_owned())]),
        body: object(body),
        secret: "MAIL_KEY".to_owned(),
    }));
    assert_eq!(attempt(&recorder, &job(event, booking, to)).await, AttemptOutcome::Taken);
    let posted = recorder.posted.borrow();
    let has_header = posted[0].headers.iter().any(|(name, _)| name == "x-calendar");
    assert_eq!(has_header, event == "booking.confirmed", "a header of an invitation is left out, too");
    serde_json::from_slice(&posted[0].body).unwrap()
}

#[tokio::test]
async fn an_address_that_cannot_be_written_stops_nobody_elses_mail() {
    for email in [
        "\"x y\"@example.org",
        "\"a,b@evil.com\"@example.org",
        "jörg@example.org",
        "mara@localhost",
        "<x>",
        "",
    ] {
        let mut booking = booking_of("Mara", email);
        booking.visitor.guests = vec!["\"q\\\"x\"@example.org".to_owned(), "not an address".to_owned()];
        let mail = mail("booking.confirmed", &booking, Party::Host).await;
        assert_eq!((mail.to.to_string().as_str(), mail.reply_to), ("aiko@example.com", None), "{email}");
        let recorder = Recorder::of(Some(MailTransport::Mailbox));
        let outcome = attempt(&recorder, &job("booking.confirmed", &booking, Party::Visitor)).await;
        let reason = "no email can be written to this address".to_owned();
        assert_eq!(outcome, AttemptOutcome::Failed { reason, retry_after_seconds: None });
    }
    let body = json!({ "to": "{to}", "reply_to": "{reply_to}", "headers": { "Reply-To": "{reply_to}" } });
    let told =
        posted(body, "booking.requested", &booking_of("Mara", "\"x y\"@example.org"), Party::Host).await;
    assert_eq!(told, json!({ "to": "aiko@example.com" }));
}

#[tokio::test]
async fn a_provider_gets_addresses_in_the_form_that_servers_take() {
    let body = json!({ "to": ["{to}"], "reply_to": "{reply_to}" });
    for (email, expected) in [
        ("foo..bar@docomo.ne.jp", "\"foo..bar\"@docomo.ne.jp"),
        ("foo.@ezweb.ne.jp", "\"foo.\"@ezweb.ne.jp"),
        ("mara@bücher.example", "mara@xn--bcher-kva.example"),
    ] {
        let booking = booking_of("Mara", email);
        let told = posted(body.clone(), "booking.requested", &booking, Party::Visitor).await;
        assert_eq!(told, json!({ "to": [expected], "reply_to": "aiko@example.com" }));
        let told = posted(body.clone(), "booking.requested", &booking, Party::Host).await;
        assert_eq!(told, json!({ "to": ["aiko@example.com"], "reply_to": expected }));
    }
}

#[tokio::test]
async fn a_mail_without_an_invitation_is_posted_without_its_key_alone() {
    let body = json!({
        "to": "{to}", "subject": "{subject}", "ics": "{invitation}",
        "more": { "method": "{method}", "open": false }, "files": [{ "name": "invite.ics", "data": "{invitation}" }],
    });
    for event in ["booking.requested", "booking.declined", "booking.expired", "booking.reminder_due"] {
        for to in [Party::Visitor, Party::Host] {
            if event == "booking.reminder_due" && to == Party::Host {
                continue;
            }
            let told = posted(body.clone(), event, &booking("en"), to).await;
            let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["more", "subject", "to"], "{event}: {told}");
            assert_eq!(told["more"], json!({ "open": false }));
        }
    }
    let told = posted(body, "booking.confirmed", &booking("en"), Party::Visitor).await;
    assert!(told["ics"].is_string() && told["ics"] == told["files"][0]["data"], "{told}");
    assert_eq!(told["more"], json!({ "method": "REQUEST", "open": false }));
}

#[tokio::test]
async fn a_link_in_a_mail_is_an_address_and_nothing_else() {
    for (email, link, in_text) in [
        ("mara+x@example.org", "mailto:mara+x@example.org", "mara+x@example.org"),
        (
            "x?bcc=eve%40evil.example&subject=Hi@example.org",
            "mailto:x%3Fbcc%3Deve%2540evil.example%26subject%3DHi@example.org",
            "mailto:x%3Fbcc%3Deve%2540evil.example%26subject%3DHi@example.org",
        ),
        (
            "x?body=a#b/c@example.org",
            "mailto:x%3Fbody%3Da%23b%2Fc@example.org",
            "mailto:x%3Fbody%3Da%23b%2Fc@example.org",
        ),
        ("foo..bar@docomo.ne.jp", "mailto:%22foo..bar%22@docomo.ne.jp", "mailto:%22foo..bar%22@docomo.ne.jp"),
    ] {
        for to in [Party::Visitor, Party::Host] {
            let mail = mail("booking.confirmed", &booking_of("Mara", email), to).await;
            assert!(mail.html.contains(&format!("<a href=\"{link}\"")), "{email}: {}", mail.html);
            assert_eq!(mail.html.matches("mailto:").count(), 1, "{}", mail.html);
            assert!(mail.text.contains(&format!("\nWho: Mara <{in_text}>\n")), "{email}: {}", mail.text);
            let invitation = mail.invitation.unwrap().text.replace("\r\n ", "");
            let named = match to {
                Party::Visitor => format!("CN=\"Mara\":{link}\r\n"),
                Party::Host => format!("DESCRIPTION:Mara\\, {in_text}\\n"),
            };
            assert!(invitation.contains(&named), "{email}: {invitation}");
        }
    }
}

/// Programs that read mail decode such words wherever they stand in a header; a provider may not encode them.
#[tokio::test]
async fn a_provider_gets_no_header_that_would_be_decoded() {
    for (name, shown) in [
        ("=?utf-8?b?4oCuSGFucw==?=", "= ?utf-8?b?4oCuSGFucw== ?="),
        ("x=?utf-8?q?a=0d=0aBcc:_eve@evil.example?=", "x= ?utf-8?q?a=0d=0aBcc:_eve@evil.example?="),
        ("=?=?iso-8859-1?q?a?=?=", "= ?= ?iso-8859-1?q?a?= ?="),
        ("Why =? Because", "Why = ? Because"),
    ] {
        let body = json!({ "subject": "{subject}", "to": "{to}", "text": "{text}" });
        let told =
            posted(body, "booking.requested", &booking_of(name, "mara@example.org"), Party::Host).await;
        let subject = told["subject"].as_str().unwrap();
        assert!(subject.starts_with(shown) && !subject.contains("=?utf"), "{subject}");
        assert!(told["text"].as_str().unwrap().starts_with(name), "text is not decoded, and stays: {told}");
    }
}

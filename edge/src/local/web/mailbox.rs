//! `/dev/mailbox`: the mails that a site without a provider would have sent, as a person would see them. Only in
//! development.

use std::collections::VecDeque;
use std::sync::Mutex;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::deliveries::Mail;
use crate::local::locked::locked;
use scheduling::html::escape;

/// Mails that are kept; older ones are dropped.
const MOST_KEPT: usize = 200;

/// The mails of this process's life, newest first.
#[derive(Default)]
pub(in crate::local) struct Mailbox(Mutex<VecDeque<(DateTime<Utc>, Mail)>>);

/// A page or file below `/dev/mailbox`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::local) struct Shown {
    pub(in crate::local) media_type: &'static str,
    pub(in crate::local) body: String,
}

impl Mailbox {
    /// Keeps a mail. A mail that comes again takes its own place.
    pub(in crate::local) fn put(&self, mail: Mail, at: DateTime<Utc>) {
        let mut mails = locked(&self.0);
        mails.retain(|(_, known)| known.id != mail.id);
        mails.push_front((at, mail));
        mails.truncate(MOST_KEPT);
    }

    /// The list, or a mail's page, text, HTML or invitation: `path` is the part after `/dev/mailbox`.
    pub(in crate::local) fn show(&self, path: &str) -> Option<Shown> {
        let path = path.trim_matches('/');
        if path.is_empty() {
            return Some(page("Mailbox", &self.list()));
        }
        let (id, part) = path.split_once('/').unwrap_or((path, ""));
        let mails = locked(&self.0);
        let (at, mail) = mails.iter().find(|(_, mail)| mail.id == id)?;
        match part {
            "" => Some(page(&mail.subject, &one(mail, *at))),
            "html" => Some(Shown { media_type: "text/html; charset=utf-8", body: mail.html.clone() }),
            "text" => Some(Shown { media_type: "text/plain; charset=utf-8", body: mail.text.clone() }),
            "invite.ics" => {
                let body = mail.invitation.as_ref()?.text.clone();
                Some(Shown { media_type: "text/calendar; charset=utf-8", body })
            }
            _ => None,
        }
    }

    fn list(&self) -> String {
        let mails = locked(&self.0);
        let row = |(at, mail): &(DateTime<Utc>, Mail)| {
            format!(
                "<li><a href=\"/dev/mailbox/{}/\">{}</a><br><small>to {} · {}</small></li>",
                escape(&mail.id),
                escape(&mail.subject),
                escape(&mail.to.to_string()),
                at.to_rfc3339_opts(SecondsFormat::Secs, true),
            )
        };
        let rows: String = mails.iter().map(row).collect();
        let empty = "<p>No emails yet. Book a time, and the emails about it appear here.</p>";
        let list = if rows.is_empty() { empty.to_owned() } else { format!("<ul>{rows}</ul>") };
        format!(
            "<h1>Mailbox</h1><p>Emails that would have been sent. This site sets no provider in <code>[mail]</code> of \
             site.toml, so they stay on this machine until <code>serve</code> stops. The newest {MOST_KEPT} are kept.</p>{list}"
        )
    }
}

fn one(mail: &Mail, at: DateTime<Utc>) -> String {
    let invitation = match &mail.invitation {
        Some(invitation) => format!(
            "<p><a href=\"invite.ics\" download>invite.ics</a> <small>{}</small></p><pre>{}</pre>",
            invitation.method,
            escape(&invitation.text)
        ),
        None => String::new(),
    };
    format!(
        "<p><a href=\"/dev/mailbox/\">Mailbox</a></p><h1>{}</h1>\
         <p><small>from {}<br>to {}<br>reply to {}<br>{}</small></p>\
         <iframe src=\"html\" title=\"HTML\" sandbox=\"allow-popups allow-top-navigation-by-user-activation\"></iframe>\
         <h2>Plain text</h2><pre>{}</pre>{invitation}",
        escape(&mail.subject),
        escape(&mail.from.to_string()),
        escape(&mail.to.to_string()),
        escape(&mail.reply_to.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string)),
        at.to_rfc3339_opts(SecondsFormat::Secs, true),
        escape(&mail.text),
    )
}

fn page(title: &str, content: &str) -> Shown {
    let body = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{}</title>\
         <style>:root{{color-scheme:light dark}}\
         body{{font:16px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}}\
         li{{margin:1rem 0}}iframe{{width:100%;height:40rem;border:1px solid #8886;border-radius:6px;background:#fff}}\
         pre{{white-space:pre-wrap;padding:1rem;border:1px solid #8886;border-radius:6px}}</style>{content}</html>",
        escape(title)
    );
    Shown { media_type: "text/html; charset=utf-8", body }
}

#[cfg(test)]
mod tests {
    use scheduling::mail::{MailAddress, Sender};

    use super::*;
    use crate::deliveries::MailHeaders;

    fn mail(id: &str, subject: &str) -> Mail {
        Mail {
            id: id.to_owned(),
            from: Sender::parse("Example <hello@example.com>").unwrap(),
            to: MailAddress::parse("sam@example.com").unwrap(),
            reply_to: None,
            subject: subject.to_owned(),
            text: "Dear <b>Sam</b>".to_owned(),
            html: "<p>Dear Sam</p>".to_owned(),
            invitation: None,
            headers: MailHeaders::default(),
        }
    }

    #[test]
    fn mails_are_listed_newest_first_and_shown_whole() {
        let mailbox = Mailbox::default();
        let shown = |path: &str| mailbox.show(path).map(|shown| shown.body);
        assert!(shown("").unwrap().contains("No emails yet."));
        mailbox.put(mail("a.1", "First <script>"), DateTime::UNIX_EPOCH);
        mailbox.put(mail("a.2", "Second"), DateTime::UNIX_EPOCH);
        mailbox.put(mail("a.1", "First <script>"), DateTime::UNIX_EPOCH);
        let list = shown("/").unwrap();
        let places = ["First &lt;script&gt;", "Second"].map(|subject| list.find(subject).unwrap());
        assert!(places.is_sorted(), "{list}");
        assert_eq!(list.matches("<li>").count(), 2, "one that came again is there once");
        assert!(list.contains("until <code>serve</code> stops. The newest 200 are kept.</p>"), "{list}");
        assert!(shown("/a.1/").unwrap().contains("<pre>Dear &lt;b&gt;Sam&lt;/b&gt;</pre>"));
        assert_eq!(shown("/a.1/html").unwrap(), "<p>Dear Sam</p>");
        assert_eq!(shown("/a.1/text").unwrap(), "Dear <b>Sam</b>");
        assert_eq!((shown("/a.1/invite.ics"), shown("/a.3/"), shown("/a.1/other")), (None, None, None));
    }
}

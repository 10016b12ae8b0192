//! Mail: what is written to a visitor, a guest or a host, in their language and zone, and how a provider's HTTP API
//! takes it.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use scheduling::booking::{Booking, Event, HostNoted, Party, Proposal, Status};
use scheduling::definition::{Mail as Settings, MailTransport, Meeting, SiteDefinition};
use scheduling::invitation::{Feed, Invitation, Method};
use scheduling::locale::LocaleWords;
use scheduling::mail::{Filled, MailAddress, Sender, fill_body, fill_text as fill_placeholders};
use scheduling::outbox::{AttemptOutcome, Destination, MailNotice, Mailbox, Recipient, ledger_of};
use scheduling::strangers::confirmed_by;
use scheduling::text::one_line;
use scheduling::token::{BookingId, Secrets};
use serde_json::{Map, Value};

use super::{Answered, Job, Postman, admission, failed, post, posting, withheld};
use crate::call::outgoing::OutgoingRequest;
use crate::call::platform::Shells;
use crate::call::stop::Fault;
use crate::call::today::Today;
use crate::page::details::{details, details_for_host, title_for_host, zones};
use crate::page::links;
use crate::page::shell::{Fields, fill, fill_text};
use scheduling::when;

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

/// Makes one attempt.
pub(super) async fn attempt<C: Postman>(
    postman: &C,
    job: &Job,
    to: &Recipient,
    notice: &MailNotice,
) -> AttemptOutcome {
    if notice.event == Event::ReminderDue && notice.booking.start <= postman.now() {
        // Too late to be of use: whoever was to be reminded is there, or was missed.
        return AttemptOutcome::Taken;
    }
    let today = match Today::of(postman, ledger_of(&job.id)).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    let Some(settings) = &today.site.mail else { return no_longer_sends() };
    if let Err(outcome) = admission::ask(postman, &job.id, to, notice).await {
        return outcome;
    }
    match write(postman, job, to, notice, &today, settings).await {
        Ok(mail) => carry(postman, &today.site, settings, mail).await,
        Err(reason) => failed(reason),
    }
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

async fn write<C: Postman>(
    postman: &C,
    job: &Job,
    to: &Recipient,
    notice: &MailNotice,
    today: &Today,
    settings: &Settings,
) -> Result<Mail, String> {
    let in_words = |fault: Fault| fault.to_string();
    let site = &today.site;
    let locale = locale_of(site, &notice.booking, to);
    let shells = postman.shells(locale).await.map_err(in_words)?;
    let words = site.words.get(locale).ok_or("the site has no text in that locale")?;
    let secrets = postman.secrets();
    let organizer = &notice.booking.noted;
    let booking = today.booking(&notice.booking, &notice.host);
    let booking = withheld::told_to(to, booking, notice.by, words);
    let notice = &MailNotice { booking, ..notice.clone() };
    let (page, has_copy) = match to.side() {
        Party::Host => (today.page(&notice.booking), has_copy(today, &notice.booking)),
        Party::Visitor => (None, false),
    };
    let letter = Letter {
        site,
        locale,
        words,
        shells: &shells,
        secrets,
        notice,
        organizer,
        page,
        to,
        has_copy,
        is_copy_parked: job.is_copy_parked,
    };
    letter.write(&job.id, &settings.from)
}

fn has_copy(today: &Today, booking: &Booking) -> bool {
    booking.terms.write_to.as_ref().is_some_and(|calendar| today.written_to(calendar).is_some())
}

/// A visitor's and a guest's mail is in the language that the visitor booked in; a host's in the site's first.
fn locale_of<'a>(site: &'a SiteDefinition, booking: &Booking, to: &Recipient) -> &'a str {
    match to.side() {
        Party::Visitor => site.locale_for(&booking.visitor.locale).unwrap_or(site.default_locale()),
        Party::Host => site.default_locale(),
    }
}

struct Letter<'a> {
    site: &'a SiteDefinition,
    locale: &'a str,
    words: &'a LocaleWords,
    shells: &'a Shells,
    secrets: &'a Secrets,
    /// With today's host.
    notice: &'a MailNotice,
    /// The host as the invitation has named them from the start: it may not change (RFC 5546).
    organizer: &'a HostNoted,
    /// For a host: the page that was booked, where it is still there.
    page: Option<&'a Meeting>,
    to: &'a Recipient,
    /// For a host: a calendar of theirs has the booking already, or is to have it.
    has_copy: bool,
    /// It was not taken there.
    is_copy_parked: bool,
}

impl Letter<'_> {
    fn write(&self, id: &str, from: &Sender) -> Result<Mail, String> {
        let booking = &self.notice.booking;
        let reply_to = match self.to.side() {
            Party::Visitor => &booking.noted.email,
            Party::Host => &booking.visitor.contact.email,
        };
        let to = MailAddress::parse(self.to.email(booking))
            .map_err(|_| "no email can be written to this address".to_owned())?;
        let fields = self.fields();
        let shell = |name: &str| self.shells.get(name).ok_or_else(|| format!("the theme has no `{name}`"));
        Ok(Mail {
            id: id.to_owned(),
            from: from.clone(),
            to,
            reply_to: MailAddress::parse(reply_to).ok(),
            // A header: whatever a visitor's name holds, it stays on its line.
            subject: one_line(&self.message("subject")),
            text: tidied(&fill_text(shell("mail.txt")?, &fields, self.words)),
            html: fill(shell("mail.html")?, &fields, self.words),
            invitation: self.invitation(),
            headers: MailHeaders { follows: self.follows(id), unsubscribe: self.unsubscribe_url() },
        })
    }

    /// The id under which all mails about the booking to this mailbox are listed: that of its first event, whether or
    /// not a mail of that went there. `None` for that mail itself.
    fn follows(&self, id: &str) -> Option<String> {
        let first = first_id(&self.notice.booking.id, self.to.clone());
        (first != id).then_some(first)
    }

    /// Where reminders are switched off, in a reminder.
    fn unsubscribe_url(&self) -> Option<String> {
        let reminds = self.notice.event == Event::ReminderDue;
        let path = || links::reminders_path(&self.notice.booking, self.secrets);
        reminds.then(|| format!("{}{}", self.site.base_url, path()))
    }

    /// The event, where calendars have to change. It is the same at every attempt, so its stamp is when the booking
    /// changed.
    fn invitation(&self) -> Option<Attached> {
        let booking = &self.notice.booking;
        if self.has_copy {
            // Programs would show it twice, as a copy that was refused goes there once somebody is let in again.
            return None;
        }
        let method = match (self.notice.event, self.to) {
            (Event::Confirmed | Event::Rescheduled, Recipient::Host) => Method::Publish,
            (Event::Confirmed | Event::Rescheduled | Event::RoomReady, _) => Method::Request,
            (Event::Cancelled, _) => Method::Cancel,
            _ => return None,
        };
        let shows_link =
            *self.to == Recipient::Visitor && method == Method::Request && booking.terms.links_in_invitation;
        let manage_url = shows_link.then(|| self.manage_url());
        let (title, noted) = (self.meeting_title().to_owned(), self.organizer.clone());
        let booking = &Booking { title, noted, ..booking.clone() };
        let text = match self.to {
            Recipient::Host => {
                let (host_name, base_url) = (&booking.noted.name, &self.site.base_url);
                Feed { host_name, words: self.words, base_url }.event(booking, method)
            }
            Recipient::Visitor | Recipient::Guest(_) => {
                let (words, guest) = (self.words, self.to.guest());
                let invitation = Invitation { booking, words, manage_url: manage_url.as_deref(), guest };
                invitation.icalendar(method, booking.changed_at)
            }
        };
        Some(Attached { method: method.name(), text })
    }

    /// Where the host answers a request or a proposal, while there is one.
    fn decide_url(&self) -> Option<String> {
        let booking = &self.notice.booking;
        let waits = booking.status == Status::Requested || booking.proposed.is_some();
        let asks = *self.to == Recipient::Host && waits;
        asks.then(|| format!("{}{}", self.site.base_url, links::decide_path(booking, self.secrets)))
    }

    /// The meeting's title: visitors know it as they booked it, hosts in their own language.
    fn meeting_title(&self) -> &str {
        title_for_host(&self.notice.booking, self.page, self.locale)
    }

    fn manage_url(&self) -> String {
        format!("{}{}", self.site.base_url, links::mailed_path(&self.notice.booking, self.secrets))
    }

    /// Where the recipient has everything erased, with every host.
    fn erasure_url(&self) -> String {
        let booking = &self.notice.booking;
        let path = links::erasure_path(booking, self.to.email(booking), self.secrets);
        format!("{}{path}", self.site.base_url)
    }

    /// The words of this event for this side: `endpoint.mail.visitor.confirmed.subject`.
    fn message(&self, part: &str) -> String {
        let booking = &self.notice.booking;
        let side = match self.to {
            Recipient::Visitor => "visitor",
            Recipient::Host => "host",
            Recipient::Guest(_) => "guest",
        };
        let event = self.notice.event.name().trim_start_matches("booking.");
        let (own, _) = zones(booking, self.to.side());
        let asked = booking.proposed.or(self.notice.dropped);
        let in_words = |instant: fn(&Proposal) -> DateTime<Utc>| {
            asked.as_ref().map(|asked| when::start(self.words, own, instant(asked))).unwrap_or_default()
        };
        let until = match booking.status {
            Status::AwaitingConfirmation => {
                when::time(self.words, own, confirmed_by(booking.created_at, booking.start))
            }
            _ => in_words(|asked| asked.expires_at),
        };
        let values = [
            ("name", booking.visitor.contact.name.as_str()),
            ("host_name", &booking.noted.name),
            ("title", self.meeting_title()),
            ("start", &when::start(self.words, own, booking.start)),
            ("asked", &in_words(|asked| asked.start)),
            ("until", &until),
        ];
        self.words.message(&format!("endpoint.mail.{side}.{event}.{part}"), &values)
    }

    /// The event in a sentence or two. A host whose calendar could not be read looks into it before they accept.
    fn lead(&self) -> String {
        let lead = self.message("lead");
        let booking = &self.notice.booking;
        let is_asked = booking.status == Status::Requested || booking.proposed.is_some();
        if *self.to == Recipient::Host && is_asked && booking.unknown_calendar {
            return self.words.message("endpoint.mail.host.calendar_unknown.lead", &[("lead", &lead)]);
        }
        let is_written = matches!(self.notice.event, Event::Confirmed | Event::Rescheduled);
        if let Some(calendar) = booking.terms.write_to.as_deref()
            && self.has_copy
            && self.is_copy_parked
            && is_written
        {
            let values = [("lead", lead.as_str()), ("calendar", calendar)];
            return self.words.message("endpoint.mail.host.not_written.lead", &values);
        }
        lead
    }

    fn fields(&self) -> Fields {
        let booking = &self.notice.booking;
        let side = self.to.side();
        let (for_visitor, is_visitor) = (side == Party::Visitor, *self.to == Recipient::Visitor);
        let holds = booking.status.is_live();
        let to_confirm = booking.status == Status::AwaitingConfirmation;
        let details = match side {
            Party::Visitor => details(self.words, booking, side),
            Party::Host => details_for_host(self.words, booking, self.page, self.locale),
        };
        details
            .text("subject", self.message("subject"))
            .text("title", self.message("title"))
            .text("lead", self.lead())
            .flag("for_visitor", for_visitor)
            .flag("for_host", !for_visitor)
            .optional("guest", self.to.guest().map(str::to_owned))
            .optional("confirm", (is_visitor && to_confirm).then(|| self.manage_url()))
            .optional("manage", (is_visitor && holds && !to_confirm).then(|| self.manage_url()))
            .optional("decide", self.decide_url())
            .optional("unsubscribe", self.unsubscribe_url())
            .optional("erase", for_visitor.then(|| self.erasure_url()))
    }
}

/// The id that the delivery of a booking's first event to that mailbox has, or would have.
fn first_id(booking: &BookingId, to: Recipient) -> String {
    format!("{booking}.1.{}", Destination::Mail(Mailbox { to }).tag())
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
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), fill_placeholders(value, &value_of)?)))
        .collect();
    all.push(("content-type".to_owned(), "application/json".to_owned()));
    posting(url, all, Value::Object(fill_body(body, &value_of)).to_string())
}

/// Text of a header for a provider, who may not encode it: programs that read mail decode what looks like an encoded
/// word (RFC 2047) wherever it stands, so nothing may look like one.
fn undecodable(text: &str) -> String {
    text.replace("=?", "= ?")
}

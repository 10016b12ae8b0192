//! Letter: what a visitor, a guest or a host reads about a booking, in their language and zone.

use chrono::{DateTime, Utc};
use scheduling::booking::{Booking, Event, HostNoted, Party, Status};
use scheduling::definition::{Mail as Settings, Meeting, SiteDefinition};
use scheduling::invitation::{Feed, Invitation, Method};
use scheduling::locale::LocaleWords;
use scheduling::mail::{MailAddress, Sender};
use scheduling::outbox::{AttemptOutcome, Destination, MailNotice, Mailbox, Recipient, ledger_of};
use scheduling::text::one_line;
use scheduling::token::{BookingId, Secrets};

use super::mail::{Attached, Mail, MailHeaders, carry, no_longer_sends, tidied};
use super::message::Message;
use super::{Job, Postman, admission, failed, withheld};
use crate::call::platform::Shells;
use crate::call::stop::Fault;
use crate::call::today::Today;
use crate::page::details::{details, details_for_host, title_for_host};
use crate::page::links;
use crate::page::shell::{Fields, fill, fill_text};

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
    if is_late_to_pay(notice, postman.now()) {
        return AttemptOutcome::Ended { reason: "it is too late to pay".to_owned() };
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

/// Whether it asks for a payment until an instant that is over.
fn is_late_to_pay(notice: &MailNotice, now: DateTime<Utc>) -> bool {
    matches!(notice.event, Event::AwaitingPayment | Event::PaymentFailed)
        && notice.booking.pay_by().is_some_and(|pay_by| pay_by <= now)
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
    let booking = withheld::told_to(to, booking, (notice.event, notice.by), words);
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
        now: postman.now(),
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
    now: DateTime<Utc>,
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

    /// Where the host looks after a payment.
    fn desk_url(&self) -> Option<String> {
        let is_paid = self.notice.booking.payment.as_ref().is_some_and(|payment| payment.paid.is_some());
        let is_of_money = match self.notice.event {
            Event::Paid
            | Event::RefundFailed
            | Event::RefundOwed
            | Event::PaymentDisputed
            | Event::DisputeClosed => true,
            Event::Cancelled | Event::Declined | Event::Expired => is_paid,
            _ => false,
        };
        let path = || format!("/host/#booking/{}", self.notice.booking.id);
        (*self.to == Recipient::Host && is_of_money).then(|| format!("{}{}", self.site.base_url, path()))
    }

    /// The meeting's title: visitors know it as they booked it, hosts in their own language.
    fn meeting_title(&self) -> &str {
        title_for_host(&self.notice.booking, self.page, self.locale)
    }

    fn manage_url(&self) -> String {
        format!("{}{}", self.site.base_url, links::mailed_path(&self.notice.booking, self.secrets))
    }

    /// The words of this event for this side: `endpoint.mail.visitor.confirmed.subject`.
    fn message(&self, part: &str) -> String {
        let Self { words, notice, to, .. } = *self;
        Message { words, notice, to, title: self.meeting_title() }.part(part)
    }

    /// Where the recipient has everything erased, with every host.
    fn erasure_url(&self) -> String {
        let booking = &self.notice.booking;
        let path = links::erasure_path(booking, self.to.email(booking), self.secrets);
        format!("{}{path}", self.site.base_url)
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
        let is_other_paid = booking.payment.as_ref().is_some_and(|payment| payment.other().is_some());
        let to_pay = booking.status == Status::AwaitingPayment && !is_other_paid && !booking.is_promised();
        let details = match side {
            Party::Visitor => details(self.words, booking, side, self.now),
            Party::Host => details_for_host(self.words, booking, (self.page, self.locale), self.now),
        };
        // Other mails are about the money themselves.
        let is_called_off = matches!(self.notice.event, Event::Cancelled | Event::Declined | Event::Expired);
        let details = if is_called_off { details } else { details.optional("ended", None) };
        details
            .text("subject", self.message("subject"))
            .text("title", self.message("title"))
            .text("lead", self.lead())
            .flag("for_visitor", for_visitor)
            .flag("for_host", !for_visitor)
            .optional("guest", self.to.guest().map(str::to_owned))
            .optional("confirm", (is_visitor && to_confirm).then(|| self.manage_url()))
            .optional("pay", (is_visitor && to_pay).then(|| self.manage_url()))
            .optional("manage", (is_visitor && holds && !to_confirm && !to_pay).then(|| self.manage_url()))
            .optional("decide", self.decide_url())
            .optional("desk", self.desk_url())
            .optional("unsubscribe", self.unsubscribe_url())
            .optional("erase", for_visitor.then(|| self.erasure_url()))
    }
}

/// The id that the delivery of a booking's first event to that mailbox has, or would have.
fn first_id(booking: &BookingId, to: Recipient) -> String {
    format!("{booking}.1.{}", Destination::Mail(Mailbox { to }).tag())
}

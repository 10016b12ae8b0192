//! A booking as an iCalendar event (RFC 5545), for calendars: to invite, to withdraw (RFC 5546), or to be downloaded.
//!
//! Written here because the `icalendar` crate reads the clock and draws a random id wherever an event lacks one, so
//! that both would be in this crate's build and the Worker's; and because it writes a parameter as it is, while a
//! guest's name is an injection vector. In `tests/invitations`, three calendars read back what is written here.

mod copy;

use chrono::{DateTime, Utc};

pub use self::copy::{BookingCopy, holds, merged, restored};
use crate::booking::{Booking, Contact, Status};
use crate::locale::LocaleWords;
use crate::mail::{in_text, mailto};
use crate::paths;
use crate::text::one_line;
use crate::view::rfc3339;

/// The longest line in octets, without its end; a longer one is folded (RFC 5545, 3.1).
const MOST_OCTETS: usize = 75;

/// The action that a calendar is to take on the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Take it in, new or changed, and answer.
    Request,
    /// Take it out.
    Cancel,
    /// Take a copy, in a download, or as the host: nobody is invited, so it has no attendees (RFC 5546, 3.2.1).
    Publish,
}

impl Method {
    /// The name, as `METHOD` and a mail's `method` parameter have it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
            Method::Publish => "PUBLISH",
        }
    }
}

/// A booking, in the words that a calendar shows.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// The booking.
    pub booking: &'a Booking,
    /// The words of its locale.
    pub words: &'a LocaleWords,
    /// The address of the booking's own page, if the description is to name it: anyone who reads that may change the
    /// booking.
    pub manage_url: Option<&'a str>,
    /// The address of the guest whom it asks, beside whom it names nobody but the host; `None` for the visitor's own.
    pub guest: Option<&'a str>,
}

impl Invitation<'_> {
    /// The name of the event: the meeting, and the people who meet.
    pub fn summary(&self) -> String {
        let booking = self.booking;
        let values = [
            ("title", &booking.title),
            ("host_name", &booking.noted.name),
            ("name", &booking.visitor.contact.name),
        ];
        let summary = self
            .words
            .message("endpoint.invitation.summary", &values.map(|(key, text)| (key, text.as_str())));
        one_line(&summary)
    }

    /// The description: the place, and how to change the booking.
    pub fn description(&self) -> String {
        let place = self.booking.location.text();
        let place =
            (!place.is_empty()).then(|| self.words.message("endpoint.invitation.where", &[("place", place)]));
        let manage = self
            .manage_url
            .map(|url| self.words.message("endpoint.invitation.manage", &[("manage_url", url)]));
        clean(&place.into_iter().chain(manage).collect::<Vec<_>>().join("\n\n"))
    }

    /// The event as iCalendar text. `stamp` is the time of writing: of two with one sequence, the later one counts.
    pub fn icalendar(&self, method: Method, stamp: DateTime<Utc>) -> String {
        let event = Event {
            booking: self.booking,
            summary: &self.summary(),
            description: &self.description(),
            method,
            stamp,
            asked: (method != Method::Publish).then(|| self.asked()),
            is_copy: false,
        };
        let mut text = String::with_capacity(1024);
        push_calendar(&mut text, Some(method), &[], |text| event.push(text));
        text
    }

    fn asked(&self) -> Vec<Contact> {
        match self.guest {
            Some(email) => vec![Contact::of_email(email)],
            None => others(self.booking, &host(self.booking)),
        }
    }
}

/// A host's bookings as one calendar to subscribe to (RFC 5545): it invites nobody.
#[derive(Clone, Copy, Debug)]
pub struct Feed<'a> {
    /// The host's name.
    pub host_name: &'a str,
    /// The words that it is written in.
    pub words: &'a LocaleWords,
    /// The address of the site, below which are the host's own pages.
    pub base_url: &'a str,
}

impl Feed<'_> {
    /// The calendar as iCalendar text. It does not say when it was written, so that the same bookings give the same
    /// bytes.
    pub fn icalendar(&self, bookings: &[Booking]) -> String {
        let name = self.words.message("endpoint.feed.name", &[("host_name", self.host_name)]);
        let name = escaped(&one_line(&name));
        // The second of each pair is for programs older than RFC 7986.
        let properties = [
            format!("NAME:{name}"),
            format!("X-WR-CALNAME:{name}"),
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M".to_owned(),
            "X-PUBLISHED-TTL:PT15M".to_owned(),
        ];
        let mut text = String::with_capacity(512 + 768 * bookings.len());
        push_calendar(&mut text, Some(Method::Publish), &properties, |text| {
            for booking in bookings {
                self.push(text, booking, Method::Publish);
            }
        });
        text
    }

    /// One of these events alone, for the calendar of the host who does not subscribe: published, or cancelled.
    ///
    /// Programs take no invitation in that comes from their own user, as an organizer has the event already (RFC 5546,
    /// 3.2.2). What is published is anybody's to take in (3.2.1); a higher sequence changes it (4.1.2), and a
    /// cancellation without attendees withdraws it (4.1.3).
    pub fn event(&self, booking: &Booking, method: Method) -> String {
        let mut text = String::with_capacity(1024);
        push_calendar(&mut text, Some(method), &[], |text| self.push(text, booking, method));
        text
    }

    fn push(&self, text: &mut String, booking: &Booking, method: Method) {
        let (summary, description) = self.words_of(booking);
        let event = Event {
            booking,
            summary: &summary,
            description: &description,
            method,
            stamp: booking.changed_at,
            asked: None,
            is_copy: false,
        };
        event.push(text);
    }

    /// The summary and the description of a booking, as its host reads them.
    fn words_of(&self, booking: &Booking) -> (String, String) {
        let values = [("name", booking.visitor.contact.name.as_str()), ("title", &booking.title)];
        let summary = match booking.status {
            Status::Requested => "requested",
            Status::AwaitingPayment => "awaiting_payment",
            _ => "summary",
        };
        let summary = self.words.message(&format!("endpoint.feed.{summary}"), &values);
        let place = booking.location.text();
        let url = format!("{}/{}/#booking/{}", self.base_url, paths::DESK, booking.id);
        let values = [
            ("name", values[0].1),
            ("email", &in_text(&booking.visitor.contact.email)),
            ("place", place),
            ("url", &url),
        ];
        let guests = booking.visitor.guests.iter().map(|guest| in_text(guest));
        let who = std::iter::once(self.words.message("endpoint.feed.who", &values)).chain(guests);
        let place = (!place.is_empty()).then_some("endpoint.invitation.where");
        let parts = place.into_iter().chain(["endpoint.feed.open"]);
        let parts = parts.map(|key| self.words.message(key, &values));
        let description: Vec<String> =
            std::iter::once(who.collect::<Vec<_>>().join("\n")).chain(parts).collect();
        (one_line(&summary), clean(&description.join("\n\n")))
    }
}

/// Writes a calendar around its events.
fn push_calendar(
    text: &mut String,
    method: Option<Method>,
    properties: &[String],
    events: impl FnOnce(&mut String),
) {
    push_line(text, "BEGIN:VCALENDAR");
    push_line(text, "VERSION:2.0");
    push_line(text, "PRODID:-//Daymark//Daymark//EN");
    if let Some(method) = method {
        push_line(text, &format!("METHOD:{}", method.name()));
    }
    for property in properties {
        push_line(text, property);
    }
    events(text);
    push_line(text, "END:VCALENDAR");
}

/// A booking as an event, with its words.
struct Event<'a> {
    booking: &'a Booking,
    summary: &'a str,
    description: &'a str,
    method: Method,
    stamp: DateTime<Utc>,
    /// Those whom it asks beside the host; `None` where it asks nobody.
    asked: Option<Vec<Contact>>,
    /// It is kept, not sent.
    is_copy: bool,
}

impl Event<'_> {
    fn push(&self, text: &mut String) {
        let Self { booking, method, .. } = *self;
        let host = host(booking);
        let mut line = |line: &str| push_line(text, line);
        line("BEGIN:VEVENT");
        // The booking's id, whatever becomes of the booking: it is drawn at random, so no other event has it.
        line(&format!("UID:{}", booking.id));
        line(&format!("SEQUENCE:{}", booking.sequence));
        line(&format!("DTSTAMP:{}", utc(self.stamp)));
        line(&format!("DTSTART:{}", utc(booking.start)));
        line(&format!("DTEND:{}", utc(booking.end)));
        line(&format!("SUMMARY:{}", escaped(self.summary)));
        line(&format!("DESCRIPTION:{}", escaped(self.description)));
        line(&format!("LOCATION:{}", escaped(&one_line(booking.location.text()))));
        if let Some(address) = booking.location.call() {
            line(&format!("URL:{}", one_line(address)));
        }
        line(&format!("STATUS:{}", status(method, booking.status)));
        if self.is_copy {
            line("TRANSP:OPAQUE");
        } else {
            line(&format!("ORGANIZER{}", person(&host)));
        }
        if let Some(asked) = &self.asked {
            line(&format!("{ATTENDEE};PARTSTAT=ACCEPTED{}", person(&host)));
            for contact in asked {
                line(&format!("{ATTENDEE};PARTSTAT=NEEDS-ACTION;RSVP=TRUE{}", person(contact)));
            }
        }
        line("END:VEVENT");
    }
}

/// The organizer.
fn host(booking: &Booking) -> Contact {
    Contact { name: booking.noted.name.clone(), email: booking.noted.email.clone() }
}

/// All who meet the host, each once: calendars keep one answer for an address, and would show whoever stands twice with
/// two. The host may have booked their own page, or have been invited by their address of today.
fn others(booking: &Booking, host: &Contact) -> Vec<Contact> {
    let visitor = &booking.visitor;
    let mut known = vec![host.normalised_email()];
    let everybody = std::iter::once(visitor.contact.clone())
        .chain(visitor.guests.iter().map(|email| Contact::of_email(email)));
    let mut others = Vec::with_capacity(1 + visitor.guests.len());
    for contact in everybody {
        let key = contact.normalised_email();
        if !known.contains(&key) {
            known.push(key);
            others.push(contact);
        }
    }
    others
}

const ATTENDEE: &str = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT";

fn status(method: Method, status: Status) -> &'static str {
    match status {
        _ if method == Method::Cancel => "CANCELLED",
        Status::Confirmed => "CONFIRMED",
        Status::AwaitingConfirmation | Status::Requested | Status::AwaitingPayment => "TENTATIVE",
        Status::Declined | Status::Cancelled | Status::Expired => "CANCELLED",
    }
}

/// An instant as `20261201T100000Z`.
fn utc(instant: DateTime<Utc>) -> String {
    rfc3339(instant).replace(['-', ':'], "")
}

/// A person as parameter and value: `;CN="Sam":mailto:sam@example.com`. A quoted parameter takes anything but quotes
/// and controls. To readers that know RFC 6868, a caret changes the character after it, so it is doubled; some readers
/// give a backslash a meaning here, too.
fn person(contact: &Contact) -> String {
    let name = one_line(&contact.name).replace('"', "'").replace('\\', "/").replace('^', "^^");
    format!(";CN=\"{name}\":{}", mailto(&contact.email))
}

/// Text as a value (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Text without characters that control how it, or the text after it, is read: some readers end a line at more than its
/// end.
fn clean(text: &str) -> String {
    let controls = |letter: &char| {
        letter.is_control() && *letter != '\n'
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|letter| !controls(letter)).collect()
}

/// Writes a line, folded between characters: each piece after the first begins with a space, which counts.
fn push_line(text: &mut String, line: &str) {
    let mut octets = 0;
    for letter in line.chars() {
        if octets + letter.len_utf8() > MOST_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(letter);
        octets += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests;

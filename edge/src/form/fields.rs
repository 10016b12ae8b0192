//! Checks every field of a booking request, and reports all errors at once.

use crate::form::errors::Errors;
use crate::form::price;
use crate::form::start;
use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::Contact;
use scheduling::definition::{Location, Meeting, words_in};
use scheduling::limits::{MOST_GUESTS, MOST_NAME_CHARACTERS};
use scheduling::locale::LocaleWords;
use scheduling::mail::{MailAddress, Unwritable};
use scheduling::money::Money;
use scheduling::order::set;
use scheduling::text::{names_something, one_line};
use scheduling::zone::Zone;
use serde_json::Value;

use crate::call::stop::FieldError;
use crate::form::body::Body;
use crate::form::questions::{self, Answers};
use crate::form::tracking::{self, Tracking};

/// The contents of a sound request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) start: DateTime<Utc>,
    pub(crate) duration_minutes: u32,
    pub(crate) time_zone: Zone,
    pub(crate) contact: Contact,
    pub(crate) guests: Vec<String>,
    pub(crate) named_place: String,
    pub(crate) answers: Answers,
    pub(crate) tracking: Tracking,
    pub(crate) seen_price: Option<Money>,
}

impl Wanted {
    /// The instant that the meeting ends.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.start + TimeDelta::minutes(self.duration_minutes.into())
    }
}

/// Checks every field. `extra_tracking` lists the parameters that the site keeps beside the usual ones.
pub(crate) fn check(
    body: &Body,
    meeting: &Meeting,
    extra_tracking: &[String],
    locale: &str,
    words: &LocaleWords,
) -> Result<Wanted, Vec<FieldError>> {
    let mut errors = Errors::new(words);
    let start = start::start(body, &mut errors);
    let duration_minutes = duration(body, meeting, &mut errors);
    let time_zone = time_zone(body, meeting, &mut errors);
    errors.text_of(body, "locale");
    let contact = contact(body, &mut errors);
    let guests = guests(body, &contact, &mut errors);
    let named_place = named_place(body, meeting, locale, &mut errors);
    let answers = questions::check(body, &meeting.questions, locale, &mut errors);
    let tracking = tracking::of_body(body, extra_tracking);
    let seen_price = duration_minutes.and_then(|minutes| price::seen(body, minutes, &mut errors));
    match (start, duration_minutes, time_zone) {
        (Some(start), Some(duration_minutes), Some(time_zone)) if errors.is_empty() => Ok(Wanted {
            start,
            duration_minutes,
            time_zone,
            contact,
            guests,
            named_place,
            answers,
            tracking,
            seen_price,
        }),
        _ => Err(errors.into_list()),
    }
}

/// The duration that is asked for, if the page has it, or its first.
pub(crate) fn duration(body: &Body, meeting: &Meeting, errors: &mut Errors<'_>) -> Option<u32> {
    let offered = &meeting.rules.durations_minutes;
    let wanted = match body.one("duration_minutes") {
        Value::Null => return offered.first().copied(),
        Value::Number(minutes) => minutes.as_u64(),
        Value::String(minutes) if body.is_form => minutes.parse().ok(),
        _ => None,
    };
    let found = offered.iter().copied().find(|minutes| wanted == Some(u64::from(*minutes)));
    if found.is_none() {
        errors.add("duration_minutes", "endpoint.field.duration_not_offered", &[]);
    }
    found
}

/// The visitor's zone. Nobody types it: a name that is not known, perhaps newer than the rules here, is no error, and
/// the page's own zone stands for it.
fn time_zone(body: &Body, meeting: &Meeting, errors: &mut Errors<'_>) -> Option<Zone> {
    let name = errors.text_of(body, "time_zone")?;
    Some(Zone::read(&name).unwrap_or_else(|_| meeting.rules.time_zone.clone()))
}

fn contact(body: &Body, errors: &mut Errors<'_>) -> Contact {
    if !matches!(body.get("contact"), Value::Null | Value::Object(_)) {
        errors.add("contact", "endpoint.field.not_object", &[]);
        return Contact { name: String::new(), email: String::new() };
    }
    let name = errors.text_of(body, "contact.name");
    if let Some(name) = &name {
        check_name(name, errors);
    }
    let email = errors.text_of(body, "contact.email").and_then(|typed| match MailAddress::pasted(&typed) {
        Ok(address) => Some(address.to_string()),
        Err(why) => {
            errors.add("contact.email", email_error(why), &[]);
            None
        }
    });
    Contact { name: name.unwrap_or_default(), email: email.unwrap_or_default() }
}

/// The key of the message on what is wrong with an address.
pub(crate) fn email_error(why: Unwritable) -> &'static str {
    match why {
        Unwritable::Missing => "endpoint.field.email_missing",
        Unwritable::Malformed => "endpoint.field.email_malformed",
        Unwritable::Space => "endpoint.field.email_space",
        Unwritable::Quotes => "endpoint.field.email_quotes",
        Unwritable::Characters => "endpoint.field.email_characters",
        Unwritable::Dots => "endpoint.field.email_dots",
        Unwritable::Domain => "endpoint.field.email_domain",
        Unwritable::Long => "endpoint.field.email_long",
    }
}

fn check_name(name: &str, errors: &mut Errors<'_>) {
    let most = MOST_NAME_CHARACTERS;
    if !names_something(name) {
        errors.add("contact.name", "endpoint.field.name_missing", &[]);
    } else if name.chars().count() > most {
        errors.add("contact.name", "endpoint.field.name_long", &[("most", &most.to_string())]);
    }
}

/// The guests, each mailbox once, whatever its address is written as, and never that of who books.
fn guests(body: &Body, contact: &Contact, errors: &mut Errors<'_>) -> Vec<String> {
    let list = match body.get("guests") {
        Value::Null => return Vec::new(),
        Value::Array(list) => list.clone(),
        text @ Value::String(_) if body.is_form => vec![text.clone()],
        _ => {
            errors.add("guests", "endpoint.field.not_list", &[]);
            return Vec::new();
        }
    };
    let mut known = set([contact.counted_email()]);
    let mut guests = Vec::new();
    for (index, guest) in list.iter().enumerate() {
        let typed = guest.as_str().map(one_line);
        match typed.as_deref().map_or(Err(Unwritable::Malformed), MailAddress::pasted) {
            Ok(address) => {
                let email = address.to_string();
                if known.insert(Contact::of_email(&email).counted_email()) {
                    guests.push(email);
                }
            }
            Err(Unwritable::Missing) if body.is_form => {}
            Err(Unwritable::Missing) => errors.add_of_guest(index, email_error(Unwritable::Malformed)),
            Err(why) => errors.add_of_guest(index, email_error(why)),
        }
    }
    if guests.len() > MOST_GUESTS {
        errors.add("guests", "endpoint.field.guests_many", &[("most", &MOST_GUESTS.to_string())]);
    }
    guests
}

/// What the visitor is asked for as the place; empty where the page does not ask.
fn named_place(body: &Body, meeting: &Meeting, locale: &str, errors: &mut Errors<'_>) -> String {
    let Location::Ask(question) = &meeting.location else { return String::new() };
    let value = errors.text_of(body, "location").unwrap_or_else(|| "?".to_owned());
    let label = words_in(question, locale);
    questions::check_text("location", label, &value, true, errors);
    value
}

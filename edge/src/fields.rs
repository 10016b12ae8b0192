//! Checks every field of a booking request, and reports all that is wrong at once.

use chrono::{DateTime, TimeDelta, Utc};
use email_address::{EmailAddress, Options};
use scheduling::booking::{Contact, Place};
use scheduling::definition::{Location, Meeting, words_in};
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;
use serde_json::Value;

use crate::body::Body;
use crate::questions::{self, Answers};
use crate::stop::{FieldError, Refused};
use crate::tracking::{self, Tracking};

/// Characters that a name may have.
const MOST_NAME_CHARACTERS: usize = 200;
/// Characters that an address may have (RFC 5321: a path of 256, less its angle brackets).
const MOST_EMAIL_CHARACTERS: usize = 254;
/// Further addresses that a booking may have.
const MOST_GUESTS: usize = 10;
/// Characters of one line of text.
pub(crate) const MOST_TEXT_CHARACTERS: usize = 500;

/// What a sound request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) start: DateTime<Utc>,
    pub(crate) duration_minutes: u32,
    pub(crate) time_zone: Zone,
    pub(crate) contact: Contact,
    pub(crate) guests: Vec<String>,
    pub(crate) location: Place,
    pub(crate) answers: Answers,
    pub(crate) tracking: Tracking,
}

impl Wanted {
    /// The instant that the meeting ends.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.start + TimeDelta::minutes(self.duration_minutes.into())
    }
}

/// Checks every field. `extra_tracking` is what the site keeps beside the usual parameters.
pub(crate) fn check(
    body: &Body,
    meeting: &Meeting,
    extra_tracking: &[String],
    locale: &str,
    words: &LocaleWords,
) -> Result<Wanted, Vec<FieldError>> {
    let mut errors = Errors { words, list: Vec::new() };
    let start = start(body, &mut errors);
    let duration_minutes = duration(body, meeting, &mut errors);
    let time_zone = time_zone(body, meeting, &mut errors);
    let contact = contact(body, &mut errors);
    let guests = guests(body, &mut errors);
    let location = location(body, meeting, locale, &mut errors);
    let answers = questions::check(body, &meeting.questions, locale, &mut errors);
    let tracking = tracking::check(body, extra_tracking, &mut errors);
    match (start, duration_minutes, time_zone) {
        (Some(start), Some(duration_minutes), Some(time_zone)) if errors.list.is_empty() => {
            Ok(Wanted { start, duration_minutes, time_zone, contact, guests, location, answers, tracking })
        }
        _ => Err(errors.list),
    }
}

/// What is wrong so far.
pub(crate) struct Errors<'a> {
    words: &'a LocaleWords,
    list: Vec<FieldError>,
}

impl<'a> Errors<'a> {
    /// Nothing yet.
    pub(crate) fn new(words: &'a LocaleWords) -> Self {
        Self { words, list: Vec::new() }
    }

    /// Adds what is wrong with a field: the message `endpoint.field.<key>`.
    pub(crate) fn add(&mut self, field: &str, key: &str, values: &[(&str, &str)]) {
        let message = self.words.message(&format!("endpoint.field.{key}"), values);
        self.list.push(FieldError { field: field.to_owned(), message });
    }

    /// All of it.
    pub(crate) fn into_list(self) -> Vec<FieldError> {
        self.list
    }

    /// The trimmed text of a field; empty where it is absent. Another type is wrong.
    fn text_of(&mut self, body: &Body, path: &str) -> Option<String> {
        match body.get(path) {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.add(path, "not_text", &[]);
                None
            }
        }
    }
}

/// The start that is asked for.
pub(crate) fn start(body: &Body, errors: &mut Errors<'_>) -> Option<DateTime<Utc>> {
    let start = match body.get("start") {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(parse_start(text.trim())),
        Value::Number(seconds) => Some(seconds.as_i64().and_then(in_calendar)),
        _ => Some(None),
    };
    match start {
        None => errors.add("start", "start_missing", &[]),
        Some(None) => errors.add("start", "start_malformed", &[]),
        Some(Some(start)) => return Some(start),
    }
    None
}

/// The same, or the refusal that says what is wrong with it.
pub(crate) fn start_or_refuse(body: &Body, words: &LocaleWords) -> Result<DateTime<Utc>, Refused> {
    let mut errors = Errors::new(words);
    start(body, &mut errors)
        .ok_or_else(|| Refused { errors: errors.into_list(), ..Refused::new(Refusal::InvalidField) })
}

/// Reads a start as any client may write it, or as a page lists it.
pub(crate) fn parse_start(text: &str) -> Option<DateTime<Utc>> {
    parse_instant(text).or_else(|| parse_listed(text))
}

/// Reads `g1g.540`, as the values of a page's list of times are: the day, counted from 1970 in base 36, and the minute of the day
/// in UTC.
fn parse_listed(text: &str) -> Option<DateTime<Utc>> {
    let (day, minute) = text.split_once('.')?;
    let digits = day.len() < 6 && day.bytes().all(|letter| letter.is_ascii_alphanumeric());
    let day = i64::from_str_radix(day, 36).ok().filter(|_| digits)?;
    let minute = minute.parse::<u16>().ok().filter(|minute| *minute < 24 * 60)?;
    in_calendar(day * 86_400 + i64::from(minute) * 60)
}

/// Reads RFC 3339, or seconds since 1970.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = match text.parse::<i64>() {
        Ok(seconds) => in_calendar(seconds)?,
        Err(_) => DateTime::parse_from_rfc3339(text).ok()?.to_utc(),
    };
    (instant.timestamp_subsec_nanos() == 0).then_some(instant)
}

/// Instants that RFC 3339 can write: until the year 9999.
fn in_calendar(seconds: i64) -> Option<DateTime<Utc>> {
    (-62_135_596_800..253_402_300_800).contains(&seconds).then(|| DateTime::from_timestamp(seconds, 0))?
}

fn duration(body: &Body, meeting: &Meeting, errors: &mut Errors<'_>) -> Option<u32> {
    let offered = &meeting.rules.durations_minutes;
    let wanted = match body.get("duration_minutes") {
        Value::Null => return offered.first().copied(),
        Value::Number(minutes) => minutes.as_u64(),
        Value::String(minutes) if body.is_form => minutes.parse().ok(),
        _ => None,
    };
    let found = offered.iter().copied().find(|minutes| wanted == Some(u64::from(*minutes)));
    if found.is_none() {
        errors.add("duration_minutes", "duration_not_offered", &[]);
    }
    found
}

fn time_zone(body: &Body, meeting: &Meeting, errors: &mut Errors<'_>) -> Option<Zone> {
    let name = errors.text_of(body, "time_zone")?;
    if name.is_empty() {
        return Some(meeting.rules.time_zone.clone());
    }
    let zone = Zone::named(&name).ok();
    if zone.is_none() {
        errors.add("time_zone", "time_zone_unknown", &[]);
    }
    zone
}

fn contact(body: &Body, errors: &mut Errors<'_>) -> Contact {
    if !matches!(body.get("contact"), Value::Null | Value::Object(_)) {
        errors.add("contact", "not_object", &[]);
        return Contact { name: String::new(), email: String::new() };
    }
    let name = errors.text_of(body, "contact.name");
    if let Some(name) = &name {
        check_line(
            "contact.name",
            name,
            MOST_NAME_CHARACTERS,
            ["name_missing", "name_long", "name_characters"],
            errors,
        );
    }
    let email = errors.text_of(body, "contact.email");
    match email.as_deref() {
        Some("") => errors.add("contact.email", "email_missing", &[]),
        Some(email) if !is_email(email) => errors.add("contact.email", "email_malformed", &[]),
        _ => {}
    }
    Contact { name: name.unwrap_or_default(), email: email.unwrap_or_default() }
}

/// Checks a line that must be there. The keys: missing, too long, with characters that a line has not.
fn check_line(field: &str, text: &str, most: usize, keys: [&str; 3], errors: &mut Errors<'_>) {
    if text.is_empty() {
        errors.add(field, keys[0], &[]);
    } else if text.chars().count() > most {
        errors.add(field, keys[1], &[("most", &most.to_string())]);
    } else if !is_line(text) {
        errors.add(field, keys[2], &[]);
    }
}

/// Whether text is one line without characters that control how it, or what follows it, is shown.
pub(crate) fn is_line(text: &str) -> bool {
    !text.chars().any(|letter| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// Whether text is an address that mail can be sent to: no display name, no literal IP address, a domain with a dot.
fn is_email(text: &str) -> bool {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    text.chars().count() <= MOST_EMAIL_CHARACTERS
        && is_line(text)
        && EmailAddress::parse_with_options(text, options).is_ok()
}

fn guests(body: &Body, errors: &mut Errors<'_>) -> Vec<String> {
    let list = match body.get("guests") {
        Value::Null => return Vec::new(),
        Value::Array(list) => list.clone(),
        text @ Value::String(_) if body.is_form => vec![text.clone()],
        _ => {
            errors.add("guests", "not_list", &[]);
            return Vec::new();
        }
    };
    if list.len() > MOST_GUESTS {
        errors.add("guests", "guests_many", &[("most", &MOST_GUESTS.to_string())]);
        return Vec::new();
    }
    let mut guests = Vec::with_capacity(list.len());
    for (index, guest) in list.iter().enumerate() {
        match guest.as_str().map(str::trim) {
            Some("") if body.is_form => {}
            Some(email) if is_email(email) => guests.push(email.to_owned()),
            _ => errors.add(
                &format!("guests.{index}"),
                "guest_malformed",
                &[("number", &(index + 1).to_string())],
            ),
        }
    }
    guests
}

fn location(body: &Body, meeting: &Meeting, locale: &str, errors: &mut Errors<'_>) -> Place {
    let (kind, value) = match &meeting.location {
        Location::Video(address) => ("video", address.clone()),
        Location::Phone(number) => ("phone", number.clone()),
        Location::Address(place) => ("address", place.clone()),
        Location::Ask(question) => {
            let value = errors.text_of(body, "location").unwrap_or_else(|| "?".to_owned());
            let label = words_in(question, locale);
            questions::check_text("location", label, &value, true, errors);
            ("ask", value)
        }
    };
    Place { kind: kind.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let start = parse_start(text).map(|start| start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        assert_eq!(start.as_deref(), expected, "for {text}");
    }

    #[test]
    fn a_start_is_read_in_three_forms() {
        check("2026-12-01T09:00:00Z", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01T18:00:00+09:00", Some("2026-12-01T09:00:00Z"));
        check("1796115600", Some("2026-12-01T09:00:00Z"));
        check("g1g.540", Some("2026-12-01T09:00:00Z"));
    }

    #[test]
    fn what_no_page_lists_is_no_start() {
        for text in [
            "g1g",
            "g1g.",
            ".540",
            "g1g.1440",
            "g1g.-1",
            "g1g.540.0",
            "-g1g.540",
            "g 1.540",
            "zzzzz.0",
            "zzzzzz.0",
        ] {
            check(text, None);
        }
    }
}

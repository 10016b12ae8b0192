//! What a `CalDAV` server has said: of a calendar itself, of the events in it, or why it says nothing. No word of its
//! own is told, as titles may stand in it.

use scheduling::calendar::{Answer, Question, Reader, zone_of};
use scheduling::invitation::holds;
use scheduling::token::BookingId;
use scheduling::zone::Zone;

use super::multistatus::{self, Name, Resource, Unreadable};
use crate::calendars::unwritten::Unwritten;

const NO_CALENDAR: &str = "that is not a CalDAV calendar";
/// What a server calls it that an event of the same id stands elsewhere (RFC 4791, 5.3.2.1).
const NO_UID_CONFLICT: &[u8] = b"no-uid-conflict";
/// How the text of every calendar begins, in any case.
const BEGINS: &str = "BEGIN:VCALENDAR";

/// A calendar itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Collection {
    /// What is another one after every change: the calendar's tag, or else its token for synchronisation.
    tag: Option<String>,
    /// Where it is.
    pub(super) zone: Option<Zone>,
}

impl Collection {
    /// What is the same while the calendar says the same; `None` where that cannot be known.
    pub(super) fn validator(&self) -> Option<String> {
        let zone = self.zone.as_ref().map_or("", Zone::name);
        self.tag.as_ref().map(|tag| format!("{tag} {zone}"))
    }
}

/// Reads what is said of a calendar itself.
pub(super) fn collection(body: &[u8]) -> Result<Collection, Unwritten> {
    let mut first = None;
    read(body, &mut |resource| {
        first.get_or_insert_with(|| resource.clone());
    })?;
    let resource = first.ok_or(NO_CALENDAR)?;
    match resource.status {
        None | Some(200) => {}
        Some(0) => return Err(NO_CALENDAR.into()),
        Some(status @ (401 | 403)) => return Err(Unwritten::refused(in_words(status))),
        Some(status) => return Err(in_words(status).into()),
    }
    if resource.text(Name::Calendar).is_err() {
        return Err("there is something else than a calendar at its address".into());
    }
    // Where it does not say, it takes all.
    let mut components = resource.texts(Name::Component).peekable();
    if components.peek().is_some() && !components.any(|component| component.eq_ignore_ascii_case("VEVENT")) {
        return Err("it is for tasks, and has no events".into());
    }
    let text = |name| resource.text(name).ok().filter(|text| !text.is_empty());
    Ok(Collection {
        tag: text(Name::Tag).or_else(|| text(Name::SyncToken)).map(str::to_owned),
        zone: text(Name::Zone).and_then(zone_of),
    })
}

/// Reads the events of a calendar. Each stands in a text of its own; without a single one of them, it is not known
/// when its host is busy.
pub(super) fn events(body: &[u8], question: Question) -> Result<Answer, String> {
    let mut reader = Reader::new(question);
    let mut failure = None;
    // A calendar may be empty.
    reader.push(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    read(body, &mut |resource| match data(resource) {
        Ok(data) => {
            reader.push(data.as_bytes());
            reader.push(b"\r\n");
        }
        Err(status) => {
            failure.get_or_insert(status);
        }
    })?;
    match failure {
        None => reader.finish().map_err(|unreadable| unreadable.to_string()),
        Some(status) => Err(unreadable(status)),
    }
}

/// Why an event has no text.
fn unreadable(status: u16) -> String {
    match status {
        0 => "an event of it is missing in its server's answer".to_owned(),
        status => format!("an event of it cannot be read: {}", in_words(status)),
    }
}

/// Where the event of a booking stands, among events. What cannot be read may be it.
pub(super) fn place_of(booking: &BookingId, body: &[u8]) -> Result<Option<String>, String> {
    let (mut place, mut failure) = (None, None);
    read(body, &mut |resource| match data(resource) {
        Ok(text) if holds(text.as_bytes(), booking) => place = Some(resource.href.clone()),
        // It was deleted in the meantime.
        Ok(_) | Err(404 | 410) => {}
        Err(status) => failure = Some(status),
    })?;
    match (place, failure) {
        (None, Some(status)) => Err(unreadable(status)),
        (place, _) => Ok(place),
    }
}

/// The text of an event, or the status that says why there is none.
fn data(resource: &Resource) -> Result<&str, u16> {
    let text = resource.text(Name::Data)?.trim_start_matches('\u{feff}');
    let begins = text.get(..BEGINS.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(BEGINS));
    if begins { Ok(text) } else { Err(0) }
}

pub(super) fn read(body: &[u8], each: &mut dyn FnMut(&Resource)) -> Result<(), String> {
    multistatus::read(body, each).map_err(|unreadable| match unreadable {
        Unreadable::SomethingElse => NO_CALENDAR.to_owned(),
        Unreadable::Damaged => "its server's answer is cut off, or damaged".to_owned(),
    })
}

/// Whether an answer says that an event of the same id stands elsewhere.
pub(super) fn stands_elsewhere(body: &[u8]) -> bool {
    body.windows(NO_UID_CONFLICT.len()).any(|part| part == NO_UID_CONFLICT)
}

/// Why nothing was written, by the status of an answer and its body.
pub(super) fn unwritten(status: u16, body: &[u8]) -> String {
    let has_it = stands_elsewhere(body);
    let meaning = match status {
        403 | 409 | 412 if has_it => {
            "its server has the event elsewhere, perhaps in another of the user's calendars"
        }
        403 => "its server does not let the user write to it",
        404 | 409 | 410 => "it is not there, or does not take the event",
        412 => "somebody else changes the event at the same time",
        413 | 507 => "it is full, or the event is too much for its server",
        429 => "it has been asked too often",
        400 | 415 | 422 => "its server does not take the event",
        _ => return in_words(status),
    };
    format!("it answered {status}: {meaning}")
}

/// Why there is nothing with this status, for an answer or for a part of one.
pub(super) fn in_words(status: u16) -> String {
    let meaning = match status {
        401 => {
            "its server does not accept the user and the secret's password; many servers need an app password"
        }
        403 => "its server does not let the user read it; many servers need an app password",
        404 | 410 => "it is not there: it was renamed or deleted, or its `url` is wrong",
        429 => "it has been read too often",
        507 => "it is too much for its server",
        200..=399 | 405 | 501 => NO_CALENDAR,
        500.. => "its server has a fault",
        _ => "its server does not take the question",
    };
    format!("it answered {status}: {meaning}")
}

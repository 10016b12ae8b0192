//! Bookings' copies in a mailbox: each is an event that bears the booking's id in a property of our own, by which it is
//! found wherever it stands in its calendar, and in its `transactionId`, by which readers know it.
//!
//! What stands there is looked up before each change. So nothing is noted between two of them, and what was begun
//! twice, or broken off, ends well all the same.

use base16ct::lower as hex;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use scheduling::calendar::{Answer, Expanded, Occurrence, Question};
use scheduling::invitation::BookingCopy;
use scheduling::token::BookingId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::address::encoded;
use super::{Mailbox, PREFER, events, room, said};
use crate::calendars::held::Held;
use crate::calendars::kept::Kept;
use crate::calendars::unwritten::Unwritten;
use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// The property that has the booking's id. Its GUID was made up for Daymark.
const BOOKING: &str = "String {7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3} Name DaymarkBooking";
/// The property that has a digest of the text that we wrote.
const WORDS: &str = "String {7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3} Name DaymarkWords";
/// Attempts in a row, while somebody else changes the copy in between.
const MOST_ATTEMPTS: u32 = 3;
/// The longest subject that Exchange takes, in characters.
const LONGEST_LINE: usize = 255;

/// A copy as it stands in the calendar.
struct Standing(Value);

impl<P: Clock + Outgoing> Mailbox<'_, P> {
    /// Looks for the copy of a booking, wherever it lies; `None` if it is not there.
    pub(super) async fn look_for(
        &self,
        booking: &BookingId,
        question: Question,
    ) -> Result<Option<Answer>, Unwritten> {
        let Some(Standing(event)) = self.kept(booking, false).await? else { return Ok(None) };
        // When a series takes place, its start does not say.
        if event["recurrence"].is_object() {
            return Err("the event is a series".into());
        }
        let mut expanded = Expanded::new(question);
        expanded.push(Occurrence { booking: Some(booking.clone()), ..events::occurrence(&event) });
        expanded.finish().map(Some).map_err(|unreadable| Unwritten::because(unreadable.to_string()))
    }

    /// Has the calendar hold a copy of a booking, or nothing of it.
    pub(super) async fn keep(&self, booking: &BookingId, copy: Held<'_>) -> Result<Kept, Unwritten> {
        let is_alone = copy.is_alone();
        let copy = copy.text();
        let mut last = None;
        let mut again = None;
        for _ in 0..MOST_ATTEMPTS {
            let wants_room = copy.is_some_and(BookingCopy::wants_room);
            let answer = match (self.kept(booking, wants_room).await?, copy) {
                (None, None) => return Ok(Kept::AsWanted),
                (None, Some(copy)) => {
                    let event = new(booking, copy, again.as_deref());
                    let url = format!("{}/events", self.calendar);
                    self.ask(Method::POST, &url, &[("Prefer", PREFER)], Some(&event)).await?
                }
                (Some(kept), Some(_)) if kept.0["isCancelled"] == true => {
                    // Nothing brings back what is cancelled there: it makes room for another.
                    let gone = self.change(&kept, Method::DELETE, None).await?;
                    if !gone.status().is_success() {
                        return Err(said::refused(&gone));
                    }
                    continue;
                }
                (Some(kept), Some(copy)) => match kept.changes(copy, is_alone) {
                    Some(changes) => self.change(&kept, Method::PATCH, Some(&changes)).await?,
                    None if wants_room => return Ok(room::of(&kept.0)),
                    None => return Ok(Kept::AsWanted),
                },
                (Some(kept), None) => self.change(&kept, Method::DELETE, None).await?,
            };
            let status = answer.status();
            let unwritten = || said::refused(&answer);
            match status {
                status if status.is_success() && wants_room => {
                    return Ok(room::of(&said::json(&answer).unwrap_or_default()));
                }
                status if status.is_success() => return Ok(Kept::AsWanted),
                StatusCode::NOT_FOUND | StatusCode::GONE if copy.is_none() => return Ok(Kept::AsWanted),
                _ if said::error(&answer).as_deref() == Some("ErrorDuplicateTransactionId") => {
                    // An event was made by it that is not there any more: its host has deleted it.
                    let random = self.platform.random().map_err(|fault| fault.to_string())?;
                    again = Some(hex::encode_string(&random));
                    last = Some(unwritten());
                }
                // Something else stands there, or nothing any more: it is looked up again.
                StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT | StatusCode::NOT_FOUND => {
                    last = Some(unwritten());
                }
                _ => return Err(unwritten()),
            }
        }
        last.map_or(Ok(Kept::AsWanted), Err)
    }

    async fn change(
        &self,
        Standing(kept): &Standing,
        method: Method,
        body: Option<&Value>,
    ) -> Result<Response, Unwritten> {
        let url = format!("{}/events/{}", self.home, encoded(kept["id"].as_str().unwrap_or_default()));
        let condition = kept["@odata.etag"].as_str().map(|etag| ("If-Match", etag));
        let headers: Vec<_> = [("Prefer", PREFER)].into_iter().chain(condition).collect();
        self.ask(method, &url, &headers, body).await
    }

    /// The event that bears the booking's id.
    async fn kept(&self, booking: &BookingId, wants_room: bool) -> Result<Option<Standing>, Unwritten> {
        let filter = format!(
            "singleValueExtendedProperties/any(ep: ep/id eq '{BOOKING}' and ep/value eq '{booking}')"
        );
        let words = format!("singleValueExtendedProperties($filter=id eq '{WORDS}')");
        let url = format!(
            "{}/events?$filter={}&$expand={}&$select=id,subject,start,end,isAllDay,isCancelled,location,recurrence,showAs{}",
            self.calendar,
            encoded(&filter),
            encoded(&words),
            if wants_room { room::SELECTED } else { "" }
        );
        let answer = self.ask(Method::GET, &url, &[("Prefer", PREFER)], None).await?;
        if answer.status() != StatusCode::OK {
            return Err(said::refused(&answer));
        }
        let mut said = said::json(&answer).unwrap_or_default();
        let events = said["value"].as_array_mut().ok_or_else(said::no_answer)?;
        let event = events.drain(..).next();
        if event.as_ref().is_some_and(|event| !event["id"].is_string()) {
            return Err(said::no_answer());
        }
        Ok(event.map(Standing))
    }
}

impl Standing {
    /// What of it is to be another; `None` if it is as it should be.
    ///
    /// The text is written only where it is not what we wrote last: its host may have added to it, as Teams does with
    /// the way into a meeting.
    fn changes(&self, copy: &BookingCopy, is_alone: bool) -> Option<Value> {
        let Self(kept) = self;
        let mut changes = ours(copy);
        let recurs = is_alone && kept["recurrence"].is_object();
        if recurs {
            changes["recurrence"] = Value::Null;
        }
        let is_at = |name: &str| {
            let at = |event: &Value| events::instants(&event[name]);
            at(kept).is_some() && at(kept) == at(&changes)
        };
        let is_same = kept["subject"] == changes["subject"]
            && (copy.wants_room() || kept["location"]["displayName"] == changes["location"]["displayName"])
            && kept["showAs"] == changes["showAs"]
            && kept["isAllDay"] == changes["isAllDay"]
            && is_at("start")
            && is_at("end");
        let digest = digest(&copy.description);
        let has_words = kept["singleValueExtendedProperties"].as_array().is_some_and(|properties| {
            properties.iter().any(|property| property["id"] == WORDS && property["value"] == digest.as_str())
        });
        if !has_words {
            changes["body"] =
                if copy.wants_room() { room::body(kept, &copy.description) } else { body(copy) };
            changes["singleValueExtendedProperties"] = json!([{ "id": WORDS, "value": digest }]);
        }
        let has_room = !copy.wants_room() || kept["isOnlineMeeting"] == true;
        if !has_room {
            room::ask(&mut changes);
        }
        (!is_same || !has_words || !has_room || recurs).then_some(changes)
    }
}

/// The properties that follow the booking. All others are the host's, such as a reminder or a category.
fn ours(copy: &BookingCopy) -> Value {
    let time = |at: DateTime<Utc>| json!({ "dateTime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC" });
    let mut ours = json!({
        "subject": line(&copy.summary),
        "start": time(copy.start()),
        "end": time(copy.end()),
        // Its host may have made a whole day of it, which begins and ends at midnight alone.
        "isAllDay": false,
        "showAs": "busy",
    });
    // Teams says itself where it is.
    if !copy.wants_room() {
        ours["location"] = json!({ "displayName": line(&copy.location()) });
    }
    ours
}

/// An event that invites nobody.
///
/// A second one of the same `transactionId` is not made, where the answer to the first was lost. As long as it is the
/// same: so a digest of it belongs to its name.
fn new(booking: &BookingId, copy: &BookingCopy, again: Option<&str>) -> Value {
    let mut event = ours(copy);
    event["body"] = body(copy);
    if copy.wants_room() {
        room::ask(&mut event);
    }
    let name = again.map_or_else(|| digest(&event.to_string()), str::to_owned);
    event["transactionId"] = format!("{booking}/{name}").into();
    event["singleValueExtendedProperties"] = json!([
        { "id": BOOKING, "value": booking.as_str() },
        { "id": WORDS, "value": digest(&copy.description) },
    ]);
    event
}

fn body(copy: &BookingCopy) -> Value {
    json!({ "contentType": "text", "content": copy.description })
}

fn line(text: &str) -> String {
    text.chars().take(LONGEST_LINE).collect()
}

fn digest(text: &str) -> String {
    hex::encode_string(&Sha256::digest(text)[..8])
}

//! Bookings' copies in a calendar: each is an event under the booking's id.
//!
//! It is made first, and looked up if it stands there already. So nothing is noted between two changes, and what was
//! begun twice, or broken off, ends well all the same. An id is never free again: what its host has deleted stands
//! there as cancelled.

use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use scheduling::invitation::BookingCopy;
use scheduling::json;
use scheduling::token::BookingId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Server, id, room, said};
use crate::calendars::held::Held;
use crate::calendars::kept::Kept;
use crate::calendars::unwritten::Unwritten;
use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// Attempts in a row, while somebody else changes the copy in between.
const MOST_ATTEMPTS: u32 = 3;
/// Nobody is written to: there is nobody invited but the host.
const QUIETLY: [(&str, &str); 2] = [("sendUpdates", "none"), ("fields", "id")];
/// The same for an event with a room, of which Google says how far it is.
const WITH_ROOM: [(&str, &str); 3] = [
    ("sendUpdates", "none"),
    ("fields", "id,conferenceData(createRequest(status(statusCode)),entryPoints(entryPointType,uri))"),
    ("conferenceDataVersion", "1"),
];

/// A copy as it stands in the calendar.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    etag: String,
    status: String,
    #[serde(default)]
    conference_data: Value,
}

/// How a copy is written.
#[derive(Clone, Copy)]
struct Manner {
    /// With a room for a call.
    asks: bool,
    /// As one event, whatever series its host has made of it.
    is_alone: bool,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    /// Has the calendar hold a copy of a booking, or nothing of it.
    pub(super) async fn keep(mut self, booking: &BookingId, copy: Held<'_>) -> Result<Kept, Unwritten> {
        let event = id::of_booking(booking);
        let is_alone = copy.is_alone();
        let Some(copy) = copy.text() else { return self.take_out(&event).await.map(|()| Kept::AsWanted) };
        let asks = copy.wants_room() && !self.key.is_account();
        let mut answer = self.write(&event, copy, Manner { asks, is_alone }).await?;
        let is_refused = asks && answer.status() == StatusCode::BAD_REQUEST;
        if is_refused {
            answer = self.write(&event, copy, Manner { asks: false, is_alone }).await?;
        }
        self.done(&answer)?;
        Ok(match (copy.wants_room(), asks) {
            (false, _) => Kept::AsWanted,
            (true, false) => Kept::WithoutRoom(room::NOT_FOR_ACCOUNTS.to_owned()),
            (true, true) if is_refused => Kept::WithoutRoom(room::NOT_HERE.to_owned()),
            (true, true) => room::of(&answer),
        })
    }

    /// Makes the event, or changes it. The answer is the last one, whatever it says.
    async fn write(
        &mut self,
        event: &str,
        copy: &BookingCopy,
        manner: Manner,
    ) -> Result<Response, Unwritten> {
        let (asks, parameters) = (manner.asks, parameters(manner.asks));
        let mut new = fields(copy);
        new["id"] = Value::from(event);
        if asks {
            new["conferenceData"] = room::request(event);
        }
        let new = new.to_string();
        let mut last = None;
        for _ in 0..MOST_ATTEMPTS {
            let answer = self.send(Method::POST, None, parameters, &[], new.clone()).await?;
            if answer.status() != StatusCode::CONFLICT {
                return Ok(answer);
            }
            let answer = self.change(event, fields(copy), manner).await?;
            match answer.status() {
                // It was changed meanwhile, or is not there after all.
                StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND | StatusCode::GONE => {
                    last = Some(self.refused(&answer));
                }
                _ => return Ok(answer),
            }
        }
        Err(last.unwrap_or_else(|| "the event is neither there nor can it be made".to_owned().into()))
    }

    /// Changes what is ours of the copy that is there; or tells why it cannot be seen.
    async fn change(&mut self, event: &str, mut ours: Value, manner: Manner) -> Result<Response, Unwritten> {
        let Manner { asks, is_alone } = manner;
        let wanted = [("fields", if asks { "etag,status,conferenceData" } else { "etag,status" })];
        let answer = self.send(Method::GET, Some(event), &wanted, &[], String::new()).await?;
        if answer.status() != StatusCode::OK {
            return Ok(answer);
        }
        let kept = json::from_slice::<Standing>(answer.body()).ok();
        let kept =
            kept.ok_or_else(|| "Google's answer is cut off, or something else than an event".to_owned())?;
        let condition = [("If-Match", kept.etag.as_str())];
        let lacks = if asks { room::lacking(&kept.conference_data, event, &kept.etag) } else { None };
        let parameters = parameters(asks);
        if kept.status != "cancelled" {
            // Its host may have made a whole day of it.
            for end in ["start", "end"] {
                ours[end]["date"] = Value::Null;
            }
            if is_alone {
                ours["recurrence"] = Value::Null;
            }
            if let Some(room) = lacks {
                ours["conferenceData"] = room;
            }
            return self.send(Method::PATCH, Some(event), parameters, &condition, ours.to_string()).await;
        }
        // What its host has deleted has nothing left that is the host's own, but the room that people know.
        if asks {
            ours["conferenceData"] = lacks.unwrap_or(kept.conference_data);
        }
        let answer = self.send(Method::PUT, Some(event), parameters, &condition, ours.to_string()).await?;
        match answer.status() {
            StatusCode::FORBIDDEN => Err(said::not_put_back(&answer, self.key.is_account())),
            _ => Ok(answer),
        }
    }

    async fn take_out(&mut self, event: &str) -> Result<(), Unwritten> {
        let parameters = [("sendUpdates", "none")];
        let answer = self.send(Method::DELETE, Some(event), &parameters, &[], String::new()).await?;
        match answer.status() {
            StatusCode::GONE => Ok(()),
            StatusCode::NOT_FOUND => self.look_in().await,
            _ => self.done(&answer),
        }
    }

    /// Whether the calendar itself is there: to those who are let in no more, nothing in it is.
    async fn look_in(&mut self) -> Result<(), Unwritten> {
        let parameters = [("maxResults", "1"), ("fields", "kind")];
        let answer = self.send(Method::GET, None, &parameters, &[], String::new()).await?;
        self.done(&answer)
    }

    fn done(&self, answer: &Response) -> Result<(), Unwritten> {
        if answer.status().is_success() { Ok(()) } else { Err(self.refused(answer)) }
    }
}

/// What is said beside an event.
fn parameters(asks_for_room: bool) -> &'static [(&'static str, &'static str)] {
    if asks_for_room { &WITH_ROOM } else { &QUIETLY }
}

/// What of an event follows its booking. All else is its host's, such as a colour or a reminder.
fn fields(copy: &BookingCopy) -> Value {
    let time =
        |instant: DateTime<Utc>| json!({ "dateTime": instant.format("%Y-%m-%dT%H:%M:%SZ").to_string() });
    json!({
        "summary": copy.summary,
        "description": without_tags(&copy.description),
        "location": copy.location(),
        "start": time(copy.start()),
        "end": time(copy.end()),
        "status": "confirmed",
        "transparency": "opaque",
    })
}

/// Text in which nothing is a tag: descriptions can have links under other words, and visitors' words are in this one.
fn without_tags(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

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

use super::{Server, id, said};
use crate::calendars::held::Held;
use crate::calendars::unwritten::Unwritten;
use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// Attempts in a row, while somebody else changes the copy in between.
const MOST_ATTEMPTS: u32 = 3;
/// Nobody is written to: there is nobody invited but the host.
const QUIETLY: [(&str, &str); 2] = [("sendUpdates", "none"), ("fields", "id")];

/// A copy as it stands in the calendar.
#[derive(Deserialize)]
struct Kept {
    etag: String,
    status: String,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    /// Has the calendar hold a copy of a booking, or nothing of it.
    pub(super) async fn keep(mut self, booking: &BookingId, copy: Held<'_>) -> Result<(), Unwritten> {
        let event = id::of_booking(booking);
        let is_alone = copy.is_alone();
        let Some(copy) = copy.text() else { return self.take_out(&event).await };
        let mut new = fields(copy);
        new["id"] = Value::from(event.as_str());
        let new = new.to_string();
        let mut last = None;
        for _ in 0..MOST_ATTEMPTS {
            let answer = self.send(Method::POST, None, &QUIETLY, &[], new.clone()).await?;
            if answer.status() != StatusCode::CONFLICT {
                return self.done(&answer);
            }
            let answer = self.change(&event, fields(copy), is_alone).await?;
            match answer.status() {
                // It was changed meanwhile, or is not there after all.
                StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND | StatusCode::GONE => {
                    last = Some(self.refused(&answer));
                }
                _ => return self.done(&answer),
            }
        }
        Err(last.unwrap_or_else(|| "the event is neither there nor can it be made".to_owned().into()))
    }

    /// Changes what is ours of the copy that is there; or tells why it cannot be seen.
    async fn change(&mut self, event: &str, mut ours: Value, is_alone: bool) -> Result<Response, Unwritten> {
        let wanted = [("fields", "etag,status")];
        let answer = self.send(Method::GET, Some(event), &wanted, &[], String::new()).await?;
        if answer.status() != StatusCode::OK {
            return Ok(answer);
        }
        let kept = std::str::from_utf8(answer.body()).ok().and_then(|body| json::from_str::<Kept>(body).ok());
        let kept =
            kept.ok_or_else(|| "Google's answer is cut off, or something else than an event".to_owned())?;
        let condition = [("If-Match", kept.etag.as_str())];
        if kept.status != "cancelled" {
            // Its host may have made a whole day of it.
            for end in ["start", "end"] {
                ours[end]["date"] = Value::Null;
            }
            if is_alone {
                ours["recurrence"] = Value::Null;
            }
            return self.send(Method::PATCH, Some(event), &QUIETLY, &condition, ours.to_string()).await;
        }
        // What its host has deleted has nothing left that is the host's own.
        let answer = self.send(Method::PUT, Some(event), &QUIETLY, &condition, ours.to_string()).await?;
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

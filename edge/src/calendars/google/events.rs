//! The events of a time, as the API lists them, page by page.

use chrono::{DateTime, NaiveDate, Utc};
use http::{Method, StatusCode};
use scheduling::calendar::{Answer, Expanded, Occurrence, Question, Reading, Shown, Span, Time};
use scheduling::json;
use scheduling::token::BookingId;
use scheduling::zone::Zone;
use serde::Deserialize;

use super::{Server, id};
use crate::calendars::asked::Asked;
use crate::calendars::unwritten::Unwritten;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// The most pages that are read: so many, with 2,500 events each, have as many as a calendar may.
const MOST_PAGES: u32 = 20;
/// Whole days lie up to so many seconds beside where UTC has them.
const DAY: i64 = 86_400;
/// What is wanted of events: no title, no place, and of those who are invited only how the calendar's own answers.
const FIELDS: &str = "kind,timeZone,nextPageToken,\
    items(id,iCalUID,status,transparency,eventType,start,end,attendees(self,responseStatus))";

const FIELDS_OF_ONE: &str =
    "id,iCalUID,status,transparency,eventType,start,end,recurrence,attendees(self,responseStatus)";

/// A page of the list, `Events` in Google's description.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    kind: String,
    #[serde(rename = "timeZone")]
    time_zone: String,
    #[serde(rename = "nextPageToken")]
    next: String,
    items: Vec<Event>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    id: String,
    #[serde(rename = "iCalUID")]
    uid: String,
    status: String,
    transparency: String,
    #[serde(rename = "eventType")]
    kind: String,
    start: Moment,
    end: Moment,
    attendees: Vec<Attendee>,
    recurrence: Vec<String>,
}

/// An instant, or a date.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Moment {
    date: String,
    #[serde(rename = "dateTime")]
    instant: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attendee {
    #[serde(rename = "self")]
    is_own: bool,
    #[serde(rename = "responseStatus")]
    answer: String,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    pub(super) async fn read(mut self, asked: &Asked<'_>) -> Result<Reading, Unwritten> {
        let question = &asked.question;
        let (from, until) = (instant(question.from - DAY), instant(question.until + DAY));
        let mut expanded = Expanded::new(question.clone());
        let mut next = String::new();
        for _ in 0..MOST_PAGES {
            let page = self.page(&from, &until, &next).await?;
            if let Ok(zone) = Zone::read(&page.time_zone) {
                expanded.is_in(zone);
            }
            for event in page.items {
                expanded.push(event.occurrence());
            }
            next = page.next;
            if next.is_empty() {
                let answer = expanded.finish().map_err(|unreadable| unreadable.to_string())?;
                return Ok(asked.found(answer, None));
            }
        }
        Err(format!("it has more than {MOST_PAGES} pages of events").into())
    }

    /// Looks for the copy of a booking, wherever it lies; `None` if it is not there.
    pub(super) async fn look_for(
        mut self,
        booking: &BookingId,
        question: Question,
    ) -> Result<Option<Answer>, Unwritten> {
        let parameters = [("maxAttendees", "1"), ("fields", FIELDS_OF_ONE)];
        let answer =
            self.send(Method::GET, Some(&id::of_booking(booking)), &parameters, &[], String::new()).await?;
        match answer.status() {
            StatusCode::OK => {}
            // The calendar itself was just read.
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            _ => return Err(self.refused(&answer)),
        }
        let event = json::from_slice::<Event>(answer.body()).ok();
        let event = event.filter(|event| !event.id.is_empty());
        let event = event.ok_or("Google's answer is cut off, or something else than an event")?;
        if event.status == "cancelled" {
            return Ok(None);
        }
        // When a series takes place, its start does not say.
        if !event.recurrence.is_empty() {
            return Err("the event is a series".into());
        }
        let mut expanded = Expanded::new(question);
        expanded.push(event.occurrence());
        expanded.finish().map(Some).map_err(|unreadable| Unwritten::because(unreadable.to_string()))
    }

    async fn page(&mut self, from: &str, until: &str, token: &str) -> Result<Page, Unwritten> {
        let mut parameters = vec![
            ("singleEvents", "true"),
            ("showDeleted", "false"),
            ("maxResults", "2500"),
            ("maxAttendees", "1"),
            ("timeMin", from),
            ("timeMax", until),
            ("fields", FIELDS),
        ];
        if !token.is_empty() {
            parameters.push(("pageToken", token));
        }
        let answer = self.send(Method::GET, None, &parameters, &[], String::new()).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(&answer));
        }
        let page = json::from_slice::<Page>(answer.body()).ok();
        // Something else in JSON is no empty calendar.
        let page = page.filter(|page| page.kind == "calendar#events");
        page.ok_or_else(|| {
            "Google's answer is cut off, or something else than a list of events".to_owned().into()
        })
    }
}

/// An instant as RFC 3339 has it.
fn instant(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Event {
    fn occurrence(self) -> Occurrence {
        Occurrence {
            time: self.time(),
            shown: self.shown(),
            booking: id::booking(&self.id).or_else(|| BookingId::parse(&self.uid)),
            name: self.id,
        }
    }

    /// `None` where it cannot be read.
    fn time(&self) -> Option<Time> {
        let date = |moment: &Moment| moment.date.parse::<NaiveDate>().ok();
        if let Some((first, after)) = date(&self.start).zip(date(&self.end)) {
            return Some(Time::Days(first, after));
        }
        let instant = |moment: &Moment| moment.instant.parse::<DateTime<Utc>>().ok();
        let (start, end) = instant(&self.start).zip(instant(&self.end))?;
        Some(Time::Exact(Span { start: start.timestamp(), end: end.timestamp() }))
    }

    fn shown(&self) -> Shown {
        let own = self.attendees.iter().find(|attendee| attendee.is_own);
        let answer = own.map_or("", |own| own.answer.as_str());
        if self.status == "cancelled" {
            Shown::Cancelled
        } else if answer == "declined" {
            Shown::Declined
        } else if self.kind == "workingLocation" || self.kind == "birthday" {
            Shown::Note
        } else if self.transparency == "transparent" {
            Shown::Free
        } else if self.status == "tentative" || answer == "tentative" {
            Shown::Tentative
        } else {
            Shown::Busy
        }
    }
}

//! Bookings' copies in a calendar: each is a resource under the booking's id, or wherever its host's program has put
//! it.
//!
//! What stands there is looked up before each change. So nothing is noted between two of them, and what was begun
//! twice, or broken off, ends well all the same.

use bytes::Bytes;
use http::StatusCode;
use http::header::ETAG;
use scheduling::calendar::{Answer, Question, Reader};
use scheduling::invitation::{BookingCopy, holds, merged, restored};
use scheduling::token::BookingId;

use super::{Server, requests, said};
use crate::calendars::fetch::is_at_home;
use crate::calendars::held::Held;
use crate::calendars::unwritten::Unwritten;
use crate::call::address;
use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// Attempts in a row, while somebody else changes the copy in between.
const MOST_ATTEMPTS: u32 = 3;
const CALENDAR: (&str, &str) = ("Content-Type", "text/calendar; charset=utf-8");
/// How the text of every calendar begins, in any case.
const BEGINS: &[u8] = b"BEGIN:VCALENDAR";

/// A copy as it stands in the calendar.
struct Standing {
    url: String,
    text: Bytes,
    /// What it must still be to be changed; `None` where the server names nothing that can be relied on (RFC 9110,
    /// 8.8.1).
    etag: Option<String>,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    /// Looks for the copy of a booking, wherever it lies; `None` if it is not there.
    pub(super) async fn look_for(
        &self,
        booking: &BookingId,
        mut question: Question,
    ) -> Result<Option<Answer>, Unwritten> {
        let kept = match self.at(self.url_of(booking), booking).await? {
            Some(kept) => Some(kept),
            None => match self.elsewhere(booking).await?.ok_or("its server cannot look for one event")? {
                Some(url) => self.at(url, booking).await?,
                None => None,
            },
        };
        let Some(kept) = kept else { return Ok(None) };
        question.calendar_zone.get_or_insert_with(|| question.host_zone.clone());
        let mut reader = Reader::new(question);
        reader.push(&kept.text);
        reader.finish().map(Some).map_err(|unreadable| Unwritten::because(unreadable.to_string()))
    }

    /// Has the calendar hold a copy of a booking, or nothing of it.
    pub(super) async fn keep(&self, booking: &BookingId, copy: Held<'_>) -> Result<(), Unwritten> {
        let is_out = copy.text().is_none();
        let text = copy.text().map(BookingCopy::icalendar);
        let copy = text.as_deref().map(|text| (text, copy.is_alone()));
        let mut attempts = 0;
        loop {
            attempts += 1;
            let Some(answer) = self.attempt(booking, copy).await? else { return Ok(()) };
            match answer.status() {
                // Something stands there, or stands there no more, or a part of it failed: it is looked up again.
                StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT | StatusCode::MULTI_STATUS
                    if attempts < MOST_ATTEMPTS => {}
                StatusCode::NOT_FOUND | StatusCode::GONE if is_out => return Ok(()),
                status if status.is_success() && status != StatusCode::MULTI_STATUS => return Ok(()),
                _ => return Err(unwritten(&answer)),
            }
        }
    }

    /// The answer to a change; `None` where there is nothing to change. The copy is to be one event alone, or may be a
    /// series.
    async fn attempt(
        &self,
        booking: &BookingId,
        copy: Option<(&str, bool)>,
    ) -> Result<Option<Response>, Unwritten> {
        let answer = match (self.kept(booking).await?, copy) {
            (None, None) => return Ok(None),
            (None, Some((copy, _))) => {
                let headers = [("If-None-Match", "*"), CALENDAR];
                self.send(&self.url_of(booking), "PUT", &headers, copy.to_owned()).await?
            }
            (Some(kept), Some((copy, is_alone))) => {
                let merge = if is_alone { restored } else { merged };
                match merge(&kept.text, booking, copy) {
                    Some(text) => self.change(&kept, "PUT", text).await?,
                    None => return Ok(None),
                }
            }
            (Some(kept), None) => self.change(&kept, "DELETE", String::new()).await?,
        };
        Ok(Some(answer))
    }

    async fn change(&self, kept: &Standing, method: &str, text: String) -> Result<Response, String> {
        let condition = kept.etag.as_deref().map(|etag| ("If-Match", etag));
        let content = (!text.is_empty()).then_some(CALENDAR);
        let headers: Vec<_> = condition.into_iter().chain(content).collect();
        self.send(&kept.url, method, &headers, text).await
    }

    /// The copy under the booking's id, or else wherever an event of that id stands.
    async fn kept(&self, booking: &BookingId) -> Result<Option<Standing>, Unwritten> {
        if let Some(kept) = self.at(self.url_of(booking), booking).await? {
            return Ok(Some(kept));
        }
        // A server that does not know the question has none, for all that is known.
        match self.elsewhere(booking).await?.flatten() {
            Some(url) => self.at(url, booking).await,
            None => Ok(None),
        }
    }

    /// The copy at an address. To some servers, what is not there is forbidden.
    async fn at(&self, url: String, booking: &BookingId) -> Result<Option<Standing>, Unwritten> {
        let answer = self.send(&url, "GET", &[], String::new()).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(Standing::of(url, booking, answer)?)),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(unread(&answer)),
        }
    }

    /// Where the host's program has put the event, if anywhere; `None` where the server does not know the question.
    async fn elsewhere(&self, booking: &BookingId) -> Result<Option<Option<String>>, Unwritten> {
        let headers = [("Content-Type", super::XML), ("Depth", "1")];
        let (from, answer) = self.exchange(self.home, "REPORT", &headers, requests::of_uid(booking)).await?;
        let place = match answer.status() {
            StatusCode::MULTI_STATUS => said::place_of(booking, answer.body())?,
            StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                return Ok(None);
            }
            _ => return Err(unread(&answer)),
        };
        let Some(place) = place else { return Ok(Some(None)) };
        let url = address::resolved(&from, &place).filter(|url| is_at_home(self.home, url));
        url.map(|url| Some(Some(url))).ok_or_else(|| {
            Unwritten::because("the event is on another server, which is not told the password")
        })
    }

    fn url_of(&self, booking: &BookingId) -> String {
        format!("{}/{booking}.ics", self.home.trim_end_matches('/'))
    }
}

impl Standing {
    /// An error says what is there instead.
    fn of(url: String, booking: &BookingId, answer: Response) -> Result<Self, Unwritten> {
        // An entity tag of which nobody knows whether it is that of these bytes is none.
        let is_strong = |etag: &&str| !etag.is_empty() && !etag.starts_with("W/");
        let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).filter(is_strong);
        let etag = etag.map(str::to_owned);
        let text = answer.into_body();
        if holds(&text, booking) {
            return Ok(Self { url, text, etag });
        }
        let begins = text.get(..BEGINS.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(BEGINS));
        Err(Unwritten::because(if begins {
            "another event stands in the place of the booking's"
        } else {
            "it answered with something else than an event"
        }))
    }
}

/// That the event stands elsewhere is no matter of who is let in.
fn unwritten(answer: &Response) -> Unwritten {
    let unwritten = Unwritten::by(answer, said::unwritten(answer.status().as_u16(), answer.body()));
    let is_refused = unwritten.is_refused && !said::stands_elsewhere(answer.body());
    Unwritten { is_refused, ..unwritten }
}

fn unread(answer: &Response) -> Unwritten {
    Unwritten::by(answer, said::in_words(answer.status().as_u16()))
}

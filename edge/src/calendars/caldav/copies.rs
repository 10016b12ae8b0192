//! Bookings' copies in a calendar: each is a resource under the booking's id, or wherever its host's program has put
//! it.
//!
//! What stands there is looked up before each change. So nothing is noted between two of them, and what was begun
//! twice, or broken off, ends well all the same.

use bytes::Bytes;
use http::StatusCode;
use http::header::ETAG;
use scheduling::invitation::{holds, merged};
use scheduling::token::BookingId;

use super::{Server, requests, said};
use crate::calendars::fetch::is_at_home;
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
struct Kept {
    url: String,
    text: Bytes,
    /// What it must still be to be changed; `None` where the server names nothing that can be relied on (RFC 9110,
    /// 8.8.1).
    etag: Option<String>,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    /// Has the calendar hold a copy of a booking; without one, nothing of it.
    pub(super) async fn keep(&self, booking: &BookingId, copy: Option<&str>) -> Result<(), Unwritten> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let Some(answer) = self.attempt(booking, copy).await? else { return Ok(()) };
            match answer.status() {
                // Something stands there, or stands there no more, or a part of it failed: it is looked up again.
                StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT | StatusCode::MULTI_STATUS
                    if attempts < MOST_ATTEMPTS => {}
                StatusCode::NOT_FOUND | StatusCode::GONE if copy.is_none() => return Ok(()),
                status if status.is_success() && status != StatusCode::MULTI_STATUS => return Ok(()),
                _ => return Err(unwritten(&answer)),
            }
        }
    }

    /// The answer to a change; `None` where there is nothing to change.
    async fn attempt(&self, booking: &BookingId, copy: Option<&str>) -> Result<Option<Response>, Unwritten> {
        let answer = match (self.kept(booking).await?, copy) {
            (None, None) => return Ok(None),
            (None, Some(copy)) => {
                let headers = [("If-None-Match", "*"), CALENDAR];
                self.send(&self.url_of(booking), "PUT", &headers, copy.to_owned()).await?
            }
            (Some(kept), Some(copy)) => match merged(&kept.text, booking, copy) {
                Some(text) => self.change(&kept, "PUT", text).await?,
                None => return Ok(None),
            },
            (Some(kept), None) => self.change(&kept, "DELETE", String::new()).await?,
        };
        Ok(Some(answer))
    }

    async fn change(&self, kept: &Kept, method: &str, text: String) -> Result<Response, String> {
        let condition = kept.etag.as_deref().map(|etag| ("If-Match", etag));
        let content = (!text.is_empty()).then_some(CALENDAR);
        let headers: Vec<_> = condition.into_iter().chain(content).collect();
        self.send(&kept.url, method, &headers, text).await
    }

    /// The copy under the booking's id, or else wherever an event of that id stands.
    async fn kept(&self, booking: &BookingId) -> Result<Option<Kept>, Unwritten> {
        if let Some(kept) = self.at(self.url_of(booking), booking).await? {
            return Ok(Some(kept));
        }
        match self.elsewhere(booking).await? {
            Some(url) => self.at(url, booking).await,
            None => Ok(None),
        }
    }

    /// The copy at an address. To some servers, what is not there is forbidden.
    async fn at(&self, url: String, booking: &BookingId) -> Result<Option<Kept>, Unwritten> {
        let answer = self.send(&url, "GET", &[], String::new()).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(Kept::of(url, booking, answer)?)),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(unread(&answer)),
        }
    }

    /// Where the host's program has put the event. A server that does not know the question has none, for all that is
    /// known.
    async fn elsewhere(&self, booking: &BookingId) -> Result<Option<String>, Unwritten> {
        let headers = [("Content-Type", super::XML), ("Depth", "1")];
        let (from, answer) = self.exchange(self.home, "REPORT", &headers, requests::of_uid(booking)).await?;
        let place = match answer.status() {
            StatusCode::MULTI_STATUS => said::place_of(booking, answer.body())?,
            StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => None,
            _ => return Err(unread(&answer)),
        };
        let Some(place) = place else { return Ok(None) };
        let url = address::resolved(&from, &place).filter(|url| is_at_home(self.home, url));
        url.map(Some).ok_or_else(|| {
            Unwritten::because("the event is on another server, which is not told the password")
        })
    }

    fn url_of(&self, booking: &BookingId) -> String {
        format!("{}/{booking}.ics", self.home.trim_end_matches('/'))
    }
}

impl Kept {
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

fn unwritten(answer: &Response) -> Unwritten {
    Unwritten::by(answer, said::unwritten(answer.status().as_u16(), answer.body()))
}

fn unread(answer: &Response) -> Unwritten {
    Unwritten::by(answer, said::in_words(answer.status().as_u16()))
}

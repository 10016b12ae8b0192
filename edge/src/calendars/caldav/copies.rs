//! Bookings' copies in a calendar: each is a resource under the booking's id, or wherever its host's program has put
//! it.
//!
//! What stands there is looked up before each change. So nothing is noted between two of them, and what was begun
//! twice, or broken off, ends well all the same.

use http::StatusCode;
use http::header::ETAG;
use scheduling::invitation::merged;
use scheduling::token::BookingId;

use super::{Server, requests, said};
use crate::calendars::unwritten::Unwritten;
use crate::call::address;
use crate::call::exchange::Response;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// Attempts in a row, while somebody else changes the copy in between.
const MOST_ATTEMPTS: u32 = 3;

/// A copy as it stands in the calendar.
struct Kept {
    url: String,
    text: String,
    /// What it must still be to be changed; `None` where the server names nothing that can be relied on (RFC 9110,
    /// 8.8.1).
    etag: Option<String>,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    /// Has the calendar hold a copy of a booking; without one, nothing of it.
    pub(super) async fn keep(&self, booking: &BookingId, copy: Option<&str>) -> Result<(), Unwritten> {
        let mut last = Unwritten::because(said::unwritten(StatusCode::PRECONDITION_FAILED.as_u16()));
        for _ in 0..MOST_ATTEMPTS {
            let answer = match (self.kept(booking).await?, copy) {
                (None, None) => return Ok(()),
                (None, Some(copy)) => {
                    let headers = [("If-None-Match", "*"), CALENDAR];
                    self.send(&self.url_of(booking), "PUT", &headers, copy.to_owned()).await?
                }
                (Some(kept), Some(copy)) => {
                    let text = merged(&kept.text, booking, copy).unwrap_or_else(|| copy.to_owned());
                    if text == kept.text {
                        return Ok(());
                    }
                    self.change(&kept, "PUT", text).await?
                }
                (Some(kept), None) => self.change(&kept, "DELETE", String::new()).await?,
            };
            match answer.status() {
                status if status.is_success() => return Ok(()),
                StatusCode::NOT_FOUND | StatusCode::GONE if copy.is_none() => return Ok(()),
                // Something stands there, or stands there no more: it is looked up again.
                StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => {
                    last = Unwritten::by(&answer, said::unwritten(answer.status().as_u16()));
                }
                status => return Err(Unwritten::by(&answer, said::unwritten(status.as_u16()))),
            }
        }
        Err(last)
    }

    async fn change(&self, kept: &Kept, method: &str, text: String) -> Result<Response, String> {
        let condition = kept.etag.as_deref().map(|etag| ("If-Match", etag));
        let content = (!text.is_empty()).then_some(CALENDAR);
        let headers: Vec<_> = condition.into_iter().chain(content).collect();
        self.send(&kept.url, method, &headers, text).await
    }

    /// The copy under the booking's id, or else wherever an event of that id stands.
    async fn kept(&self, booking: &BookingId) -> Result<Option<Kept>, Unwritten> {
        let url = self.url_of(booking);
        let answer = self.send(&url, "GET", &[], String::new()).await?;
        match answer.status() {
            StatusCode::OK => {
                let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
                let text = String::from_utf8_lossy(answer.body());
                let kept = Kept::of(booking, url, &text, etag);
                kept.map(Some).ok_or_else(|| Unwritten::because("something else stands in the copy's place"))
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => self.elsewhere(booking).await,
            status => Err(Unwritten::by(&answer, said::unwritten(status.as_u16()))),
        }
    }

    /// Where the host's program has put the event. A server that cannot look it up has none for all that is known.
    async fn elsewhere(&self, booking: &BookingId) -> Result<Option<Kept>, Unwritten> {
        let headers = [("Content-Type", super::XML), ("Depth", "1")];
        let answer = self.send(self.home, "REPORT", &headers, requests::of_uid(booking)).await?;
        if answer.status() != StatusCode::MULTI_STATUS {
            return Ok(None);
        }
        let found = said::texts(answer.body()).unwrap_or_default().into_iter().find_map(|found| {
            let url = address::resolved(self.home, &found.href)?;
            Kept::of(booking, url, &found.text, found.etag.as_deref())
        });
        Ok(found)
    }

    fn url_of(&self, booking: &BookingId) -> String {
        format!("{}/{booking}.ics", self.home.trim_end_matches('/'))
    }
}

const CALENDAR: (&str, &str) = ("Content-Type", "text/calendar; charset=utf-8");

impl Kept {
    /// `None` if the text has no event of the booking.
    fn of(booking: &BookingId, url: String, text: &str, etag: Option<&str>) -> Option<Self> {
        merged(text, booking, text)?;
        let etag = etag.filter(|etag| !etag.starts_with("W/")).map(str::to_owned);
        Some(Self { url, text: text.to_owned(), etag })
    }
}

//! A calendar of Google, through its Calendar API (version 3): its own server expands series, and says of each event
//! whether it takes time.
//!
//! It is read whole each time: what would tell that nothing has changed depends on the time that is asked about, which
//! moves on.

#[cfg(feature = "local")]
pub(crate) mod client;
mod copies;
mod events;
mod id;
mod key;
mod room;
pub(super) mod said;
mod token;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use form_urlencoded::{Serializer, byte_serialize};
use http::{Method, StatusCode};
use scheduling::calendar::{Answer, Question, Reading};
use scheduling::token::BookingId;

use self::key::Key;
pub(super) use self::key::Way;
use self::token::Token;
use super::asked::{Asked, MOST_BYTES};
use super::fetch::fetch_once;
use super::held::Held;
use super::kept::Kept;
use super::unwritten::{Unwritten, secret};
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

/// Reads a calendar.
pub(super) async fn read(
    platform: &(impl Clock + Outgoing),
    asked: &Asked<'_>,
    way: &Way<'_>,
    deadline: Duration,
) -> Result<Reading, Unwritten> {
    Server::let_in(platform, way, deadline).await?.read(asked).await
}

/// Looks for a booking's copy by itself; `None` if it is not there.
pub(super) async fn look_for(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, question): (&BookingId, Question),
    deadline: Duration,
) -> Result<Option<Answer>, Unwritten> {
    Server::let_in(platform, way, deadline).await?.look_for(booking, question).await
}

/// Has a calendar hold a booking's copy, or nothing of that booking.
pub(super) async fn keep(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, copy): (&BookingId, Held<'_>),
    deadline: Duration,
) -> Result<Kept, Unwritten> {
    Server::let_in(platform, way, deadline).await?.keep(booking, copy).await
}

/// Google's server, which lets Daymark in to one calendar, and all of whose answers must come within one deadline.
struct Server<'a, P> {
    platform: &'a P,
    way: &'a Way<'a>,
    key: Key,
    token: Token,
    begun: DateTime<Utc>,
    deadline: Duration,
}

impl<'a, P: Clock + Outgoing> Server<'a, P> {
    async fn let_in(platform: &'a P, way: &'a Way<'a>, deadline: Duration) -> Result<Self, Unwritten> {
        let begun = platform.now();
        let secret = secret(platform, way.secret)?;
        let key = Key::read(&secret, way).map_err(Unwritten::refused)?;
        let token = token::of(platform, &key, (begun, deadline)).await?;
        Ok(Self { platform, way, key, token, begun, deadline })
    }

    /// The answer to a request about the calendar's events, or about one of them.
    async fn send(
        &mut self,
        method: Method,
        event: Option<&str>,
        parameters: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Response, Unwritten> {
        let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let event = event.map_or(String::new(), |event| format!("/{event}"));
        let id: String = byte_serialize(self.way.id.as_bytes()).collect();
        let url = format!("{}/calendars/{id}/events{event}?{query}", self.key.endpoint());
        let answer = self.exchange(method.clone(), &url, headers, body.clone()).await?;
        if answer.status() != StatusCode::UNAUTHORIZED || !self.token.is_from_before {
            return Ok(answer);
        }
        // It was withdrawn before its time, perhaps to give another.
        self.key.token.forget();
        self.token = token::of(self.platform, &self.key, (self.begun, self.deadline)).await?;
        self.exchange(method, &url, headers, body).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Response, Unwritten> {
        let authorization = format!("Bearer {}", self.token.text);
        let content = (!body.is_empty()).then_some(("Content-Type", "application/json"));
        let all = [("Authorization", authorization.as_str()), ("Accept", "application/json")];
        let headers = all.iter().chain(headers).chain(content.iter());
        let request = OutgoingRequest {
            method,
            url: url.to_owned(),
            headers: headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Bytes::from(body),
            deadline: self.deadline,
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        };
        Ok(fetch_once(self.platform, request, self.begun).await?)
    }

    /// Why there is nothing.
    fn refused(&self, answer: &Response) -> Unwritten {
        said::refused(answer, self.key.is_account())
    }
}

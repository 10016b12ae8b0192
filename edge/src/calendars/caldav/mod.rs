//! A calendar on a `CalDAV` server (RFC 4791): it is asked whether it has changed, and if so, for every event around
//! the time that can be booked. What recurs is expanded here: servers differ in it, and no two of them say alike when
//! somebody is busy.

mod copies;
#[cfg(feature = "local")]
pub(crate) mod discovery;
mod multistatus;
mod requests;
mod said;

use std::time::Duration;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use scheduling::calendar::{Answer, Known, Question, Reading};
use scheduling::token::BookingId;

use super::asked::{Asked, MOST_BYTES};
use super::fetch::fetch;
use super::held::Held;
use super::unwritten::{Unwritten, secret};
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

const XML: &str = "application/xml; charset=utf-8";

/// The way to a calendar: its address, who is let in, and the name of the secret that is the password.
pub(super) struct Way<'a> {
    pub(super) url: &'a str,
    pub(super) user: &'a str,
    pub(super) secret: &'a str,
}

/// Reads a calendar.
pub(super) async fn read(
    platform: &(impl Clock + Outgoing),
    asked: &Asked<'_>,
    way: &Way<'_>,
    known: Option<&Known>,
    deadline: Duration,
) -> Result<Reading, Unwritten> {
    let authorization = authorization(platform, way)?;
    let server = Server { platform, home: way.url, authorization, begun: platform.now(), deadline };
    server.read(asked, known).await
}

/// Looks for a booking's copy by itself; `None` if it is not there.
pub(super) async fn look_for(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, question): (&BookingId, Question),
    deadline: Duration,
) -> Result<Option<Answer>, Unwritten> {
    let authorization = authorization(platform, way)?;
    let server = Server { platform, home: way.url, authorization, begun: platform.now(), deadline };
    server.look_for(booking, question).await
}

/// Has a calendar hold a booking's copy, or nothing of that booking.
pub(super) async fn keep(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, copy): (&BookingId, Held<'_>),
    deadline: Duration,
) -> Result<(), Unwritten> {
    let authorization = authorization(platform, way)?;
    let server = Server { platform, home: way.url, authorization, begun: platform.now(), deadline };
    server.keep(booking, copy).await
}

/// Basic authentication in UTF-8 (RFC 7617). It is sent unasked: not every server asks for it.
fn authorization(outgoing: &impl Outgoing, way: &Way<'_>) -> Result<String, Unwritten> {
    let password = secret(outgoing, way.secret)?;
    // Whoever sets a secret from a file often has the end of a line in it.
    let password = password.trim_end_matches(['\r', '\n']);
    Ok(format!("Basic {}", Base64::encode_string(format!("{}:{password}", way.user).as_bytes())))
}

/// A server that lets its user in, all of whose answers must come within one deadline.
struct Server<'a, P> {
    platform: &'a P,
    /// The address that its user has given the password for.
    home: &'a str,
    authorization: String,
    begun: DateTime<Utc>,
    deadline: Duration,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    async fn read(&self, asked: &Asked<'_>, known: Option<&Known>) -> Result<Reading, Unwritten> {
        let (url, said) = self.ask(self.home, "PROPFIND", "0", requests::COLLECTION.to_owned()).await?;
        let collection = said::collection(&said)?;
        // What changes from here on is read the next time.
        let validator = collection.validator();
        if validator.is_some() && validator.as_deref() == asked.validator(known, self.begun) {
            return Ok(Reading::Unchanged);
        }
        let mut question = asked.question.clone();
        question.calendar_zone = question.calendar_zone.or(collection.zone);
        let wanted = requests::events(question.from, question.until);
        let (_, said) = self.ask(&url, "REPORT", "1", wanted).await?;
        Ok(asked.found(said::events(&said, question)?, validator))
    }

    /// The body of the answer to a question, which is XML, and the address that it came from.
    async fn ask(
        &self,
        url: &str,
        method: &str,
        depth: &str,
        body: String,
    ) -> Result<(String, Bytes), Unwritten> {
        let headers = [("Content-Type", XML), ("Depth", depth)];
        let (url, answer) = self.exchange(url, method, &headers, body).await?;
        match answer.status() {
            StatusCode::MULTI_STATUS => Ok((url, answer.into_body())),
            status => Err(Unwritten::by(&answer, said::in_words(status.as_u16()))),
        }
    }

    /// The answer to a request.
    async fn send(
        &self,
        url: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Response, String> {
        self.exchange(url, method, headers, body).await.map(|(_, answer)| answer)
    }

    /// The answer, and the address that it came from.
    async fn exchange(
        &self,
        url: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<(String, Response), String> {
        let request = self.request(url, method, headers, body)?;
        fetch(self.platform, request, self.begun, Some(self.home)).await
    }

    /// A request of the user who is let in.
    fn request(
        &self,
        url: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<OutgoingRequest, String> {
        let all = [("Authorization", self.authorization.as_str()), ("Accept-Encoding", "identity")];
        Ok(OutgoingRequest {
            method: Method::from_bytes(method.as_bytes()).map_err(|cause| cause.to_string())?,
            url: url.to_owned(),
            headers: all
                .iter()
                .chain(headers)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.into(),
            deadline: self.deadline,
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        })
    }
}

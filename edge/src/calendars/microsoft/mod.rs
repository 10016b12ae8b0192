//! A calendar of Microsoft 365 or Outlook.com, over Microsoft Graph v1.0: every occurrence around the time that can be
//! booked is asked for (`calendarView`), as the service expands series itself and says of each how it shows.
//!
//! Changes alone (`delta`) are not asked for: on some mailboxes they never end, or miss some.

mod address;
mod application;
#[cfg(feature = "local")]
pub(crate) mod client;
mod copies;
mod events;
mod room;
pub(super) mod said;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use scheduling::calendar::{Answer, Expanded, Question, Reading};
use scheduling::token::BookingId;
use serde_json::Value;

use self::address::encoded;
use self::application::Application;
use super::asked::{Asked, MOST_BYTES};
use super::fetch::fetch_once;
use super::held::Held;
use super::kept::Kept;
use super::renewed;
use super::unwritten::{Unwritten, secret};
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

/// The most pages of one reading, with a thousand events each, as many as the service gives.
const MOST_PAGES: u32 = 20;
/// All times are wanted in UTC, and ids that stay when an event is moved to another calendar.
const PREFER: &str = "outlook.timezone=\"UTC\", IdType=\"ImmutableId\"";

/// The way to a calendar: its mailbox, its id there, and the name of the secret that lets an application in.
pub(super) struct Way<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) secret: &'a str,
}

/// Reads a calendar, with the refresh token that the ledger keeps, sealed. Returns the token that was given instead,
/// likewise.
pub(super) async fn read(
    platform: &(impl Clock + Outgoing),
    asked: &Asked<'_>,
    way: &Way<'_>,
    kept: Option<&str>,
    deadline: Duration,
) -> (Result<Reading, Unwritten>, Option<String>) {
    let mailbox = match Mailbox::of(platform, way, deadline) {
        Ok(mailbox) => mailbox,
        Err(unread) => return (Err(unread), None),
    };
    let key = mailbox.application.key;
    let kept = match kept {
        Some(kept) => renewed::opened(platform, &mailbox.secret, kept).await,
        None => None,
    };
    if key.renewed().is_none() {
        key.renew(kept.clone());
    }
    let reading = mailbox.read(asked).await;
    // Also one that somebody else was given meanwhile: who writes to the calendar keeps none.
    let given = key.renewed().filter(|given| kept.as_ref() != Some(given));
    let sealed = match given {
        Some(given) => renewed::sealed(platform, &mailbox.secret, &given).await,
        None => None,
    };
    (reading, sealed)
}

/// Looks for a booking's copy by itself; `None` if it is not there.
pub(super) async fn look_for(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, question): (&BookingId, Question),
    deadline: Duration,
) -> Result<Option<Answer>, Unwritten> {
    Mailbox::of(platform, way, deadline)?.look_for(booking, question).await
}

/// Has a calendar hold a booking's copy, or nothing of that booking.
pub(super) async fn keep(
    platform: &(impl Clock + Outgoing),
    way: &Way<'_>,
    (booking, copy): (&BookingId, Held<'_>),
    deadline: Duration,
) -> Result<Kept, Unwritten> {
    let mailbox = Mailbox::of(platform, way, deadline)?;
    let kept = mailbox.keep(booking, copy).await;
    // The next reading knows whether the ledger keeps a later refresh token.
    let may_know = mailbox.application.has_user() && mailbox.application.key.renewed().is_none();
    kept.map_err(|unwritten| Unwritten { is_refused: unwritten.is_refused && !may_know, ..unwritten })
}

/// A mailbox that an application is let into, all of whose answers must come within one deadline.
struct Mailbox<'a, P> {
    platform: &'a P,
    /// The value of the secret.
    secret: String,
    application: Application,
    /// The address of the mailbox.
    home: String,
    /// The address of the calendar in it.
    calendar: String,
    begun: DateTime<Utc>,
    deadline: Duration,
}

impl<'a, P: Clock + Outgoing> Mailbox<'a, P> {
    fn of(platform: &'a P, way: &Way<'_>, deadline: Duration) -> Result<Self, Unwritten> {
        let secret = secret(platform, way.secret)?;
        let application = Application::of(&secret, way.secret).map_err(Unwritten::refused)?;
        let home = match way.user {
            Some(user) => format!("{}/users/{}", application.api, encoded(user)),
            None if application.has_user() => format!("{}/me", application.api),
            None => {
                let reason = "its application is nobody's own: name the mailbox in `user`";
                return Err(Unwritten::refused(reason.to_owned()));
            }
        };
        let calendar = match way.id {
            Some(id) => format!("{home}/calendars/{}", encoded(id)),
            None => format!("{home}/calendar"),
        };
        Ok(Self { platform, secret, application, home, calendar, begun: platform.now(), deadline })
    }

    async fn read(&self, asked: &Asked<'_>) -> Result<Reading, Unwritten> {
        let question = &asked.question;
        let mut next = Some(events::address(&self.calendar, question.from, question.until));
        let mut expanded = Expanded::new(question.clone());
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { break };
            let answer = self.ask(Method::GET, &url, &[("Prefer", PREFER)], None).await?;
            if answer.status() != StatusCode::OK {
                return Err(said::refused(&answer));
            }
            let page = said::json(&answer).ok_or_else(said::no_answer)?;
            events::take(&page, &mut expanded)?;
            next = events::next(&page, &self.application.api)?;
        }
        if next.is_some() {
            return Err(Unwritten::because("it has too many events to be read"));
        }
        let answer = expanded.finish().map_err(|unreadable| unreadable.to_string())?;
        Ok(asked.found(answer, None))
    }

    /// The answer to a request that is let in by a token: one that is kept, or where that is not accepted, a new one.
    async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Unwritten> {
        let key = self.application.key;
        if let Some(token) = key.kept(self.platform.now()) {
            let answer = self.send_with(&token, method.clone(), url, headers, body).await?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            key.forget();
        }
        let token = self.new_token().await?;
        self.send_with(&token, method, url, headers, body).await
    }

    /// A token, for the refresh token that was given last; or where that is not accepted, for the secret's.
    async fn new_token(&self) -> Result<String, Unwritten> {
        let key = self.application.key;
        let Some(renewed) = key.renewed() else { return self.token_for(None).await };
        match self.token_for(Some(&renewed)).await {
            Err(unread) if unread.is_refused => {
                key.renew(None);
                self.token_for(None).await
            }
            given => given,
        }
    }

    async fn token_for(&self, renewed: Option<&str>) -> Result<String, Unwritten> {
        let Application { token_endpoint, key, .. } = &self.application;
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
        let (now, form) = (self.platform.now(), Bytes::from(self.application.form(renewed)));
        let answer = self.send(Method::POST, token_endpoint, &headers, form).await?;
        let given = said::token(&answer)?;
        key.keep(&given.access, given.seconds, now);
        if given.refresh.is_some() && self.application.has_user() {
            key.renew(given.refresh);
        }
        Ok(given.access)
    }

    async fn send_with(
        &self,
        token: &str,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Unwritten> {
        let authorization = format!("Bearer {token}");
        let mut all = vec![("Authorization", authorization.as_str()), ("Accept", "application/json")];
        all.extend(body.map(|_| ("Content-Type", "application/json")));
        all.extend(headers);
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        self.send(method, url, &all, body).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response, Unwritten> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = OutgoingRequest {
            method,
            url: url.to_owned(),
            headers: headers.iter().map(pair).collect(),
            body,
            deadline: self.deadline,
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        };
        Ok(fetch_once(self.platform, request, self.begun).await?)
    }
}

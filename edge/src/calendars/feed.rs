//! A published iCalendar feed (RFC 5545 over HTTP): a text at an address that only those know who may read it.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION};
use http::{HeaderName, Method, StatusCode};
use scheduling::calendar::{Found, Known, Question, Reader, Reading, Span};
use scheduling::definition::Calendar;

use crate::call::address;
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Unanswered, Wanted};
use crate::call::platform::Clock;

/// A feed is read so often, unless it asks to be read less.
const EVERY: TimeDelta = TimeDelta::minutes(15);
/// A feed is read so often at least, whatever it asks.
const LEAST_OFTEN: TimeDelta = TimeDelta::hours(1);
/// So often it is read whole, though it says that it has not changed: time has gone on.
const WHOLE_EVERY: TimeDelta = TimeDelta::hours(20);
/// What is known may end so much before what is asked, and the feed need not be read whole.
const MOST_SHORT: TimeDelta = TimeDelta::days(2);
/// The most bytes of a feed.
const MOST_BYTES: usize = 10 << 20;
/// The most addresses that lead from one to the next.
const MOST_REDIRECTS: u32 = 3;
/// The statuses of an answer that says where else to ask (RFC 9110, 15.4).
const MOVED: [u16; 5] = [301, 302, 303, 307, 308];
/// The bytes in one piece for the reader.
const PIECE: usize = 1 << 16;

/// What is asked of a feed.
pub(super) struct Asked<'a> {
    pub(super) question: Question,
    /// The name of the secret that is its address.
    pub(super) secret: &'a str,
    pub(super) calendar: &'a Calendar,
}

/// Reads a feed: what came of it, and after what time it wants to be read again.
pub(super) async fn read(
    platform: &(impl Clock + Outgoing),
    asked: Asked<'_>,
    known: Option<&Known>,
    deadline: Duration,
) -> (Reading, TimeDelta) {
    let failed = |reason: String| (Reading::Failed(reason), EVERY);
    let Some(address) = platform.secret(asked.secret) else {
        return failed(format!("the secret {} is not set", asked.secret));
    };
    let address = over_http(&address);
    let least_end = asked.question.until - MOST_SHORT.num_seconds();
    let will_do = |known: &&Known| {
        let is_recent = |whole_at: DateTime<Utc>| (platform.now() - whole_at).abs() < WHOLE_EVERY;
        known.whole_at.is_some_and(is_recent) && known.known.end >= least_end
    };
    let condition = known.filter(will_do).and_then(|known| condition(known.validator.as_deref()?));
    match fetch(platform, address, condition, deadline).await {
        Ok(answer) if answer.status() == StatusCode::NOT_MODIFIED => (Reading::Unchanged, EVERY),
        Ok(answer) => found(asked, &answer),
        Err(reason) => failed(reason),
    }
}

/// An address that calendars are subscribed to by is one of the web.
fn over_http(address: &str) -> String {
    let address = address.trim();
    let rest = ["webcal://", "webcals://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    rest.map_or_else(|| address.to_owned(), |rest| format!("https://{rest}"))
}

/// The header that asks whether the feed has changed.
fn condition(validator: &str) -> Option<(String, String)> {
    let (header, value) = validator.split_once(' ')?;
    Some((header.to_owned(), value.to_owned()))
}

fn validator(answer: &Response) -> Option<String> {
    let value = |header: HeaderName| answer.headers().get(header)?.to_str().ok();
    value(ETAG)
        .map(|tag| format!("{IF_NONE_MATCH} {tag}"))
        .or_else(|| value(LAST_MODIFIED).map(|date| format!("{IF_MODIFIED_SINCE} {date}")))
}

/// The feed's answer, wherever it has moved to, all within the deadline. An address alone lets its reader in, so that
/// nothing else is sent.
async fn fetch(
    outgoing: &(impl Clock + Outgoing),
    mut address: String,
    condition: Option<(String, String)>,
    deadline: Duration,
) -> Result<Response, String> {
    let begun = outgoing.now();
    for _ in 0..=MOST_REDIRECTS {
        let passed = (outgoing.now() - begun).to_std().unwrap_or_default();
        if passed >= deadline {
            return Err(Unanswered::TimedOut(deadline).to_string());
        }
        let accept = ("Accept".to_owned(), "text/calendar, */*;q=0.1".to_owned());
        let request = OutgoingRequest {
            method: Method::GET,
            url: address.clone(),
            headers: std::iter::once(accept).chain(condition.clone()).collect(),
            body: Bytes::new(),
            deadline: deadline.saturating_sub(passed),
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        };
        // Neither the address nor what stands in the feed is told: whoever knows it can read the calendar.
        let answer = outgoing.send(request).await.map_err(without_address)?;
        match answer.status() {
            StatusCode::OK => return Ok(answer),
            StatusCode::NOT_MODIFIED if condition.is_some() => return Ok(answer),
            status if MOVED.contains(&status.as_u16()) => {
                let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                let moved = location.and_then(|location| address::resolved(&address, location));
                address = moved.ok_or("it has moved, and does not say where")?;
            }
            status => return Err(in_words(status)),
        }
    }
    Err("it has moved too often".to_owned())
}

/// Why there is no answer.
fn without_address(unanswered: Unanswered) -> String {
    match unanswered {
        Unanswered::NoAddress(_) => "the secret is not a web address".to_owned(),
        Unanswered::Unencrypted(_) => "its address does not begin with https://".to_owned(),
        Unanswered::Private(_) => "its address is a private one".to_owned(),
        other => other.to_string(),
    }
}

fn in_words(status: StatusCode) -> String {
    let meaning = match status.as_u16() {
        401 | 403 => "its address is not the secret one, or has been withdrawn",
        404 | 410 => "it is not there: publish the calendar again, and set the secret anew",
        429 => "it has been read too often",
        500.. => "its server has a fault",
        _ => "that is not a calendar",
    };
    format!("it answered {}: {meaning}", status.as_u16())
}

fn found(asked: Asked<'_>, answer: &Response) -> (Reading, TimeDelta) {
    let stretch = Span { start: asked.question.from, end: asked.question.until };
    let mut reader = Reader::new(asked.question);
    for piece in answer.body().chunks(PIECE) {
        reader.push(piece);
    }
    match reader.finish() {
        Ok(read) => {
            let wanted = read.refresh_seconds.map_or(EVERY, TimeDelta::seconds);
            let found = Found::of(read, stretch, asked.calendar.keep_free, validator(answer));
            (Reading::Found(Box::new(found)), wanted.clamp(EVERY, LEAST_OFTEN))
        }
        Err(unreadable) => (Reading::Failed(unreadable.to_string()), EVERY),
    }
}

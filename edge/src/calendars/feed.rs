//! A published iCalendar feed (RFC 5545 over HTTP): a text at an address that only those know who may read it.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderName, Method, StatusCode};
use scheduling::calendar::{Known, Reader, Reading};

use super::asked::{Asked, MOST_BYTES};
use super::fetch::fetch;
use super::unwritten::{self, Unwritten};
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

/// A feed is read so often, unless it asks to be read less.
const EVERY: TimeDelta = TimeDelta::minutes(15);
/// A feed is read so often at least, whatever it asks.
const LEAST_OFTEN: TimeDelta = TimeDelta::hours(1);
/// The bytes in one piece for the reader.
const PIECE: usize = 1 << 16;

/// Reads a feed, of which a secret is the address: what came of it, and after what time it wants to be read again.
pub(super) async fn read(
    platform: &(impl Clock + Outgoing),
    asked: &Asked<'_>,
    secret: &str,
    known: Option<&Known>,
    deadline: Duration,
) -> Result<(Reading, TimeDelta), Unwritten> {
    let address = unwritten::secret(platform, secret)?;
    let condition = asked.validator(known, platform.now()).and_then(condition);
    let is_conditional = condition.is_some();
    let accept = ("Accept".to_owned(), "text/calendar, */*;q=0.1".to_owned());
    let request = OutgoingRequest {
        method: Method::GET,
        url: over_http(&address),
        headers: std::iter::once(accept).chain(condition).collect(),
        body: Bytes::new(),
        deadline,
        wanted: Wanted::Whole { most_bytes: MOST_BYTES },
    };
    // An address alone lets its reader in, so that nothing else is sent, wherever it has moved to.
    let (_, answer) = fetch(platform, request, platform.now(), None).await?;
    match answer.status() {
        StatusCode::OK => found(asked, &answer),
        StatusCode::NOT_MODIFIED if is_conditional => Ok((Reading::Unchanged, EVERY)),
        status => Err(Unwritten::by(&answer, in_words(status))),
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

fn in_words(status: StatusCode) -> String {
    let meaning = match status.as_u16() {
        401 | 403 => {
            "its address is not the secret one, or has been withdrawn: copy it again, and set the secret anew"
        }
        404 | 410 => "it is not there: publish the calendar again, and set the secret anew",
        429 => "it has been read too often",
        500.. => "its server has a fault",
        _ => "that is not a calendar",
    };
    format!("it answered {}: {meaning}", status.as_u16())
}

fn found(asked: &Asked<'_>, answer: &Response) -> Result<(Reading, TimeDelta), Unwritten> {
    let mut reader = Reader::new(asked.question.clone());
    for piece in answer.body().chunks(PIECE) {
        reader.push(piece);
    }
    let read = reader.finish().map_err(|unreadable| unreadable.to_string())?;
    let wanted = read.refresh_seconds.map_or(EVERY, TimeDelta::seconds);
    Ok((asked.found(read, validator(answer)), wanted.clamp(EVERY, LEAST_OFTEN)))
}

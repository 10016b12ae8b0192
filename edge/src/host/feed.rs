//! `GET /api/host/calendar.ics?token=`: a host's bookings as a calendar to subscribe to. Anyone who has its address can
//! read all of them, and change nothing.

use base16ct::lower as hex;
use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderValue, header};
use scheduling::booking::{Booking, Status};
use scheduling::definition::HostDefinition;
use scheduling::invitation::Feed;
use scheduling::ledger::Cursor;
use scheduling::order::ordered;
use scheduling::paths;
use scheduling::refusal::Refusal;
use sha2::{Digest, Sha256};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::today::as_host_has_it;
use crate::call::{Call, admitted};
use crate::page::answer;

/// The feed's reach into the past: what a calendar has shown stays in it for a while. Ahead, it holds all there is.
const SINCE: TimeDelta = TimeDelta::days(90);
/// Bookings that are read at once.
const PART: u32 = 1000;
/// The statuses that hold their time.
const LIVE: [Status; 3] = [Status::Requested, Status::AwaitingPayment, Status::Confirmed];

pub(crate) async fn answer<P: Platform>(call: &mut Call<'_, P>) -> Result<Response, Stop> {
    let token = call.parameter("token").unwrap_or_default();
    // An unknown host, another host's token and a wrong one look alike.
    let host = admitted::of_folder(call, &token).await.map_err(|stop| match stop {
        Stop::Refused(_) => Refusal::NotFound.into(),
        fault @ Stop::Fault(_) => fault,
    })?;
    if !call.platform.secrets().verifies_feed_token(&token, &host.folder, host.key_version) {
        return Err(Refusal::NotFound.into());
    }
    let bookings = bookings(call, &host).await?;
    // In the site's first language, like the host's mails.
    let first = call.site.default_locale().to_owned();
    call.speak(&first);
    let feed = Feed { host_name: &host.name, words: call.words(), base_url: &call.site.base_url };
    Ok(file(feed.icalendar(&bookings)))
}

/// The address of a host's feed.
pub(crate) fn address<P: Platform>(call: &Call<'_, P>, host: &HostDefinition) -> String {
    let token = call.platform.secrets().feed_token(&host.folder, host.key_version);
    format!("{}{}", call.site.base_url, paths::feed(&token))
}

async fn bookings<P: Platform>(call: &Call<'_, P>, host: &HostDefinition) -> Result<Vec<Booking>, Stop> {
    let mut all = Vec::new();
    for status in LIVE {
        let span = (Some(call.now - SINCE), None);
        let mut after = None;
        loop {
            let bookings = call.ledger(&host.ledger).bookings(span, Some(status), after, PART).await?;
            after = bookings.last().filter(|_| bookings.len() == PART as usize).map(Cursor::of);
            // A request that nobody answered takes no time any more, whether or not its end has been noted.
            let holds = |booking: &Booking| status == Status::Confirmed || booking.start > call.now;
            all.extend(
                bookings.iter().filter(|booking| holds(booking)).map(|booking| as_host_has_it(host, booking)),
            );
            if after.is_none() {
                break;
            }
        }
    }
    Ok(ordered(&all, |booking| booking.start.timestamp()))
}

fn file(text: String) -> Response {
    let tag = format!("\"{}\"", hex::encode_string(&Sha256::digest(&text)[..12]));
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer::set(headers, header::ETAG, &tag);
    response
}

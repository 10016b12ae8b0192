//! `GET /api/availability/{page}`: the times that are still free. A small read that may be kept for a few seconds, and
//! may be out of date as long. What is asked of one start (`?start=`), and what is free without a booking that is to be
//! moved (`?booking=`), the ledger answers as it is now, and nobody keeps; nor what somebody is shown who is invited
//! (`?invite=`).

use crate::offer::starts::{minutes_of, starts};
use base16ct::lower as hex;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{StatusCode, header};
use scheduling::availability::{Query, Window, start_of_date};
use scheduling::booking::{Booking, Party};
use scheduling::calendar::Span;
use scheduling::definition::{Meeting, Rules, WhenUnknown};
use scheduling::ledger::Taken;
use scheduling::refusal::Refusal;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::calendars;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, opened};
use crate::form::errors::Errors;
use crate::form::start::{parse_date, parse_start};
use crate::page::answer;
use crate::visitor::invited::{self, Invited};

/// The time that browsers and caches in between may keep the answer, in seconds.
const KEPT_SECONDS: u32 = 5;
/// The longest time that an adapter may keep it, in seconds, so that `as_of` is never old.
const FRESH_SECONDS: i64 = 60;

/// The life of an answer: it stays true until then if nothing is written to that ledger and no definition changes, and
/// an adapter may keep it as long. An extension of the response; an answer that only the bearer of a token may see has
/// none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The ledger that it was read from.
    pub ledger: String,
    /// The instant for which it was made.
    pub from: DateTime<Utc>,
    /// The instant from which time alone changes it.
    pub until: DateTime<Utc>,
}

impl Fresh {
    /// Whether the answer is true at an instant, if nothing else changed. Never before the one for which it was made: a
    /// clock that was ahead has been put right.
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until
    }
}

#[derive(Serialize)]
struct Availability {
    as_of: String,
    duration_minutes: u32,
    slots: Vec<i64>,
    windows: Vec<Window>,
    /// What is done with a wish for the start that was asked about, where the host's calendars do not tell whether the
    /// host is busy then. Of a list: `Refuse`, where only that leaves no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    when_unknown: Option<WhenUnknown>,
}

impl Availability {
    fn of(now: DateTime<Utc>, meeting: &Meeting, duration_minutes: u32, windows: Vec<Window>) -> Self {
        let as_of = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let slots = starts(&windows, meeting.rules.start_every_minutes, duration_minutes);
        Self { as_of, duration_minutes, slots, windows, when_unknown: None }
    }
}

/// The times that are asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    duration_minutes: u32,
    dates: Option<(NaiveDate, NaiveDate)>,
    /// The start that somebody is about to book.
    start: Option<DateTime<Utc>>,
}

impl Asked {
    fn time(&self) -> Option<Span> {
        let start = self.start?.timestamp();
        Some(Span { start, end: start + i64::from(self.duration_minutes) * 60 })
    }
}

pub(crate) async fn answer<P: Platform>(
    call: &Call<'_, P>,
    host: &str,
    slug: &str,
) -> Result<Response, Stop> {
    let mut found = call.meeting(host, slug).await?;
    let moved = match call.parameter("booking").filter(|id| !id.is_empty()) {
        Some(id) => Some(moved(call, &id).await?),
        None => None,
    };
    // What is booked on this page needs no invitation to be moved.
    let is_movable = moved
        .as_ref()
        .is_some_and(|(booking, by)| found.is_of(booking) && booking.allows_move(*by, call.now).is_ok());
    let moved = moved.map(|(booking, _)| booking);
    let invited = if is_movable {
        Invited::default()
    } else {
        Invited::of(call, &mut found, &call.parameter(invited::NAME).unwrap_or_default())
    };
    invited.check(call, &found).await?;
    let Some(meeting) = found.meeting() else { return Err(Refusal::UnknownPage.into()) };
    let asked = asked(call, meeting, moved.as_ref().map(minutes_of))?;
    let of_ledger = moved.is_some() || asked.start.is_some();
    let taken = if of_ledger {
        calendars::taken_now(call, &found, moved.as_ref().map(|booking| &booking.id)).await?
    } else {
        calendars::taken_shown(call, &found).await?
    };
    let told = taken.claims.len();
    let (taken, counts_until) = match asked.start {
        // Whoever wants that start hears that it cannot be had, and not that it is taken.
        Some(_) => (taken, None),
        None => calendars::listed(call.platform, &found, taken, call.now),
    };
    let Taken { claims, calendars: known } = &taken;
    let query = Query { now: call.now, with_notice: true, dates: asked.dates, page: &meeting.page, claims };
    let windows = meeting.rules.windows(&query);
    let until = fresh_until(&meeting.rules, call.now, &windows);
    let is_unknown =
        windows.is_empty() && !meeting.rules.windows(&Query { claims: &claims[..told], ..query }).is_empty();
    let mut availability = Availability::of(call.now, meeting, asked.duration_minutes, windows);
    if of_ledger {
        let wanted = calendars::wanted(call.platform, &found.host, meeting);
        if let (Some(wanted), Some(time)) = (wanted, asked.time()) {
            let is_known = calendars::are_known(&wanted, known, time, call.now);
            availability.when_unknown = (!is_known).then_some(meeting.when_unknown);
        }
        return Ok(answer::json(StatusCode::OK, &json!(availability)));
    }
    availability.when_unknown = is_unknown.then_some(meeting.when_unknown);
    if invited.invite.is_some() {
        // It is theirs alone, and nobody keeps it.
        return Ok(answer::json(StatusCode::OK, &json!(availability)));
    }
    let until = counts_until.map_or(until, |counts_until| until.min(counts_until));
    let fresh = Fresh { ledger: found.host.ledger.clone(), from: call.now, until };
    Ok(respond(&availability, fresh))
}

/// The booking that is to be moved, and by whom: the bearer of its token, or its host.
async fn moved<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<(Booking, Party), Stop> {
    if call.bearer().is_some_and(|token| opened::verified(call, id, token).is_ok()) {
        let booking = opened::opened(call, id, call.bearer().unwrap_or_default()).await?;
        return Ok((booking, Party::Visitor));
    }
    // Anyone but the host learns only that the link is wrong.
    let host = admitted::host(call).await.map_err(|stop| match stop {
        Stop::Refused(_) => Refusal::NotFound.into(),
        fault @ Stop::Fault(_) => fault,
    })?;
    Ok((opened::of_host(call, &host, id).await?, Party::Host))
}

/// `own_minutes` is the length of the meeting that is to be moved, whatever durations the page has now.
fn asked<P: Platform>(
    call: &Call<'_, P>,
    meeting: &Meeting,
    own_minutes: Option<u32>,
) -> Result<Asked, Stop> {
    let mut errors = Errors::new(call.words());
    let mut date = |name: &str| {
        let text = call.parameter(name).filter(|text| !text.is_empty())?;
        let date = parse_date(&text);
        if date.is_none() {
            errors.add(name, "endpoint.field.date_malformed", &[]);
        }
        date
    };
    let (from, to) = (date("from"), date("to"));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        errors.add("to", "endpoint.field.dates_backwards", &[]);
    }
    let start = call.parameter("start").filter(|text| !text.is_empty()).map(|text| parse_start(&text));
    if start == Some(None) {
        errors.add("start", "endpoint.field.start_malformed", &[]);
    }
    let offered = &meeting.rules.durations_minutes;
    let duration_minutes = match call.parameter("duration").filter(|text| !text.is_empty()) {
        None => own_minutes.or(offered.first().copied()),
        Some(text) => {
            let is_offered = |minutes: &u32| offered.contains(minutes) || own_minutes == Some(*minutes);
            text.parse().ok().filter(is_offered)
        }
    };
    if duration_minutes.is_none() {
        errors.add("duration", "endpoint.field.duration_not_offered", &[]);
    }
    let errors = errors.into_list();
    match duration_minutes {
        Some(duration_minutes) if errors.is_empty() => {
            let asked = from.is_some() || to.is_some();
            let dates = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
            Ok(Asked { duration_minutes, dates: asked.then_some(dates), start: start.flatten() })
        }
        _ => Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into()),
    }
}

/// The instant from which time alone changes the answer: the notice takes the first start away, or a day ends.
fn fresh_until(rules: &Rules, now: DateTime<Utc>, windows: &[Window]) -> DateTime<Utc> {
    let tomorrow = rules.time_zone.to_wall_time(now).date() + TimeDelta::days(1);
    let latest = (now + TimeDelta::seconds(FRESH_SECONDS)).min(start_of_date(&rules.time_zone, tomorrow));
    let first = windows.first().and_then(|window| DateTime::from_timestamp(window.first, 0));
    let notice = TimeDelta::minutes(rules.notice_minutes.into());
    first.map_or(latest, |first| latest.min(first - notice))
}

fn respond(availability: &Availability, fresh: Fresh) -> Response {
    let tag = tag(availability);
    let mut response = answer::json(StatusCode::OK, &json!(null));
    *response.body_mut() = Bytes::from(serde_json::to_vec(availability).unwrap_or_default());
    let headers = response.headers_mut();
    answer::set(headers, header::CACHE_CONTROL, &format!("public, max-age={KEPT_SECONDS}"));
    answer::set(headers, header::ETAG, &tag);
    response.extensions_mut().insert(fresh);
    response
}

/// A weak tag of the free times, and of whether they are known: `as_of` is not part of it.
fn tag(Availability { duration_minutes, slots, windows, when_unknown, .. }: &Availability) -> String {
    let mut digest = Sha256::new();
    digest.update([u8::from(when_unknown.is_some())]);
    digest.update(duration_minutes.to_be_bytes());
    digest.update((slots.len() as u64).to_be_bytes());
    for number in slots.iter().copied().chain(windows.iter().flat_map(|window| <[i64; 4]>::from(*window))) {
        digest.update(number.to_be_bytes());
    }
    format!("W/\"{}\"", hex::encode_string(&digest.finalize()[..12]))
}

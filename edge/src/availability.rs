//! `GET /api/availability/{page}`: what is still free. A small read that may be kept for a few seconds.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use http::{StatusCode, header};
use scheduling::availability::{Query, Window, start_of_date};
use scheduling::definition::{Meeting, Rules};
use scheduling::refusal::Refusal;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::call::{Call, FoundMeeting};
use crate::fields::Errors;
use crate::outcome;
use crate::platform::Platform;
use crate::router::Response;
use crate::stop::{Refused, Stop};

/// How long browsers and caches in between may keep the answer, in seconds.
const KEPT_SECONDS: u32 = 5;
/// How long an adapter may keep it at most, in seconds, so that `as_of` is never old.
const FRESH_SECONDS: i64 = 60;

/// Until when an answer stays true if nothing is written to that ledger and no definition changes: an adapter may keep
/// it so long. An extension of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The ledger that it was read from.
    pub ledger: String,
    /// The instant from which time alone changes it.
    pub until: DateTime<Utc>,
}

#[derive(Serialize)]
struct Availability {
    as_of: String,
    duration_minutes: u32,
    slots: Vec<i64>,
    windows: Vec<Window>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    duration_minutes: u32,
    dates: Option<(NaiveDate, NaiveDate)>,
}

pub(crate) async fn answer<P: Platform>(
    call: &Call<'_, P>,
    host: &str,
    slug: &str,
) -> Result<Response, Stop> {
    let found = call.meeting(host, slug).await?;
    let Some(meeting) = found.meeting() else { return Err(Refusal::UnknownPage.into()) };
    let asked = asked(call, meeting)?;
    let claims = call.claims_shown(&found).await?;
    let query =
        Query { now: call.now, with_notice: true, dates: asked.dates, page: &meeting.page, claims: &claims };
    let windows = meeting.rules.windows(&query);
    let until = fresh_until(&meeting.rules, call.now, &windows);
    Ok(respond(call.now, &found, asked.duration_minutes, windows, until))
}

fn asked<P: Platform>(call: &Call<'_, P>, meeting: &Meeting) -> Result<Asked, Stop> {
    let mut errors = Errors::new(call.words());
    let mut date = |name: &str| {
        let text = call.parameter(name).filter(|text| !text.is_empty())?;
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        if date.is_none() {
            errors.add(name, "date_malformed", &[]);
        }
        date
    };
    let (from, to) = (date("from"), date("to"));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        errors.add("to", "dates_backwards", &[]);
    }
    let offered = &meeting.rules.durations_minutes;
    let duration_minutes = match call.parameter("duration").filter(|text| !text.is_empty()) {
        None => offered.first().copied(),
        Some(text) => text.parse().ok().filter(|minutes| offered.contains(minutes)),
    };
    if duration_minutes.is_none() {
        errors.add("duration", "duration_not_offered", &[]);
    }
    let errors = errors.into_list();
    match duration_minutes {
        Some(duration_minutes) if errors.is_empty() => {
            let asked = from.is_some() || to.is_some();
            let dates = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
            Ok(Asked { duration_minutes, dates: asked.then_some(dates) })
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

fn respond(
    now: DateTime<Utc>,
    found: &FoundMeeting,
    duration_minutes: u32,
    windows: Vec<Window>,
    until: DateTime<Utc>,
) -> Response {
    let every = found.meeting().map_or(1, |meeting| meeting.rules.start_every_minutes);
    let slots = starts(&windows, every, duration_minutes);
    let tag = tag(duration_minutes, &slots, &windows);
    let availability = Availability {
        as_of: now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        duration_minutes,
        slots,
        windows,
    };
    let mut response = outcome::json(StatusCode::OK, &json!(null));
    *response.body_mut() = Bytes::from(serde_json::to_vec(&availability).unwrap_or_default());
    let headers = response.headers_mut();
    outcome::set(headers, header::CACHE_CONTROL, &format!("public, max-age={KEPT_SECONDS}"));
    outcome::set(headers, header::ETAG, &tag);
    response.extensions_mut().insert(Fresh { ledger: found.host.ledger.clone(), until });
    response
}

/// All starts of meetings of that length, in order. Windows of openings that touch may offer one start twice.
pub(crate) fn starts(windows: &[Window], every_minutes: u32, duration_minutes: u32) -> Vec<i64> {
    let mut starts: Vec<i64> =
        windows.iter().flat_map(|window| window.starts(every_minutes, duration_minutes)).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// A weak tag, as `as_of` is not part of it: what is free, and nothing else.
fn tag(duration_minutes: u32, slots: &[i64], windows: &[Window]) -> String {
    let mut digest = Sha256::new();
    digest.update(duration_minutes.to_be_bytes());
    digest.update((slots.len() as u64).to_be_bytes());
    for number in slots.iter().copied().chain(windows.iter().flat_map(|window| <[i64; 4]>::from(*window))) {
        digest.update(number.to_be_bytes());
    }
    format!("W/\"{}\"", HEXLOWER.encode(&digest.finalize()[..12]))
}

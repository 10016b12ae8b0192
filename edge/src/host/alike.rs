//! `GET /api/host/bookings/{id}/alike?by=`: the bookings that have their visitor's address, its domain, or the network
//! that they came from in common with one of them, and hold a time that is still to begin; and
//! `POST /api/host/bookings/{id}/alike/cancel`, which cancels them. Both are for the bearer of the host's key.

use chrono::{DateTime, Utc};
use http::StatusCode;
use scheduling::booking::{Booking, Status};
use scheduling::ledger::{Alike, CancelAlike, CancelledAlike, Likeness};
use scheduling::view;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted, opened, origin};
use crate::form::body::Body;
use crate::form::errors::{Errors, check_names, refuse_fields};
use crate::form::reason::reason;
use crate::form::start::parse_instant;
use crate::host::told_to_host;
use crate::page::answer;

/// The most bookings in one answer; `more` says that there are others.
const MOST: u32 = 1000;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let booking = opened::of_host(call, &host, id).await?.id;
    let mut errors = Errors::new(call.words());
    let by = call.parameter("by").map_or(Value::Null, Value::String);
    let Some(by) = likeness(&by, &mut errors) else { return Err(refuse_fields(errors.into_list())) };
    let alike = Alike { booking, by, made_until: call.now };
    let mut bookings = call.ledger(&host.ledger).alike(alike, MOST + 1).await?;
    let more = bookings.len() > MOST as usize;
    bookings.truncate(MOST as usize);
    // What was not confirmed is nobody's but its visitor's: of it, the host learns the number alone.
    let is_known = |booking: &Booking| booking.status != Status::AwaitingConfirmation;
    let (known, unconfirmed): (Vec<Booking>, Vec<Booking>) = bookings.into_iter().partition(is_known);
    let views: Vec<Value> = known.iter().map(|booking| told_to_host(call.words(), &host, booking)).collect();
    let body = json!({
        "as_of": view::rfc3339(call.now),
        "by": by,
        "bookings": views,
        "unconfirmed": unconfirmed.len(),
        "more": more,
    });
    Ok(answer::json(StatusCode::OK, &body))
}

pub(crate) async fn cancel<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let booking = opened::of_host(call, &host, id).await?.id;
    let body = Body::read(call.request)?;
    check_names(&body, call.words(), &["by", "as_of", "reason"])?;
    let reason = reason(call, &body)?;
    let mut errors = Errors::new(call.words());
    let by = likeness(body.one("by"), &mut errors);
    let made_until = made_until(&body, call.now, &mut errors);
    let (Some(by), Some(made_until)) = (by, made_until) else {
        return Err(refuse_fields(errors.into_list()));
    };
    let alike = Alike { booking, by, made_until };
    let CancelledAlike { cancelled, unconfirmed, more } =
        call.ledger(&host.ledger).cancel_alike(CancelAlike { alike, reason }).await?;
    let done = json!({ "cancelled": cancelled, "unconfirmed": unconfirmed, "more": more });
    Ok(answer::json(StatusCode::OK, &done))
}

fn likeness(by: &Value, errors: &mut Errors<'_>) -> Option<Likeness> {
    let likeness = scheduling::json::from_value(by).ok();
    if likeness.is_none() {
        errors.add("by", "endpoint.field.likeness_unknown", &[]);
    }
    likeness
}

/// The instant of the answer that was looked at before; now, where none is named.
fn made_until(body: &Body, now: DateTime<Utc>, errors: &mut Errors<'_>) -> Option<DateTime<Utc>> {
    let as_of = match body.one("as_of") {
        Value::Null => return Some(now),
        Value::String(text) => parse_instant(text),
        _ => None,
    };
    if as_of.is_none() {
        errors.add("as_of", "endpoint.field.as_of_malformed", &[]);
    }
    as_of
}

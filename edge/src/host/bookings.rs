//! `GET /api/host/bookings`: a host's bookings, for the bearer of the host's key.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use scheduling::availability::start_of_date;
use scheduling::booking::Status;
use scheduling::definition::HostDefinition;
use scheduling::ledger::Cursor;
use scheduling::refusal::Refusal;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted};
use crate::form::errors::Errors;
use crate::form::start::{parse_date, parse_instant};
use crate::host::told_to_host;
use crate::page::answer;

/// The most bookings in one answer; `more` says that there are others, and `after` where the next answer begins.
const MOST: u32 = 1000;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let (from, until, status, after) = asked(call, &host)?;
    let mut bookings = call.ledger(&host.ledger).bookings((from, until), status, after, MOST + 1).await?;
    let more = bookings.len() > MOST as usize;
    bookings.truncate(MOST as usize);
    let after = bookings.last().filter(|_| more).map(|last| Cursor::of(last).to_string());
    let views: Vec<Value> =
        bookings.iter().map(|booking| told_to_host(call.words(), &host, booking)).collect();
    let body = json!({ "bookings": views, "more": more, "after": after });
    let mut response = answer::json(StatusCode::OK, &body);
    if let Some(after) = after {
        answer::set_next(call, &mut response, &after);
    }
    Ok(response)
}

/// The first instant, the instant after the last, the status, and the place after which the list goes on. Dates are in
/// the host's zone, both included, as for availability.
type Asked = (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<Status>, Option<Cursor>);

fn asked<P: Platform>(call: &Call<'_, P>, host: &HostDefinition) -> Result<Asked, Stop> {
    let zone = &host.time_zone;
    let mut errors = Errors::new(call.words());
    let mut instant = |name: &str, days: i64| {
        let text = call.parameter(name).filter(|text| !text.is_empty())?;
        let instant = match parse_date(&text) {
            Some(date) => {
                date.checked_add_signed(TimeDelta::days(days)).map(|date| start_of_date(zone, date))
            }
            None => parse_instant(&text),
        };
        if instant.is_none() {
            errors.add(name, "endpoint.field.instant_malformed", &[]);
        }
        instant
    };
    let (from, until) = (instant("from", 0), instant("to", 1));
    let status = call.parameter("status").filter(|text| !text.is_empty()).and_then(|text| {
        let status = scheduling::json::from_value(&Value::String(text)).ok();
        if status.is_none() {
            errors.add("status", "endpoint.field.status_unknown", &[]);
        }
        status
    });
    let after = call.parameter("after").filter(|text| !text.is_empty()).and_then(|text| {
        let after = Cursor::parse(&text).filter(|after| after.id.ledger() == host.ledger);
        if after.is_none() {
            errors.add("after", "endpoint.field.cursor_unknown", &[]);
        }
        after
    });
    let errors = errors.into_list();
    if errors.is_empty() {
        Ok((from, until, status, after))
    } else {
        Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into())
    }
}

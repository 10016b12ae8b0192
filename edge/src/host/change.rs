//! `POST /api/host/bookings/{id}/accept`, `/decline`, `/cancel`, `/reschedule`, `/outcome`: a host's acts on a booking,
//! with the host's key. The first two also come from the link in the host's mail, which leads to a page with a button
//! for each.

use crate::call::FoundMeeting;
use crate::form::reason::reason;
use crate::form::start::{seen_start, start_or_refuse};
use crate::offer::booked_page::{self, move_to};
use chrono::{DateTime, Datelike, Utc};
use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::calendar::Span;
use scheduling::ledger::{Cancel, Order, Reschedule};
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, opened, origin};
use crate::form::body::Body;
use crate::form::errors::{Errors, refuse_fields};
use crate::host::outcome;
use crate::host::{moved_meanwhile, view_of};
use crate::page::answer;

/// The last year that RFC 3339 and RFC 5545 can write.
const LAST_YEAR: i32 = 9999;

/// An act of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The meeting takes place.
    Accept,
    /// It does not.
    Decline,
    /// It was going to take place, and does not.
    Cancel,
    /// It takes place at another time.
    Reschedule,
    /// The outcome is recorded.
    RecordOutcome,
}

impl Act {
    /// The act that an address ends with.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "accept" => Act::Accept,
            "decline" => Act::Decline,
            "cancel" => Act::Cancel,
            "reschedule" => Act::Reschedule,
            "outcome" => Act::RecordOutcome,
            _ => return None,
        })
    }
}

/// The answer to the bearer of the host's key.
pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str, act: Act) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let id = BookingId::parse(id).filter(|id| id.ledger() == host.ledger).ok_or(Refusal::NotFound)?;
    let body = Body::read(call.request)?;
    let booking = carry_out(call, id, act, &body).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "booking": view_of(&host, &booking) })))
}

pub(crate) async fn carry_out<P: Platform>(
    call: &Call<'_, P>,
    id: BookingId,
    act: Act,
    body: &Body,
) -> Result<Booking, Stop> {
    let ledger = id.ledger().to_owned();
    let order = match act {
        Act::Accept | Act::Decline => {
            let start =
                if body.get("start").is_null() { None } else { Some(start_or_refuse(body, call.words())?) };
            Order::decide(id, act == Act::Accept, start)
        }
        Act::Cancel => {
            Order::cancel(Cancel { id, by: Party::Host, reason: reason(call, body)?, proves: false })
        }
        Act::Reschedule => return reschedule(call, id, body).await,
        Act::RecordOutcome => Order::record_outcome(outcome::record(id, body, Errors::new(call.words()))?),
    };
    call.ledger(&ledger).change(order).await.map_err(|stop| match stop {
        // A visitor would choose another time after an expired hold; a host has only answered too late.
        Stop::Refused(refused) if refused.refusal == Refusal::HoldExpired => {
            Refused { words: Some("answered_too_late"), ..*refused }.into()
        }
        stop => stop,
    })
}

/// Moves a booking at its host's request. The page's rules do not bind a host, except that the time is to come, and a
/// booking may be moved even if its page is gone; but never onto another meeting.
async fn reschedule<P: Platform>(call: &Call<'_, P>, id: BookingId, body: &Body) -> Result<Booking, Stop> {
    let start = start_or_refuse(body, call.words())?;
    let from = seen_start(body, "from", call.words())?;
    let follows = follows_calendar(body, call.words())?;
    let booking = opened::find(call, id).await?;
    if follows && booking.start != start && !is_copy_at(call, &booking, start).await? {
        return Err(moved_meanwhile(Refusal::Superseded.into()));
    }
    let found = booked_page::page_of(call, &booking).await.ok();
    let rules = found.as_ref().and_then(FoundMeeting::meeting).map(|meeting| &meeting.rules);
    let end = start + (booking.end - booking.start);
    let beyond_calendars = || (end.year() > LAST_YEAR).then_some(Refusal::OutsideWindow);
    let wanted = Reschedule {
        id: booking.id.clone(),
        by: Party::Host,
        from,
        verdict: (start <= call.now).then_some(Refusal::NoticeTooShort).or_else(beyond_calendars),
        start,
        end,
        buffer: rules.map_or(booking.buffer, |rules| rules.buffer),
        capacity: 1,
        limits: Vec::new(),
        approval_within_minutes: None,
        stranger: None,
        proves: false,
        calendars: None,
    };
    move_to(call, &booking, wanted, found.as_ref()).await.map_err(moved_meanwhile)
}

/// Whether the host says that the calendar's event was moved there.
fn follows_calendar(body: &Body, words: &LocaleWords) -> Result<bool, Stop> {
    match body.get("follows_calendar") {
        Value::Null => Ok(false),
        Value::Bool(follows) => Ok(*follows),
        _ => {
            let mut errors = Errors::new(words);
            errors.add("follows_calendar", "endpoint.field.not_boolean", &[]);
            Err(refuse_fields(errors.into_list()))
        }
    }
}

/// Whether the host's calendar has the booking's copy at a time, as far as anybody knows: it may have been put back.
async fn is_copy_at<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    start: DateTime<Utc>,
) -> Result<bool, Stop> {
    let astray = call.ledger(booking.id.ledger()).astray().await?;
    let is_there = |span: Span| span.start == start.timestamp();
    Ok(astray.iter().any(|astray| astray.booking == booking.id && astray.moved_to.is_some_and(is_there)))
}

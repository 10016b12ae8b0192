//! `POST /api/bookings/{id}/reschedule`: another time for a booking, for whoever bears its token, as JSON or from a plain form.
//!
//! As with a new booking, the rules' verdict is handed to the ledger, which decides. Where it refuses, the booking stands. Where the
//! host has to agree, it stands too, and asks for the other time.

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use scheduling::booking::Booking;
use scheduling::ledger::{Answer, Command, Party, Query, Reply, Reschedule};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::view;
use serde_json::json;

use crate::availability::minutes_of;
use crate::body::{Body, claims_form};
use crate::book::{OTHER_TIME_MAY_DO, count_attempt, refuse_early};
use crate::call::{Call, FoundMeeting, unexpected_answer};
use crate::cancel::back_to_page;
use crate::fields;
use crate::platform::Platform;
use crate::router::Response;
use crate::stop::{Refused, Stop};
use crate::{alternatives, booking_page, move_page, outcome, read, security};

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let is_form = claims_form(call.request);
    let body = match take(&call).await {
        Ok(body) => body,
        Err(stop) => return refuse_early(&call, is_form, stop).await,
    };
    let token = call.bearer().unwrap_or_else(|| body.text("token")).to_owned();
    let booking = match read::opened(&call, id, &token).await {
        Ok(booking) => booking,
        Err(stop) => return refuse_early(&call, is_form, stop).await,
    };
    if is_form {
        call.speak(&booking.locale);
    }
    match reschedule(&call, &booking, &body).await {
        Ok(moved) if is_form => back_to_page(&call, &moved, &token),
        Ok(moved) => {
            let waits = moved.proposed.is_some();
            let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
            outcome::json(status, &json!({ "booking": view::booking(&moved, Party::Visitor) }))
        }
        Err(stop) => {
            let refused = Refused { moving: true, ..call.refused(stop) };
            if is_form {
                refuse_form(&call, &booking, &token, &body, &refused).await
            } else {
                refused.problem(call.words())
            }
        }
    }
}

/// The meeting page that a booking is of, while it is still there, and still of the ledger that has the booking.
pub(crate) async fn page_of<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
) -> Result<FoundMeeting, Stop> {
    let (host, slug) = booking.page.split_once('/').ok_or(Refusal::UnknownPage)?;
    let found = call.meeting(host, slug).await?;
    if found.host.ledger == booking.id.ledger() { Ok(found) } else { Err(Refusal::UnknownPage.into()) }
}

async fn take<P: Platform>(call: &Call<'_, P>) -> Result<Body, Stop> {
    security::check_origin(call)?;
    let body = Body::read(call.request)?;
    count_attempt(call).await?;
    Ok(body)
}

/// Moves a booking as its host asks. A host is held to no rule of the page but that the time is to come, and may move what
/// came from a page that is gone; never onto another meeting.
pub(crate) async fn by_host<P: Platform>(
    call: &Call<'_, P>,
    id: BookingId,
    body: &Body,
) -> Result<Booking, Stop> {
    let start = fields::start_or_refuse(body, call.words())?;
    let Answer::Booking { booking } =
        call.platform.answer(id.ledger(), Query::Booking { id: id.clone() }).await?
    else {
        return Err(unexpected_answer().into());
    };
    let booking = booking.ok_or(Refusal::NotFound)?;
    let found = page_of(call, &booking).await.ok();
    let rules = found.as_ref().and_then(FoundMeeting::meeting).map(|meeting| &meeting.rules);
    let command = Command::Reschedule(Reschedule {
        id: id.clone(),
        by: Party::Host,
        verdict: (start <= call.now).then_some(Refusal::NoticeTooShort),
        start,
        end: start + (booking.end - booking.start),
        buffer: rules.map_or(booking.buffer, |rules| rules.buffer),
        capacity: 1,
        limits: Vec::new(),
        approval_within_minutes: None,
    });
    match call.platform.apply(id.ledger(), command).await? {
        Reply::Changed { booking } => Ok(*booking),
        Reply::Refused { refusal } => {
            let mut refused = Refused { moving: true, ..Refused::new(refusal) };
            if let Some(found) = found.filter(|_| OTHER_TIME_MAY_DO.contains(&refusal)) {
                let near = near(call, &found, start, &booking).await;
                refused.alternatives = Some(near);
            }
            Err(refused.into())
        }
        Reply::Booked { .. } | Reply::AlreadyBooked | Reply::Done | Reply::Scrubbed => {
            Err(unexpected_answer().into())
        }
    }
}

/// The free times nearest to one that the booking cannot have.
async fn near<P: Platform>(
    call: &Call<'_, P>,
    found: &FoundMeeting,
    start: DateTime<Utc>,
    booking: &Booking,
) -> Vec<i64> {
    let (start, zone) = (start.timestamp(), &booking.time_zone);
    alternatives::near(call, found, start, minutes_of(booking), zone, Some(booking)).await
}

async fn reschedule<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    body: &Body,
) -> Result<Booking, Stop> {
    let start = fields::start_or_refuse(body, call.words())?;
    let found = page_of(call, booking).await?;
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let rules = &meeting.rules;
    let minutes = minutes_of(booking);
    let command = Command::Reschedule(Reschedule {
        id: booking.id.clone(),
        by: Party::Visitor,
        verdict: rules.verdict(call.now, start.timestamp(), minutes),
        start,
        end: start + TimeDelta::minutes(minutes.into()),
        buffer: rules.buffer,
        capacity: 1,
        limits: rules.count_limits(start),
        approval_within_minutes: meeting.approval_within_minutes,
    });
    match call.platform.apply(&found.host.ledger, command).await? {
        Reply::Changed { booking } => Ok(*booking),
        Reply::Refused { refusal } => {
            let mut refused = Refused::new(refusal);
            // A form gets all that is free.
            if OTHER_TIME_MAY_DO.contains(&refusal) && !body.is_form {
                refused.alternatives = Some(near(call, &found, start, booking).await);
            }
            Err(refused.into())
        }
        Reply::Booked { .. } | Reply::AlreadyBooked | Reply::Done | Reply::Scrubbed => {
            Err(unexpected_answer().into())
        }
    }
}

/// Shows the times again where another one may do, else the booking's page with the reason.
async fn refuse_form<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    body: &Body,
    refused: &Refused,
) -> Response {
    match refused.refusal {
        // Cancelled meanwhile, perhaps in another tab: the page says so.
        Refusal::AlreadyCancelled => back_to_page(call, booking, token),
        refusal if refusal == Refusal::InvalidField || OTHER_TIME_MAY_DO.contains(&refusal) => {
            move_page::show(call, booking, token, body.text("from"), Some(refused)).await
        }
        _ => booking_page::show(call, booking, token, Some(refused)).await,
    }
}

//! `POST /api/bookings/{id}/reschedule`: another time for a booking, for whoever bears its token, as JSON or from a plain form.
//!
//! As with a new booking, the rules' verdict is handed to the ledger, which decides. Where it refuses, the booking stands. Where the
//! host has to agree, it stands too, and asks for the other time.

use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::ledger::{Command, Reschedule};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::view;
use serde_json::json;

use crate::availability::minutes_of;
use crate::body::{Body, claims_form};
use crate::book::{OTHER_TIME_MAY_DO, count_attempt, refuse_early};
use crate::call::{Call, FoundMeeting};
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
    match by_visitor(&call, &booking, &body).await {
        Ok(moved) if is_form => back_to_page(&call, &moved, &token),
        Ok(moved) => {
            let waits = moved.proposed.is_some();
            let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
            outcome::json(status, &json!({ "booking": view::booking(&moved, Party::Visitor) }))
        }
        Err(stop) => {
            let refused = call.refused(stop);
            if is_form {
                refuse_form(&call, &booking, &token, &body, &refused).await
            } else {
                refused.problem(call.words())
            }
        }
    }
}

/// The meeting page that a booking is of, while it is still there, and still of the ledger that has the booking. Where it is gone,
/// the booking stands, and the words of the refusal say so.
pub(crate) async fn page_of<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
) -> Result<FoundMeeting, Stop> {
    let gone = || Refused { words: Some("page_gone"), ..Refused::new(Refusal::UnknownPage) };
    let (host, slug) = booking.page.split_once('/').ok_or_else(gone)?;
    match call.meeting(host, slug).await {
        Ok(found) if found.host.ledger == booking.id.ledger() => Ok(found),
        Ok(_) | Err(Stop::Refused(_)) => Err(gone().into()),
        Err(fault) => Err(fault),
    }
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
    let booking = read::find(call, id).await?;
    let found = page_of(call, &booking).await.ok();
    let rules = found.as_ref().and_then(FoundMeeting::meeting).map(|meeting| &meeting.rules);
    let wanted = Reschedule {
        id: booking.id.clone(),
        by: Party::Host,
        verdict: (start <= call.now).then_some(Refusal::NoticeTooShort),
        start,
        end: start + (booking.end - booking.start),
        buffer: rules.map_or(booking.buffer, |rules| rules.buffer),
        capacity: 1,
        limits: Vec::new(),
        approval_within_minutes: None,
    };
    move_to(call, &booking, wanted, found.as_ref()).await
}

/// Moves a booking as its visitor asks, within all rules of its page.
async fn by_visitor<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    body: &Body,
) -> Result<Booking, Stop> {
    let start = fields::start_or_refuse(body, call.words())?;
    let found = page_of(call, booking).await?;
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let rules = &meeting.rules;
    let wanted = Reschedule {
        id: booking.id.clone(),
        by: Party::Visitor,
        verdict: rules.verdict(call.now, start.timestamp(), minutes_of(booking)),
        start,
        end: start + (booking.end - booking.start),
        buffer: rules.buffer,
        capacity: 1,
        limits: rules.count_limits(start),
        approval_within_minutes: meeting.approval_within_minutes,
    };
    move_to(call, booking, wanted, Some(&found)).await
}

/// Has the ledger move it. Where that time cannot be had, the nearest free ones of the page are told, if there is one.
async fn move_to<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    wanted: Reschedule,
    offers: Option<&FoundMeeting>,
) -> Result<Booking, Stop> {
    let start = wanted.start.timestamp();
    match (call.change(booking.id.ledger(), Command::Reschedule(wanted)).await, offers) {
        (Err(Stop::Refused(mut refused)), Some(found)) if OTHER_TIME_MAY_DO.contains(&refused.refusal) => {
            let minutes = minutes_of(booking);
            let near =
                alternatives::near(call, found, start, minutes, &booking.time_zone, Some(booking)).await;
            refused.alternatives = Some(near);
            Err(Stop::Refused(refused))
        }
        (moved, _) => moved,
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

//! `POST /api/bookings/{id}/reschedule`: another time for a booking, for the bearer of its token, as JSON or from a
//! plain form.
//!
//! As with a new booking, the rules' verdict is handed to the ledger, which decides. If it refuses, the booking stays
//! as it is. If the host has to agree, it also stays, and asks for the other time.

use crate::form::start::start_or_refuse;
use crate::offer::booked_page::{self, move_to};
use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::ledger::Reschedule;
use scheduling::refusal::Refusal;

use crate::calendars;
use crate::call::attempts::count_attempt;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, opened};
use crate::form::body::{Body, claims_form};
use crate::offer::alternatives::OTHER_TIME_MAY_DO;
use crate::offer::starts::minutes_of;
use crate::offer::stranger::stranger;
use crate::page::answer::refuse;
use crate::visitor::booking_page::{self, back_to_page};
use crate::visitor::{move_page, read};

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let is_form = claims_form(call.request);
    let body = match take(&call).await {
        Ok(body) => body,
        Err(stop) => return refuse(&call, is_form, stop).await,
    };
    let token = call.bearer().unwrap_or_else(|| body.text("token")).to_owned();
    let booking = match opened::opened(&call, id, &token).await {
        Ok(booking) => booking,
        Err(stop) => return refuse(&call, is_form, stop).await,
    };
    if is_form {
        call.speak(&booking.visitor.locale);
    }
    match by_visitor(&call, &booking, &token, &body).await {
        Ok(moved) if is_form => back_to_page(&call, &moved, &token),
        Ok(moved) => {
            let waits = moved.proposed.is_some();
            let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
            read::seen(&call, status, &moved).await
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

async fn take<P: Platform>(call: &Call<'_, P>) -> Result<Body, Stop> {
    let body = Body::own(call)?;
    count_attempt(call).await?;
    Ok(body)
}

/// Moves a booking as its visitor asks, within all rules of its page.
async fn by_visitor<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    body: &Body,
) -> Result<Booking, Stop> {
    let start = start_or_refuse(body, call.words())?;
    let found = booked_page::page_of(call, booking).await?;
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let rules = &meeting.rules;
    let wanted = Reschedule {
        id: booking.id.clone(),
        by: Party::Visitor,
        from: None,
        verdict: rules.verdict(call.now, start.timestamp(), minutes_of(booking)),
        start,
        end: start + (booking.end - booking.start),
        buffer: rules.buffer,
        capacity: 1,
        limits: rules.count_limits(start),
        approval_within_minutes: meeting.approval_within_minutes,
        stranger: stranger(call, (&found.host, meeting), start),
        proves: opened::proves(call, &booking.id, token),
        calendars: calendars::wanted(call.platform, &found.host, meeting),
    };
    move_to(call, booking, wanted, Some(&found)).await
}

/// Shows the times again if another one may do, else the booking's page with the reason.
async fn refuse_form<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    body: &Body,
    refused: &Refused,
) -> Response {
    match refused.refusal {
        // Cancelled in the meantime, perhaps in another tab: the page says so.
        Refusal::AlreadyCancelled => back_to_page(call, booking, token),
        refusal
            if (refusal == Refusal::InvalidField || OTHER_TIME_MAY_DO.contains(&refusal))
                && booking.allows_move(Party::Visitor, call.now).is_ok() =>
        {
            move_page::show(call, booking, token, body.text("from"), Some(refused)).await
        }
        _ => booking_page::show(call, booking, token, Some(refused)).await,
    }
}

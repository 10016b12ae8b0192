//! `POST /api/bookings/{id}/confirm`: a booking is confirmed by the link in its email, as JSON or from the page that it
//! leads to.

use http::StatusCode;
use scheduling::booking::{Booking, Status};
use scheduling::ledger::{Confirm, Order};
use scheduling::refusal::Refusal;

use crate::calendars;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, FoundMeeting, opened};
use crate::form::body::{Body, claims_form};
use crate::form::errors::check_names;
use crate::offer::booked_page;
use crate::page::answer::refuse;
use crate::visitor::booking_page::{self, back_to_page};
use crate::visitor::{pay, read};

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let is_form = claims_form(call.request);
    let body = match Body::own(&call) {
        Ok(body) => body,
        Err(stop) => return refuse(&call, is_form, stop).await,
    };
    if let (false, Err(stop)) = (is_form, check_names(&body, call.words(), &["token"])) {
        return refuse(&call, is_form, stop).await;
    }
    let token = call.bearer().unwrap_or_else(|| body.text("token")).to_owned();
    let booking = match opened::opened(&call, id, &token).await {
        Ok(booking) => booking,
        Err(stop) => return refuse(&call, is_form, stop).await,
    };
    if is_form {
        call.speak(&booking.visitor.locale);
    }
    match confirm(&call, &booking, &token).await {
        Ok(confirmed) if confirmed.status == Status::AwaitingPayment => {
            pay::answer_with(&call, is_form, confirmed, &token).await
        }
        Ok(confirmed) if is_form => back_to_page(&call, &confirmed, &token),
        Ok(confirmed) => read::seen(&call, StatusCode::OK, &confirmed).await,
        Err(stop) => {
            let refused = call.refused(stop);
            if is_form {
                // It may have ended meanwhile: the page says how.
                let booking = opened::opened(&call, id, &token).await.unwrap_or(booking);
                booking_page::show(&call, &booking, &token, Some(&refused)).await
            } else {
                refused.problem(call.words())
            }
        }
    }
}

/// The link of the answer to the request proves nothing: whoever sent that has it, whosever address they gave.
async fn confirm<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Result<Booking, Stop> {
    if !opened::proves(call, &booking.id, token) {
        return Err(Refusal::NotConfirmed.into());
    }
    let found = match booked_page::page_of(call, booking).await {
        Ok(found) => Some(found),
        // The page is gone, and so are its calendars.
        Err(Stop::Refused(_)) => None,
        Err(fault) => return Err(fault),
    };
    let host = found.as_ref().map(|found| &*found.host);
    let meeting = found.as_ref().and_then(FoundMeeting::meeting);
    let approval_within_minutes = meeting.and_then(|meeting| meeting.approval_within_minutes);
    let wanted =
        host.zip(meeting).and_then(|(host, meeting)| calendars::wanted(call.platform, host, meeting));
    let order =
        |calendars| Order::confirm(Confirm { id: booking.id.clone(), approval_within_minutes, calendars });
    let confirmed = calendars::take(call, booking.id.ledger(), (host, wanted.as_ref()), order).await??;
    Ok(*confirmed)
}

//! `POST /api/bookings/{id}/cancel`: by the bearer of the booking's token, as JSON or from the booking's page.

use crate::form::reason::reason;
use crate::visitor::booking_page::back_to_page;
use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::ledger::{Cancel, Order};
use scheduling::refusal::Refusal;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, opened};
use crate::form::body::{Body, claims_form};
use crate::visitor::{booking_page, given_back, read};

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let is_form = claims_form(call.request);
    let mut token = String::new();
    let cancelled = match Body::own(&call) {
        Ok(body) => {
            token = call.bearer().unwrap_or_else(|| body.text("token")).to_owned();
            cancel(&call, id, &token, &body).await
        }
        Err(stop) => Err(stop),
    };
    let typed = Body::typed(call.request);
    match cancelled {
        Ok(booking) if is_form => back_to_page(&call, &booking, &token),
        Ok(booking) => read::seen(&call, StatusCode::OK, &booking).await,
        Err(stop) => match typed {
            Some(typed) => refuse_form(&mut call, id, &typed, stop).await,
            None => call.refused(stop).problem(call.words()),
        },
    }
}

async fn cancel<P: Platform>(
    call: &Call<'_, P>,
    id: &str,
    token: &str,
    body: &Body,
) -> Result<Booking, Stop> {
    let id = opened::verified(call, id, token)?;
    let reason = reason(call, body)?;
    let ledger = id.ledger().to_owned();
    let proves = opened::proves(call, &id, token);
    call.ledger(&ledger).change(Order::cancel(Cancel { id, by: Party::Visitor, reason, proves })).await
}

/// Shows the booking's page again with the reason, and with what was typed; a page of its own if the token opens
/// nothing.
async fn refuse_form<P: Platform>(call: &mut Call<'_, P>, id: &str, typed: &Body, stop: Stop) -> Response {
    let mut refused = call.refused(stop);
    let token = typed.text("token");
    match opened::opened(call, id, token).await {
        // Cancelled before, perhaps by a second click: the page says so.
        Ok(booking) if refused.refusal == Refusal::AlreadyCancelled => back_to_page(call, &booking, token),
        Ok(booking) => {
            call.speak(&booking.visitor.locale);
            booking_page::show_again(call, &booking, token, &refused, typed.text("reason")).await
        }
        Err(stop) => {
            if refused.refusal != Refusal::OriginRefused {
                refused = call.refused(stop);
            }
            given_back::answer(call, typed, &refused).await
        }
    }
}

//! `POST /api/bookings/{id}/cancel`: by whoever bears the booking's token, as JSON or from the booking's page.

use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::ledger::{Cancel, Command};
use scheduling::refusal::Refusal;
use scheduling::view;
use serde_json::{Value, json};

use crate::body::{Body, claims_form};
use crate::call::Call;
use crate::fields::{Errors, is_line};
use crate::platform::Platform;
use crate::router::Response;
use crate::stop::{Refused, Stop};
use crate::{booking_page, manage, outcome, read, security};

/// Characters that a reason may have.
const MOST_REASON_CHARACTERS: usize = 1000;

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let is_form = claims_form(call.request);
    let mut token = String::new();
    let cancelled = match take(&call) {
        Ok(body) => {
            token = call.bearer().unwrap_or_else(|| body.text("token")).to_owned();
            cancel(&call, id, &token, &body).await
        }
        Err(stop) => Err(stop),
    };
    match cancelled {
        Ok(booking) if is_form => back_to_page(&call, &booking, &token),
        Ok(booking) => {
            outcome::json(StatusCode::OK, &json!({ "booking": view::booking(&booking, Party::Visitor) }))
        }
        Err(stop) if is_form => refuse_form(&mut call, id, &token, stop).await,
        Err(stop) => call.refused(stop).problem(call.words()),
    }
}

fn take<P: Platform>(call: &Call<'_, P>) -> Result<Body, Stop> {
    security::check_origin(call)?;
    Ok(Body::read(call.request)?)
}

async fn cancel<P: Platform>(
    call: &Call<'_, P>,
    id: &str,
    token: &str,
    body: &Body,
) -> Result<Booking, Stop> {
    let id = read::verified(call, id, token)?;
    let reason = reason(call, body)?;
    let ledger = id.ledger().to_owned();
    let command = Command::Cancel(Cancel { id, by: Party::Visitor, reason });
    call.change(&ledger, command).await
}

pub(crate) fn reason<P: Platform>(call: &Call<'_, P>, body: &Body) -> Result<Option<String>, Stop> {
    let mut errors = Errors::new(call.words());
    let reason = match body.get("reason") {
        Value::Null => String::new(),
        Value::String(reason) => reason.trim().replace("\r\n", "\n"),
        _ => {
            errors.add("reason", "not_text", &[]);
            String::new()
        }
    };
    if reason.chars().count() > MOST_REASON_CHARACTERS {
        errors.add("reason", "reason_long", &[("most", &MOST_REASON_CHARACTERS.to_string())]);
    } else if reason.split(['\n', '\t']).any(|line| !is_line(line)) {
        errors.add("reason", "reason_characters", &[]);
    }
    let errors = errors.into_list();
    if errors.is_empty() {
        Ok((!reason.is_empty()).then_some(reason))
    } else {
        Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into())
    }
}

/// Sends the browser back to the booking's page, which shows what has become of it.
pub(crate) fn back_to_page<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let redirect = outcome::see_other(&manage::path_with(booking, token)).map_err(Stop::from);
    redirect.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

/// Shows the booking's page again with the reason; a page of its own where the token opens nothing.
async fn refuse_form<P: Platform>(call: &mut Call<'_, P>, id: &str, token: &str, stop: Stop) -> Response {
    let mut refused = call.refused(stop);
    match read::opened(call, id, token).await {
        // Cancelled before, perhaps by a second click: the page says so.
        Ok(booking) if refused.refusal == Refusal::AlreadyCancelled => back_to_page(call, &booking, token),
        Ok(booking) => {
            call.speak(&booking.locale);
            booking_page::show(call, &booking, token, Some(&refused)).await
        }
        Err(stop) => {
            if refused.refusal != Refusal::OriginRefused {
                refused = call.refused(stop);
            }
            outcome::message_page(call, &refused).await
        }
    }
}

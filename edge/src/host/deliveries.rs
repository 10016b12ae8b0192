//! `GET /api/host/deliveries`, and sending one again: notices of a host's bookings, for the bearer of the host's key.

use http::StatusCode;
use scheduling::outbox::DeliveryState;
use scheduling::refusal::Refusal;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, origin};
use crate::form::errors::Errors;
use crate::page::{answer, reason};

/// The most deliveries in one answer; `more` says that there are others, and `after` where the next answer begins.
const MOST: u32 = 200;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let after = call.parameter("after").filter(|text| !text.is_empty());
    let mut deliveries = call.ledger(&host.ledger).deliveries(state(call)?, after, MOST + 1).await?;
    let more = deliveries.len() > MOST as usize;
    deliveries.truncate(MOST as usize);
    let after = deliveries.last().filter(|_| more).map(|last| last.id.clone());
    for delivery in &mut deliveries {
        delivery.last_error = delivery.last_error.take().map(|why| reason::in_words(call.words(), &why));
    }
    let body = json!({ "deliveries": deliveries, "more": more, "after": after });
    let mut response = answer::json(StatusCode::OK, &body);
    if let Some(after) = after {
        answer::set_next(call, &mut response, &after);
    }
    Ok(response)
}

/// `pending`, `done`, `parked` or `ended`; `parked` by default, because those need somebody.
fn state<P: Platform>(call: &Call<'_, P>) -> Result<DeliveryState, Stop> {
    let Some(text) = call.parameter("state").filter(|text| !text.is_empty()) else {
        return Ok(DeliveryState::Parked);
    };
    scheduling::json::from_value(&Value::String(text)).map_err(|_| {
        let mut errors = Errors::new(call.words());
        errors.add("state", "endpoint.field.state_unknown", &[]);
        Refused { errors: errors.into_list(), ..Refused::new(Refusal::InvalidField) }.into()
    })
}

/// `POST /api/host/deliveries/{id}/replay`
pub(crate) async fn replay<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    call.ledger(&host.ledger).replay(id.to_owned()).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "delivery": { "id": id, "state": "pending" } })))
}

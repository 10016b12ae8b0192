//! `GET /api/host/deliveries`, and sending one again: what was told of a host's bookings, for whoever bears the host's key.

use http::StatusCode;
use scheduling::outbox::DeliveryState;
use scheduling::refusal::Refusal;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, origin};
use crate::form::errors::Errors;
use crate::page::answer;

/// How many deliveries one answer holds.
const MOST: u32 = 200;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let deliveries = call.ledger(&host.ledger).deliveries(state(call)?, MOST).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "deliveries": deliveries })))
}

/// `pending`, `done`, `parked` or `ended`; parked where nothing is asked for, as those need somebody.
fn state<P: Platform>(call: &Call<'_, P>) -> Result<DeliveryState, Stop> {
    let Some(text) = call.parameter("state").filter(|text| !text.is_empty()) else {
        return Ok(DeliveryState::Parked);
    };
    serde_json::from_value(Value::String(text)).map_err(|_| {
        let mut errors = Errors::new(call.words());
        errors.add("state", "state_unknown", &[]);
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

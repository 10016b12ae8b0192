//! `GET /api/host/campaigns`: how many of a host's bookings each campaign has led to.

use http::StatusCode;
use serde_json::json;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted};
use crate::page::answer;

/// The most campaigns in one answer: those with most bookings.
const MOST: u32 = 100;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let campaigns = call.ledger(&host.ledger).campaigns(MOST).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "campaigns": campaigns })))
}

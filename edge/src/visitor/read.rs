//! `GET /api/bookings/{id}`: a booking, for the bearer of its token.

use http::StatusCode;
use scheduling::booking::Party;
use scheduling::view;
use serde_json::json;

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::opened::opened;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::page::answer;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, Stop> {
    let booking = opened(call, id, call.bearer().unwrap_or_default()).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "booking": view::booking(&booking, Party::Visitor) })))
}

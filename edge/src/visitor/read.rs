//! `GET /api/bookings/{id}`: a booking, for the bearer of its token.

use http::StatusCode;
use scheduling::booking::{Booking, Party};
use scheduling::view;
use serde_json::json;

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::opened::opened;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::today::as_of_today;
use crate::page::answer;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, Stop> {
    let booking = opened(call, id, call.bearer().unwrap_or_default()).await?;
    Ok(seen(call, StatusCode::OK, &booking).await)
}

/// The booking as its visitor sees it.
pub(super) async fn seen<P: Platform>(call: &Call<'_, P>, status: StatusCode, booking: &Booking) -> Response {
    let booking = as_of_today(call.platform, booking).await;
    answer::json(status, &json!({ "booking": view::booking(&booking, Party::Visitor) }))
}

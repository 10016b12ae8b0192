//! `POST /api/bookings/{id}/pay`: where a booking is paid, by the bearer of its token, as JSON or from its page.

use http::{StatusCode, header};
use scheduling::booking::{Booking, Party};
use scheduling::refusal::Refusal;
use scheduling::view;
use serde_json::json;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::{Call, opened};
use crate::form::body::{Body, claims_form};
use crate::form::errors::check_names;
use crate::page::answer::{self, refuse};
use crate::payments;
use crate::visitor::booking_page::{self, back_to_page};

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
    let booking = match opened::payable(&call, id, &token).await {
        Ok(booking) => booking,
        Err(stop) => return refuse(&call, is_form, stop).await,
    };
    call.speak(&booking.visitor.locale);
    // What was paid meanwhile is not to be paid again.
    let booking = payments::looked_up(&call, booking).await;
    answer_with(&call, is_form, booking, &token).await
}

/// The answer to whoever is about to pay.
pub(super) async fn answer_with<P: Platform>(
    call: &Call<'_, P>,
    is_form: bool,
    booking: Booking,
    token: &str,
) -> Response {
    let stop = match payments::open(call, booking.clone()).await {
        Ok((booking, Some(url))) if is_form => return go_on(call, &booking, token, &url).await,
        Ok((booking, Some(url))) => {
            let view = view::booking(&booking, Party::Visitor);
            return answer::json(StatusCode::OK, &json!({ "booking": view, "checkout_url": url }));
        }
        Ok((_, None)) => Refusal::PaymentUnavailable.into(),
        Err(stop) => stop,
    };
    let refused = call.refused(stop);
    if is_form {
        // It may be paid, or over: the page says which.
        let known = opened::find(call, booking.id.clone()).await.unwrap_or(booking);
        booking_page::show(call, &known, token, Some(&refused)).await
    } else {
        refused.problem(call.words())
    }
}

/// The booking's page, on the way to where it is paid. A form may lead to no other site, but the page that answers it
/// may: in a window of its own, it goes on by itself. In a frame, and where a browser does not say, its link leads
/// there.
async fn go_on<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str, url: &str) -> Response {
    let is_window = call.request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "document");
    if !is_window {
        return back_to_page(call, booking, token);
    }
    let mut page = booking_page::show(call, booking, token, None).await;
    answer::set(page.headers_mut(), header::REFRESH, &format!("0; url={url}"));
    page
}

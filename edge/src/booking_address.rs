//! `GET /booking/{id}/{token}`: the visitor's page or the host's, by the token's purpose.

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::opened::payable;
use crate::call::platform::Platform;
use crate::host::decide_page;
use crate::page::answer::message_page;
use crate::payments;
use crate::visitor::booking_page::{self, can_move};
use crate::visitor::move_page;

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str, token: &str) -> Response {
    match payable(&call, id, token).await {
        Ok(booking) => {
            call.speak(&booking.visitor.locale);
            let booking = payments::looked_up(&call, booking).await;
            if call.parameter("move").is_some() && can_move(&call, &booking, token) {
                move_page::answer(&call, &booking, token).await
            } else {
                booking_page::show(&call, &booking, token, None).await
            }
        }
        Err(stop) => match decide_page::answer(&mut call, id, token).await {
            Some(page) => page,
            None => message_page(&call, &call.refused(stop)).await,
        },
    }
}

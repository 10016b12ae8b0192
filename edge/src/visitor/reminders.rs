//! `/booking/{id}/{token}/reminders`: no more reminders of one booking, from the link in a reminder. Opening it asks;
//! a POST does it, from the page's button or from a mail program (RFC 8058), whatever its body says.

use http::Method;
use scheduling::booking::{Booking, Party};
use scheduling::ledger::Order;
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::token::{BookingId, Purpose};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::today::as_of_today;
use crate::call::{Call, opened};
use crate::page::answer;
use crate::page::details::details;

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str, token: &str) -> Response {
    match act(&call, id, token).await {
        Ok(booking) => {
            call.speak(&booking.visitor.locale);
            show(&call, &booking, token).await
        }
        Err(stop) => answer::message_page(&call, &call.refused(stop)).await,
    }
}

async fn act<P: Platform>(call: &Call<'_, P>, id: &str, token: &str) -> Result<Booking, Stop> {
    let id = BookingId::parse(id).ok_or(Refusal::NotFound)?;
    let secrets = call.platform.secrets();
    if !secrets.verifies_booking_token(token, &id, Purpose::Reminders, call.now.timestamp()) {
        return Err(Refusal::NotFound.into());
    }
    if call.request.method() == Method::POST {
        let ledger = id.ledger().to_owned();
        return call.ledger(&ledger).change(Order::stop_reminders(id)).await;
    }
    opened::find(call, id).await
}

/// The page as the booking is now: with the button while there are reminders to come.
async fn show<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let booking = &as_of_today(call.platform, booking).await;
    let words = call.words();
    let open = !booking.terms.reminders_minutes.is_empty();
    let state = if open { "ask" } else { "done" };
    let values = [("meeting_title", booking.title.as_str()), ("host_name", &booking.noted.name)];
    let message = |part: &str| words.message(&format!("endpoint.reminders.{state}.{part}"), &values);
    let fields = details(words, booking, Party::Visitor, call.now)
        .text("title", message("title"))
        .text("lead", message("lead"))
        .flag("open", open)
        .text("button", words.message("endpoint.reminders.button", &[]))
        .text("ask_path", paths::reminders(&booking.id, token));
    answer::page_or_message(call, "ask.html", &fields, None).await
}

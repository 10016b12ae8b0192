//! The page behind the link in the host's mail: a request, and a button for each answer.

use scheduling::booking::{Booking, Status};
use scheduling::definition::Provider;
use scheduling::locale::LocaleWords;
use scheduling::money::Money;
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::token::{BookingId, Purpose};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::today::Today;
use crate::call::{Call, opened, origin};
use crate::form::body::{Body, claims_form};
use crate::host::change::{Act, carry_out};
use crate::page::details::details_for_host;
use crate::page::{answer, links};

/// `GET /booking/{id}/{token}` with the token of the host's mail: the request, and a button for each answer.
pub(crate) async fn answer<P: Platform>(call: &mut Call<'_, P>, id: &str, token: &str) -> Option<Response> {
    let id = verified(call, id, token)?;
    let shown = show(call, &id, token, None).await;
    Some(match shown {
        Ok(response) => response,
        Err(stop) => answer::message_page(call, &call.refused(stop)).await,
    })
}

/// `POST /api/bookings/{id}/decide`, from that page.
pub(crate) async fn decide<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    match decided(&call, id).await {
        Ok(response) => response,
        Err((stop, token)) => {
            let refused = call.refused(stop);
            if let Some(id) = verified(&call, id, &token)
                && let Ok(response) = show(&mut call, &id, &token, Some(&refused)).await
            {
                return response;
            }
            answer::message_page(&call, &refused).await
        }
    }
}

async fn decided<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, (Stop, String)> {
    let nobody = |stop: Stop| (stop, String::new());
    origin::check_origin(call).map_err(nobody)?;
    if !claims_form(call.request) {
        return Err(nobody(Refusal::UnsupportedMediaType.into()));
    }
    let body = Body::read(call.request).map_err(|refused| nobody(refused.into()))?;
    let token = body.text("token").to_owned();
    let with_token = |stop: Stop| (stop, token.clone());
    let id = verified(call, id, &token).ok_or_else(|| with_token(Refusal::NotFound.into()))?;
    let act = match body.text("answer") {
        "accept" => Act::Accept,
        "decline" => Act::Decline,
        _ => return Err(with_token(Refusal::MalformedBody.into())),
    };
    let booking = carry_out(call, id, act, &body).await.map_err(with_token)?;
    answer::see_other(&links::path_with(&booking, &token)).map_err(|fault| with_token(fault.into()))
}

/// The id, if the token is good for answering it.
fn verified<P: Platform>(call: &Call<'_, P>, id: &str, token: &str) -> Option<BookingId> {
    let id = BookingId::parse(id)?;
    let secrets = call.platform.secrets();
    secrets.verifies_booking_token(token, &id, Purpose::Decide, call.now.timestamp()).then_some(id)
}

async fn show<P: Platform>(
    call: &mut Call<'_, P>,
    id: &BookingId,
    token: &str,
    refused: Option<&Refused>,
) -> Result<Response, Stop> {
    let booking = opened::find(call, id.clone()).await?;
    // A host's pages are in the site's first language, as the mail was.
    let first = call.site.default_locale().to_owned();
    call.speak(&first);
    let words = call.words();
    let requested = booking.status == Status::Requested && booking.start > call.now;
    let open = requested || booking.proposed.is_some();
    let state = match booking.status {
        Status::Requested if !requested => Status::Expired.name(),
        _ if booking.proposed.is_some() => "proposed",
        status => status.name(),
    };
    let state = if booking.visitor.contact.is_erased() { "erased" } else { state };
    let values = [("name", booking.visitor.contact.name.as_str())];
    let title = words.message(&format!("endpoint.decide.{state}"), &values);
    let owed = if requested { of_declining(words, &booking) } else { None };
    let news =
        refused.filter(|refused| is_news(refused, open)).map(|refused| in_words_of_hosts(refused, open));
    let start = booking.proposed.map_or(booking.start, |proposal| proposal.start);
    let today = Today::of(call.platform, booking.id.ledger()).await?;
    let page = today.page(&booking);
    let booking = today.booking(&booking, &booking.noted);
    let fields = details_for_host(words, &booking, (page, &call.locale), call.now)
        .text("title", title)
        .text("token", token)
        .text("start", start.timestamp().to_string())
        .text("decide_path", paths::decide(&booking.id))
        .list("problem", answer::problem(words, news.as_ref()))
        .optional("owed", owed)
        .flag("open", open)
        .flag("unknown_calendar", booking.unknown_calendar);
    Ok(answer::page(call, "decide.html", &fields, refused).await?)
}

/// What becomes of what was paid for a request, if its host declines it; `None` where nothing was.
fn of_declining(words: &LocaleWords, booking: &Booking) -> Option<String> {
    let payment = booking.payment.as_ref()?;
    let left = Money { amount: payment.refundable(), ..payment.price };
    let is_by_link = payment.provider.provider() == Provider::Link;
    let (key, money) = match payment.other() {
        Some(other) => ("mismatched", other.money),
        None if payment.refundable() == 0 => return None,
        None if is_by_link => ("goes_back_by_hand", left),
        None => ("goes_back", left),
    };
    let values = [("name", booking.visitor.contact.name.as_str()), ("money", &words.money(&money))];
    Some(words.message(&format!("endpoint.decide.money.{key}"), &values))
}

/// Returns true unless the page below says the same: that somebody has answered in between.
fn is_news(refused: &Refused, open: bool) -> bool {
    open || refused.refusal != Refusal::AlreadyDecided
}

/// The refusal in words for hosts: after an expired hold, anything still open is not what the page showed.
fn in_words_of_hosts(refused: &Refused, open: bool) -> Refused {
    let changed = open && refused.refusal == Refusal::HoldExpired;
    Refused { words: if changed { Some("changed_meanwhile") } else { refused.words }, ..refused.clone() }
}

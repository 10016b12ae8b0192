//! `POST /api/host/bookings/{id}/accept`, `/decline`, `/cancel`, `/reschedule`, `/outcome`: what a host does with a booking, with
//! the host's key; and the first two from the link in the host's mail, which leads to a page with a button for each.

use http::StatusCode;
use scheduling::booking::{Booking, Party, Status};
use scheduling::ledger::{Cancel, Command};
use scheduling::refusal::Refusal;
use scheduling::token::{BookingId, Purpose};
use scheduling::view;
use serde_json::json;

use crate::body::{Body, claims_form};
use crate::call::Call;
use crate::details::{details_for_host, page_of};
use crate::fields::{self, Errors};
use crate::platform::Platform;
use crate::router::Response;
use crate::stop::{Refused, Stop};
use crate::{cancel, host, host_outcome, manage, outcome, read, reschedule, security};

/// What a host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The meeting takes place.
    Accept,
    /// It does not.
    Decline,
    /// It was to take place, and does not.
    Cancel,
    /// It takes place at another time.
    Reschedule,
    /// It went so, or so.
    RecordOutcome,
}

/// For whoever bears the host's key.
pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str, act: Act) -> Result<Response, Stop> {
    security::check_origin(call)?;
    let host = host::admitted(call).await?;
    let id = BookingId::parse(id).filter(|id| id.ledger() == host.ledger).ok_or(Refusal::NotFound)?;
    let body = Body::read(call.request)?;
    let booking = carry_out(call, id, act, &body).await?;
    Ok(outcome::json(StatusCode::OK, &json!({ "booking": view::booking(&booking, Party::Host) })))
}

async fn carry_out<P: Platform>(
    call: &Call<'_, P>,
    id: BookingId,
    act: Act,
    body: &Body,
) -> Result<Booking, Stop> {
    let ledger = id.ledger().to_owned();
    let command = match act {
        Act::Accept | Act::Decline => {
            let start = if body.get("start").is_null() {
                None
            } else {
                Some(fields::start_or_refuse(body, call.words())?)
            };
            Command::Decide { id, accepts: act == Act::Accept, start }
        }
        Act::Cancel => Command::Cancel(Cancel { id, by: Party::Host, reason: cancel::reason(call, body)? }),
        Act::Reschedule => return reschedule::by_host(call, id, body).await,
        Act::RecordOutcome => host_outcome::command(id, body, Errors::new(call.words()))?,
    };
    call.change(&ledger, command).await.map_err(|stop| match stop {
        // To a host, what is no longer held is no choice to be made anew.
        Stop::Refused(refused) if refused.refusal == Refusal::HoldExpired => {
            Refused { words: Some("answered_too_late"), ..*refused }.into()
        }
        stop => stop,
    })
}

/// `GET /booking/{id}/{token}` with the token of the host's mail: the request, and a button for each answer.
pub(crate) async fn page<P: Platform>(call: &mut Call<'_, P>, id: &str, token: &str) -> Option<Response> {
    let id = verified(call, id, token)?;
    let shown = show(call, &id, token, None).await;
    Some(match shown {
        Ok(response) => response,
        Err(stop) => outcome::message_page(call, &call.refused(stop)).await,
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
            outcome::message_page(&call, &refused).await
        }
    }
}

async fn decided<P: Platform>(call: &Call<'_, P>, id: &str) -> Result<Response, (Stop, String)> {
    let nobody = |stop: Stop| (stop, String::new());
    security::check_origin(call).map_err(nobody)?;
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
    outcome::see_other(&manage::path_with(&booking, &token)).map_err(|fault| with_token(fault.into()))
}

/// The id, where the token is good for answering it.
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
    let booking = read::find(call, id.clone()).await?;
    // A host's pages are in the site's first language, as the mail was.
    let first = call.site.locales.first().cloned().unwrap_or_default();
    call.speak(&first);
    let words = call.words();
    let requested = booking.status == Status::Requested && booking.start > call.now;
    let open = requested || booking.proposed.is_some();
    let state = match booking.status {
        Status::Requested if !requested => Status::Expired.name(),
        _ if booking.proposed.is_some() => "proposed",
        status => status.name(),
    };
    let values = [("name", booking.contact.name.as_str())];
    let title = words.message(&format!("endpoint.decide.{state}"), &values);
    let news =
        refused.filter(|refused| is_news(refused, open)).map(|refused| in_words_of_hosts(refused, open));
    let start = booking.proposed.map_or(booking.start, |proposal| proposal.start);
    let is_there = call.site.hosts.contains(&booking.host);
    let host = if is_there { call.platform.host(&booking.host).await? } else { None };
    let page = host.as_ref().and_then(|host| page_of(host, &booking));
    let fields = details_for_host(words, &booking, page, &call.locale)
        .text("title", title)
        .text("token", token)
        .text("start", start.timestamp().to_string())
        .text("decide_path", format!("/api/bookings/{}/decide", booking.id))
        .list("problem", outcome::problem(words, news.as_ref()))
        .flag("open", open);
    let mut response = outcome::page(call, "decide.html", StatusCode::OK, &fields).await?;
    if let Some(refused) = refused {
        refused.complete(&mut response);
    }
    Ok(response)
}

/// Said above the page only where it is not what the page says anyway: somebody answered in between.
fn is_news(refused: &Refused, open: bool) -> bool {
    open || refused.refusal != Refusal::AlreadyDecided
}

/// Where something is asked for nonetheless, it is something else than was shown.
fn in_words_of_hosts(refused: &Refused, open: bool) -> Refused {
    let changed = open && refused.refusal == Refusal::HoldExpired;
    Refused { words: if changed { Some("changed_meanwhile") } else { refused.words }, ..refused.clone() }
}

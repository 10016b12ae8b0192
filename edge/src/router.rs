//! The endpoint's addresses: one row each, with its methods and its handler; and what every answer carries.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use scheduling::definition::SiteDefinition;
use scheduling::locale::LocaleWords;
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;
use serde_json::json;

use crate::call::exchange::{Request, Response};
use crate::call::platform::Platform;
use crate::call::stop::{Fault, Refused};
use crate::call::{Call, security};
use crate::host::change::{self, Act};
use crate::host::{
    alike, bookings, calendars, campaigns, contacts, decide_page, deliveries, devices, feed, invites,
    session, sign_in, suggestions,
};
use crate::page::answer::{json, message_page};
use crate::protocol::conditional::conditional;
use crate::visitor::{
    availability, book, cancel, confirm, erasing, invitation, pay, read, reminders, reschedule,
};
use crate::{booking_address, hooks};

/// The answer to one request. `address` is the visitor's, if the adapter knows it.
pub async fn handle<P: Platform>(platform: &P, request: &Request, address: Option<IpAddr>) -> Response {
    let (mut response, site) = match platform.site().await {
        Ok(site) => {
            let call = Call::new(platform, request, address, Arc::clone(&site));
            (dispatch(call).await, Some(site))
        }
        Err(fault) => (without_site(platform, &fault), None),
    };
    finish(&mut response, request, site.as_deref());
    conditional(request, response)
}

/// The handler of an address, with what the address names.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Health,
    Availability { host: &'a str, slug: &'a str },
    Book,
    Booking { id: &'a str },
    Invitation { id: &'a str },
    Cancel { id: &'a str },
    Confirm { id: &'a str },
    Reschedule { id: &'a str },
    Decide { id: &'a str },
    Pay { id: &'a str },
    StripeHook,
    LinkHook,
    BookingAddress { id: &'a str, token: &'a str },
    Reminders { id: &'a str, token: &'a str },
    EraseVisitor { token: &'a str },
    HostBookings,
    Alike { id: &'a str },
    CancelAlike { id: &'a str },
    HostChange { id: &'a str, act: Act },
    HostCalendars,
    ReadCalendar { name: &'a str },
    LeaveOut { name: &'a str, counts: bool },
    PutBack { id: &'a str },
    LeaveCopy { id: &'a str },
    HostDeliveries,
    Replay { id: &'a str },
    HostSession,
    EndHostSession,
    HostSessions,
    SignIn { token: &'a str },
    SignInByLink,
    SendSignInLink,
    HostFeed,
    HostCampaigns,
    Suggestions,
    Invite,
    WithdrawInvite,
    HostContacts,
    HostContact { key: &'a str },
    EraseContact { key: &'a str },
}

/// Methods, as the `Allow` header lists them.
const GET: &str = "GET, HEAD, OPTIONS";
const POST: &str = "POST, OPTIONS";
const GET_AND_POST: &str = "GET, HEAD, POST, OPTIONS";

/// The table of addresses: the path, its methods, its handler. `None` if there is nothing at the path.
fn route(path: &str) -> Option<(&'static str, Route<'_>)> {
    let parts: Vec<&str> = paths::as_mailed(path).split('/').skip(1).collect();
    Some(match parts.as_slice() {
        ["api", "health"] => (GET, Route::Health),
        ["api", "availability", host, slug] => (GET, Route::Availability { host, slug }),
        ["api", "bookings"] => (POST, Route::Book),
        ["api", "bookings", id] => (GET, Route::Booking { id }),
        ["api", "bookings", id, "invite.ics"] => (GET, Route::Invitation { id }),
        ["api", "bookings", id, "confirm"] => (POST, Route::Confirm { id }),
        ["api", "bookings", id, "cancel"] => (POST, Route::Cancel { id }),
        ["api", "bookings", id, "reschedule"] => (POST, Route::Reschedule { id }),
        ["api", "bookings", id, "decide"] => (POST, Route::Decide { id }),
        ["api", "bookings", id, "pay"] => (POST, Route::Pay { id }),
        ["api", "payments", "stripe"] => (POST, Route::StripeHook),
        ["api", "payments", "link"] => (POST, Route::LinkHook),
        ["booking", "erase", token] => (GET_AND_POST, Route::EraseVisitor { token }),
        ["booking", id, token] => (GET, Route::BookingAddress { id, token }),
        ["booking", id, token, "reminders"] => (GET_AND_POST, Route::Reminders { id, token }),
        ["api", "host", "bookings"] => (GET, Route::HostBookings),
        ["api", "host", "bookings", id, "alike"] => (GET, Route::Alike { id }),
        ["api", "host", "bookings", id, "alike", "cancel"] => (POST, Route::CancelAlike { id }),
        ["api", "host", "bookings", id, "put-back"] => (POST, Route::PutBack { id }),
        ["api", "host", "bookings", id, "leave-copy"] => (POST, Route::LeaveCopy { id }),
        ["api", "host", "bookings", id, act] => (POST, Route::HostChange { id, act: Act::named(act)? }),
        ["api", "host", "calendars"] => (GET, Route::HostCalendars),
        ["api", "host", "calendars", name, "read"] => (POST, Route::ReadCalendar { name }),
        ["api", "host", "calendars", name, "leave-out"] => (POST, Route::LeaveOut { name, counts: false }),
        ["api", "host", "calendars", name, "count-again"] => (POST, Route::LeaveOut { name, counts: true }),
        ["api", "host", "deliveries"] => (GET, Route::HostDeliveries),
        ["api", "host", "deliveries", id, "replay"] => (POST, Route::Replay { id }),
        ["api", "host", "session"] => (GET_AND_POST, Route::HostSession),
        ["api", "host", "session", "end"] => (POST, Route::EndHostSession),
        ["api", "host", "sessions"] => (GET, Route::HostSessions),
        ["api", "host", "session", "link"] => (POST, Route::SignInByLink),
        ["api", "host", "session", "email"] => (POST, Route::SendSignInLink),
        ["host", "sign-in", token] => (GET, Route::SignIn { token }),
        ["api", "host", "calendar.ics"] => (GET, Route::HostFeed),
        ["api", "host", "campaigns"] => (GET, Route::HostCampaigns),
        ["api", "host", "suggestions"] => (POST, Route::Suggestions),
        ["api", "host", "invites"] => (POST, Route::Invite),
        ["api", "host", "invites", "withdraw"] => (POST, Route::WithdrawInvite),
        ["api", "host", "contacts"] => (GET, Route::HostContacts),
        ["api", "host", "contacts", key] => (GET, Route::HostContact { key }),
        ["api", "host", "contacts", key, "erase"] => (POST, Route::EraseContact { key }),
        _ => return None,
    })
}

async fn dispatch<P: Platform>(call: Call<'_, P>) -> Response {
    let path = call.request.uri().path();
    let Some((methods, route)) = route(path) else {
        let refused = Refused::new(Refusal::NotFound);
        return if path.starts_with("/api/") || path == "/api" {
            refused.problem(call.words())
        } else {
            message_page(&call, &refused).await
        };
    };
    let method = call.request.method();
    if !methods.split(", ").any(|allowed| allowed == method.as_str()) {
        let refused = Refused { allow: Some(methods), ..Refused::new(Refusal::MethodNotAllowed) };
        return refused.problem(call.words());
    }
    if method == Method::OPTIONS { allowed_methods(methods) } else { answer(call, route).await }
}

async fn answer<P: Platform>(mut call: Call<'_, P>, route: Route<'_>) -> Response {
    let answer = match route {
        Route::Book => return book::answer(call).await,
        Route::Confirm { id } => return confirm::answer(call, id).await,
        Route::Cancel { id } => return cancel::answer(call, id).await,
        Route::Reschedule { id } => return reschedule::answer(call, id).await,
        Route::Pay { id } => return pay::answer(call, id).await,
        Route::Decide { id } => return decide_page::decide(call, id).await,
        Route::Invitation { id } => return invitation::answer(call, id).await,
        Route::BookingAddress { id, token } => return booking_address::answer(call, id, token).await,
        Route::EraseVisitor { token } => return erasing::answer(&call, token).await,
        Route::Reminders { id, token } => return reminders::answer(call, id, token).await,
        Route::HostSession if call.request.method() == Method::POST => return session::open(call).await,
        Route::HostSession => return session::show(call).await,
        Route::SignIn { token } => return sign_in::show(&call, token).await,
        Route::SignInByLink => return sign_in::enter(&call).await,
        Route::Health => Ok(health()),
        Route::StripeHook => hooks::stripe(&call).await,
        Route::LinkHook => hooks::link(&call).await,
        Route::Availability { host, slug } => availability::answer(&call, host, slug).await,
        Route::Booking { id } => read::answer(&call, id).await,
        Route::HostBookings => bookings::answer(&call).await,
        Route::Alike { id } => alike::answer(&call, id).await,
        Route::CancelAlike { id } => alike::cancel(&call, id).await,
        Route::HostChange { id, act } => change::answer(&call, id, act).await,
        Route::HostCalendars => calendars::answer(&call).await,
        Route::ReadCalendar { name } => calendars::read(&call, name).await,
        Route::LeaveOut { name, counts } => calendars::leave_out(&call, name, counts).await,
        Route::PutBack { id } => calendars::answer_astray(&call, id, false).await,
        Route::LeaveCopy { id } => calendars::answer_astray(&call, id, true).await,
        Route::HostDeliveries => deliveries::answer(&call).await,
        Route::Replay { id } => deliveries::replay(&call, id).await,
        Route::EndHostSession => session::end(&call).await,
        Route::HostSessions => devices::answer(&call).await,
        Route::SendSignInLink => sign_in::send(&call).await,
        Route::HostFeed => feed::answer(&mut call).await,
        Route::HostCampaigns => campaigns::answer(&call).await,
        Route::Suggestions => suggestions::answer(&call).await,
        Route::Invite => invites::make(&call).await,
        Route::WithdrawInvite => invites::withdraw(&call).await,
        Route::HostContacts => contacts::answer(&call).await,
        Route::HostContact { key } => contacts::one(&call, key).await,
        Route::EraseContact { key } => contacts::erase(&call, key).await,
    };
    answer.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

fn health() -> Response {
    let body =
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "tzdb": Zone::database_version() });
    json(StatusCode::OK, &body)
}

fn allowed_methods(allow: &'static str) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// The answer without the site's words, which has only the code.
fn without_site<P: Platform>(platform: &P, fault: &Fault) -> Response {
    platform.report(fault);
    Refused::new(Refusal::StorageUnavailable).problem(&LocaleWords::default())
}

fn finish(response: &mut Response, request: &Request, site: Option<&SiteDefinition>) {
    let https = site.is_some_and(|site| site.base_url.starts_with("https://"));
    security::add_headers(response.headers_mut(), https);
    let length = response.body().len();
    if request.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    if response.status() != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}

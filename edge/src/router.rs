//! The endpoint's addresses: which handler answers to which, and what every answer carries.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use scheduling::definition::SiteDefinition;
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;
use serde_json::json;

use crate::call::Call;
use crate::host_change::Act;
use crate::outcome;
use crate::platform::{Fault, Platform};
use crate::stop::{Refused, Stop};
use crate::{
    availability, book, booking_page, cancel, host_bookings, host_change, host_deliveries, host_feed,
    host_session, invitation, read, reschedule, security,
};

/// A request with its whole body. An adapter may cut a body that is longer than [`crate::MAX_BODY_BYTES`] behind the first byte too many.
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;

/// Answers to one request. `address` is the visitor's, where the adapter can tell.
pub async fn handle<P: Platform>(platform: &P, request: &Request, address: Option<IpAddr>) -> Response {
    let (mut response, site) = match platform.site().await {
        Ok(site) => {
            let call = Call::new(platform, request, address, Arc::clone(&site));
            (dispatch(call).await, Some(site))
        }
        Err(fault) => (without_site(platform, &fault), None),
    };
    finish(&mut response, request, site.as_deref());
    security::conditional(request, response)
}

/// What an address stands for.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Health,
    Availability { host: &'a str, slug: &'a str },
    Bookings,
    Booking { id: &'a str },
    Cancel { id: &'a str },
    Reschedule { id: &'a str },
    Decide { id: &'a str },
    Invitation { id: &'a str },
    BookingPage { id: &'a str, token: &'a str },
    HostBookings,
    HostChange { id: &'a str, act: Act },
    HostDeliveries,
    Replay { id: &'a str },
    HostSession,
    EndHostSession,
    HostFeed,
    Unknown,
}

impl<'a> Route<'a> {
    fn of(path: &'a str) -> Self {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["api", "health"] => Route::Health,
            ["api", "availability", host, slug] => Route::Availability { host, slug },
            ["api", "bookings"] => Route::Bookings,
            ["api", "bookings", id] => Route::Booking { id },
            ["api", "bookings", id, "cancel"] => Route::Cancel { id },
            ["api", "bookings", id, "reschedule"] => Route::Reschedule { id },
            ["api", "bookings", id, "decide"] => Route::Decide { id },
            ["api", "host", "bookings", id, "accept"] => Route::HostChange { id, act: Act::Accept },
            ["api", "host", "bookings", id, "decline"] => Route::HostChange { id, act: Act::Decline },
            ["api", "host", "bookings", id, "cancel"] => Route::HostChange { id, act: Act::Cancel },
            ["api", "host", "bookings", id, "reschedule"] => Route::HostChange { id, act: Act::Reschedule },
            ["api", "host", "bookings", id, "outcome"] => Route::HostChange { id, act: Act::RecordOutcome },
            ["api", "bookings", id, "invite.ics"] => Route::Invitation { id },
            ["booking", id, token] => Route::BookingPage { id, token },
            ["api", "host", "bookings"] => Route::HostBookings,
            ["api", "host", "deliveries"] => Route::HostDeliveries,
            ["api", "host", "deliveries", id, "replay"] => Route::Replay { id },
            ["api", "host", "session"] => Route::HostSession,
            ["api", "host", "session", "end"] => Route::EndHostSession,
            ["api", "host", "calendar.ics"] => Route::HostFeed,
            _ => Route::Unknown,
        }
    }

    /// The methods that it takes, as the `Allow` header lists them.
    fn allow(&self) -> &'static str {
        match self {
            Route::Bookings
            | Route::Cancel { .. }
            | Route::Reschedule { .. }
            | Route::Decide { .. }
            | Route::HostChange { .. }
            | Route::Replay { .. }
            | Route::EndHostSession => "POST, OPTIONS",
            Route::HostSession => "GET, HEAD, POST, OPTIONS",
            _ => "GET, HEAD, OPTIONS",
        }
    }

    fn takes(&self, method: &Method) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method.as_str())
    }
}

async fn dispatch<P: Platform>(mut call: Call<'_, P>) -> Response {
    let path = call.request.uri().path();
    let route = Route::of(path);
    if route == Route::Unknown {
        let refused = Refused::new(Refusal::NotFound);
        return if path.starts_with("/api/") || path == "/api" {
            refused.problem(call.words())
        } else {
            outcome::message_page(&call, &refused).await
        };
    }
    if !route.takes(call.request.method()) {
        let refused = Refused { allow: Some(route.allow()), ..Refused::new(Refusal::MethodNotAllowed) };
        return refused.problem(call.words());
    }
    if call.request.method() == Method::OPTIONS {
        return allowed_methods(route.allow());
    }
    let answer = match route {
        Route::Bookings => return book::answer(call).await,
        Route::Cancel { id } => return cancel::answer(call, id).await,
        Route::Reschedule { id } => return reschedule::answer(call, id).await,
        Route::Decide { id } => return host_change::decide(call, id).await,
        Route::Invitation { id } => return invitation::answer(call, id).await,
        Route::BookingPage { id, token } => return booking_page::answer(call, id, token).await,
        Route::HostSession if call.request.method() == Method::POST => return host_session::open(call).await,
        Route::HostSession => return host_session::show(call).await,
        Route::Health => Ok(health()),
        Route::Availability { host, slug } => availability::answer(&call, host, slug).await,
        Route::Booking { id } => read::answer(&call, id).await,
        Route::HostBookings => host_bookings::answer(&call).await,
        Route::HostChange { id, act } => host_change::answer(&call, id, act).await,
        Route::HostDeliveries => host_deliveries::answer(&call).await,
        Route::Replay { id } => host_deliveries::replay(&call, id).await,
        Route::EndHostSession => host_session::end(&call).await,
        Route::HostFeed => host_feed::answer(&mut call).await,
        Route::Unknown => Err(Stop::from(Refusal::NotFound)),
    };
    answer.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

fn health() -> Response {
    let body =
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "tzdb": Zone::database_version() });
    outcome::json(StatusCode::OK, &body)
}

fn allowed_methods(allow: &'static str) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// Without the site's words there is only the code to tell.
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

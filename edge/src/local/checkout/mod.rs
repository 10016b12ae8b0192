//! A stand-in of Stripe, below `/dev/checkout`: for trying payments without an account, and for tests. Never in
//! production.
//!
//! It has what Daymark asks of Stripe: Checkout Sessions that are paid once, refunds, payment intents, idempotency
//! keys, and webhooks that are signed. What Stripe refuses, it refuses. Its shapes and signatures are held to Stripe's
//! own packages in `tests/payments/`. What goes wrong, from webhooks that come twice to answers that never come, is
//! asked for by switches: `POST /dev/checkout/switches`. `GET /dev/checkout/state` has all that happened.

mod api;
mod error;
mod keys;
mod order;
mod page;
mod params;
mod records;
mod shapes;
mod stand_in;
mod state;
mod switches;
#[cfg(test)]
mod tests;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

pub use self::keys::is_needed;
use self::records::DisputeStatus;
use self::stand_in::FOLDER;
pub use self::stand_in::{Settings, StandIn};

/// Bytes of a request's body.
const MOST_BODY_BYTES: usize = 256 * 1024;

/// The stand-in alone, for a server of its own.
pub fn router(stand_in: &Arc<StandIn>) -> Router {
    let respond = |State(stand_in): State<Arc<StandIn>>, request: Request| async move {
        answer(&stand_in, request).await
    };
    Router::new().fallback(respond).with_state(Arc::clone(stand_in))
}

/// Whether a path is the stand-in's.
pub(in crate::local) fn is_own(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to the stand-in.
pub(in crate::local) async fn answer(stand_in: &Arc<StandIn>, request: Request) -> Response<Body> {
    let answer = respond(stand_in, request).await;
    match stand_in.keep() {
        Ok(()) => answer,
        Err(cause) => {
            let said = format!("The stand-in of Stripe cannot write {}: {cause}\n", stand_in.file());
            text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", said)
        }
    }
}

async fn respond(stand_in: &Arc<StandIn>, request: Request) -> Response<Body> {
    webhooks::begin(stand_in);
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BODY_BYTES).await else {
        return text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain; charset=utf-8",
            "The body is too large.\n".to_owned(),
        );
    };
    let path = parts.uri.path().strip_prefix(FOLDER).unwrap_or_default();
    if path.starts_with("/v1/") {
        return api::answer(stand_in, path, &parts, &body).await;
    }
    if parts.method == Method::POST && is_from_elsewhere(&parts.headers) {
        let said = "A page of another site may not choose here.\n".to_owned();
        return text(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", said);
    }
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (&parts.method, &path[..]) {
        (&Method::GET, [""]) => html(StatusCode::OK, page::list(&stand_in.state().0)),
        (&Method::GET, ["state"]) => json(StatusCode::OK, &api::state(stand_in)),
        (&Method::GET, ["switches"]) => switched(api::switch(stand_in, None)),
        (&Method::POST, ["switches"]) => switched(api::switch(stand_in, Some(&body))),
        (&Method::GET, ["pay", id]) => {
            let is_declined = parts.uri.query() == Some("declined");
            let asked = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|asked| asked.to_str().ok());
            shown(stand_in, id, is_declined, asked.unwrap_or_default())
        }
        (&Method::POST, ["pay", id]) => chosen(stand_in, id, &body),
        (&Method::POST, ["refunds", id]) => {
            let (mut state, now) = stand_in.state();
            // Settled already, by the second click: then the list says so.
            let _ = state.settle_refund(id, choice(&body) == "succeed", now.div_euclid(1000));
            drop(state);
            stand_in.changed.notify_one();
            to(FOLDER)
        }
        (&Method::POST, ["disputes", intent]) => {
            let (mut state, now) = stand_in.state();
            let now = now.div_euclid(1000);
            // Decided already, by the second click: then the list says so.
            let _ = match &*choice(&body) {
                asked @ ("dispute" | "inquire") => state.dispute(intent, asked == "inquire", now),
                decided => {
                    let of = [DisputeStatus::WarningNeedsResponse, DisputeStatus::NeedsResponse];
                    state.decide(intent, &of, decided == "win", now)
                }
            };
            drop(state);
            stand_in.changed.notify_one();
            to(FOLDER)
        }
        _ => html(StatusCode::NOT_FOUND, page::missing()),
    }
}

/// Whether a page of another site has sent a request: it could turn switches, and have webhooks sent anywhere.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// A session's page.
fn shown(stand_in: &StandIn, id: &str, is_declined: bool, asked: &str) -> Response<Body> {
    let (state, _) = stand_in.state();
    let Ok(session) = state.session(id) else { return html(StatusCode::NOT_FOUND, page::missing()) };
    let intent = state.intents.iter().find(|intent| Some(&intent.id) == session.intent.as_ref());
    html(StatusCode::OK, page::pay(session, intent, is_declined, asked))
}

/// What somebody has chosen on that page.
fn chosen(stand_in: &StandIn, id: &str, body: &Bytes) -> Response<Body> {
    let (mut state, now) = stand_in.state();
    let now = now.div_euclid(1000);
    let Ok(session) = state.session(id).cloned() else { return html(StatusCode::NOT_FOUND, page::missing()) };
    let own = format!("{FOLDER}/pay/{id}");
    let done = match &*choice(body) {
        "pay" => state.pay(id, false, now),
        "later" => state.pay(id, true, now),
        "succeed" => state.settle(id, true, now),
        "fail" => state.settle(id, false, now),
        "decline" => return to(&format!("{own}?declined")),
        _ => return to(&own),
    };
    drop(state);
    stand_in.changed.notify_one();
    // Whoever comes too late, by a second click or in another tab, reads how it stands.
    match done {
        Ok(()) => to(&page::success_url(&session)),
        Err(_) => to(&own),
    }
}

fn choice(body: &Bytes) -> String {
    let choice = form_urlencoded::parse(body).find(|(name, _)| name == "choice");
    choice.map(|(_, choice)| choice.into_owned()).unwrap_or_default()
}

fn switched(switches: Result<serde_json::Value, String>) -> Response<Body> {
    match switches {
        Ok(switches) => json(StatusCode::OK, &switches),
        Err(wrong) => json(StatusCode::BAD_REQUEST, &serde_json::json!({ "error": wrong })),
    }
}

fn to(address: &str) -> Response<Body> {
    let mut response = text(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    text(status, "application/json", body.to_string())
}

/// A page, which runs nothing and loads nothing. It may lead anywhere: the site can have another origin.
fn html(status: StatusCode, body: String) -> Response<Body> {
    let mut response = text(status, "text/html; charset=utf-8", body);
    // Like Stripe's own, it is shown in no frame.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn text(status: StatusCode, media_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

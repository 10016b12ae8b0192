//! The parts that exist only while content is edited, below `/dev/`: pages that reload after a build and show mistakes,
//! and the mailbox.
//!
//! Pages get a script that asks `/dev/events?after=N`; the answer waits until there is news.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, Uri, header};

use super::respond::status_only;
use crate::local::app::App;

/// The script at `/dev/reload.js`.
pub(super) const SCRIPT: &str = include_str!("reload.js");

/// Answers below `/dev/`.
pub(super) async fn answer(app: &App, address: &Uri) -> Response<Body> {
    if let Some(path) = address.path().strip_prefix("/dev/mailbox") {
        return answer_mailbox(app, path);
    }
    let (media_type, body) = match address.path() {
        "/dev/reload.js" => ("text/javascript; charset=utf-8", SCRIPT.to_owned()),
        "/dev/events" => {
            let query = address.query().unwrap_or_default().as_bytes();
            let after = form_urlencoded::parse(query).find(|(name, _)| name == "after");
            let after = after.and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
            let news = app.announcements.after(after).await;
            ("application/json", serde_json::to_string(&news).unwrap_or_default())
        }
        _ => return status_only(StatusCode::NOT_FOUND),
    };
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The mailbox's pages, which have styles of their own, and run nothing.
fn answer_mailbox(app: &App, path: &str) -> Response<Body> {
    let Some(shown) = app.mailbox.show(path) else { return status_only(StatusCode::NOT_FOUND) };
    let mut response = Response::new(Body::from(shown.body));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(shown.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

//! What there is only while content is edited, below `/dev/`: pages that reload when they were built again, and show mistakes; the mailbox.
//!
//! Pages get a script that asks `/dev/events?after=N`; the answer waits until there is news.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use tokio::sync::watch;

use super::{App, status_only};
use crate::shell::escape;

/// How long a question for news is kept open.
const PATIENCE: Duration = Duration::from_secs(25);

/// The script at `/dev/reload.js`.
pub(super) const SCRIPT: &str = include_str!("reload.js");

const TAG: &str = "<script src=\"/dev/reload.js\" defer></script>";

/// What is told to pages that are open.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct News {
    /// Grows with each announcement.
    pub(super) number: u64,
    /// The mistakes of the last build, as the terminal shows them. Empty where there are none.
    pub(super) mistakes: String,
    /// The process ends.
    #[serde(skip)]
    pub(super) closing: bool,
}

/// Tells pages.
pub(super) struct Announcements(watch::Sender<News>);

impl Announcements {
    /// Nothing yet. The first number differs from process to process, so that pages reload after a restart.
    pub(super) fn new(number: u64) -> Self {
        Self(watch::Sender::new(News { number, ..News::default() }))
    }

    /// The site was built; or it was not, for these mistakes.
    pub(super) fn announce(&self, mistakes: &str) {
        self.0.send_modify(|news| {
            news.number += 1;
            mistakes.clone_into(&mut news.mistakes);
        });
    }

    /// Lets nobody wait any longer.
    pub(super) fn close(&self) {
        self.0.send_modify(|news| news.closing = true);
    }

    /// What is new to whoever knows the number `after`: at once, or when it comes, or nothing after a while.
    pub(super) async fn after(&self, after: u64) -> News {
        let mut receiver = self.0.subscribe();
        let news = receiver.wait_for(|news| news.number != after || news.closing);
        match tokio::time::timeout(PATIENCE, news).await {
            Ok(Ok(news)) => news.clone(),
            _ => self.0.borrow().clone(),
        }
    }

    /// The mistakes of the last build.
    pub(super) fn mistakes(&self) -> String {
        self.0.borrow().mistakes.clone()
    }
}

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

/// A page with the script at its end.
pub(super) fn with_script(page: &[u8]) -> Vec<u8> {
    let end = b"</body>";
    let place =
        page.windows(end.len()).rposition(|window| window.eq_ignore_ascii_case(end)).unwrap_or(page.len());
    [&page[..place], TAG.as_bytes(), &page[place..]].concat()
}

/// The page that stands for a site that was never built.
pub(super) fn mistakes_page(mistakes: &str) -> String {
    let mistakes = escape(mistakes);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Daymark</title><body><pre>{mistakes}</pre>{TAG}</body></html>"
    )
}

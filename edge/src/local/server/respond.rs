//! Answers to one request: the endpoint's, a development page, or a file.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderValue, Response, StatusCode, header};
use scheduling::paths;
use tokio::sync::Semaphore;

use super::{Peer, development, host_header};
use crate::Fault;
use crate::form::body::MAX_BODY_BYTES;
use crate::local::app::App;
use crate::local::checkout;
use crate::local::web::client_address::address_of;
use crate::local::web::files::Answered;
use crate::local::web::reload_script::mistakes_page;

/// Bytes that a request's head may have, and that are read ahead of a body.
pub(super) const MOST_HEAD_BYTES: usize = 32 * 1024;
/// The time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that are read, and dropped, of a body that is too large, so that the client gets to read the answer.
const MOST_BYTES_DROPPED: usize = 4 * MAX_BODY_BYTES;

/// Everything that this process answers to.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new().fallback(respond).with_state(Arc::clone(app))
}

/// The answer to one request: the endpoint's, the development pages', or a file.
async fn respond(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    if !host_header::is_sound(request.version(), request.headers()) {
        return status_only(StatusCode::BAD_REQUEST);
    }
    if head_bytes(&request) > MOST_HEAD_BYTES {
        return status_only(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let peer = request.extensions().get::<Peer>().copied();
    if app.options.development {
        let (parts, body) = request.into_parts();
        if !host_header::is_own(&parts, peer.map(|peer| peer.here), app.own_host().as_deref()) {
            return misdirected();
        }
        return answer(app, Request::from_parts(parts, body), peer).await;
    }
    answer(app, request, peer).await
}

/// The size of a request's head, but for what says little. One that comes at once may have been read whole, though it
/// is larger than the buffer may become.
fn head_bytes(request: &Request) -> usize {
    let of_fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    request.uri().path().len() + request.uri().query().map_or(0, str::len) + of_fields.sum::<usize>()
}

async fn answer(app: Arc<App>, request: Request, peer: Option<Peer>) -> Response<Body> {
    let path = request.uri().path();
    if paths::is_endpoints(path) {
        let trusted = &app.options.trusted_proxies;
        let address = peer.map(|peer| address_of(peer.address, request.headers(), trusted));
        return match with_whole_body(request).await {
            Ok(request) => app.answer_endpoint(request, address).await.map(Body::from),
            Err(status) => status_only(status),
        };
    }
    if app.options.development && (path == "/dev" || path.starts_with("/dev/")) {
        if let Some(stand_in) = app.stand_in.as_ref().filter(|_| checkout::is_own(path)) {
            return checkout::answer(stand_in, request).await;
        }
        let address = request.uri().clone();
        return development::answer(&app, &address).await;
    }
    answer_file(app, request).await
}

/// The request with its body, cut one byte after what the endpoint takes. The status says that the body did not arrive,
/// or broke off: nothing may be done with a part of it.
async fn with_whole_body(request: Request) -> Result<crate::Request, StatusCode> {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_TIMEOUT, read(body)).await;
    let body = read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(crate::Request::from_parts(parts, body))
}

async fn read(body: Body) -> Result<Bytes, axum::Error> {
    let mut pieces = body.into_data_stream();
    let (mut kept, mut dropped) = (BytesMut::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let room = (MAX_BODY_BYTES + 1 - kept.len()).min(piece.len());
        kept.extend_from_slice(&piece[..room]);
        dropped += piece.len() - room;
        if dropped > MOST_BYTES_DROPPED {
            break;
        }
    }
    Ok(kept.freeze())
}

async fn answer_file(app: Arc<App>, request: Request) -> Response<Body> {
    if app.options.development && app.definitions.now().is_err() {
        let page = mistakes_page(&app.announcements.mistakes());
        let mut response = Response::new(Body::from(page));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        return response;
    }
    let answered = in_turn(&app, &app.file_readers, move |app| {
        app.files.answer(request, &app.served(), &|| app.locales())
    })
    .await;
    let answered = match answered {
        Ok(Answered::Large(request)) => {
            in_turn(&app, &app.large_file_reader, move |app| {
                app.files.answer_large(&request, &app.served(), &|| app.locales())
            })
            .await
        }
        Ok(Answered::Now(response)) => Ok(response),
        Err(cause) => Err(cause),
    };
    answered.unwrap_or_else(|cause| {
        let dist = app.options.dist.display();
        app.report(&Fault::Operator(format!("cannot read a file of {dist}: {cause}")));
        status_only(StatusCode::SERVICE_UNAVAILABLE)
    })
}

/// Reads files on a thread that may block, in one of the turns that there are.
async fn in_turn<T: Send + 'static>(
    app: &Arc<App>,
    turns: &Semaphore,
    read: impl FnOnce(&App) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let _turn = turns.acquire().await;
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || read(&app)).await.map_err(io::Error::other)?
}

/// The answer to a request that names another site than this one while content is edited (RFC 9110, 15.5.20).
fn misdirected() -> Response<Body> {
    let text = "While content is edited, Daymark answers only under its own address: localhost, 127.0.0.1, or the \
        address of `--host` or `--base-url`.\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

pub(super) fn status_only(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
impl App {
    /// Answers as the server does.
    pub(crate) async fn answer_any(self: &Arc<Self>, request: Request) -> Response<Body> {
        respond(State(Arc::clone(self)), request).await
    }
}

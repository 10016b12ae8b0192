//! Requests to other servers, by the platform's `fetch`.
//!
//! They are built here, as `worker` turns every method that it does not know into GET.

use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use js_sys::futures::JsFuture;
use js_sys::{JSON, Reflect, Uint8Array};
use serde_json::json;
use wasm_bindgen::prelude::*;
use worker::Delay;
use worker::web_sys::{self, AbortController, ReadableStreamDefaultReader, WorkerGlobalScope};

use super::http::pairs;
use super::sql::in_words;
use crate::{OutgoingRequest, Response, Unanswered, Wanted};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = URL)]
    type RawUrl;

    #[wasm_bindgen(constructor, catch, js_class = "URL")]
    fn new(text: &str) -> Result<RawUrl, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn href(this: &RawUrl) -> String;

    #[wasm_bindgen(method, getter)]
    fn protocol(this: &RawUrl) -> String;

    #[wasm_bindgen(method, getter)]
    fn hostname(this: &RawUrl) -> String;
}

/// An address as the platform reads it.
pub(in crate::cloudflare) struct Address {
    /// All of it, so written that every parser reads it alike.
    pub(in crate::cloudflare) href: String,
    pub(in crate::cloudflare) scheme: String,
    pub(in crate::cloudflare) host: String,
}

impl Address {
    pub(in crate::cloudflare) fn read(text: &str) -> Option<Self> {
        let url = RawUrl::new(text).ok()?;
        let scheme = url.protocol().trim_end_matches(':').to_owned();
        Some(Self { href: url.href(), scheme, host: url.hostname() }).filter(|url| !url.host.is_empty())
    }
}

/// Sends a request to that address, and reads as much of the answer as is wanted.
pub(in crate::cloudflare) async fn send(
    address: &Address,
    request: OutgoingRequest,
) -> Result<Response, Unanswered> {
    let deadline = request.deadline;
    let controller = AbortController::new().map_err(|thrown| unsendable(&thrown))?;
    let (wanted, request) = (request.wanted, build(address, &request, &controller));
    let in_time = {
        let exchange = pin!(exchange(request.map_err(|thrown| unsendable(&thrown))?, wanted));
        let late = pin!(Delay::from(deadline));
        match select(exchange, late).await {
            Either::Left((answered, _)) => Some(answered),
            Either::Right(_) => None,
        }
    };
    in_time.unwrap_or_else(|| {
        controller.abort();
        Err(Unanswered::TimedOut(deadline))
    })
}

fn unsendable(thrown: &JsValue) -> Unanswered {
    Unanswered::Unsendable(in_words(thrown))
}

fn build(
    address: &Address,
    request: &OutgoingRequest,
    controller: &AbortController,
) -> Result<web_sys::Request, JsValue> {
    let init = json!({ "method": request.method.as_str(), "headers": request.headers, "redirect": "manual" });
    let init = JSON::parse(&init.to_string())?;
    Reflect::set(&init, &"signal".into(), &controller.signal())?;
    if !request.body.is_empty() {
        Reflect::set(&init, &"body".into(), &Uint8Array::from(request.body.as_ref()))?;
    }
    web_sys::Request::new_with_str_and_init(&address.href, init.unchecked_ref())
}

async fn exchange(request: web_sys::Request, wanted: Wanted) -> Result<Response, Unanswered> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let fetched = JsFuture::from(scope.fetch_with_request(&request)).await;
    let answer: web_sys::Response =
        fetched.map_err(|thrown| Unanswered::Unreachable(in_words(&thrown)))?.unchecked_into();
    let body = Body::of(&answer);
    let broken = |cause: String| Unanswered::BrokenOff(cause);
    let bytes = match wanted {
        Wanted::Head => Bytes::new(),
        Wanted::Whole { most_bytes } => body.read(most_bytes).await?,
    };
    let mut response = http::Response::builder().status(answer.status());
    for (name, value) in pairs(&answer.headers()).map_err(|cause| broken(cause.to_string()))? {
        response = response.header(name, value);
    }
    response.body(bytes).map_err(|cause| broken(cause.to_string()))
}

/// The body of an answer. If it is not read to its end, it is let go: it holds a connection, of which there are six.
struct Body {
    unread: Option<ReadableStreamDefaultReader>,
}

impl Body {
    fn of(answer: &web_sys::Response) -> Self {
        Self { unread: answer.body().map(|stream| stream.get_reader().unchecked_into()) }
    }

    async fn read(mut self, most_bytes: usize) -> Result<Bytes, Unanswered> {
        let mut bytes = Vec::new();
        while let Some(piece) =
            self.next().await.map_err(|thrown| Unanswered::BrokenOff(in_words(&thrown)))?
        {
            if bytes.len() + piece.length() as usize > most_bytes {
                return Err(Unanswered::TooLarge(most_bytes));
            }
            bytes.extend(piece.to_vec());
        }
        Ok(bytes.into())
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        let Some(reader) = &self.unread else { return Ok(None) };
        let read = JsFuture::from(reader.read()).await.inspect_err(|_| self.unread = None)?;
        let piece = Reflect::get(&read, &"value".into())?;
        if piece.is_undefined() {
            self.unread = None;
            return Ok(None);
        }
        Ok(Some(piece.unchecked_into()))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(reader) = self.unread.take() {
            let _ = reader.cancel();
        }
    }
}

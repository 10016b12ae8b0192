//! Requests and responses, from the platform's to ours and back.
//!
//! Some bindings are written here, as those of `worker` cross over to JavaScript with every header by itself: all go
//! over as one text.

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Method, StatusCode, Uri, header};
use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Uint8Array};
use serde_json::json;
use wasm_bindgen::prelude::*;
use worker::{Error, web_sys};

use crate::form::body::MAX_BODY_BYTES;

/// So much is read of a body that is too long, or does not say how long it is, in bytes.
const MOST_BYTES_READ: usize = MAX_BODY_BYTES + 1;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = web_sys::Response, js_name = Response)]
    type RawResponse;

    #[wasm_bindgen(constructor, catch, js_class = "Response")]
    fn new(body: &JsValue, init: &JsValue) -> Result<RawResponse, JsValue>;
}

/// A GET of an address that begins so, without its headers but for what it knows already.
pub(in crate::cloudflare) fn conditional_get(
    request: &web_sys::Request,
    prefix: &str,
) -> worker::Result<Option<crate::Request>> {
    let Some(uri) = request.url().parse::<Uri>().ok().filter(|uri| uri.path().starts_with(prefix)) else {
        return Ok(None);
    };
    if request.method() != Method::GET.as_str() {
        return Ok(None);
    }
    let mut asked = http::Request::get(uri);
    if let Some(known) = request.headers().get(header::IF_NONE_MATCH.as_str())? {
        asked = asked.header(header::IF_NONE_MATCH, known);
    }
    asked.body(Bytes::new()).map(Some).map_err(unreadable)
}

/// The request with its body, cut where it is far too large.
pub(in crate::cloudflare) async fn from_platform(
    request: web_sys::Request,
) -> worker::Result<crate::Request> {
    let mut whole = http::Request::builder().method(request.method().as_str()).uri(request.url());
    for (name, value) in pairs(&request.headers())? {
        whole = whole.header(name, value);
    }
    let mut whole = whole.body(Bytes::new()).map_err(unreadable)?;
    if !matches!(*whole.method(), Method::GET | Method::HEAD) {
        let length = whole.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        *whole.body_mut() = read_body(request, length.and_then(|length| length.parse().ok())).await?.into();
    }
    Ok(whole)
}

/// Headers as names and values.
pub(super) fn pairs(headers: &web_sys::Headers) -> worker::Result<Vec<(String, String)>> {
    let text = String::from(JSON::stringify(&Array::from(headers))?);
    Ok(scheduling::json::from_str(&text)?)
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn unreadable(cause: http::Error) -> Error {
    Error::RustError(cause.to_string())
}

async fn read_body(request: web_sys::Request, announced: Option<usize>) -> worker::Result<Vec<u8>> {
    match announced {
        Some(length) if length <= MAX_BODY_BYTES => {
            Ok(Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?).to_vec())
        }
        _ if request.body().is_none() => Ok(Vec::new()),
        _ => read_some(request.into()).await,
    }
}

async fn read_some(mut request: worker::Request) -> worker::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        body.extend(chunk?);
        if body.len() >= MOST_BYTES_READ {
            body.truncate(MOST_BYTES_READ);
            break;
        }
    }
    Ok(body)
}

/// A response in the platform's terms, from which it can be made any number of times.
pub(in crate::cloudflare) struct Prepared {
    body: JsValue,
    init: JsValue,
}

impl Prepared {
    pub(in crate::cloudflare) fn of(response: &crate::Response) -> worker::Result<Self> {
        let status = response.status();
        // The platform counts what it sends.
        let sent = response.headers().iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
        let headers: Vec<_> =
            sent.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())).collect();
        let init = JSON::parse(&json!({ "status": status.as_u16(), "headers": headers }).to_string())?;
        let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let body = if bodiless { JsValue::NULL } else { Uint8Array::from(response.body().as_ref()).into() };
        Ok(Self { body, init })
    }

    pub(in crate::cloudflare) fn make(&self) -> worker::Result<web_sys::Response> {
        Ok(RawResponse::new(&self.body, &self.init)?.unchecked_into())
    }
}

/// The response as the platform sends it.
pub(in crate::cloudflare) fn to_platform(response: &crate::Response) -> worker::Result<web_sys::Response> {
    Prepared::of(response)?.make()
}

//! The Worker's way out, opened to the tests that try it: a request goes in as JSON, and what became of it comes back.
//!
//! Only a Worker that is built with the feature `probe` has this. Those that are deployed are built without it.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::platform::Cloudflare;
use crate::{Outgoing, OutgoingRequest, Request, Response, Unanswered, Wanted};

/// Where requests are made. Like all that begins with `/_`, the Worker answers it before any file.
const OUTGOING: &str = "/_probe/outgoing";
/// Where texts are signed; and where they are sealed and opened.
const SIGNATURE: &str = "/_probe/signature";
const SEAL: &str = "/_probe/seal";
const OPEN: &str = "/_probe/open";

/// A request to make, as the test writes it.
#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    deadline_seconds: u32,
    most_bytes: Option<usize>,
}

/// A text to sign.
#[derive(Deserialize)]
struct ToSign {
    /// In base64.
    key: String,
    text: String,
}

/// A text to seal or to open; all in base64.
#[derive(Deserialize)]
struct ToSeal {
    key: String,
    nonce: String,
    text: String,
}

/// The probe's answer; `None` to what asks for something else.
pub(super) async fn answer(outgoing: &Cloudflare, request: &Request) -> Option<Response> {
    let told = match request.uri().path() {
        OUTGOING => told(send(outgoing, serde_json::from_slice(request.body()).ok()?).await?),
        SIGNATURE => signed(outgoing, &serde_json::from_slice(request.body()).ok()?).await?,
        path @ (SEAL | OPEN) => {
            sealed(outgoing, path == SEAL, &serde_json::from_slice(request.body()).ok()?).await?
        }
        _ => return None,
    };
    Some(Response::new(Bytes::from(told.to_string())))
}

async fn signed(outgoing: &Cloudflare, asked: &ToSign) -> Option<Value> {
    let signature = outgoing.sign(&Base64::decode_vec(&asked.key).ok()?, &asked.text).await;
    Some(json!(signature.map(|signature| Base64::encode_string(&signature))))
}

async fn sealed(outgoing: &Cloudflare, seals: bool, asked: &ToSeal) -> Option<Value> {
    let [key, nonce, text] =
        [&asked.key, &asked.nonce, &asked.text].map(|text| Base64::decode_vec(text).unwrap_or_default());
    let (key, nonce) = (key.first_chunk()?, nonce.first_chunk()?);
    let bytes =
        if seals { outgoing.seal(key, nonce, &text).await } else { outgoing.open(key, nonce, &text).await };
    Some(json!(bytes.map(|bytes| Base64::encode_string(&bytes))))
}

async fn send(outgoing: &Cloudflare, asked: Asked) -> Option<Result<Response, Unanswered>> {
    let sent = outgoing.send(OutgoingRequest {
        method: asked.method.parse().ok()?,
        url: asked.url,
        headers: asked.headers,
        body: asked.body.into(),
        deadline: Duration::from_secs(asked.deadline_seconds.into()),
        wanted: asked.most_bytes.map_or(Wanted::Head, |most_bytes| Wanted::Whole { most_bytes }),
    });
    Some(sent.await)
}

fn told(answered: Result<Response, Unanswered>) -> Value {
    let answer = match answered {
        Ok(answer) => answer,
        Err(unanswered) => return json!({ "unanswered": unanswered.to_string() }),
    };
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
    json!({
        "status": answer.status().as_u16(),
        "headers": headers.collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(answer.body()),
    })
}

//! The Worker's way out, opened to the tests that try it: a request goes in as JSON, and what became of it comes back.
//!
//! Only a Worker that is built with the feature `probe` has this. Those that are deployed are built without it.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::platform::Cloudflare;
use crate::{Outgoing, OutgoingRequest, Request, Response, Unanswered, Wanted};

/// The address of the probe. Like all that begins with `/_`, the Worker answers it before any file.
const PATH: &str = "/_probe/outgoing";

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

/// The probe's answer; `None` to what asks for something else.
pub(super) async fn answer(outgoing: &Cloudflare, request: &Request) -> Option<Response> {
    let asked: Asked =
        serde_json::from_slice(request.body()).ok().filter(|_| request.uri().path() == PATH)?;
    let sent = outgoing.send(OutgoingRequest {
        method: asked.method.parse().ok()?,
        url: asked.url,
        headers: asked.headers,
        body: asked.body.into(),
        deadline: Duration::from_secs(asked.deadline_seconds.into()),
        wanted: asked.most_bytes.map_or(Wanted::Head, |most_bytes| Wanted::Whole { most_bytes }),
    });
    Some(Response::new(Bytes::from(told(sent.await).to_string())))
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

//! Calls to the API, below `v1/`.

use std::time::Duration;

use axum::body::Body;
use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::error::StripeError;
use super::order;
use super::params::Params;
use super::records::Cause;
use super::shapes;
use super::stand_in::{FOLDER, StandIn};
use super::state::{Called, Kept, RefundOrder, State};
use super::switches::Call;

/// Characters of an idempotency key.
const MOST_KEY: usize = 255;
const FORM: &str = "application/x-www-form-urlencoded";

/// An answer, before it is one of HTTP.
struct Said {
    status: StatusCode,
    body: Value,
    replayed: bool,
    hang: Duration,
}

/// Answers a call. `path` is what follows the stand-in's own address, such as `/v1/refunds`.
pub(super) async fn answer(stand_in: &StandIn, path: &str, parts: &Parts, body: &Bytes) -> Response<Body> {
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let (said, request) = say(stand_in, path, parts, body, key.as_deref());
    if !said.hang.is_zero() {
        tokio::time::sleep(said.hang).await;
    }
    let mut response = Response::new(Body::from(said.body.to_string()));
    *response.status_mut() = said.status;
    let version = version(&parts.headers).unwrap_or(shapes::API_VERSION);
    let mut headers = vec![
        (header::CONTENT_TYPE.as_str(), "application/json"),
        (header::CACHE_CONTROL.as_str(), "no-cache, no-store"),
        ("request-id", &request),
        ("stripe-version", version),
    ];
    headers.extend(key.as_deref().map(|key| ("idempotency-key", key)));
    if said.replayed {
        headers.push(("idempotent-replayed", "true"));
    }
    if said.status == StatusCode::UNAUTHORIZED {
        headers.push((header::WWW_AUTHENTICATE.as_str(), "Bearer realm=\"Stripe\""));
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Does what a call asks for, and notes it. With the id of the request.
fn say(stand_in: &StandIn, path: &str, parts: &Parts, body: &Bytes, key: Option<&str>) -> (Said, String) {
    let (mut state, now) = stand_in.state();
    let request = state.id("req_");
    let cause = Cause { request: Some(request.clone()), key: key.map(str::to_owned) };
    let asked = Asked { stand_in, path, parts, body, cause: &cause, now: now.div_euclid(1000) };
    let said = asked.answer(&mut state).unwrap_or_else(|error| Said {
        status: error.status,
        body: error.json(),
        replayed: false,
        hang: Duration::ZERO,
    });
    state.calls.push(Called {
        request: request.clone(),
        call: format!("{} {path}", parts.method),
        idempotency_key: key.map(str::to_owned),
        status: said.status.as_u16(),
        replayed: said.replayed,
    });
    drop(state);
    stand_in.changed.notify_one();
    (said, request)
}

struct Asked<'a> {
    stand_in: &'a StandIn,
    path: &'a str,
    parts: &'a Parts,
    body: &'a Bytes,
    cause: &'a Cause,
    now: i64,
}

impl Asked<'_> {
    fn answer(&self, state: &mut State) -> Result<Said, StripeError> {
        let headers = &self.parts.headers;
        check_key(headers)?;
        if let Some(version) = version(headers).filter(|version| !is_version(version)) {
            return Err(StripeError::invalid(format!("Invalid Stripe API version: {version}")));
        }
        let (call, id) = self.call()?;
        let is_post = self.parts.method == Method::POST;
        let params = if is_post {
            check_form(headers, self.body)?;
            Params::parse(self.body)
        } else {
            Params::parse(self.parts.uri.query().unwrap_or_default().as_bytes())
        };
        let asked = (self.path.to_owned(), params.text());
        let key = self.cause.key.as_deref().filter(|_| is_post);
        if let Some(key) = key
            && let Some(kept) = kept(state, key, &asked)?
        {
            return Ok(kept);
        }
        let trouble = state.switches.trouble(call);
        let hang = Duration::from_secs(trouble.as_ref().map_or(0, |trouble| trouble.hang_seconds.into()));
        let answer = trouble.as_ref().and_then(|trouble| StatusCode::from_u16(trouble.answer?).ok());
        let does = answer.is_none() || trouble.is_some_and(|trouble| trouble.after_doing);
        let done = if does { self.done(call, id, params, state) } else { Ok(Value::Null) };
        let (done, is_kept) = match (done, answer) {
            (_, Some(status)) => (Err(StripeError::trouble(status)), does),
            (Err(error), None) => {
                let is_kept = error.is_kept;
                (Err(error), is_kept)
            }
            (done, None) => (done, true),
        };
        let (status, body) = match done {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => (error.status, error.json()),
        };
        if let Some(key) = key.filter(|_| is_kept) {
            state.kept.insert(
                key.to_owned(),
                Kept { at: self.now, asked, answer: (status.as_u16(), body.clone()) },
            );
        }
        Ok(Said { status, body, replayed: false, hang })
    }

    /// The kind of call, and the id in its path.
    fn call(&self) -> Result<(Call, &str), StripeError> {
        let parts: Vec<&str> = self.path.trim_start_matches('/').split('/').collect();
        let call = match (self.parts.method.as_str(), &parts[..]) {
            ("POST", ["v1", "checkout", "sessions"]) => (Call::Create, ""),
            ("GET", ["v1", "checkout", "sessions", id]) => (Call::Retrieve, *id),
            ("POST", ["v1", "checkout", "sessions", id, "expire"]) => (Call::Expire, *id),
            ("POST", ["v1", "refunds"]) => (Call::Refund, ""),
            ("GET", ["v1", "refunds"]) => (Call::ListRefunds, ""),
            ("GET", ["v1", "refunds", id]) => (Call::RetrieveRefund, *id),
            ("GET", ["v1", "payment_intents", id]) => (Call::RetrieveIntent, *id),
            _ => {
                let message = format!(
                    "Unrecognized request URL ({}: {}). The stand-in of Stripe has sessions, refunds and payment \
                     intents alone.",
                    self.parts.method, self.path
                );
                return Err(StripeError::invalid(message).status(StatusCode::NOT_FOUND));
            }
        };
        Ok(call)
    }

    fn done(
        &self,
        call: Call,
        id: &str,
        mut params: Params,
        state: &mut State,
    ) -> Result<Value, StripeError> {
        let expanded = params.list("expand")?;
        let mut body = match call {
            Call::Create => {
                let order = order::read(params)?;
                let page = format!("{}{}/pay/", self.stand_in.settings.origin, FOLDER);
                let session = state.create(order, &page, self.now)?;
                state.shown(&session)
            }
            Call::Retrieve => {
                params.finish()?;
                state.shown(state.session(id)?)
            }
            Call::Expire => {
                params.finish()?;
                let session = state.expire(id, self.cause, self.now)?;
                state.shown(&session)
            }
            Call::Refund => {
                let order = refund_order(params)?;
                shapes::refund(&state.give_back(order, self.cause, self.now)?)
            }
            Call::ListRefunds => {
                let (intent, limit) = (params.take("payment_intent")?, params.number("limit")?);
                params.finish()?;
                shapes::list(&state.refunds_of(intent.as_deref()), limit.unwrap_or(10))
            }
            Call::RetrieveRefund => {
                params.finish()?;
                shapes::refund(state.refund(id)?)
            }
            Call::RetrieveIntent => {
                params.finish()?;
                shapes::intent(state.intent(id, "intent")?)
            }
        };
        for (place, name) in expanded.iter().enumerate() {
            let is_known = name == "payment_intent" && body.get(name).is_some();
            if !is_known {
                let message = format!("This property cannot be expanded by the stand-in ({name}).");
                return Err(StripeError::invalid(message).of(&format!("expand[{place}]")));
            }
            if let Some(intent) = body[name.as_str()].as_str().map(str::to_owned) {
                body[name.as_str()] = shapes::intent(state.intent(&intent, "intent")?);
            }
        }
        Ok(body)
    }
}

fn refund_order(mut params: Params) -> Result<RefundOrder, StripeError> {
    let intent = params.take("payment_intent")?.ok_or_else(|| {
        let message =
            "One of the following params should be provided for this request: payment_intent or charge.";
        StripeError::invalid(message).code("parameter_missing")
    })?;
    let order = RefundOrder {
        intent,
        amount: params.number("amount")?,
        reason: params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?,
        instructions_email: params.take("instructions_email")?,
        metadata: params.metadata("metadata")?,
    };
    params.finish()?;
    Ok(order)
}

/// The first answer to an idempotency key; an error where it was used for something else.
fn kept(state: &State, key: &str, asked: &(String, String)) -> Result<Option<Said>, StripeError> {
    if key.is_empty() || key.chars().count() > MOST_KEY {
        let message = format!("Idempotency keys have 1 to {MOST_KEY} characters.");
        return Err(StripeError::invalid(message));
    }
    let Some(kept) = state.kept.get(key) else { return Ok(None) };
    if kept.asked.0 != asked.0 {
        return Err(StripeError::idempotency(format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{}' vs \
             '{}'). Try using a key other than '{key}' if you meant to execute a different request.",
            asked.0, kept.asked.0
        )));
    }
    if kept.asked.1 != asked.1 {
        return Err(StripeError::idempotency(format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        )));
    }
    let (status, body) = kept.answer.clone();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(Some(Said { status, body, replayed: true, hang: Duration::ZERO }))
}

/// Lets test keys in: as a bearer's, or as a user's name.
fn check_key(headers: &HeaderMap) -> Result<(), StripeError> {
    let refused = |message: String| Err(StripeError::invalid(message).status(StatusCode::UNAUTHORIZED));
    let Some(key) = key(headers) else {
        return refused(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer \
             auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
                .to_owned(),
        );
    };
    let rest = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    if rest("sk_test_") || rest("rk_test_") {
        Ok(())
    } else if rest("sk_live_") || rest("rk_live_") {
        refused(
            "This is a stand-in of Stripe, where no money moves: it takes test keys, never a live one."
                .to_owned(),
        )
    } else if key.starts_with("pk_") {
        let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
        Err(StripeError::invalid(message).code("secret_key_required").status(StatusCode::FORBIDDEN))
    } else {
        let shown: String = key.chars().take(3).collect();
        refused(format!("Invalid API Key provided: {shown}****"))
    }
}

fn key(headers: &HeaderMap) -> Option<String> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair = Base64::decode_vec(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    String::from_utf8(pair).ok()?.split(':').next().map(str::to_owned)
}

fn version(headers: &HeaderMap) -> Option<&str> {
    headers.get("stripe-version")?.to_str().ok()
}

/// Whether a version is a date, with or without the name of its release: `2026-10-28.endive`.
fn is_version(version: &str) -> bool {
    let (date, name) = version.split_once('.').unwrap_or((version, "name"));
    date.len() == 10
        && chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn check_form(headers: &HeaderMap, body: &Bytes) -> Result<(), StripeError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or(FORM);
    if body.is_empty() || kind.trim().to_ascii_lowercase().starts_with(FORM) {
        return Ok(());
    }
    let message = format!("Invalid request (check that your POST content type is {FORM}).");
    Err(StripeError::invalid(message))
}

/// Everything, for whoever counts.
pub(super) fn state(stand_in: &StandIn) -> Value {
    let (state, _) = stand_in.state();
    state.all()
}

/// The switches as they are now; with a request, changed before.
pub(super) fn switch(stand_in: &StandIn, request: Option<&Bytes>) -> Result<Value, String> {
    let (mut state, _) = stand_in.state();
    if let Some(request) = request {
        state.switches = state.switches.changed(request)?;
    }
    let switches = json!(state.switches);
    drop(state);
    stand_in.changed.notify_one();
    Ok(switches)
}

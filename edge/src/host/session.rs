//! `/api/host/session`: a host shows the key once on a device, and is known there by a cookie until the session ends.
//!
//! A session is a row in the host's own ledger. The cookie holds 128 random bits, the ledger their digest.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chrono::{DateTime, TimeDelta, Utc};
use http::{StatusCode, header};
use scheduling::definition::{ChoiceOption, HostDefinition, Meeting, Question, QuestionKind, words_in};
use scheduling::ledger::{Ending, Session};
use scheduling::paths;
use scheduling::sign_in_link::SignInLink;
use scheduling::view::rfc3339;
use serde_json::{Value, json};

use crate::call::attempts::count_of_network;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted, origin};
use crate::form::body::Body;
use crate::form::errors::{Errors, check_names, refuse_fields};
use crate::host::feed;
use crate::page::answer;
use crate::protocol::device;

/// The life of a session after it was opened, or renewed.
pub(crate) const LASTS: TimeDelta = TimeDelta::days(14);
/// The age from which renewing a session is worth a write: by it, a device is known to have been seen.
const RENEWED_AFTER: TimeDelta = TimeDelta::hours(1);

/// `GET`: the host who is signed in.
pub(crate) async fn show<P: Platform>(mut call: Call<'_, P>) -> Response {
    speak(&mut call);
    let shown = async {
        if call.bearer().is_some() {
            let host = admitted::host(&call).await?;
            return Ok(told(&call, &host, None));
        }
        let (host, session) = admitted::session(&call).await?;
        Ok(told(&call, &host, Some(session.expires_at)))
    };
    answered(&call, shown.await)
}

/// `POST`: opens a session with the key; without one, renews the session of the cookie. A GET changes nothing.
pub(crate) async fn open<P: Platform>(mut call: Call<'_, P>) -> Response {
    speak(&mut call);
    let opened = async {
        let body = Body::own(&call)?;
        check_names(&body, call.words(), &["key"])?;
        let key = call.bearer().unwrap_or_else(|| body.text("key").trim());
        if key.is_empty() && admitted::cookie(&call).is_some() {
            renew(&call).await
        } else {
            sign_in(&call, key).await
        }
    };
    answered(&call, opened.await)
}

/// `POST /api/host/session/end`: signs this device out, another one, all others, or all.
pub(crate) async fn end<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let (host, own) = match call.bearer() {
        Some(key) => (admitted::by_key(call, key).await?, None),
        None => admitted::session(call).await.map(|(host, session)| (host, Some(session.digest)))?,
    };
    let body = Body::read(call.request)?;
    check_names(&body, call.words(), &["id", "others", "everywhere"])?;
    check_types(call, &body)?;
    let ending = ending(&body, own.clone());
    let here = match &ending {
        Some(Ending::One(digest)) => own.as_ref() == Some(digest),
        Some(Ending::Others(_)) => false,
        Some(Ending::All) | None => true,
    };
    if let Some(ending) = ending {
        call.ledger(&host.ledger).end_sessions(ending).await?;
    }
    let mut response = answer::json(StatusCode::OK, &json!({ "ended": true }));
    if here {
        set_cookie(call, &mut response, "", 0);
    }
    Ok(response)
}

/// What was meant to sign another device out must not sign this one out.
fn check_types<P: Platform>(call: &Call<'_, P>, body: &Body) -> Result<(), Stop> {
    let mut errors = Errors::new(call.words());
    for name in ["everywhere", "others"] {
        if !matches!(body.get(name), Value::Null | Value::Bool(_)) {
            errors.add(name, "endpoint.field.not_boolean", &[]);
        }
    }
    if !matches!(body.get("id"), Value::Null | Value::String(_)) {
        errors.add("id", "endpoint.field.not_text", &[]);
    }
    let errors = errors.into_list();
    if errors.is_empty() { Ok(()) } else { Err(refuse_fields(errors)) }
}

/// The sessions to end, by the body and the session of whoever asks; `None` for a program's own, which has none.
fn ending(body: &Body, own: Option<String>) -> Option<Ending> {
    let is_set = |name: &str| body.get(name) == &Value::Bool(true);
    let id = body.text("id");
    if is_set("everywhere") {
        Some(Ending::All)
    } else if is_set("others") {
        Some(own.map_or(Ending::All, Ending::Others))
    } else if id.is_empty() {
        own.map(Ending::One)
    } else {
        Some(Ending::One(id.to_owned()))
    }
}

async fn sign_in<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Response, Stop> {
    count_of_network(call).await?;
    let host = admitted::by_key(call, key).await?;
    let opened = open_on(call, &host, None).await?;
    let mut response = told(call, &host, Some(opened.expires_at));
    set_cookie(call, &mut response, &opened.cookie, LASTS.num_seconds());
    Ok(response)
}

/// A session that was opened.
pub(super) struct Opened {
    /// What the device holds.
    pub(super) cookie: String,
    expires_at: DateTime<Utc>,
}

/// Opens a session on the device that asks; with the link that it has shown, which opens no other.
pub(super) async fn open_on<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    link: Option<SignInLink>,
) -> Result<Opened, Stop> {
    let cookie = format!("{}.{}", host.folder, Base64UrlUnpadded::encode_string(&call.platform.random()?));
    let device = device::of(call.request.headers());
    let expires_at = call.now + LASTS;
    let session = Session {
        digest: call.platform.secrets().session_digests(&cookie).swap_remove(0),
        key_version: host.key_version,
        browser: device.browser.map(str::to_owned),
        system: device.system.map(str::to_owned),
        opened_at: call.now,
        expires_at,
    };
    call.ledger(&host.ledger).open_session(session, link).await?;
    Ok(Opened { cookie, expires_at })
}

async fn renew<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let (host, session) = admitted::session(call).await?;
    let expires_at = call.now + LASTS;
    if expires_at - session.expires_at < RENEWED_AFTER {
        return Ok(told(call, &host, Some(session.expires_at)));
    }
    call.ledger(&host.ledger).renew_session(session.digest, expires_at).await?;
    let mut response = told(call, &host, Some(expires_at));
    set_cookie(call, &mut response, &admitted::cookie(call).unwrap_or_default(), LASTS.num_seconds());
    Ok(response)
}

/// Switches to the language of the host's pages, whatever the browser prefers.
fn speak<P: Platform>(call: &mut Call<'_, P>) {
    if let Some(locale) = call.parameter("locale") {
        call.speak(&locale);
    }
}

fn answered<P: Platform>(call: &Call<'_, P>, answer: Result<Response, Stop>) -> Response {
    answer.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

/// The facts that a host's pages need before they ask for anything else.
fn told<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    expires_at: Option<DateTime<Utc>>,
) -> Response {
    let pages: serde_json::Map<String, Value> =
        host.meetings.values().map(|meeting| (meeting.page.clone(), page(call, meeting))).collect();
    answer::json(
        StatusCode::OK,
        &json!({
            "host": { "folder": host.folder, "name": host.name, "time_zone": host.time_zone },
            "expires_at": expires_at.map(rfc3339),
            "feed_url": feed::address(call, host),
            "mail": call.site.mail.is_some(),
            "embed_parents": call.site.embed_parents,
            "pages": pages,
        }),
    )
}

/// A page's title, its durations, whether it is by invitation only, its link in each of its languages, and the words of
/// its questions and options, of which bookings hold only the ids. It may be one that no list shows: so only its own
/// host is told of it here.
fn page<P: Platform>(call: &Call<'_, P>, meeting: &Meeting) -> Value {
    let locale = call.locale.as_str();
    let site = &call.site;
    let link =
        |locale: &str| format!("{}{}", site.base_url, paths::page(&site.locales, locale, &meeting.page));
    let is_first = |locale: &String| site.locales.first() == Some(locale);
    let is_published = |locale: &&String| is_first(locale) || meeting.locales.contains(locale);
    let links = site.locales.iter().filter(is_published).map(|locale| (locale.clone(), json!(link(locale))));
    let question = |question: &Question| {
        let phone = question.kind == QuestionKind::Phone;
        let options = match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices(options) => options.as_slice(),
            _ => &[],
        };
        let option = |option: &ChoiceOption| (option.id.clone(), json!(words_in(&option.label, locale)));
        let options: serde_json::Map<String, Value> = options.iter().map(option).collect();
        json!({ "id": question.id, "label": words_in(&question.label, locale), "options": options, "phone": phone })
    };
    let questions: Vec<Value> = meeting.questions.iter().map(question).collect();
    json!({
        "title": words_in(&meeting.title, locale),
        "durations": meeting.rules.durations_minutes,
        "invite_only": meeting.invite_only,
        "has_price": !meeting.prices.is_empty(),
        "links": links.collect::<serde_json::Map<_, _>>(),
        "questions": questions,
    })
}

pub(super) fn set_cookie<P: Platform>(
    call: &Call<'_, P>,
    response: &mut Response,
    value: &str,
    seconds: i64,
) {
    let name = admitted::cookie_name(call);
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    answer::set(response.headers_mut(), header::SET_COOKIE, &cookie);
}

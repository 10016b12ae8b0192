//! The making of answers: JSON, HTML from a shell, and a redirect after a form.

use crate::call::stop::Stop;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, StatusCode};
use scheduling::locale::LocaleWords;
use serde_json::Value;

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::security::allow_framing;
use crate::call::stop::{Fault, Refused};
use crate::page::shell::{self, Fields};

/// A JSON answer that is not cached.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The pages that visitors come to from a meeting page, also where that is framed. All others are for hosts, or opened
/// from emails.
const FRAMED: [&str; 4] = ["booking.html", "form.html", "message.html", "move.html"];

/// HTML from a shell of the call's locale, that nobody keeps. With a refusal above it, it has the refusal's status.
pub(crate) async fn page<P: Platform>(
    call: &Call<'_, P>,
    name: &str,
    fields: &Fields,
    refused: Option<&Refused>,
) -> Result<Response, Fault> {
    let shells = call.platform.shells(&call.locale).await?;
    let shell = shells.get(name).ok_or_else(|| Fault::Definitions {
        path: format!("_edge/shells/{}.json", call.locale),
        cause: format!("it has no `{name}`"),
    })?;
    let mut response = Response::new(Bytes::from(shell::fill(shell, fields, call.words())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if FRAMED.contains(&name) {
        // Only the form shows Turnstile.
        let mut served = call.site.served();
        served.turnstile &= name == "form.html";
        allow_framing(headers, &served);
    }
    if let Some(refused) = refused {
        refused.complete(&mut response);
    }
    Ok(response)
}

/// The same, or a page that says why it cannot be shown.
pub(crate) async fn page_or_message<P: Platform>(
    call: &Call<'_, P>,
    name: &str,
    fields: &Fields,
    refused: Option<&Refused>,
) -> Response {
    match page(call, name, fields, refused).await {
        Ok(response) => response,
        Err(fault) => message_page(call, &call.refused(fault.into())).await,
    }
}

/// A page in place of the one that the visitor wanted, with the reason.
pub(crate) async fn message_page<P: Platform>(call: &Call<'_, P>, refused: &Refused) -> Response {
    message_page_with(call, refused, Fields::default().list("asks", Vec::new()), Vec::new()).await
}

/// The same, with what else the page has, and texts to take along, each a `label` and a `value`.
pub(crate) async fn message_page_with<P: Platform>(
    call: &Call<'_, P>,
    refused: &Refused,
    fields: Fields,
    typed: Vec<Fields>,
) -> Response {
    let words = call.words();
    let fields = fields
        .text("title", refused.title(words))
        .text("detail", refused.detail(words))
        .flag("has_typed", !typed.is_empty())
        .list("typed", typed);
    match page(call, "message.html", &fields, Some(refused)).await {
        Ok(response) => response,
        Err(fault) => {
            call.platform.report(&fault);
            let mut response = plain(&refused.title(words), &refused.detail(words));
            refused.complete(&mut response);
            response
        }
    }
}

/// A refusal without a page to show it on: problem details, or for a form a page with the reason.
pub(crate) async fn refuse<P: Platform>(call: &Call<'_, P>, is_form: bool, stop: Stop) -> Response {
    let refused = call.refused(stop);
    if is_form { message_page(call, &refused).await } else { refused.problem(call.words()) }
}

/// The reason for a refusal, above a page that the refusal leaves as it was.
pub(crate) fn problem(words: &LocaleWords, refused: Option<&Refused>) -> Vec<Fields> {
    let fields = |refused: &Refused| {
        let errors =
            refused.errors.iter().map(|error| Fields::default().text("message", error.message.clone()));
        Fields::default()
            .text("problem_title", refused.title(words))
            .text("problem_detail", refused.detail(words))
            .list("errors", errors.collect())
    };
    refused.map(fields).into_iter().collect()
}

/// An answer for when there is no shell.
fn plain(title: &str, detail: &str) -> Response {
    let mut response = Response::new(Bytes::from(format!("{title}\n\n{detail}\n")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Redirects the browser to a path of this site after a form was taken, so that reloading does not send it again. The
/// address has no host: a form's policy allows only the site's own, and a site may be reached under several.
pub(crate) fn see_other(path: &str) -> Result<Response, Fault> {
    let location = HeaderValue::from_str(path)
        .map_err(|_| Fault::Operator(format!("cannot redirect to {path:?}: not an address")))?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Says where a list goes on: at the same address, after that place (RFC 8288).
pub(crate) fn set_next<P: Platform>(call: &Call<'_, P>, response: &mut Response, after: &str) {
    let query = call.request.uri().query().unwrap_or_default();
    let parameters = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "after");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("after", after)
        .extend_pairs(parameters)
        .finish();
    let link = format!("<{}?{query}>; rel=\"next\"", call.request.uri().path());
    set(response.headers_mut(), header::LINK, &link);
}

/// Sets a header to a text that was made here. A text that no header can hold is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

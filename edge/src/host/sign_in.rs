//! Signing in by a link: the page behind it, what its one button does, and the email that brings it.
//!
//! Programs that look at mail open every link in it, so opening this one changes nothing.

use std::sync::Arc;

use http::StatusCode;
use scheduling::definition::HostDefinition;
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::sign_in_link::{SignInLink, Standing};
use serde_json::json;

use crate::call::attempts::count_of_network;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, origin};
use crate::form::body::{Body, claims_form};
use crate::host::session;
use crate::page::answer;
use crate::page::shell::Fields;

/// `GET /host/sign-in/{token}`: whom it signs in, and a button that does so.
pub(crate) async fn show<P: Platform>(call: &Call<'_, P>, token: &str) -> Response {
    let refused = readable(call, token).await.err().map(|stop| call.refused(stop));
    page(call, token, refused.as_ref()).await
}

/// `POST /api/host/session/link`, from that page.
pub(crate) async fn enter<P: Platform>(call: &Call<'_, P>) -> Response {
    let body = if claims_form(call.request) {
        Body::read(call.request).map_err(Stop::from)
    } else {
        Err(Refusal::UnsupportedMediaType.into())
    };
    let token = body.as_ref().map(|body| body.text("token").to_owned()).unwrap_or_default();
    let entered = async {
        body?;
        entered(call, &token).await
    };
    match entered.await {
        Ok(response) => response,
        Err(stop) => page(call, &token, Some(&call.refused(stop))).await,
    }
}

async fn entered<P: Platform>(call: &Call<'_, P>, token: &str) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    count_of_network(call).await?;
    let (host, link) = readable(call, token).await?;
    let desk = paths::page(&call.site.locales, &call.locale, paths::DESK);
    let opened = match session::open_on(call, &host, Some(link)).await {
        Ok(opened) => opened,
        Err(stop) => {
            // Pressed twice: the first has signed in.
            let here = admitted::session(call).await;
            return if here.is_ok_and(|(own, _)| own.folder == host.folder) {
                Ok(answer::see_other(&desk)?)
            } else {
                Err(stop)
            };
        }
    };
    let mut response = answer::see_other(&desk)?;
    session::set_cookie(call, &mut response, &opened.cookie, session::LASTS.num_seconds());
    Ok(response)
}

/// The host and the link of a token that may be used now.
async fn readable<P: Platform>(
    call: &Call<'_, P>,
    token: &str,
) -> Result<(Arc<HostDefinition>, SignInLink), Stop> {
    let broken = || Refused { words: Some("link_broken"), ..Refused::new(Refusal::NotFound) };
    // An unknown host, another host's link and one that was cut off look alike.
    let host = admitted::of_folder(call, token).await.map_err(|stop| match stop {
        Stop::Refused(_) => broken().into(),
        fault @ Stop::Fault(_) => fault,
    })?;
    let link = SignInLink::read(token, call.platform.secrets(), &host.folder, host.key_version);
    let link = link.ok_or_else(broken)?;
    match link.standing(call.now) {
        Standing::Works => Ok((host, link)),
        Standing::Expired => Err(Refusal::LinkExpired.into()),
        Standing::TooEarly => {
            Err(Refused { words: Some("link_early"), ..Refused::new(Refusal::LinkExpired) }.into())
        }
    }
}

/// The link's page: with its button, unless it opens nothing any more.
async fn page<P: Platform>(call: &Call<'_, P>, token: &str, refused: Option<&Refused>) -> Response {
    let words = call.words();
    let is_over = |refused: &Refused| {
        matches!(refused.refusal, Refusal::LinkUsed | Refusal::LinkExpired | Refusal::NotFound)
    };
    let over = refused.filter(|refused| is_over(refused));
    let host = match over {
        None => readable(call, token).await.ok(),
        Some(_) => None,
    };
    let Some((host, _)) = host else {
        let broken = Refused { words: Some("link_broken"), ..Refused::new(Refusal::NotFound) };
        let refused = over.or(refused).unwrap_or(&broken);
        let fields = Fields::default()
            .text("title", refused.title(words))
            .text("lead", refused.detail(words))
            .flag("open", false);
        return answer::page_or_message(call, "sign_in.html", &fields, Some(refused)).await;
    };
    let name = [("name", host.name.as_str())];
    let fields = Fields::default()
        .text("title", words.message("endpoint.sign_in.title", &name))
        .text("lead", words.message("endpoint.sign_in.lead", &name))
        .list("problem", answer::problem(words, refused))
        .text("link_path", paths::sign_in_by_link())
        .text("token", token)
        .flag("open", true);
    answer::page_or_message(call, "sign_in.html", &fields, refused).await
}

/// `POST /api/host/session/email`: has a link sent to the host's own address. The answer is the same for whoever is no
/// host here, and for a host who got enough of them.
pub(crate) async fn send<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    if call.site.mail.is_none() {
        return Err(Refusal::NotFound.into());
    }
    count_of_network(call).await?;
    if let Some(host) = named(call, body.text("host")).await? {
        let link = SignInLink::new(call.platform.random()?, call.now);
        call.ledger(&host.ledger).send_sign_in_link(host.ledger.clone(), link).await?;
    }
    Ok(answer::json(StatusCode::ACCEPTED, &json!({ "accepted": true })))
}

/// The host that somebody named: by folder, or by the address of one of the host's pages.
async fn named<P: Platform>(call: &Call<'_, P>, typed: &str) -> Result<Option<Arc<HostDefinition>>, Stop> {
    let typed = typed.trim().to_lowercase();
    let folder = typed.split('/').find(|name| call.site.hosts.iter().any(|host| host == name));
    match folder {
        Some(folder) => Ok(call.platform.host(folder).await?),
        None => Ok(None),
    }
}

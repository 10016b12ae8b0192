//! Access to the host's part of the API: for the bearer of the host's key, and for a device that has shown it.

use crate::call::origin;
use crate::protocol::cookie;
use http::Method;
use scheduling::ledger::Session;
use std::sync::Arc;

use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::call::platform::Platform;
use crate::call::stop::Stop;

/// The host that the request comes from. An unknown host, a wrong key and a session that is over look alike.
pub(crate) async fn host<P: Platform>(call: &Call<'_, P>) -> Result<Arc<HostDefinition>, Stop> {
    match call.bearer() {
        Some(key) => by_key(call, key).await,
        None => session(call).await.map(|(host, _)| host),
    }
}

/// The host of a key.
pub(crate) async fn by_key<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Arc<HostDefinition>, Stop> {
    let host = of_folder(call, key).await?;
    if call.platform.secrets().verifies_host_key(key, &host.folder, host.key_version) {
        Ok(host)
    } else {
        Err(Refusal::KeyRefused.into())
    }
}

/// The host that a key or a token names before its last dot.
pub(crate) async fn of_folder<P: Platform>(
    call: &Call<'_, P>,
    token: &str,
) -> Result<Arc<HostDefinition>, Stop> {
    let folder = token.rsplit_once('.').map_or("", |(folder, _)| folder);
    if !call.site.hosts.iter().any(|host| host == folder) {
        return Err(Refusal::KeyRefused.into());
    }
    Ok(call.platform.host(folder).await?.ok_or(Refusal::KeyRefused)?)
}

/// The host of the session that the request's cookie belongs to, with that session.
pub(crate) async fn session<P: Platform>(call: &Call<'_, P>) -> Result<(Arc<HostDefinition>, Session), Stop> {
    let cookie = cookie(call).ok_or(Refusal::KeyRefused)?;
    let host = of_folder(call, &cookie).await?;
    let session = find(call, &host, &cookie).await?.ok_or(Refusal::KeyRefused)?;
    // The browser sends the cookie by itself: a request that changes something must also prove that a page of this site
    // sent it.
    if call.request.method() == Method::POST {
        origin::check_origin_is_named(call)?;
    }
    Ok((host, session))
}

async fn find<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    cookie: &str,
) -> Result<Option<Session>, Stop> {
    for digest in call.platform.secrets().session_digests(cookie) {
        let session = call.ledger(&host.ledger).session(digest).await?;
        // Revoking a key ends the sessions that it opened.
        if let Some(session) = session.filter(|session| session.key_version == host.key_version) {
            return Ok(Some(session));
        }
    }
    Ok(None)
}

/// With the prefix, no other host of the domain can set the cookie, and only https carries it (RFC 6265bis, 4.1.3.2).
pub(crate) fn cookie_name<P: Platform>(call: &Call<'_, P>) -> &'static str {
    if call.site.base_url.starts_with("https://") { "__Host-daymark_host" } else { "daymark_host" }
}

/// The value of the request's session cookie.
pub(crate) fn cookie<P: Platform>(call: &Call<'_, P>) -> Option<String> {
    cookie::value(call.request.headers(), cookie_name(call)).map(str::to_owned)
}

//! Who may use the host's part of the API: whoever bears the host's key, and a device that has shown it.

use std::sync::Arc;

use http::Method;
use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::platform::Platform;
use crate::stop::Stop;
use crate::{host_session, security};

/// The host that the request comes from. An unknown host, a wrong key and a session that is over look alike.
pub(crate) async fn admitted<P: Platform>(call: &Call<'_, P>) -> Result<Arc<HostDefinition>, Stop> {
    match call.bearer() {
        Some(key) => by_key(call, key).await,
        None => by_session(call).await,
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

/// The browser sends the cookie by itself. What changes something must say, too, that a page of this site sent it.
async fn by_session<P: Platform>(call: &Call<'_, P>) -> Result<Arc<HostDefinition>, Stop> {
    let (host, _) = host_session::opened(call).await?;
    if call.request.method() == Method::POST {
        security::check_origin_is_named(call)?;
    }
    Ok(host)
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

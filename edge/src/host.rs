//! Who may use the host's part of the API: whoever bears the host's key, and a device that has shown it.

use std::sync::Arc;

use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::host_session;
use crate::platform::Platform;
use crate::stop::Stop;

/// The host that the request comes from. An unknown host, a wrong key and a session that is over look alike.
pub(crate) async fn admitted<P: Platform>(call: &Call<'_, P>) -> Result<Arc<HostDefinition>, Stop> {
    match call.bearer() {
        Some(key) => by_key(call, key).await,
        None => host_session::opened(call).await.map(|(host, _)| host),
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

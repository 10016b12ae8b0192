//! Who may use the host's part of the API.

use std::sync::Arc;

use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::platform::Platform;
use crate::stop::Stop;

/// The host whose key the request bears. An unknown host and a wrong key look alike.
pub(crate) async fn admitted<P: Platform>(call: &Call<'_, P>) -> Result<Arc<HostDefinition>, Stop> {
    let key = call.bearer().unwrap_or_default();
    let folder = key.rsplit_once('.').map_or("", |(folder, _)| folder);
    if !call.site.hosts.iter().any(|host| host == folder) {
        return Err(Refusal::KeyRefused.into());
    }
    let host = call.platform.host(folder).await?.ok_or(Refusal::KeyRefused)?;
    if call.platform.secrets().verifies_host_key(key, &host.folder, host.key_version) {
        Ok(host)
    } else {
        Err(Refusal::KeyRefused.into())
    }
}

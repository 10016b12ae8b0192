//! Attempts to take time or to sign in, limited for each network, and for the site.

use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::call::network::{Counter, networks_of};
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};

/// How many times as much a /48 of IPv6 may try as one address.
pub(crate) const WIDE_FACTOR: u32 = 10;

/// Counts an attempt to take time, and refuses it if there were too many from that network, or for the site. An attempt
/// that its network refuses does not count for the site, so that nobody can use up what others have.
pub(crate) async fn count_attempt<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    count_of_network(call).await?;
    count(call, Counter::Site, call.site.limits.site_bookings_per_minute).await
}

/// Counts an attempt to sign in. It is not counted for the site: no crowd can keep a host out.
pub(crate) async fn count_of_network<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    for network in call.address.map(networks_of).unwrap_or_default() {
        let factor = if network.is_wide() { WIDE_FACTOR } else { 1 };
        let per_minute = call.site.limits.bookings_per_minute.saturating_mul(factor);
        count(call, Counter::Network(network), per_minute).await?;
    }
    Ok(())
}

async fn count<P: Platform>(call: &Call<'_, P>, counter: Counter, per_minute: u32) -> Result<(), Stop> {
    if per_minute == 0 {
        return Ok(());
    }
    let Some(seconds) = call.platform.rate_limit(counter, per_minute).await else { return Ok(()) };
    let refused = Refused::new(Refusal::TooManyRequests);
    Err(Refused { retry_after_seconds: Some(seconds.max(1)), ..refused }.into())
}

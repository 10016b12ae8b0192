//! Attempts to take time or to sign in, limited for each address.

use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};

/// Counts an attempt to take time or to sign in, and refuses it if there were too many from that address.
pub(crate) async fn count_attempt<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    let per_minute = call.site.limits.bookings_per_minute;
    let Some(address) = call.address.filter(|_| per_minute > 0) else { return Ok(()) };
    let Some(seconds) = call.platform.rate_limit(address, per_minute).await else { return Ok(()) };
    let refused = Refused::new(Refusal::TooManyRequests);
    Err(Refused { retry_after_seconds: Some(seconds.max(1)), ..refused }.into())
}

//! What the ledger is told of somebody who books, unless they have proven their address.

use chrono::{DateTime, Utc};
use scheduling::definition::Rules;
use scheduling::strangers::Stranger;

use crate::call::Call;
use crate::call::network::widest_of;
use crate::call::platform::Platform;

/// The sender of a request for a start of a page; `None` where the site lets strangers hold as much as anybody.
pub(crate) fn stranger<P: Platform>(
    call: &Call<'_, P>,
    rules: &Rules,
    start: DateTime<Utc>,
) -> Option<Stranger> {
    call.site.limits.bound_strangers.then(|| Stranger {
        share: rules.share_of_strangers(call.now, start),
        network: call.address.map(|address| call.platform.secrets().network_digest(&widest_of(address))),
        can_prove: call.site.mail.is_some(),
    })
}

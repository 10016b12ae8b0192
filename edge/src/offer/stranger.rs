//! What the ledger is told of somebody who books, unless they have proven their address.

use chrono::{DateTime, Utc};
use scheduling::definition::{HostDefinition, Meeting};
use scheduling::strangers::Stranger;

use crate::call::Call;
use crate::call::network::widest_of;
use crate::call::platform::Platform;

/// The sender of a request for a start of one of a host's pages; `None` where the site lets strangers hold as much as
/// anybody.
pub(crate) fn stranger<P: Platform>(
    call: &Call<'_, P>,
    (host, meeting): (&HostDefinition, &Meeting),
    start: DateTime<Utc>,
) -> Option<Stranger> {
    let share = |meeting: &Meeting| meeting.rules.share_of_strangers(call.now, start);
    let others = || host.meetings.values().filter(|other| other.page != meeting.page);
    call.site.limits.bound_strangers.then(|| Stranger {
        share: share(meeting),
        others: others().map(share).collect(),
        network: call.address.map(|address| call.platform.secrets().network_digest(&widest_of(address))),
        can_prove: call.site.mail.is_some(),
    })
}

//! What happened to a booking, with all that a notice of it is made from.

use chrono::{DateTime, Utc};

use super::subscribers::Subscribers;
use crate::booking::{Booking, Event, Party, Proposal};

/// What happened to a booking, with all that a notice of it is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    /// What happened.
    pub(crate) event: Event,
    /// The booking since then.
    pub(crate) booking: &'a Booking,
    /// The booking as it was before, if it was.
    pub(crate) former: Option<&'a Booking>,
    /// Who caused it; `None` for the clock.
    pub(crate) by: Option<Party>,
    /// Who hears of it, with the host as the content has it.
    pub(crate) subscribers: &'a Subscribers,
    /// When it happened.
    pub(crate) at: DateTime<Utc>,
}

impl News<'_> {
    /// A time that was proposed, and is neither the booking's nor proposed any more.
    pub(super) fn dropped(&self) -> Option<Proposal> {
        let proposal = self.former?.proposed?;
        let time = (proposal.start, proposal.end);
        (self.booking.time() != time && self.booking.asked_time() != time).then_some(proposal)
    }
}

//! The host's mailbox, for a link that signs in. It is no notice of a booking, and the desk does not list it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Payload, Rules};
use crate::booking::Event;
use crate::outbox::news::News;
use crate::outbox::queue::Queue;

/// The kind's name.
pub(crate) const KIND: &str = "sign_in";
/// The pause after a failure, in seconds: the link soon expires, and that ends it.
const PAUSE_SECONDS: u32 = 20;

/// The host's mailbox, for a link that signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInMail {}

impl Rules for SignInMail {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        KIND.into()
    }

    fn tag(&self) -> String {
        KIND.to_owned()
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    fn takes(&self, _: Event) -> bool {
        // No event of a booking leads to it: somebody asks for it.
        false
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        Some(PAUSE_SECONDS * failures.max(1))
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Booking
    }
}

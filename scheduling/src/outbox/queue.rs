//! The two queues of the outbox.

use serde::{Deserialize, Serialize};

/// Where deliveries wait. Neither queue is read through to find what is due of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// They tell somebody of events.
    Notice,
    /// They follow what is so now, and stay within Daymark.
    Record,
}

impl Queue {
    /// The name, as SQL holds it.
    pub fn name(self) -> &'static str {
        match self {
            Queue::Notice => "notice",
            Queue::Record => "record",
        }
    }
}

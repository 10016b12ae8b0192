//! Time that is kept free around meetings.

use serde::{Deserialize, Serialize};

/// The longest buffer, in minutes: a day. The ledger looks no further for conflicts.
pub const LONGEST_BUFFER_MINUTES: u32 = 24 * 60;

/// Time kept free before and after a meeting, in minutes; each at most [`LONGEST_BUFFER_MINUTES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buffer {
    /// Minutes before.
    pub before_minutes: u32,
    /// Minutes after.
    pub after_minutes: u32,
}

//! How long the outbox waits after a failure, until it gives up.

/// The pauses after each failure but the last, in seconds (Standard Webhooks 1.0.0, "Deliverability"): three days in
/// all.
const THREE_DAYS_SECONDS: [u32; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];
/// The longest pause where nothing is ever given up, in seconds.
const LONGEST_PAUSE_SECONDS: u32 = 10 * 60;
/// However long a receiver wants to be left alone, it is asked again after this, in seconds.
pub const LONGEST_RETRY_AFTER_SECONDS: u32 = 24 * 3600;

/// The pause of what somebody else takes, in seconds: after three days it is given up.
pub(super) fn of_three_days(failures: u32) -> Option<u32> {
    THREE_DAYS_SECONDS.get(usize::try_from(failures.saturating_sub(1)).ok()?).copied()
}

/// The pause of what stays within Daymark, in seconds: it is tried for as long as it takes.
pub(super) fn for_as_long_as_it_takes(failures: u32) -> u32 {
    1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(LONGEST_PAUSE_SECONDS)
}

//! How long the outbox waits after a failure, until it gives up.

/// The pauses after each failure but the last, in seconds (Standard Webhooks 1.0.0, "Deliverability"): three days in all.
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

#[cfg(test)]
mod tests {
    use super::super::Destination;
    use super::*;
    use crate::definition::Webhook;

    #[track_caller]
    fn check_pause(destination: &Destination, failures: u32, jitter: u16, expected: Option<u32>) {
        assert_eq!(destination.pause_seconds(failures, jitter), expected, "after {failures} failures");
    }

    #[test]
    fn webhooks_are_tried_for_three_days_and_records_for_ever() {
        let webhook = Destination::Webhook(Webhook {
            url: "https://hooks.example.com/".to_owned(),
            secret: Vec::new(),
            events: Vec::new(),
        });
        check_pause(&webhook, 1, 0, Some(5));
        check_pause(&webhook, 1, 999, Some(5));
        check_pause(&webhook, 2, 999, Some(359));
        check_pause(&webhook, 9, 0, Some(86_400));
        check_pause(&webhook, 9, 999, Some(103_662));
        check_pause(&webhook, 10, 0, None);
        check_pause(&Destination::Record, 1, 0, Some(1));
        check_pause(&Destination::Record, 4, 0, Some(8));
        check_pause(&Destination::Record, 100, 999, Some(719));
        let days: u32 = THREE_DAYS_SECONDS.iter().sum();
        assert_eq!(days / 86_400, 3);
    }
}

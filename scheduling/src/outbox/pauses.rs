//! How long the outbox waits after a failure, until it gives up.

use super::destination::Destination;

/// The pauses after each failure of a webhook but the last, in seconds (Standard Webhooks 1.0.0, "Deliverability"):
/// three days in all. Then it is parked.
const WEBHOOK_PAUSES_SECONDS: [u32; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];
/// The longest pause after a failure to write a record, or to reach another ledger, in seconds. It is tried for as long
/// as it takes.
const LONGEST_RECORD_PAUSE_SECONDS: u32 = 10 * 60;
/// However long a receiver wants to be left alone, it is asked again after this, in seconds.
pub const LONGEST_RETRY_AFTER_SECONDS: u32 = 24 * 3600;

/// How long to wait after so many failures, in seconds; `None` where it is given up. `jitter`, 0 to 999, makes it up to
/// a fifth longer, so that what failed together is not tried together.
pub(crate) fn pause_seconds(destination: &Destination, failures: u32, jitter: u16) -> Option<u32> {
    let place = failures.saturating_sub(1);
    let pause = match destination {
        Destination::Webhook(_) | Destination::Mail { .. } => {
            *WEBHOOK_PAUSES_SECONDS.get(usize::try_from(place).ok()?)?
        }
        Destination::Record | Destination::Contact { .. } | Destination::Erasure { .. } => {
            1u32.checked_shl(place).unwrap_or(u32::MAX).min(LONGEST_RECORD_PAUSE_SECONDS)
        }
    };
    Some(pause + pause * u32::from(jitter) / 5000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Webhook;

    #[track_caller]
    fn check_pause(destination: &Destination, failures: u32, jitter: u16, expected: Option<u32>) {
        assert_eq!(pause_seconds(destination, failures, jitter), expected, "after {failures} failures");
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
        let days: u32 = WEBHOOK_PAUSES_SECONDS.iter().sum();
        assert_eq!(days / 86_400, 3);
    }
}

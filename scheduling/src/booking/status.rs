//! The states that a booking goes through, and how its meeting ends.

use serde::{Deserialize, Serialize};

/// The state of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits to be confirmed by the link in its email; holds its time for a while.
    AwaitingConfirmation,
    /// Waits for the host's answer; holds its time.
    Requested,
    /// Waits for the payment; holds its time.
    AwaitingPayment,
    /// Booked.
    Confirmed,
    /// The host said no.
    Declined,
    /// Cancelled by either side.
    Cancelled,
    /// Nobody confirmed, answered or paid in time.
    Expired,
}

impl Status {
    /// All of them, in the order of a booking's life.
    pub const ALL: [Self; 7] = [
        Self::AwaitingConfirmation,
        Self::Requested,
        Self::AwaitingPayment,
        Self::Confirmed,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name, as JSON and SQL hold it.
    pub fn name(self) -> &'static str {
        match self {
            Status::AwaitingConfirmation => "awaiting_confirmation",
            Status::Requested => "requested",
            Status::AwaitingPayment => "awaiting_payment",
            Status::Confirmed => "confirmed",
            Status::Declined => "declined",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
        }
    }

    /// Returns true if a booking in this state holds its time.
    pub fn is_live(self) -> bool {
        match self {
            Status::AwaitingConfirmation
            | Status::Requested
            | Status::AwaitingPayment
            | Status::Confirmed => true,
            Status::Declined | Status::Cancelled | Status::Expired => false,
        }
    }
}

/// The outcome of a meeting, as the host records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place.
    Completed,
    /// The visitor did not come.
    NoShow,
    /// It was moved.
    Rescheduled,
    /// It was cancelled.
    Cancelled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_statuses_hold_their_time() {
        let live: Vec<Status> = Status::ALL.into_iter().filter(|status| status.is_live()).collect();
        assert_eq!(
            live,
            [Status::AwaitingConfirmation, Status::Requested, Status::AwaitingPayment, Status::Confirmed]
        );
    }

    #[test]
    fn a_status_has_one_name_in_json_and_in_sql() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }
}

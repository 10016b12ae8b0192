//! Disputes: a payer has their bank take a payment back, and the host can object.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::money::Money;

/// A payment that whoever made it wants back, by way of their bank. What becomes of it, the bank decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The provider's name of it.
    pub id: String,
    /// The payment that it is about, by the provider's name of it.
    pub of: String,
    /// How much.
    pub money: Money,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Until when the host can object, at the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: DisputeState,
}

/// Where a dispute stands, in the order in which it comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The bank asks about the payment, and has taken nothing: sending the money back settles it.
    Inquiry,
    /// It is not decided, and nothing can go back meanwhile.
    Open,
    /// The host keeps the money.
    Won,
    /// The money is gone.
    Lost,
}

impl DisputeState {
    /// Whether it is still to be decided.
    pub(crate) fn is_undecided(self) -> bool {
        self <= Self::Open
    }
}

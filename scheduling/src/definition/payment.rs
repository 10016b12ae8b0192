//! What a page costs, and who takes the money.

use serde::{Deserialize, Serialize};

/// Who takes payments, and the names of the secrets that this needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payments {
    /// Stripe's own page takes them (Checkout), to the account that the key belongs to.
    Stripe {
        /// The name of the secret that is the account's key, or a restricted one.
        secret: String,
        /// The name of the secret that its webhooks are signed with.
        webhook_secret: String,
        /// The address of its API, without a slash at the end.
        url: String,
        /// Whether methods are taken that are paid days later, such as konbini and bank transfers.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        delayed: bool,
    },
    /// A page of somebody else's takes them, and its owner says so with a signed word.
    Link {
        /// The page's address. `{booking}`, `{amount}` (the currency's smallest unit), `{decimal}`, `{currency}`,
        /// `{email}` and `{return}` are filled in.
        url: String,
        /// The names of the secrets that the word is signed with (Standard Webhooks 1.0.0).
        secret: Vec<String>,
    },
}

impl Payments {
    /// The address of Stripe's API.
    pub const STRIPE: &str = "https://api.stripe.com";

    /// The provider's name, as content and bookings have it.
    pub fn provider(&self) -> Provider {
        match self {
            Payments::Stripe { .. } => Provider::Stripe,
            Payments::Link { .. } => Provider::Link,
        }
    }
}

/// A kind of provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Stripe Checkout.
    Stripe,
    /// A page of somebody else's.
    Link,
}

/// Until when visitors who cancel get their money back. Whoever is cancelled or declined by the host always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<u32>", into = "Option<u32>")]
pub enum RefundUntil {
    /// Not at all.
    Never,
    /// Until the meeting begins.
    Always,
    /// Until so many minutes before the start.
    Minutes(u32),
}

impl Default for RefundUntil {
    /// A day before.
    fn default() -> Self {
        Self::Minutes(24 * 60)
    }
}

/// As it is kept: the minutes, and nothing for never.
impl From<RefundUntil> for Option<u32> {
    fn from(until: RefundUntil) -> Self {
        match until {
            RefundUntil::Never => None,
            RefundUntil::Always => Some(0),
            RefundUntil::Minutes(minutes) => Some(minutes),
        }
    }
}

impl From<Option<u32>> for RefundUntil {
    fn from(minutes: Option<u32>) -> Self {
        match minutes {
            None => Self::Never,
            Some(0) => Self::Always,
            Some(minutes) => Self::Minutes(minutes),
        }
    }
}

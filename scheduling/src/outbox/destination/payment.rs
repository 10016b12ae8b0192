//! Whoever takes the money: asked whether a checkout was paid, and to send money back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Payload, Rules};
use crate::booking::Event;
use crate::definition::{Payments, Provider};
use crate::money::Money;
use crate::outbox::news::News;
use crate::outbox::pauses;
use crate::outbox::queue::Queue;

/// The kind's name.
pub(crate) const KIND: &str = "payment";

/// Whoever takes the money for a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentProvider {
    /// Who, as it was agreed with the visitor.
    pub provider: Payments,
}

/// What a payment provider is asked for. It says all that this needs, so that a repeat asks for the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentErrand {
    /// The provider's name of what it is about: of the payment of which money goes back, or else of the checkout in
    /// which nobody is to pay any more, unless it was paid.
    pub of: String,
    /// The money that goes back; `None` to close the checkout. What has become of it is heard in either case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refunding>,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunding {
    /// The refund's number.
    pub number: u32,
    /// How much.
    pub money: Money,
}

impl Rules for PaymentProvider {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn name(&self) -> Cow<'_, str> {
        match self.provider.provider() {
            Provider::Stripe => "Stripe".into(),
            Provider::Link => "payment link".into(),
        }
    }

    fn tag(&self) -> String {
        KIND.to_owned()
    }

    fn queue(&self) -> Queue {
        Queue::Notice
    }

    fn takes(&self, _: Event) -> bool {
        // No event by itself leads to it: what a change owes a provider, the ledger works out.
        false
    }

    fn pause_seconds(&self, failures: u32) -> Option<u32> {
        pauses::of_three_days(failures)
    }

    fn payload(&self, _: &News<'_>) -> Payload {
        Payload::Cut
    }
}

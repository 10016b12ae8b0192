//! A booking's payment: what was agreed, what was paid, and how that stands. What goes back is in `refunding`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::dispute::Dispute;
use super::party::Party;
use super::status::Status;
use crate::definition::{Payments, RefundUntil};
use crate::money::Money;
use crate::refusal::Refusal;

/// What a booking costs, and what has become of that. All of it was agreed with the visitor: what its page costs by
/// now, or who takes the money there, changes nothing for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The price.
    pub price: Money,
    /// Who takes it, as the content had it then: where it has somebody else by now, or nobody, this serves.
    pub provider: Payments,
    /// Until when a visitor who cancels gets it back.
    pub refund_until: RefundUntil,
    /// Whether its visitor has moved it when that was over: then a later start does not bring the refund back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refund_closed: bool,
    /// Whether what is left is to go back, and waits until a dispute about it is decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_dispute: bool,
    /// Until when the time is held for it, while it waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_by: Option<DateTime<Utc>>,
    /// No checkout may last longer than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable_until: Option<DateTime<Utc>>,
    /// Where it can be paid: the newest checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<Checkout>,
    /// What has been paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
    /// What was paid and does not count, as it is not the price: it books nothing, and its host has to look at it. Once
    /// that has gone back, it is among the refunds; once its host takes it for the payment, it is `paid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mismatched: Option<Paid>,
    /// What payers have their banks take back, or tried to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// What went back, or is to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
}

/// A page of the provider's on which a booking can be paid, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Counted from 1, of each booking.
    pub number: u32,
    /// From then on it cannot be paid.
    pub expires_at: DateTime<Utc>,
    /// The provider's id of it, once it has been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its address (URL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether the visitor has chosen to pay later: the order stands, and the money is to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_promised: bool,
    /// Whether what a visitor chose to pay later never came, in this checkout or an earlier one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_broken: bool,
}

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// How much.
    pub money: Money,
    /// The provider's name of it; `None` where the host says that it was paid otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it became known.
    pub at: DateTime<Utc>,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Counted from 1, of each booking.
    pub number: u32,
    /// The payment that it is of, by the provider's name of it; `None` for what its host has marked as paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How much.
    pub money: Money,
    /// Where it stands.
    pub state: RefundState,
    /// Why, in the words of whoever asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked for it; `None` where it follows from what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Party>,
    /// Whether its host has made it at the provider's, without Daymark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_provider: bool,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it had failed, and was asked for again, each time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<[DateTime<Utc>; 2]>,
    /// When it was known to have been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<DateTime<Utc>>,
    /// Why it failed, for the host to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The provider is to be asked for it, or has it in hand.
    Pending,
    /// No provider can send it: the host has yet to, by hand.
    Owed,
    /// The money went back.
    Succeeded,
    /// It did not: the host has to see to it.
    Failed,
}

impl RefundState {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            RefundState::Pending => "pending",
            RefundState::Owed => "owed",
            RefundState::Succeeded => "succeeded",
            RefundState::Failed => "failed",
        }
    }

    /// The state of that name, of those that a provider can tell.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Pending, Self::Succeeded, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// How a payment stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// It has yet to be paid.
    Due,
    /// The visitor has chosen to pay later, and the money is to come.
    Promised,
    /// It was not paid, and need not be any more.
    Unpaid,
    /// It is paid.
    Paid,
    /// Money is on its way back.
    RefundPending,
    /// The host has yet to send money back.
    RefundOwed,
    /// A part went back.
    PartlyRefunded,
    /// All of it went back.
    Refunded,
    /// Money was to go back, and did not.
    RefundFailed,
}

impl Payment {
    /// A payment that is agreed on, and has yet to be made.
    pub fn agreed(price: Money, provider: Payments, refund_until: RefundUntil) -> Self {
        Self {
            price,
            provider,
            refund_until,
            refund_closed: false,
            waits_for_dispute: false,
            due_by: None,
            payable_until: None,
            checkout: None,
            paid: None,
            mismatched: None,
            disputes: Vec::new(),
            refunds: Vec::new(),
        }
    }

    /// What was paid that is not the price, while nothing else counts as its payment.
    pub fn other(&self) -> Option<&Paid> {
        self.mismatched.as_ref().filter(|_| self.paid.is_none())
    }

    /// What the meeting costs: the price, or what was paid and accepted instead of it.
    pub fn cost(&self) -> Money {
        self.paid.as_ref().map_or(self.price, |paid| paid.money)
    }

    /// What has gone back of another amount than the price, together, where nothing counts as its payment.
    pub fn only_returned(&self) -> Option<Money> {
        let last = self.refunds.last().filter(|last| last.state == RefundState::Succeeded)?;
        let amount = self.sent_back(last.of.as_deref());
        self.paid.is_none().then_some(Money { amount, ..last.money })
    }

    /// What its host says was paid: the price, or what came instead, by the amount that they say; without one, what
    /// came instead, where something did. What is paid stays as it is.
    ///
    /// # Errors
    ///
    /// `Superseded`, where the amount is neither.
    pub(crate) fn as_marked(&self, amount: Option<u64>, now: DateTime<Utc>) -> Result<Paid, Refusal> {
        let price = Paid { money: self.price, reference: None, at: now };
        let other = self.other().filter(|other| other.money.currency == self.price.currency);
        match (amount, other) {
            _ if self.paid.is_some() => Ok(price),
            (amount, Some(other)) if amount.is_none_or(|amount| amount == other.money.amount) => {
                Ok(other.clone())
            }
            (Some(amount), _) if amount != self.price.amount => Err(Refusal::Superseded),
            _ => Ok(price),
        }
    }

    /// Notes that what was paid and does not count has gone back.
    pub(super) fn send_other_back(&mut self, now: DateTime<Utc>) {
        let Some(other) = self.mismatched.take() else { return };
        let money = Money { amount: self.rest(&other), ..other.money };
        if money.amount > 0 {
            self.has_sent(other.reference.as_deref(), money, now);
        }
    }

    /// The checkout that can be paid now.
    pub fn open_checkout(&self, now: DateTime<Utc>) -> Option<&Checkout> {
        let is_open = |checkout: &&Checkout| checkout.url.is_some() && now < checkout.expires_at;
        self.checkout.as_ref().filter(is_open)
    }

    /// How it stands, of a booking of that status.
    pub fn status(&self, booking: Status) -> PaymentStatus {
        let Some(paid) = &self.paid else {
            return match booking {
                Status::Declined | Status::Cancelled | Status::Expired => PaymentStatus::Unpaid,
                _ if self.checkout.as_ref().is_some_and(|checkout| checkout.is_promised) => {
                    PaymentStatus::Promised
                }
                _ => PaymentStatus::Due,
            };
        };
        let returned = self.returned().amount;
        if self.has_failed_refunds() {
            PaymentStatus::RefundFailed
        } else if self.owed_refunds().next().is_some() {
            PaymentStatus::RefundOwed
        } else if self.on_its_way().amount > 0 {
            PaymentStatus::RefundPending
        } else if returned == 0 {
            PaymentStatus::Paid
        } else if returned >= paid.money.amount {
            PaymentStatus::Refunded
        } else {
            PaymentStatus::PartlyRefunded
        }
    }

    /// What is left of it when its visitor is erased, or their words are no longer needed: what the books need.
    pub(super) fn erased(&self) -> Self {
        let refunds = self.refunds.iter().map(|refund| Refund { reason: None, ..refund.clone() });
        Self { checkout: None, refunds: refunds.collect(), ..self.clone() }
    }
}

//! What the stand-in keeps: sessions, payment intents, refunds and events.

use std::collections::BTreeMap;

use scheduling::money::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a program writes on an object of its own accord.
pub(super) type Metadata = BTreeMap<String, String>;

/// A line of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) description: Option<String>,
}

/// What creates a session, checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) lines: Vec<Line>,
    /// All that is to be paid.
    pub(super) total: Money,
    pub(super) expires_at: Option<i64>,
    pub(super) success_url: String,
    pub(super) cancel_url: Option<String>,
    pub(super) client_reference_id: Option<String>,
    pub(super) customer_email: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) submit_type: Option<String>,
    pub(super) adaptive_pricing: Option<bool>,
    pub(super) metadata: Metadata,
    pub(super) excluded_methods: Vec<String>,
    /// What may be paid with: a card first, then what is paid later.
    pub(super) methods: Vec<String>,
    pub(super) intent_metadata: Metadata,
    pub(super) intent_description: Option<String>,
    pub(super) receipt_email: Option<String>,
    pub(super) statement_descriptor_suffix: Option<String>,
    /// For how many days an order lasts, by its method.
    pub(super) expires_after_days: BTreeMap<String, i64>,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            SessionStatus::Open => "open",
            SessionStatus::Complete => "complete",
            SessionStatus::Expired => "expired",
        }
    }
}

/// A Checkout Session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    /// Seconds since 1970, as all times here.
    pub(super) created: i64,
    pub(super) expires_at: i64,
    pub(super) status: SessionStatus,
    pub(super) is_paid: bool,
    /// Where it is paid.
    pub(super) url: String,
    pub(super) order: Order,
    /// The id of the payment intent, once somebody has tried to pay.
    pub(super) intent: Option<String>,
}

impl Session {
    /// The method that is paid days later, if one is taken.
    pub(super) fn delayed_method(&self) -> Option<&str> {
        self.order.methods.iter().map(String::as_str).find(|method| *method != "card")
    }
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum IntentStatus {
    /// It was promised, and is not there yet.
    Processing,
    Succeeded,
    /// It was promised, and never came.
    Failed,
}

impl IntentStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            IntentStatus::Processing => "processing",
            IntentStatus::Succeeded => "succeeded",
            IntentStatus::Failed => "requires_payment_method",
        }
    }
}

/// A payment intent with its charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) charge: String,
    pub(super) method_id: String,
    pub(super) created: i64,
    pub(super) status: IntentStatus,
    pub(super) method: String,
    pub(super) order: Order,
    /// What was refunded, or is about to be: in the currency's smallest unit at Stripe.
    pub(super) refunded: u64,
    /// When an order ends that was not paid, if it does.
    pub(super) fails_at: Option<i64>,
}

impl Intent {
    pub(super) fn amount(&self) -> u64 {
        self.order.total.at_stripe()
    }

    pub(super) fn received(&self) -> u64 {
        if self.status == IntentStatus::Succeeded { self.amount() } else { 0 }
    }
}

/// How a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

impl RefundStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            RefundStatus::Pending => "pending",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
        }
    }
}

/// A refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) created: i64,
    /// In the currency's smallest unit at Stripe.
    pub(super) amount: u64,
    /// The code in small letters.
    pub(super) currency: String,
    pub(super) intent: String,
    pub(super) charge: String,
    pub(super) reason: Option<String>,
    pub(super) instructions_email: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) status: RefundStatus,
    /// When a pending one fails by itself, if it does.
    pub(super) fails_at: Option<i64>,
}

/// How a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DisputeStatus {
    /// A bank asks: nothing is taken yet.
    WarningNeedsResponse,
    WarningClosed,
    NeedsResponse,
    Won,
    Lost,
}

impl DisputeStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            DisputeStatus::WarningNeedsResponse => "warning_needs_response",
            DisputeStatus::WarningClosed => "warning_closed",
            DisputeStatus::NeedsResponse => "needs_response",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
        }
    }

    /// Whether the payment cannot go back any other way.
    pub(super) fn blocks_refunds(self) -> bool {
        matches!(self, DisputeStatus::NeedsResponse | DisputeStatus::Lost)
    }

    pub(super) fn is_inquiry(self) -> bool {
        matches!(self, DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningClosed)
    }
}

/// A payment that its payer has their bank take back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) due_by: i64,
    pub(super) amount: u64,
    /// The code in small letters.
    pub(super) currency: String,
    pub(super) intent: String,
    pub(super) charge: String,
    pub(super) status: DisputeStatus,
}

/// The call that has caused something.
#[derive(Clone, Debug, Default)]
pub(super) struct Cause {
    pub(super) request: Option<String>,
    pub(super) key: Option<String>,
}

/// An event, and how telling it went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    /// The event, as it is sent.
    pub(super) body: Value,
    /// When it is to be sent next, in milliseconds since 1970.
    pub(super) due: Option<i64>,
    /// How often it is yet to be taken.
    pub(super) copies: u32,
    pub(super) failures: usize,
    /// What the receiver said each time: a status, or why there was none.
    pub(super) attempts: Vec<String>,
}

//! The state of things: what calls, the page and time change, and the events that tell of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::StripeError;
use super::records::{
    Cause, Dispute, DisputeStatus, Event, Intent, IntentStatus, Metadata, Order, Refund, RefundStatus,
    Session, SessionStatus,
};
use super::shapes;
use super::switches::{Refunds, Switches};

/// A session may be open for so long, in seconds: 30 minutes to 24 hours after its creation.
const OPEN_SECONDS: std::ops::RangeInclusive<i64> = 30 * 60..=24 * 60 * 60;
/// The time for which reordered webhooks are held, in milliseconds.
const HELD_MILLISECONDS: i64 = 2000;
/// The time after which a refund fails that was taken to fail, in seconds.
const FAILS_AFTER_SECONDS: i64 = 2;
/// The pauses before a webhook is sent again that was not taken, in seconds. Stripe's own are longer.
const PAUSES_SECONDS: [i64; 5] = [2, 10, 60, 600, 3600];
/// A day, in seconds; how many of them an order lasts, where nothing is said; and until when a dispute is to be
/// answered.
const DAY_SECONDS: i64 = 24 * 60 * 60;
const ORDER_DAYS: i64 = 3;
const DISPUTE_DAYS: i64 = 7;
/// An idempotency key is kept for so long, in seconds.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Methods whose orders end by themselves.
const ORDERS: [&str; 3] = ["konbini", "boleto", "oxxo"];

/// The first answer to an idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) at: i64,
    /// The call's path, and its parameters as one text.
    pub(super) asked: (String, String),
    /// The status, and the body.
    pub(super) answer: (u16, Value),
}

/// A call, for whoever counts them.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Called {
    pub(super) request: String,
    pub(super) call: String,
    pub(super) idempotency_key: Option<String>,
    pub(super) status: u16,
    /// Whether the answer was an earlier one, repeated.
    pub(super) replayed: bool,
}

/// All that the stand-in knows.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    #[serde(skip)]
    pub(super) switches: Switches,
    pub(super) sessions: Vec<Session>,
    pub(super) intents: Vec<Intent>,
    pub(super) refunds: Vec<Refund>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) events: Vec<Event>,
    pub(super) kept: HashMap<String, Kept>,
    #[serde(skip)]
    pub(super) calls: Vec<Called>,
    /// Part of each id: it tells the ids of one process from those of another.
    run: String,
    numbers: u32,
}

/// A refund, as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct RefundOrder {
    pub(super) intent: String,
    /// In the currency's smallest unit at Stripe; all that is left without one.
    pub(super) amount: Option<u64>,
    pub(super) reason: Option<String>,
    pub(super) instructions_email: Option<String>,
    pub(super) metadata: Metadata,
}

impl State {
    /// A state in which ids contain `run`.
    pub(super) fn of(run: &str, switches: Switches) -> Self {
        Self { run: run.to_owned(), switches, ..Self::default() }
    }

    /// The same in another process: its pages begin with an address, before their ids.
    pub(super) fn again(mut self, page: &str, switches: Switches) -> Self {
        for session in &mut self.sessions {
            session.url = format!("{page}{}", session.id);
        }
        Self { switches, ..self }
    }

    /// A new id with a prefix such as `cs_test_`.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.numbers += 1;
        format!("{prefix}{}{:06}", self.run, self.numbers)
    }

    pub(super) fn session(&self, id: &str) -> Result<&Session, StripeError> {
        let found = self.sessions.iter().find(|session| session.id == id);
        found.ok_or_else(|| StripeError::missing("checkout.session", id, "session"))
    }

    pub(super) fn intent(&self, id: &str, param: &str) -> Result<&Intent, StripeError> {
        let found = self.intents.iter().find(|intent| intent.id == id);
        found.ok_or_else(|| StripeError::missing("payment_intent", id, param))
    }

    pub(super) fn refund(&self, id: &str) -> Result<&Refund, StripeError> {
        let found = self.refunds.iter().find(|refund| refund.id == id);
        found.ok_or_else(|| StripeError::missing("refund", id, "refund"))
    }

    /// Those of a payment, or all, in the order in which they were made.
    pub(super) fn refunds_of(&self, intent: Option<&str>) -> Vec<&Refund> {
        let is_of = |refund: &&Refund| intent.is_none_or(|intent| refund.intent == intent);
        self.refunds.iter().filter(is_of).collect()
    }

    fn place(&self, session: &str) -> Result<usize, StripeError> {
        let place = self.sessions.iter().position(|known| known.id == session);
        place.ok_or_else(|| StripeError::missing("checkout.session", session, "session"))
    }

    /// A session as it is shown: with what it is to say instead of the truth.
    pub(super) fn shown(&self, session: &Session) -> Value {
        let mut shape = shapes::session(session);
        for (name, value) in &self.switches.session_says {
            shape[name.as_str()] = value.clone();
        }
        shape
    }

    /// Creates a session. `page` is the address before its id.
    pub(super) fn create(&mut self, order: Order, page: &str, now: i64) -> Result<Session, StripeError> {
        let expires_at = order.expires_at.unwrap_or(now + OPEN_SECONDS.end());
        let of_expiry = |message: &str| Err(StripeError::invalid(message).of("expires_at"));
        if expires_at < now + OPEN_SECONDS.start() {
            return of_expiry(
                "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            );
        }
        if expires_at > now + OPEN_SECONDS.end() {
            return of_expiry(
                "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            );
        }
        let id = self.id("cs_test_");
        let session = Session {
            url: format!("{page}{id}"),
            id,
            created: now,
            expires_at,
            status: SessionStatus::Open,
            is_paid: false,
            order,
            intent: None,
        };
        self.sessions.push(session.clone());
        Ok(session)
    }

    /// Expires a session that is open.
    pub(super) fn expire(&mut self, id: &str, cause: &Cause, now: i64) -> Result<Session, StripeError> {
        let place = self.place(id)?;
        let status = self.sessions[place].status;
        if status != SessionStatus::Open {
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status \
                 of {}.",
                status.name()
            );
            return Err(StripeError::invalid(message).of("session").kept());
        }
        self.sessions[place].status = SessionStatus::Expired;
        self.tell_of_session("checkout.session.expired", place, cause, now);
        Ok(self.sessions[place].clone())
    }

    /// Pays a session that is open: at once, or with a method that is `delayed`.
    pub(super) fn pay(&mut self, id: &str, delayed: bool, now: i64) -> Result<(), StripeError> {
        let place = self.place(id)?;
        let session = &self.sessions[place];
        let method = if delayed { session.delayed_method() } else { Some("card") };
        let (Some(method), SessionStatus::Open) = (method.map(str::to_owned), session.status) else {
            return Err(StripeError::invalid("This session cannot be paid so."));
        };
        let order = session.order.clone();
        let status = if delayed { IntentStatus::Processing } else { IntentStatus::Succeeded };
        let (intent, charge, method_id) = (self.id("pi_"), self.id("ch_"), self.id("pm_"));
        let session = &mut self.sessions[place];
        session.status = SessionStatus::Complete;
        session.is_paid = !delayed;
        session.intent = Some(intent.clone());
        let days = order.expires_after_days.get(&method).copied().unwrap_or(ORDER_DAYS);
        let fails_at = (delayed && ORDERS.contains(&method.as_str())).then_some(now + days * DAY_SECONDS);
        let intent = Intent {
            id: intent,
            charge,
            method_id,
            created: now,
            status,
            method,
            order,
            refunded: 0,
            fails_at,
        };
        self.intents.push(intent);
        self.tell_of_session("checkout.session.completed", place, &Cause::default(), now);
        Ok(())
    }

    /// Lets a payment that was promised come, or not.
    pub(super) fn settle(&mut self, id: &str, succeeds: bool, now: i64) -> Result<(), StripeError> {
        let place = self.place(id)?;
        let intent = self.sessions[place].intent.clone();
        let waiting = self
            .intents
            .iter_mut()
            .find(|known| Some(&known.id) == intent.as_ref() && known.status == IntentStatus::Processing);
        let Some(waiting) = waiting else {
            return Err(StripeError::invalid("Nothing is awaited for this session."));
        };
        waiting.fails_at = None;
        waiting.status = if succeeds { IntentStatus::Succeeded } else { IntentStatus::Failed };
        self.sessions[place].is_paid = succeeds;
        let kind = if succeeds { "async_payment_succeeded" } else { "async_payment_failed" };
        self.tell_of_session(&format!("checkout.session.{kind}"), place, &Cause::default(), now);
        Ok(())
    }

    /// Gives money back.
    pub(super) fn give_back(
        &mut self,
        order: RefundOrder,
        cause: &Cause,
        now: i64,
    ) -> Result<Refund, StripeError> {
        let intent = self.intent(&order.intent, "payment_intent")?.clone();
        if intent.status != IntentStatus::Succeeded {
            let message =
                format!("This PaymentIntent ({}) does not have a successful charge to refund.", intent.id);
            return Err(StripeError::invalid(message).kept());
        }
        if self.disputes.iter().any(|dispute| dispute.intent == intent.id && dispute.status.blocks_refunds())
        {
            let message = format!("Charge {} has been charged back; cannot issue a refund.", intent.charge);
            return Err(StripeError::invalid(message).code("charge_disputed").kept());
        }
        let left = intent.amount() - intent.refunded;
        if left == 0 {
            let message = format!("Charge {} has already been refunded.", intent.charge);
            return Err(StripeError::invalid(message).code("charge_already_refunded").kept());
        }
        let amount = order.amount.unwrap_or(left);
        if amount == 0 {
            let message = "This value must be greater than or equal to 1.";
            return Err(StripeError::invalid(message).code("parameter_invalid_integer").of("amount"));
        }
        if amount > left {
            let currency = intent.order.total.currency.code();
            let message = format!(
                "Refund amount ({amount} {currency}, in its smallest unit) is greater than unrefunded amount on charge \
                 ({left} {currency})"
            );
            return Err(StripeError::invalid(message).of("amount").kept());
        }
        let status = match self.switches.refunds {
            Refunds::Succeed => RefundStatus::Succeeded,
            Refunds::Pend | Refunds::Fail => RefundStatus::Pending,
        };
        let refund = Refund {
            id: self.id("re_"),
            created: now,
            amount,
            currency: shapes::currency(&intent.order),
            intent: intent.id.clone(),
            charge: intent.charge,
            reason: order.reason,
            instructions_email: order.instructions_email,
            metadata: order.metadata,
            status,
            fails_at: (self.switches.refunds == Refunds::Fail).then_some(now + FAILS_AFTER_SECONDS),
        };
        self.refunds.push(refund.clone());
        self.tell("refund.created", &shapes::refund(&refund), None, cause, now);
        self.refunded(&intent.id, |sum| sum + amount);
        let charge = self.intent(&intent.id, "payment_intent").map(shapes::charge)?;
        let before = json!({ "amount_refunded": intent.refunded });
        self.tell("charge.refunded", &charge, Some(before), cause, now);
        if amount == left {
            // A bank that only asks has nothing left to ask about.
            let _ = self.decide(&intent.id, &[DisputeStatus::WarningNeedsResponse], true, now);
        }
        Ok(refund)
    }

    /// Has a payment disputed, all that was not sent back; or has a bank only ask about it.
    pub(super) fn dispute(&mut self, intent: &str, is_inquiry: bool, now: i64) -> Result<(), StripeError> {
        let intent = self.intent(intent, "payment_intent")?.clone();
        let amount = intent.received().saturating_sub(intent.refunded);
        if amount == 0 || self.disputes.iter().any(|dispute| dispute.intent == intent.id) {
            return Err(StripeError::invalid("This payment cannot be disputed."));
        }
        let dispute = Dispute {
            id: self.id("dp_"),
            created: now,
            due_by: now + DISPUTE_DAYS * DAY_SECONDS,
            amount,
            currency: shapes::currency(&intent.order),
            intent: intent.id,
            charge: intent.charge,
            status: if is_inquiry {
                DisputeStatus::WarningNeedsResponse
            } else {
                DisputeStatus::NeedsResponse
            },
        };
        self.tell("charge.dispute.created", &shapes::dispute(&dispute), None, &Cause::default(), now);
        self.disputes.push(dispute);
        Ok(())
    }

    /// Lets a bank decide a dispute of any of those statuses. One that only asked takes the money now, unless the host
    /// wins.
    pub(super) fn decide(
        &mut self,
        intent: &str,
        of: &[DisputeStatus],
        is_won: bool,
        now: i64,
    ) -> Result<(), StripeError> {
        let is_open = |dispute: &&mut Dispute| dispute.intent == intent && of.contains(&dispute.status);
        let Some(dispute) = self.disputes.iter_mut().find(is_open) else {
            return Err(StripeError::invalid("Nothing is disputed of this payment."));
        };
        let before = json!({ "status": dispute.status.name() });
        dispute.status = match (dispute.status, is_won) {
            (DisputeStatus::WarningNeedsResponse, true) => DisputeStatus::WarningClosed,
            (DisputeStatus::WarningNeedsResponse, false) => DisputeStatus::NeedsResponse,
            (_, true) => DisputeStatus::Won,
            (_, false) => DisputeStatus::Lost,
        };
        let is_open = dispute.status == DisputeStatus::NeedsResponse;
        let kind = if is_open { "charge.dispute.updated" } else { "charge.dispute.closed" };
        let shape = shapes::dispute(dispute);
        self.tell(kind, &shape, Some(before), &Cause::default(), now);
        Ok(())
    }

    fn refunded(&mut self, intent: &str, sum: impl Fn(u64) -> u64) {
        for known in self.intents.iter_mut().filter(|known| known.id == intent) {
            known.refunded = sum(known.refunded);
        }
    }

    /// Lets a pending refund succeed, or fail.
    pub(super) fn settle_refund(&mut self, id: &str, succeeds: bool, now: i64) -> Result<(), StripeError> {
        let place = self.refunds.iter().position(|refund| refund.id == id);
        let place = place.ok_or_else(|| StripeError::missing("refund", id, "refund"))?;
        let refund = &mut self.refunds[place];
        // A bank may return also what it has taken.
        let may =
            refund.status == RefundStatus::Pending || (refund.status == RefundStatus::Succeeded && !succeeds);
        if !may {
            return Err(StripeError::invalid(format!("This refund has {} already.", refund.status.name())));
        }
        let before = json!({ "status": refund.status.name() });
        refund.status = if succeeds { RefundStatus::Succeeded } else { RefundStatus::Failed };
        refund.fails_at = None;
        let (shape, intent, amount) = (shapes::refund(refund), refund.intent.clone(), refund.amount);
        self.tell("refund.updated", &shape, Some(before.clone()), &Cause::default(), now);
        if !succeeds {
            self.refunded(&intent, |sum| sum.saturating_sub(amount));
            self.tell("refund.failed", &shape, Some(before), &Cause::default(), now);
        }
        Ok(())
    }

    /// What time alone changes.
    pub(super) fn pass(&mut self, now: i64) {
        for place in 0..self.sessions.len() {
            let session = &mut self.sessions[place];
            if session.status == SessionStatus::Open && session.expires_at <= now {
                session.status = SessionStatus::Expired;
                self.tell_of_session("checkout.session.expired", place, &Cause::default(), now);
            }
        }
        let is_due = |refund: &&Refund| refund.fails_at.is_some_and(|at| at <= now);
        let failing: Vec<String> =
            self.refunds.iter().filter(is_due).map(|refund| refund.id.clone()).collect();
        for id in failing {
            let _ = self.settle_refund(&id, false, now);
        }
        let has_ended = |intent: &&Intent| intent.fails_at.is_some_and(|at| at <= now);
        let ended: Vec<String> =
            self.intents.iter().filter(has_ended).map(|intent| intent.id.clone()).collect();
        for place in 0..self.sessions.len() {
            if self.sessions[place].intent.as_ref().is_some_and(|intent| ended.contains(intent)) {
                let _ = self.settle(&self.sessions[place].id.clone(), false, now);
            }
        }
        self.kept.retain(|_, kept| kept.at + KEPT_SECONDS > now);
    }

    fn tell_of_session(&mut self, kind: &str, place: usize, cause: &Cause, now: i64) {
        let object = self.shown(&self.sessions[place]);
        self.tell(kind, &object, None, cause, now);
    }

    fn tell(&mut self, kind: &str, object: &Value, before: Option<Value>, cause: &Cause, now: i64) {
        let mut data = json!({ "object": object });
        if let Some(before) = before {
            data["previous_attributes"] = before;
        }
        let id = self.id("evt_");
        let livemode = data["object"]["livemode"] == json!(true);
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": shapes::API_VERSION,
            "created": now,
            "data": data,
            "livemode": livemode,
            "pending_webhooks": 1,
            "request": { "id": cause.request, "idempotency_key": cause.key },
            "type": kind,
        });
        let switches = &self.switches;
        let mut due = now * 1000 + i64::from(switches.webhooks_late_seconds) * 1000;
        if switches.webhooks_reordered {
            // Those that come while others are held go with them.
            let held =
                self.events.iter().filter(|event| event.failures == 0).filter_map(|event| event.due).min();
            due = held.unwrap_or(due + HELD_MILLISECONDS);
        }
        let due = (!switches.webhooks_never && switches.webhooks_to.is_some()).then_some(due);
        let copies = if switches.webhooks_twice { 2 } else { 1 };
        self.events.push(Event { id, body, due, copies, failures: 0, attempts: Vec::new() });
    }

    /// The next event to be sent by that time, in milliseconds since 1970.
    pub(super) fn due(&self, now: i64) -> Option<&Event> {
        let mut due: Vec<&Event> =
            self.events.iter().filter(|event| event.due.is_some_and(|due| due <= now)).collect();
        if self.switches.webhooks_reordered {
            due.reverse();
        }
        due.first().copied()
    }

    /// Notes what came of sending an event: the receiver's status, or why there was none.
    pub(super) fn sent(&mut self, id: &str, said: Result<u16, String>, now: i64) {
        let Some(event) = self.events.iter_mut().find(|event| event.id == id) else { return };
        let is_taken = said.as_ref().is_ok_and(|status| (200..300).contains(status));
        event.attempts.push(said.map_or_else(|cause| cause, |status| status.to_string()));
        if is_taken {
            event.copies = event.copies.saturating_sub(1);
            event.due = event.due.filter(|_| event.copies > 0);
        } else {
            event.due = PAUSES_SECONDS.get(event.failures).map(|pause| now + pause * 1000);
            event.failures += 1;
        }
    }

    /// Everything, for whoever counts.
    pub(super) fn all(&self) -> Value {
        let event = |event: &Event| {
            let mut shape = event.body.clone();
            shape["attempts"] = json!(event.attempts);
            shape["is_settled"] = json!(event.due.is_none());
            shape
        };
        json!({
            "sessions": self.sessions.iter().map(|session| self.shown(session)).collect::<Vec<_>>(),
            "payment_intents": self.intents.iter().map(shapes::intent).collect::<Vec<_>>(),
            "charges": self.intents.iter().map(shapes::charge).collect::<Vec<_>>(),
            "refunds": self.refunds.iter().map(shapes::refund).collect::<Vec<_>>(),
            "disputes": self.disputes.iter().map(shapes::dispute).collect::<Vec<_>>(),
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "calls": self.calls,
        })
    }
}

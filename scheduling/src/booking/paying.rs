//! Paying for a booking: how each word of a provider's moves it on.
//!
//! What a provider says is noted as it is, in whatever order and however often it comes: each note leads from any state
//! to the one that it belongs to, and the same said again is no change.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::refunding::REFUND_STAYS;
use super::{Booking, Checkout, Event, Heard, Paid, Party, Payment, PaymentStatus, RefundState, Status};
use crate::refusal::Refusal;

/// How long a checkout can be paid: Stripe's shortest is half an hour, counted from when it hears of it.
const CHECKOUT_LASTS: TimeDelta = TimeDelta::minutes(31);
/// How long an answer is waited for with which a checkout is made: who asks again after that gets another one, as a
/// provider repeats an answer to one and the same request, also where that was a failure.
const BEING_MADE: TimeDelta = TimeDelta::seconds(10);
/// How much longer the time is held: until then, the provider has been asked whether it was paid.
const GRACE: TimeDelta = TimeDelta::minutes(10);
/// The time that a host has agreed to is held so long for the payment.
const PAID_WITHIN_OF_ACCEPTED: TimeDelta = TimeDelta::hours(24);
/// However often a checkout is opened anew, a time is held no longer than this, beside what is above.
const LONGEST_HOLD: TimeDelta = TimeDelta::hours(2);
/// Whoever did not pay later, as they had chosen, has so long to pay another way.
const PAID_WITHIN_OF_BROKEN: TimeDelta = TimeDelta::hours(24);
/// The host has so long to look at a payment that is not the price.
const LOOKED_AT_WITHIN: TimeDelta = TimeDelta::hours(24);
/// What is paid later needs so many days until the meeting.
const LATER_NEEDS_DAYS: i64 = 2;
/// An order that is paid later lasts so many days, where the provider lets that be chosen and there is time.
const ORDER_LASTS_DAYS: i64 = 3;
/// The money of an order that is paid later comes within so many days.
const PROMISE_LASTS: TimeDelta = TimeDelta::days(7);

impl Booking {
    /// The same booking, of which its payment is so since an instant.
    pub(super) fn paying(&self, payment: Box<Payment>, changed_at: DateTime<Utc>) -> Self {
        Self { payment: Some(payment), changed_at, ..self.clone() }
    }

    /// The booking once both have agreed to its time: confirmed, or to be paid for first.
    #[must_use]
    pub fn agreed(self, now: DateTime<Utc>) -> Self {
        let start = self.start;
        let is_accepted = self.terms.by_request;
        match self.payment {
            Some(mut payment) if payment.paid.is_none() => {
                let now = now.trunc_subsecs(0);
                let (held, payable) = if is_accepted {
                    (PAID_WITHIN_OF_ACCEPTED, PAID_WITHIN_OF_ACCEPTED + CHECKOUT_LASTS)
                } else {
                    (CHECKOUT_LASTS + GRACE, LONGEST_HOLD)
                };
                let due_by = Some(start.min(now + held));
                payment.due_by = due_by;
                payment.payable_until = Some(now + payable);
                Self { status: Status::AwaitingPayment, payment: Some(payment), ..self }
            }
            payment => Self { status: Status::Confirmed, payment, ..self },
        }
    }

    /// Whether it was paid.
    pub(crate) fn is_paid(&self) -> bool {
        self.payment.as_ref().is_some_and(|payment| payment.paid.is_some())
    }

    /// Whether something was paid for it, be it the price or not.
    pub(crate) fn has_money(&self) -> bool {
        self.is_paid() || self.payment.as_ref().is_some_and(|payment| payment.mismatched.is_some())
    }

    /// Whether its visitor has chosen to pay later, and the money is to come.
    pub fn is_promised(&self) -> bool {
        let payment = self.payment.as_ref();
        payment.is_some_and(|payment| payment.status(self.status) == PaymentStatus::Promised)
    }

    /// Until when it holds its time, where it waits for the payment.
    pub(crate) fn payment_due_by(&self) -> Option<DateTime<Utc>> {
        let payment = self.payment.as_ref().filter(|_| self.status == Status::AwaitingPayment);
        payment.and_then(|payment| payment.due_by)
    }

    /// Until when its visitor is told that it can be paid. It holds its time somewhat longer, until it is known whether
    /// it was; where its host has agreed to the time, or the money is to come, for as long as that.
    pub fn pay_by(&self) -> Option<DateTime<Utc>> {
        let payment = self.payment.as_ref()?;
        let due_by = payment.due_by?;
        let until = match &payment.checkout {
            _ if self.is_held_until_due() => due_by,
            Some(checkout) => checkout.expires_at.min(due_by),
            // What begins sooner can be paid until then.
            None if due_by < self.start => due_by - GRACE,
            None => due_by,
        };
        Some(until.min(self.start))
    }

    /// Whether it holds its time for as long as somebody was told, and not only until its checkout ends.
    pub(crate) fn is_held_until_due(&self) -> bool {
        let is_special = |payment: &Payment| {
            let is_longer = |checkout: &Checkout| payment.due_by > Some(checkout.expires_at + GRACE);
            payment.mismatched.is_some()
                || payment.checkout.as_ref().is_some_and(|checkout| checkout.is_broken || is_longer(checkout))
        };
        self.terms.by_request || self.payment.as_deref().is_some_and(is_special)
    }

    /// For how many days an order may be open in its checkout that is paid later: it ends before the meeting begins.
    /// `None` where the meeting is too near for that, or where such money did not come before.
    pub fn order_lasts_days(&self) -> Option<i64> {
        let checkout = self.payment.as_ref()?.checkout.as_ref().filter(|checkout| !checkout.is_broken)?;
        // By the checkout alone: asked again, it is the same.
        let days = (self.start - checkout.expires_at).num_days();
        // An order ends with a day, in the provider's zone.
        (days >= LATER_NEEDS_DAYS).then(|| ORDER_LASTS_DAYS.min(days - 1))
    }

    /// Whether there is time to pay what it waits for in a new checkout.
    pub(crate) fn has_time_to_pay(&self, now: DateTime<Utc>) -> bool {
        self.payment_due_by().is_some_and(|due_by| due_by - now >= CHECKOUT_LASTS + GRACE)
    }

    /// The same booking with a checkout that can be paid: the one that is open, one that is being made, or a new one.
    pub(super) fn with_checkout(&self, now: DateTime<Utc>) -> Result<Booking, Refusal> {
        let payment = self.payable()?;
        let is_being_made = |checkout: &&Checkout| {
            checkout.url.is_none() && checkout.expires_at - now >= CHECKOUT_LASTS - BEING_MADE
        };
        let is_promised = payment.checkout.as_ref().is_some_and(|checkout| checkout.is_promised);
        if is_promised || payment.mismatched.is_some() {
            return Err(Refusal::NothingToPay);
        }
        if payment.open_checkout(now).or(payment.checkout.as_ref().filter(is_being_made)).is_some() {
            return Ok(self.clone());
        }
        let expires_at = now.trunc_subsecs(0) + CHECKOUT_LASTS;
        if payment.payable_until.is_some_and(|until| until < expires_at) || self.start <= now {
            return Err(Refusal::HoldExpired);
        }
        let number = payment.checkout.as_ref().map_or(0, |checkout| checkout.number) + 1;
        let is_broken = payment.checkout.as_ref().is_some_and(|checkout| checkout.is_broken);
        let checkout =
            Some(Checkout { number, expires_at, id: None, url: None, is_promised: false, is_broken });
        let due_by = payment.due_by.max(Some(expires_at + GRACE)).min(Some(self.start));
        let payment = Box::new(Payment { due_by, checkout, ..payment.clone() });
        Ok(self.paying(payment, self.changed_at))
    }

    /// Its payment, if it waits for that.
    fn payable(&self) -> Result<&Payment, Refusal> {
        let payment = self.payment.as_ref().filter(|payment| payment.paid.is_none());
        match (self.status, payment) {
            (Status::AwaitingPayment, Some(payment)) => Ok(payment),
            (Status::Cancelled, _) => Err(Refusal::AlreadyCancelled),
            (Status::Expired, _) => Err(Refusal::HoldExpired),
            (Status::AwaitingConfirmation, _) => Err(Refusal::NotConfirmed),
            _ => Err(Refusal::NothingToPay),
        }
    }

    /// The booking with what its provider says of its checkouts, refunds and disputes, and of other amounts than its
    /// price. What has been paid is [`Booking::paid`].
    pub(super) fn hear(&self, heard: &Heard, now: DateTime<Utc>) -> (Booking, Option<Event>) {
        let Some(mut payment) = self.payment.clone() else { return (self.clone(), None) };
        let own = payment.checkout.as_mut();
        match heard {
            Heard::CheckoutMade { number, id, url } => {
                if let Some(own) = own.filter(|own| own.number == *number && own.id.is_none()) {
                    (own.id, own.url) = (Some(id.clone()), Some(url.clone()));
                }
            }
            Heard::CheckoutExpired { id } => {
                if let Some(own) = own.filter(|own| own.id.as_ref() == Some(id)) {
                    (own.url, own.is_promised) = (None, false);
                    own.expires_at = own.expires_at.min(now.trunc_subsecs(0));
                }
            }
            Heard::Promised { id } => {
                let own = own.filter(|own| own.id.as_ref() == Some(id) && !own.is_promised);
                if let Some(own) = own.filter(|_| payment.paid.is_none()) {
                    (own.is_promised, own.url) = (true, None);
                    let late = self.start.min(now.trunc_subsecs(0) + PROMISE_LASTS);
                    payment.due_by = payment.due_by.max(Some(late));
                }
            }
            Heard::PromiseBroken { id } => {
                let Some(own) = own.filter(|own| own.id.as_ref() == Some(id)) else {
                    return (self.clone(), None);
                };
                // Its name is forgotten: that it was completed is said of it still, and was before this.
                (own.id, own.url, own.is_promised, own.is_broken) = (None, None, false, true);
                own.expires_at = own.expires_at.min(now.trunc_subsecs(0));
                if self.status != Status::AwaitingPayment {
                    return (self.paying(payment, self.changed_at), None);
                }
                let within = now.trunc_subsecs(0) + PAID_WITHIN_OF_BROKEN;
                payment.due_by = Some(self.start.min(within));
                payment.payable_until = Some(within + CHECKOUT_LASTS);
                let broken = self.paying(payment, now);
                let event = broken.has_time_to_pay(now).then_some(Event::PaymentFailed);
                return (broken, event);
            }
            Heard::Disputed(dispute) => {
                let is_settled = payment.is_settled(dispute);
                if !payment.note_dispute(dispute, now) {
                    return (self.clone(), None);
                }
                let is_undecided = dispute.state.is_undecided();
                let event = if is_undecided { Event::PaymentDisputed } else { Event::DisputeClosed };
                return (self.paying(payment, now), Some(event).filter(|_| !is_settled));
            }
            Heard::Paid { money, reference } => {
                let is_beside = payment.mismatched.is_some() || payment.paid.is_some();
                if *money == payment.price
                    || payment.knows_payment(reference)
                    || (is_beside && money.currency != payment.price.currency)
                {
                    return (self.clone(), None);
                }
                if is_beside {
                    payment.send_back(Some(reference), money.amount, (None, None), now);
                    return (self.paying(payment, self.changed_at), None);
                }
                // Nobody pays again until the host has looked at it.
                if let Some(own) = &mut payment.checkout {
                    own.url = None;
                    own.expires_at = own.expires_at.min(now.trunc_subsecs(0));
                }
                if self.status == Status::AwaitingPayment {
                    let late = now.trunc_subsecs(0) + LOOKED_AT_WITHIN;
                    payment.due_by = payment.due_by.max(Some(late)).min(Some(self.start));
                }
                let reference = Some(reference.clone());
                payment.mismatched = Some(Paid { money: *money, reference, at: now });
            }
            Heard::Returned { of, money } => return self.returned(of, *money, now),
            Heard::Refund { number, state, failure, returned } => {
                return self.refund_stands(*number, (*state, failure), *returned, now);
            }
        }
        (self.paying(payment, self.changed_at), None)
    }

    /// The booking once that has been paid; `has_seat` says whether it has its time, or has it again. Without it, and
    /// where it was paid already, the money goes back: nobody pays for nothing.
    pub(super) fn paid(
        &self,
        paid: &Paid,
        (by, has_seat): (Party, bool),
        now: DateTime<Utc>,
    ) -> Result<(Booking, Option<Event>), Refusal> {
        let Some(mut payment) = self.payment.clone() else { return Err(Refusal::NothingToPay) };
        let by_host = by == Party::Host;
        if let Some(earlier) = &payment.paid {
            // Its host would think it booked by their word.
            if by_host && self.status != Status::Confirmed {
                return Err(self.why_not_booked());
            }
            let Some(reference) = paid.reference.as_ref().filter(|_| earlier.reference != paid.reference)
            else {
                return Ok((self.clone(), None));
            };
            // Paid twice: the second goes back, once.
            if payment.knows_payment(reference) {
                return Ok((self.clone(), None));
            }
            payment.send_back(Some(reference), paid.money.amount, (None, None), now);
            return Ok((self.paying(payment, self.changed_at), None));
        }
        payment.paid = Some(paid.clone());
        payment.mismatched.take_if(|other| other.reference == paid.reference);
        payment.due_by = None;
        // Whoever paid another amount first, and then the price, gets the former back.
        let beside = payment.mismatched.take_if(|other| {
            other.reference != paid.reference && !by_host && other.money.currency == payment.price.currency
        });
        if let Some(other) = beside {
            let rest = payment.rest(&other);
            payment.send_back(other.reference.as_deref(), rest, (None, None), now);
        }
        let takes_place = match self.status {
            // What nobody has agreed to yet is not paid for by a word of its host's, who would think it booked.
            Status::Requested | Status::AwaitingConfirmation if by_host => return Err(self.why_not_booked()),
            // A request that nobody has answered is not agreed to by being paid for.
            Status::Expired => has_seat && payment.payable_until.is_some(),
            Status::AwaitingPayment => has_seat,
            Status::Requested | Status::AwaitingConfirmation | Status::Confirmed => true,
            Status::Declined | Status::Cancelled => false,
        };
        match self.status {
            _ if takes_place => {}
            _ if by_host => return Err(self.why_not_booked()),
            _ => payment.send_all_back(now),
        }
        let is_booked_by_it = takes_place && matches!(self.status, Status::AwaitingPayment | Status::Expired);
        let status = match self.status {
            _ if is_booked_by_it => Status::Confirmed,
            Status::AwaitingPayment => Status::Expired,
            status => status,
        };
        let event = is_booked_by_it.then_some(Event::Confirmed);
        Ok((Booking { status, ..self.paying(payment, now) }, event))
    }

    /// Why its host does not book it by saying that it was paid.
    fn why_not_booked(&self) -> Refusal {
        let was_payable = self.payment.as_ref().is_some_and(|payment| payment.payable_until.is_some());
        match self.status {
            Status::Requested => Refusal::NotAccepted,
            Status::AwaitingConfirmation => Refusal::NotConfirmed,
            Status::Cancelled => Refusal::AlreadyCancelled,
            Status::Declined => Refusal::AlreadyDecided,
            Status::Expired if !was_payable => Refusal::NotAccepted,
            Status::Expired | Status::AwaitingPayment | Status::Confirmed => Refusal::HoldExpired,
        }
    }

    /// The booking with money on its way back, as its host asks: so much, or all that is left; and what was left as the
    /// host saw it. With that, what was asked for and is asked for again, as its answer was lost, goes back once.
    pub(super) fn refunded(
        &self,
        (amount, seen): (Option<u64>, Option<u64>),
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Booking, Refusal> {
        let mut payment = self.payment.clone().ok_or(Refusal::NothingToRefund)?;
        if payment.is_disputed() {
            return Err(Refusal::PaymentDisputed);
        }
        let left = payment.refundable();
        if seen.is_some_and(|seen| seen != left) {
            return Err(Refusal::Superseded);
        }
        let amount = amount.unwrap_or(left);
        let Some(paid) = payment.paid.clone().filter(|_| (1..=left).contains(&amount)) else {
            return Err(Refusal::NothingToRefund);
        };
        let why = (Some(Party::Host), reason.map(str::to_owned));
        payment.send_back(paid.reference.as_deref(), amount, why, now);
        Ok(self.paying(payment, self.changed_at))
    }

    /// The booking with a refund on its way again that has failed.
    pub(super) fn refunded_again(&self, number: u32, now: DateTime<Utc>) -> Result<Booking, Refusal> {
        let mut payment = self.payment.clone().ok_or(Refusal::NothingToRefund)?;
        if !payment.ask_again(number, now) {
            return Err(Refusal::Superseded);
        }
        Ok(self.paying(payment, self.changed_at))
    }

    /// The booking once its host has sent all back by hand that they had to, or else what does not count; and how much
    /// that was as the host saw it. Said again, it changes nothing.
    pub(super) fn sent_by_hand(
        &self,
        seen: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<(Booking, Option<Event>), Refusal> {
        let mut payment = self.payment.clone().ok_or(Refusal::NothingToRefund)?;
        let owed = payment.owed().amount;
        let other = payment.mismatched.as_ref().map_or(0, |other| other.money.amount);
        let is_seen = |amount: u64| amount > 0 && seen.is_none_or(|seen| seen == amount);
        if is_seen(owed) {
            payment.send_by_hand(now);
            return Ok((self.paying(payment, now), Some(Event::Refunded)));
        }
        if is_seen(other) {
            return Ok((self.with_other_sent_back(payment, now), None));
        }
        match owed + other {
            0 if payment.refunds.iter().any(|refund| refund.state == RefundState::Succeeded) => {
                Ok((self.clone(), None))
            }
            0 => Err(Refusal::NothingToRefund),
            _ => Err(Refusal::Superseded),
        }
    }

    /// The booking once what was paid and does not count has gone back: while it waits, the price can then be paid.
    pub(super) fn with_other_sent_back(&self, mut payment: Box<Payment>, now: DateTime<Utc>) -> Self {
        payment.send_other_back(now);
        if self.status == Status::AwaitingPayment {
            payment.payable_until = payment.due_by.map(|due_by| due_by + CHECKOUT_LASTS);
            // Its name is forgotten: what was paid in it is said of it still.
            if let Some(own) = &mut payment.checkout {
                own.id = None;
            }
        }
        self.paying(payment, self.changed_at)
    }

    /// The booking with the terms that it has once it is moved by somebody, or is asked to be. Whoever could get a
    /// refund and is moved by their host can cancel for as long as that lasts.
    pub(super) fn with_terms_when_moved(&self, to: DateTime<Utc>, by: Party, now: DateTime<Utc>) -> Booking {
        let mut moved = self.clone();
        if let Some(payment) = &mut moved.payment {
            let keeps_refund = by == Party::Host && payment.goes_back(self.start, now);
            payment.move_to((self.start, to), by, now);
            let change_until = to - TimeDelta::minutes(self.terms.change_until_minutes.into());
            if keeps_refund && change_until < to.min(now + REFUND_STAYS) {
                moved.terms.change_until_minutes = 0;
            }
        }
        moved
    }

    /// The payment of a booking that does not take place, however that came, as that ends it: all goes back, unless its
    /// visitor ends it when it is too late for that.
    pub(super) fn payment_when_ended(&self, by: Option<Party>, now: DateTime<Utc>) -> Option<Box<Payment>> {
        let mut payment = self.payment.clone()?;
        if self.status != Status::Expired {
            payment.due_by = None;
        }
        if by != Some(Party::Visitor) || self.status == Status::Expired || payment.goes_back(self.start, now)
        {
            payment.send_all_back(now);
        }
        Some(payment)
    }
}

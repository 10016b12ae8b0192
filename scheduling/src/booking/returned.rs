//! What a host sends back at the provider's own, without Daymark: the provider says how much of a payment that is by
//! now, altogether, and it may fail as well.

use chrono::{DateTime, Utc};

use super::{Booking, Event, Paid, Party, Payment, Refund, RefundState};
use crate::money::Money;

/// Why such a refund has failed: of a sum, no provider says more.
const DID_NOT_ARRIVE: &str = "what was sent back in Stripe's dashboard did not arrive";

impl Booking {
    /// The booking once that much of a payment has gone back which its host has sent at the provider's.
    pub(super) fn returned(&self, of: &str, sum: Money, now: DateTime<Utc>) -> (Booking, Option<Event>) {
        let Some(mut payment) = self.payment.clone() else { return (self.clone(), None) };
        let event = payment.note_returned(of, sum, now);
        if self.payment.as_ref() == Some(&payment) {
            return (self.clone(), None);
        }
        let other = payment.mismatched.as_ref().filter(|other| other.reference.as_deref() == Some(of));
        match other.map(|other| payment.rest(other)) {
            None => (self.paying(payment, now), event),
            Some(0) => (self.with_other_sent_back(payment, now), None),
            Some(_) => {
                // What is not the price is its host's to see to anyway.
                payment.refunds.retain(|refund| refund.state != RefundState::Failed || !refund.is_of(of));
                (self.paying(payment, self.changed_at), None)
            }
        }
    }

    /// The booking as a refund of it stands by now, with what its host has sent back of the same payment.
    pub(super) fn refund_stands(
        &self,
        number: u32,
        (state, failure): (RefundState, &Option<String>),
        returned: Option<Money>,
        now: DateTime<Utc>,
    ) -> (Booking, Option<Event>) {
        let Some(mut payment) = self.payment.clone() else { return (self.clone(), None) };
        let is_it = |refund: &&mut Refund| refund.number == number;
        let of = payment.refunds.iter_mut().find(is_it).and_then(|refund| refund.of.clone());
        let beside = of.zip(returned).and_then(|(of, sum)| payment.note_returned(&of, sum, now));
        let refund = payment.refunds.iter_mut().find(is_it).filter(|refund| refund.state != state);
        let event = match (refund, state) {
            (Some(refund), RefundState::Succeeded) => {
                (refund.state, refund.sent_at) = (state, Some(now));
                (refund.failed_at, refund.failure) = (None, None);
                Some(Event::Refunded)
            }
            (Some(refund), RefundState::Failed) => {
                refund.fails(failure.clone(), now);
                Some(Event::RefundFailed)
            }
            // A provider that has sent it back does not take that up again.
            _ => None,
        };
        if self.payment.as_ref() == Some(&payment) {
            return (self.clone(), None);
        }
        // What has failed is the worse news.
        let event = event.filter(|event| beside.is_none() || *event == Event::RefundFailed).or(beside);
        (self.paying(payment, now), event)
    }
}

impl Payment {
    /// What was paid in a payment, where it counts, or did before its host has looked at it.
    fn made(&self, of: &str) -> Option<&Paid> {
        let all = self.paid.iter().chain(&self.mismatched);
        all.into_iter().find(|paid| paid.reference.as_deref() == Some(of))
    }

    /// Whether a payment has been heard of.
    pub(super) fn knows_payment(&self, of: &str) -> bool {
        self.made(of).is_some() || self.refunds.iter().any(|refund| refund.is_of(of))
    }

    /// What of a payment has not been sent back.
    pub(super) fn rest(&self, paid: &Paid) -> u64 {
        paid.money.amount.saturating_sub(self.sent_back(paid.reference.as_deref()))
    }

    /// Notes how much of a payment its host has sent back at the provider's. It is the same money as what Daymark has
    /// yet to ask for, as far as the payment is not enough for both.
    pub(super) fn note_returned(&mut self, of: &str, sum: Money, now: DateTime<Utc>) -> Option<Event> {
        let made = self.made(of).map(|paid| paid.money);
        let known = made.or_else(|| Some(self.refunds.iter().find(|refund| refund.is_of(of))?.money))?;
        if known.currency != sum.currency {
            return None;
        }
        // All of a payment that never counted was to go back.
        let all =
            made.map_or_else(|| self.sent_back(Some(of)) + self.failed_of(Some(of)), |paid| paid.amount);
        let stands = |refund: &Refund, state| refund.is_of(of) && refund.state == state;
        let theirs = self.refunds.iter().filter(|one| one.at_provider && stands(one, RefundState::Succeeded));
        let before: u64 = theirs.map(|refund| refund.money.amount).sum();
        if sum.amount < before {
            self.fail_returned(of, before - sum.amount, now);
            return Some(Event::RefundFailed);
        }
        let more = sum.amount - before;
        if more > 0 {
            self.has_sent(Some(of), Money { amount: more, ..sum }, now).at_provider = true;
        }
        let mut excess = self.sent_back(Some(of)).saturating_sub(all);
        let mut told = 0;
        for state in [RefundState::Pending, RefundState::Succeeded] {
            for refund in self.refunds.iter_mut().rev().filter(|one| !one.at_provider && stands(one, state)) {
                let part = excess.min(refund.money.amount);
                (refund.money.amount, excess) = (refund.money.amount - part, excess - part);
                told += if state == RefundState::Succeeded { part } else { 0 };
            }
        }
        self.refunds.retain(|refund| refund.money.amount > 0);
        (more > told).then_some(Event::Refunded)
    }

    /// Of what its host has sent back at the provider's, the last so much has failed.
    fn fail_returned(&mut self, of: &str, mut failed: u64, now: DateTime<Utc>) {
        let number = self.next_refund();
        let mut part = None;
        let is_theirs = |refund: &&mut Refund| {
            refund.at_provider && refund.is_of(of) && refund.state == RefundState::Succeeded
        };
        for refund in self.refunds.iter_mut().rev().filter(is_theirs) {
            if failed == 0 {
                break;
            }
            let amount = refund.money.amount.min(failed);
            failed -= amount;
            if amount == refund.money.amount {
                refund.fails(Some(DID_NOT_ARRIVE.to_owned()), now);
            } else {
                refund.money.amount -= amount;
                part = Some(Refund { number, money: Money { amount, ..refund.money }, ..refund.clone() });
            }
        }
        if let Some(mut part) = part {
            part.fails(Some(DID_NOT_ARRIVE.to_owned()), now);
            self.refunds.push(part);
        }
    }

    /// Notes what its host has sent back.
    pub(super) fn has_sent(&mut self, of: Option<&str>, money: Money, now: DateTime<Utc>) -> &mut Refund {
        let number = self.next_refund();
        self.refunds.push(Refund {
            number,
            of: of.map(str::to_owned),
            money,
            state: RefundState::Succeeded,
            reason: None,
            by: Some(Party::Host),
            at_provider: false,
            again: Vec::new(),
            asked_at: now,
            sent_at: Some(now),
            failed_at: None,
            failure: None,
        });
        let last = self.refunds.len() - 1;
        &mut self.refunds[last]
    }

    fn next_refund(&self) -> u32 {
        self.refunds.last().map_or(0, |refund| refund.number) + 1
    }
}

impl Refund {
    /// Whether the provider is to be asked for it, or has it in hand.
    pub(crate) fn is_pending(&self) -> bool {
        self.state == RefundState::Pending
    }

    /// When it was asked for last.
    pub(crate) fn last_asked_at(&self) -> DateTime<Utc> {
        self.again.last().map_or(self.asked_at, |[_, asked_at]| *asked_at)
    }

    fn is_of(&self, payment: &str) -> bool {
        self.of.as_deref() == Some(payment)
    }

    pub(super) fn fails(&mut self, failure: Option<String>, now: DateTime<Utc>) {
        (self.state, self.sent_at) = (RefundState::Failed, None);
        (self.failed_at, self.failure) = (Some(now), failure);
    }
}

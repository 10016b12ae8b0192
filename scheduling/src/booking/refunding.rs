//! What of a payment goes back: by whose hand, how much, and until when.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Paid, Party, Payment, Refund, RefundState};
use crate::definition::{Provider, RefundUntil};
use crate::money::Money;

/// A provider that says for so long that a refund is on its way is not asked any more: its host has to find out.
/// Stripe's instructions to somebody who has to say where it is to go are over by then.
const REFUND_TAKES: TimeDelta = TimeDelta::days(60);
/// Whoever has a right to a refund has so long for it at least after their host has moved the meeting, or to its start.
pub(super) const REFUND_STAYS: TimeDelta = TimeDelta::hours(24);

impl Payment {
    /// What can go back now, in the price's currency: nothing while a bank decides about it, as a provider sends
    /// nothing back meanwhile.
    pub fn refundable(&self) -> u64 {
        if self.is_disputed() { 0 } else { self.left() }
    }

    /// What was paid, less what went back or is to, or what a bank has taken back.
    pub(crate) fn left(&self) -> u64 {
        let Some(Paid { money, reference, .. }) = &self.paid else { return 0 };
        let sent = self.sent_back(reference.as_deref());
        money.amount.saturating_sub(sent).saturating_sub(self.taken_back().amount)
    }

    /// What goes back is a multiple of this: the provider has no smaller steps.
    pub fn refund_step(&self) -> Money {
        let reference = self.paid.as_ref().and_then(|paid| paid.reference.as_deref());
        let is_by_hand = self.goes_back_by_hand(reference);
        Money { amount: if is_by_hand { 1 } else { self.price.currency.step_at_stripe() }, ..self.price }
    }

    pub(super) fn sent_back(&self, of: Option<&str>) -> u64 {
        let counts = |refund: &&Refund| refund.of.as_deref() == of && refund.state != RefundState::Failed;
        self.refunds.iter().filter(counts).map(|refund| refund.money.amount).sum()
    }

    /// Whether only the host can send a payment back: it was marked as paid, or came through a payment link.
    fn goes_back_by_hand(&self, of: Option<&str>) -> bool {
        of.is_none() || self.provider.provider() == Provider::Link
    }

    /// What the host has yet to send back by hand: what no provider can, and what one could not.
    pub fn owed(&self) -> Money {
        let by_hand: u64 = self.owed_refunds().map(|refund| refund.money.amount).sum();
        let failed: u64 = self.failed_sums().into_iter().map(|(_, amount)| amount).sum();
        Money { amount: by_hand + failed, ..self.price }
    }

    /// Whether what only the host can send back came through a payment link; else it was marked as paid.
    pub fn owes_by_link(&self) -> bool {
        self.owed_refunds().any(|refund| refund.of.is_some())
    }

    /// What only the host can send back of payments beside the one that counts, and what the provider calls them.
    pub fn owed_twice(&self) -> Option<(Money, String)> {
        let own = self.paid.as_ref().map(|paid| &paid.reference);
        let second: Vec<&Refund> = self.owed_refunds().filter(|refund| Some(&refund.of) != own).collect();
        let names: Vec<&str> = second.iter().filter_map(|refund| refund.of.as_deref()).collect();
        let amount = second.iter().map(|refund| refund.money.amount).sum();
        (!names.is_empty()).then(|| (Money { amount, ..self.price }, names.join(", ")))
    }

    /// Whether its visitor does not get it back any more by cancelling, and did before.
    pub fn is_too_late_for_refund(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.refundable() > 0 && self.refund_until != RefundUntil::Never && !self.goes_back(start, now)
    }

    /// What the visitor has in fact got back of what was paid, or will. What was paid a second time does not count.
    pub fn returned(&self) -> Money {
        let amount = self.paid.as_ref().map_or(0, |paid| self.sent_back(paid.reference.as_deref()));
        Money { amount, ..self.price }
    }

    /// What of it is on its way back.
    pub fn on_its_way(&self) -> Money {
        let own = self.paid.as_ref().map(|paid| &paid.reference);
        let waits = |refund: &&Refund| Some(&refund.of) == own && refund.state == RefundState::Pending;
        let amount = self.refunds.iter().filter(waits).map(|refund| refund.money.amount).sum();
        Money { amount, ..self.price }
    }

    /// Whether what went back last was paid beside the payment that counts.
    pub fn was_paid_twice(&self) -> bool {
        let own = self.paid.as_ref().map(|paid| &paid.reference);
        let mut last = self.last_sent().peekable();
        last.peek().is_some() && last.all(|refund| Some(&refund.of) != own)
    }

    /// What went back last, together.
    pub fn last_returned(&self) -> Money {
        Money { amount: self.last_sent().map(|refund| refund.money.amount).sum(), ..self.price }
    }

    fn last_sent(&self) -> impl Iterator<Item = &Refund> {
        let sent = || self.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded);
        let last = sent().max_by_key(|refund| (refund.sent_at, refund.number));
        let is_last = move |refund: &&Refund| {
            let together = |last: &Refund| last.sent_at.is_some() && refund.sent_at == last.sent_at;
            last.is_some_and(|last| refund.number == last.number || together(last))
        };
        sent().filter(is_last)
    }

    /// The refunds that only their host can send, and has yet to.
    pub(super) fn owed_refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.iter().filter(|refund| refund.state == RefundState::Owed)
    }

    /// Whether something could not be sent back, and was not asked for again since.
    pub fn has_failed_refunds(&self) -> bool {
        !self.failed_sums().is_empty()
    }

    /// What could not be sent back, of each payment where that is something, and was not asked for again since. What a
    /// bank has taken back for good is with its payer.
    pub(super) fn failed_sums(&self) -> Vec<(Option<&str>, u64)> {
        let mut sums: Vec<(Option<&str>, u64)> = Vec::new();
        for of in self.refunds.iter().map(|refund| refund.of.as_deref()) {
            if !sums.iter().any(|(known, _)| *known == of) {
                let lost = of.map_or(0, |payment| self.lost(payment));
                sums.push((of, self.failed_of(of).saturating_sub(lost)));
            }
        }
        sums.retain(|(_, amount)| *amount > 0);
        sums
    }

    /// What could not be sent back of a payment: what has failed, less what was asked for after that.
    pub(super) fn failed_of(&self, of: Option<&str>) -> u64 {
        let mut steps = Vec::new();
        for refund in self.refunds.iter().filter(|refund| refund.of.as_deref() == of) {
            let mut of_it = vec![(refund.asked_at, false)];
            for [failed_at, asked_at] in &refund.again {
                of_it.extend([(*failed_at, true), (*asked_at, false)]);
            }
            if refund.state == RefundState::Failed {
                of_it.push((refund.failed_at.unwrap_or(refund.asked_at), true));
            }
            let step =
                |(place, (at, has_failed))| (at, refund.number, place, has_failed, refund.money.amount);
            steps.extend(of_it.into_iter().enumerate().map(step));
        }
        steps.sort_unstable();
        let step = |sum: u64, (_, _, _, has_failed, amount): (_, _, _, bool, u64)| {
            if has_failed { sum + amount } else { sum.saturating_sub(amount) }
        };
        steps.into_iter().fold(0, step)
    }

    /// Asks again for a refund that has failed, unless that was sent back another way since.
    pub(super) fn ask_again(&mut self, number: u32, now: DateTime<Utc>) -> bool {
        let failed = |refund: &&mut Refund| refund.number == number && refund.state == RefundState::Failed;
        let sums: Vec<(Option<String>, u64)> =
            self.failed_sums().into_iter().map(|(of, amount)| (of.map(str::to_owned), amount)).collect();
        let Some(refund) = self.refunds.iter_mut().find(failed) else { return false };
        let is_due = sums.iter().any(|(of, amount)| *of == refund.of && refund.money.amount <= *amount);
        if is_due {
            let failed_at = refund.failed_at.take().unwrap_or(refund.asked_at);
            refund.again.push([failed_at, now]);
            (refund.state, refund.failure) = (RefundState::Pending, None);
        }
        is_due
    }

    /// Whether something of it is still to happen: money is to come or to go back, or somebody has to see to it.
    pub(crate) fn is_open(&self) -> bool {
        let is_promised = self.checkout.as_ref().is_some_and(|checkout| checkout.is_promised);
        self.waits_for_dispute
            || self.mismatched.is_some()
            || (is_promised && self.paid.is_none())
            || self.disputes.iter().any(|dispute| dispute.state.is_undecided())
            || self.refunds.iter().any(|refund| refund.state == RefundState::Pending)
            || self.owed_refunds().next().is_some()
            || self.has_failed_refunds()
    }

    /// When money became known that the host has, and that whoever paid it can still have taken back.
    pub(crate) fn kept_since(&self) -> Option<DateTime<Utc>> {
        let is_kept = |paid: &&Paid| paid.reference.is_some() && self.left() > 0;
        self.paid.as_ref().filter(is_kept).map(|paid| paid.at)
    }

    /// Whether a visitor who cancels a meeting at that start gets the money back.
    pub fn goes_back(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match self.refund_until {
            _ if self.refund_closed => false,
            RefundUntil::Never => false,
            RefundUntil::Always => now < start,
            RefundUntil::Minutes(minutes) => now <= start - TimeDelta::minutes(minutes.into()),
        }
    }

    /// Of a refund that its provider says is on its way: whether it is to be asked again, or has had its time. `None`
    /// where that is known better, or such a refund is not.
    pub(crate) fn is_asked_again(&self, number: u32, now: DateTime<Utc>) -> Option<bool> {
        let is_it = |refund: &&Refund| refund.number == number && refund.state == RefundState::Pending;
        self.refunds.iter().find(is_it).map(|refund| now < refund.last_asked_at() + REFUND_TAKES)
    }

    /// Notes that a meeting is moved. A visitor who moves it too late for a refund does not get one by that; but a
    /// host's new time has a refund of its own, until its start where the visitor had one and would have too little
    /// time for it.
    pub(super) fn move_to(
        &mut self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        by: Party,
        now: DateTime<Utc>,
    ) {
        let goes_back = self.goes_back(from, now);
        self.refund_closed = by == Party::Visitor && self.paid.is_some() && !goes_back;
        if by == Party::Host && goes_back && !self.goes_back(to, now + REFUND_STAYS) {
            self.refund_until = RefundUntil::Always;
        }
    }

    /// Notes that all that the host had to see to was sent back by hand.
    pub(super) fn send_by_hand(&mut self, now: DateTime<Utc>) {
        let failed: Vec<(Option<String>, u64)> =
            self.failed_sums().into_iter().map(|(of, amount)| (of.map(str::to_owned), amount)).collect();
        for refund in self.refunds.iter_mut().filter(|refund| refund.state == RefundState::Owed) {
            (refund.state, refund.sent_at) = (RefundState::Succeeded, Some(now));
        }
        // What the provider says of the failed one, it may say again: what was sent by hand is another.
        for (of, amount) in failed {
            self.has_sent(of.as_deref(), Money { amount, ..self.price }, now);
        }
    }

    /// Sends a payment back, or a part of it.
    pub(super) fn send_back(
        &mut self,
        of: Option<&str>,
        amount: u64,
        why: (Option<Party>, Option<String>),
        now: DateTime<Utc>,
    ) {
        let state = if self.goes_back_by_hand(of) { RefundState::Owed } else { RefundState::Pending };
        let refund = self.has_sent(of, Money { amount, ..self.price }, now);
        (refund.by, refund.reason) = why;
        (refund.state, refund.sent_at) = (state, None);
    }

    /// Sends all back that can be, unasked: what is disputed, once that is decided.
    pub(super) fn send_all_back(&mut self, now: DateTime<Utc>) {
        let left = self.left();
        self.waits_for_dispute = left > 0 && self.is_disputed();
        if self.waits_for_dispute {
            return;
        }
        if let Some(paid) = self.paid.clone().filter(|_| left > 0) {
            self.send_back(paid.reference.as_deref(), left, (None, None), now);
        }
    }
}

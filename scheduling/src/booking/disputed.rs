//! What disputes mean for a payment: nothing goes back while a bank decides, and what it has taken back is gone.

use chrono::{DateTime, Utc};

use super::{Dispute, DisputeState, Payment};
use crate::money::Money;

impl Payment {
    /// Whether its payer has asked their bank to take it back, and that is not decided. A bank that only asks about it
    /// is no obstacle.
    pub fn is_disputed(&self) -> bool {
        self.in_dispute(DisputeState::Open).amount > 0
    }

    /// What a bank has taken back of what was paid, for good.
    pub fn taken_back(&self) -> Money {
        self.in_dispute(DisputeState::Lost)
    }

    /// What of the payment that counts is in disputes of that state.
    pub fn in_dispute(&self, state: DisputeState) -> Money {
        let own = self.paid.as_ref().and_then(|paid| paid.reference.as_deref());
        Money { amount: own.map_or(0, |own| self.sum_of_disputes(own, state)), ..self.price }
    }

    fn sum_of_disputes(&self, of: &str, state: DisputeState) -> u64 {
        let counts = |dispute: &&Dispute| dispute.of == of && dispute.state == state;
        self.disputes.iter().filter(counts).map(|dispute| dispute.money.amount).sum()
    }

    /// Notes a dispute as it stands now. Returns true if that is news; what was decided is not open again, whatever an
    /// older word says.
    pub(super) fn note_dispute(&mut self, dispute: &Dispute, now: DateTime<Utc>) -> bool {
        if self.knows(dispute) {
            return false;
        }
        self.disputes.retain(|known| known.id != dispute.id);
        self.disputes.push(dispute.clone());
        if self.waits_for_dispute {
            self.send_all_back(now);
        }
        true
    }

    /// Whether a bank that had asked about a payment has nothing left to take, as all was sent back.
    pub(super) fn is_settled(&self, dispute: &Dispute) -> bool {
        let is_known = self.disputes.iter().any(|known| known.id == dispute.id);
        dispute.state == DisputeState::Open && is_known && self.left() == 0
    }

    /// Whether a dispute says nothing new.
    pub fn knows(&self, now: &Dispute) -> bool {
        let is_older = |known: &Dispute| now.state.is_undecided() && now.state <= known.state;
        let is_known = |known: &Dispute| known.id == now.id && (known.state == now.state || is_older(known));
        self.disputes.iter().any(is_known)
    }

    /// What a bank has taken back of a payment for good.
    pub(super) fn lost(&self, reference: &str) -> u64 {
        self.sum_of_disputes(reference, DisputeState::Lost)
    }

    /// The dispute that became known last.
    pub fn last_dispute(&self) -> Option<&Dispute> {
        self.disputes.last()
    }
}

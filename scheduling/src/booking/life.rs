//! A booking's life: the one function that moves it on, and what happened when it did.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::{Booking, Event, Heard, Origin, Outcome, Paid, Party, Place, Proposal, RefundState, Status};
use crate::definition::{Association, Buffer, DEFAULT_APPROVAL_MINUTES};
use crate::refusal::Refusal;

/// What somebody asks of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// To cancel it.
    Cancel {
        /// Who asks.
        by: Party,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// To end it, where it is not over, as its visitor is erased: that is never too late.
    Erase {
        /// Who asks.
        by: Party,
    },
    /// To have it at another time.
    Move {
        /// Who asks.
        by: Party,
        /// The new start.
        start: DateTime<Utc>,
        /// The new end.
        end: DateTime<Utc>,
        /// What its page keeps free around it now.
        buffer: Buffer,
        /// How long the host has to answer, where its page takes requests now.
        approval_within_minutes: Option<u32>,
    },
    /// To answer a request, or a proposal, as the host.
    Decide {
        /// Whether the meeting takes place then.
        accepts: bool,
        /// The start that is answered, where whoever answers says so: another one is not.
        start: Option<DateTime<Utc>>,
    },
    /// To confirm it, as whoever pressed the button behind the link in its email.
    Confirm,
    /// Nobody confirmed, paid or answered in time.
    Expire,
    /// To take place in the room that the host's calendar has made, or in the one that its page has for all.
    KeepRoom {
        /// Which.
        room: Place,
    },
    /// To have a checkout in which it can be paid.
    OpenCheckout,
    /// To note what its provider says of its checkouts and refunds.
    Hear(Heard),
    /// To note that it was paid.
    Pay {
        /// Who says so: its host, or else its visitor, by the provider.
        by: Party,
        /// What was paid.
        paid: Paid,
        /// Whether it has its time, or has it again.
        has_seat: bool,
    },
    /// To send money back, as its host.
    Refund {
        /// How much, in the currency's smallest unit; `None` for all that is left.
        amount: Option<u64>,
        /// What was left as its host saw it, where whoever asks says so.
        refundable: Option<u64>,
        /// Why, in the host's words.
        reason: Option<String>,
    },
    /// To ask its provider again for a refund that has failed, as its host.
    RefundAgain {
        /// Its number.
        number: u32,
    },
    /// To note that its host has sent back by hand what they had to, or what does not count: how much, as they saw it,
    /// where they say so.
    SentByHand {
        /// In the currency's smallest unit.
        amount: Option<u64>,
    },
    /// To keep how it went, as the host says.
    RecordOutcome {
        /// How; `None` takes back what was said.
        outcome: Option<Outcome>,
        /// What it belongs to elsewhere; `None` leaves that as it is.
        associations: Option<Vec<Association>>,
    },
}

impl Change {
    /// Who asks; `None` for the clock.
    pub(crate) fn by(&self) -> Option<Party> {
        match self {
            Change::Cancel { by, .. }
            | Change::Erase { by }
            | Change::Move { by, .. }
            | Change::Pay { by, .. } => Some(*by),
            Change::Confirm | Change::OpenCheckout => Some(Party::Visitor),
            Change::Decide { .. }
            | Change::RecordOutcome { .. }
            | Change::Refund { .. }
            | Change::RefundAgain { .. }
            | Change::SentByHand { .. } => Some(Party::Host),
            Change::Expire | Change::KeepRoom { .. } | Change::Hear(_) => None,
        }
    }
}

impl Booking {
    /// What happened when the booking was made.
    pub fn events_when_made(&self) -> Vec<Event> {
        with_alert(Some(self.event_of_status()))
    }

    /// Moves the booking on: its next state and what happened, or why it stays as it is.
    pub fn transition(&self, change: &Change, now: DateTime<Utc>) -> Result<(Booking, Vec<Event>), Refusal> {
        let (mut next, event) = self.next(change, now)?;
        if self.status.is_live() && !next.status.is_live() {
            next.payment = next.payment_when_ended(change.by(), now);
        }
        // Being paid may be all that happens, or be what it is booked by.
        let paid = (!self.is_paid() && next.is_paid()).then_some(Event::Paid);
        let owed = |booking: &Booking| {
            let refunds = booking.payment.iter().flat_map(|payment| &payment.refunds);
            refunds.filter(|refund| refund.state == RefundState::Owed).count()
        };
        // Money that no provider can send back is its host's to send.
        let is_owed = (owed(&next) > owed(self)).then_some(Event::RefundOwed);
        // A dispute that nothing hung on any more, as all was on its way back, does if that fails.
        let hangs = |booking: &Booking| {
            booking.payment.as_ref().is_some_and(|payment| payment.is_disputed() && payment.left() > 0)
        };
        let is_disputed = event == Some(Event::RefundFailed) && hangs(&next) && !hangs(self);
        let is_disputed = is_disputed.then_some(Event::PaymentDisputed);
        Ok((next, with_alert(paid.into_iter().chain(event).chain(is_owed).chain(is_disputed))))
    }

    /// What happened when a booking came to be as it is, and was not so before.
    pub(crate) fn event_of_status(&self) -> Event {
        match self.status {
            Status::AwaitingConfirmation => Event::AwaitingConfirmation,
            Status::Requested => Event::Requested,
            Status::AwaitingPayment => Event::AwaitingPayment,
            _ => Event::Confirmed,
        }
    }

    fn next(&self, change: &Change, now: DateTime<Utc>) -> Result<(Booking, Option<Event>), Refusal> {
        match change {
            Change::Cancel { by, reason } => {
                self.allows_change(*by, now)?;
                Ok(self.cancelled(reason.clone(), now))
            }
            Change::Erase { .. } => {
                self.allows_change(Party::Host, now)?;
                Ok(self.cancelled(None, now))
            }
            Change::Move { by, start, end, .. } if (*start, *end) == self.time() => self.stay(*by, now),
            Change::Move { by, start, end, buffer, approval_within_minutes } => {
                self.allows_move(*by, now)?;
                if *by == Party::Visitor && self.waits_for_agreed_time(approval_within_minutes.is_some()) {
                    return Err(Refusal::NotPaid);
                }
                let from = self.with_terms_when_moved(*start, *by, now);
                if *by == Party::Visitor && self.moves_by_request(approval_within_minutes.is_some()) {
                    let minutes = approval_within_minutes.unwrap_or(DEFAULT_APPROVAL_MINUTES);
                    return Ok(from.propose((*start, *end, *buffer), minutes, now));
                }
                Ok((from.moved_to(*start, *end, *buffer, now), Some(Event::Rescheduled)))
            }
            Change::Decide { accepts, start } => self.decide(*accepts, *start, now),
            Change::Confirm => self.confirm(now),
            Change::Expire => match self.status {
                Status::AwaitingConfirmation => {
                    let expired = Booking { status: Status::Expired, changed_at: now, ..self.clone() };
                    Ok((expired, Some(Event::Lapsed)))
                }
                Status::Requested | Status::AwaitingPayment => {
                    let expired = Booking { status: Status::Expired, changed_at: now, ..self.clone() };
                    Ok((expired, Some(Event::Expired)))
                }
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                Status::Confirmed if self.proposed.is_some() && self.live_proposal(now).is_none() => {
                    Ok((self.without_proposal(now), Some(Event::RescheduleExpired)))
                }
                Status::Confirmed | Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
            },
            Change::KeepRoom { room } => Ok(self.keep_room(room, now)),
            Change::OpenCheckout => Ok((self.with_checkout(now)?, None)),
            Change::Hear(heard) => Ok(self.hear(heard, now)),
            Change::Refund { amount, refundable, reason } => {
                Ok((self.refunded((*amount, *refundable), reason.as_deref(), now)?, None))
            }
            Change::RefundAgain { number } => Ok((self.refunded_again(*number, now)?, None)),
            Change::SentByHand { amount } => self.sent_by_hand(*amount, now),
            Change::Pay { by, paid, has_seat } => self.paid(paid, (*by, *has_seat), now),
            Change::RecordOutcome { outcome, associations } => {
                self.record_outcome(*outcome, associations.as_ref().unwrap_or(&self.origin.associations), now)
            }
        }
    }

    fn cancelled(&self, cancel_reason: Option<String>, now: DateTime<Utc>) -> (Booking, Option<Event>) {
        let cancelled = Booking {
            status: Status::Cancelled,
            outcome: Some(Outcome::Cancelled),
            proposed: None,
            sequence: self.sequence + 1,
            cancel_reason,
            changed_at: now,
            ..self.clone()
        };
        let is_known = self.status != Status::AwaitingConfirmation;
        (cancelled, Some(if is_known { Event::Cancelled } else { Event::Lapsed }))
    }

    /// It is there already, as when the same is asked again: that is never too late, and no change, but that a visitor
    /// no longer wants another time.
    fn stay(&self, by: Party, now: DateTime<Utc>) -> Result<(Booking, Option<Event>), Refusal> {
        self.holds_its_time()?;
        if by == Party::Visitor && self.live_proposal(now).is_some() {
            return Ok((self.without_proposal(now), Some(Event::RescheduleWithdrawn)));
        }
        Ok((self.clone(), None))
    }

    /// It becomes what it would have been at once. Confirmed again, it stays as it is.
    fn confirm(&self, now: DateTime<Utc>) -> Result<(Booking, Option<Event>), Refusal> {
        match self.status {
            Status::AwaitingConfirmation if self.start <= now => Err(Refusal::HoldExpired),
            Status::AwaitingConfirmation => {
                let confirmed = Booking { changed_at: now, ..self.clone() };
                let confirmed = if self.terms.by_request {
                    Booking { status: Status::Requested, ..confirmed }
                } else {
                    confirmed.agreed(now)
                };
                let event = confirmed.event_of_status();
                Ok((confirmed, Some(event)))
            }
            Status::Requested | Status::AwaitingPayment | Status::Confirmed => Ok((self.clone(), None)),
            Status::Cancelled => Err(Refusal::AlreadyCancelled),
            Status::Declined => Err(Refusal::AlreadyDecided),
            Status::Expired => Err(Refusal::HoldExpired),
        }
    }

    /// Asks for another time. Whoever asks for the same one again is heard already.
    fn propose(
        &self,
        (start, end, buffer): (DateTime<Utc>, DateTime<Utc>, Buffer),
        within_minutes: u32,
        now: DateTime<Utc>,
    ) -> (Booking, Option<Event>) {
        if self.live_proposal(now).is_some_and(|known| (known.start, known.end) == (start, end)) {
            return (self.clone(), None);
        }
        let answered_by = (now + TimeDelta::minutes(within_minutes.into())).trunc_subsecs(0);
        // Once either has begun, there is nothing left to decide.
        let expires_at = answered_by.min(start).min(self.start);
        let proposed = Some(Proposal { start, end, buffer, expires_at });
        let asking = Booking { proposed, changed_at: now, ..self.clone() };
        (asking, Some(Event::RescheduleRequested))
    }

    fn decide(
        &self,
        accepts: bool,
        start: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(Booking, Option<Event>), Refusal> {
        let is_another = |asked: DateTime<Utc>| start.is_some_and(|start| start != asked);
        match (self.status, self.proposed) {
            (Status::Requested, _) if self.start <= now || is_another(self.start) => {
                Err(Refusal::HoldExpired)
            }
            (Status::Requested, _) => {
                let decided = Booking { changed_at: now, ..self.clone() };
                if accepts {
                    let agreed = decided.agreed(now);
                    let event = agreed.event_of_status();
                    return Ok((agreed, Some(event)));
                }
                Ok((Booking { status: Status::Declined, ..decided }, Some(Event::Declined)))
            }
            (Status::Confirmed, Some(asked)) if asked.expires_at <= now || is_another(asked.start) => {
                Err(Refusal::HoldExpired)
            }
            (Status::Confirmed, Some(asked)) if accepts => {
                let moved = self.moved_to(asked.start, asked.end, asked.buffer, now);
                Ok((moved, Some(Event::Rescheduled)))
            }
            (Status::Confirmed, Some(_)) => Ok((self.without_proposal(now), Some(Event::RescheduleDeclined))),
            (Status::Cancelled, _) => Err(Refusal::AlreadyCancelled),
            (Status::AwaitingConfirmation, _) => Err(Refusal::NotConfirmed),
            _ => Err(Refusal::AlreadyDecided),
        }
    }

    fn moved_to(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        buffer: Buffer,
        now: DateTime<Utc>,
    ) -> Booking {
        let mut payment = self.payment.clone();
        if let Some(payment) = &mut payment {
            payment.due_by = payment.due_by.map(|due_by| due_by.min(start));
        }
        Booking {
            start,
            end,
            buffer,
            payment,
            proposed: None,
            // What was said of the meeting at its old time does not hold for the new one.
            outcome: None,
            sequence: self.sequence + 1,
            changed_at: now,
            ..self.clone()
        }
    }

    /// What takes place elsewhere, or not at all, needs no room; the same room again is no change.
    fn keep_room(&self, room: &Place, now: DateTime<Utc>) -> (Booking, Option<Event>) {
        let location = room.clone();
        let wants_one = self.status == Status::Confirmed
            && matches!(self.location, Place::Room(_))
            && !self.visitor.contact.is_erased();
        if !wants_one || self.location == location {
            return (self.clone(), None);
        }
        let kept = Booking { location, sequence: self.sequence + 1, changed_at: now, ..self.clone() };
        (kept, Some(Event::RoomReady))
    }

    fn without_proposal(&self, now: DateTime<Utc>) -> Booking {
        Booking { proposed: None, changed_at: now, ..self.clone() }
    }

    /// A meeting that took its time, or was to, has an outcome once it has begun. The same said again is no change.
    fn record_outcome(
        &self,
        outcome: Option<Outcome>,
        associations: &[Association],
        now: DateTime<Utc>,
    ) -> Result<(Booking, Option<Event>), Refusal> {
        if (outcome, associations) == (self.outcome, self.origin.associations.as_slice()) {
            return Ok((self.clone(), None));
        }
        match self.status {
            Status::Confirmed if now < self.start => return Err(Refusal::NotBegun),
            Status::Confirmed => {}
            Status::Cancelled => return Err(Refusal::AlreadyCancelled),
            Status::AwaitingConfirmation | Status::Requested | Status::AwaitingPayment => {
                return Err(Refusal::NotBegun);
            }
            Status::Declined | Status::Expired => return Err(Refusal::AlreadyDecided),
        }
        let origin = Origin { associations: associations.to_vec(), ..self.origin.clone() };
        let recorded = Booking { outcome, origin, changed_at: now, ..self.clone() };
        Ok((recorded, Some(Event::OutcomeRecorded)))
    }

    fn holds_its_time(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Cancelled => Err(Refusal::AlreadyCancelled),
            Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
            Status::AwaitingConfirmation
            | Status::Requested
            | Status::AwaitingPayment
            | Status::Confirmed => Ok(()),
        }
    }

    /// Whether it can be moved to another time.
    ///
    /// # Errors
    ///
    /// The refusal of whoever tries.
    pub fn allows_move(&self, by: Party, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.status == Status::AwaitingConfirmation {
            return Err(Refusal::NotConfirmed);
        }
        self.allows_change(by, now)
    }

    fn allows_change(&self, by: Party, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.holds_its_time()?;
        match by {
            Party::Visitor if self.start <= now => Err(Refusal::AlreadyOver),
            Party::Host if self.end <= now => Err(Refusal::AlreadyOver),
            Party::Visitor if self.changeable_until() <= now => Err(Refusal::ChangeTooLate),
            Party::Visitor | Party::Host => Ok(()),
        }
    }
}

/// Whatever happens to a booking that is known, its host is alerted to.
fn with_alert(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let mut events: Vec<Event> = events.into_iter().collect();
    if events.iter().any(|event| event.is_told()) {
        events.push(Event::Alert);
    }
    events
}

#[cfg(test)]
mod tests;

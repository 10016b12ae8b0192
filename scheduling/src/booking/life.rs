//! A booking's life: the one function that moves it on, and what happened when it did.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::{Booking, Event, Origin, Outcome, Party, Place, Proposal, Status};
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
            Change::Cancel { by, .. } | Change::Move { by, .. } => Some(*by),
            Change::Confirm => Some(Party::Visitor),
            Change::Decide { .. } | Change::RecordOutcome { .. } => Some(Party::Host),
            Change::Expire | Change::KeepRoom { .. } => None,
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
        let (next, event) = self.next(change, now)?;
        Ok((next, with_alert(event)))
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
                let cancelled = Booking {
                    status: Status::Cancelled,
                    outcome: Some(Outcome::Cancelled),
                    proposed: None,
                    sequence: self.sequence + 1,
                    cancel_reason: reason.clone(),
                    changed_at: now,
                    ..self.clone()
                };
                let is_known = self.status != Status::AwaitingConfirmation;
                Ok((cancelled, Some(if is_known { Event::Cancelled } else { Event::Lapsed })))
            }
            Change::Move { by, start, end, .. } if (*start, *end) == self.time() => self.stay(*by, now),
            Change::Move { by, start, end, buffer, approval_within_minutes } => {
                self.allows_move(*by, now)?;
                if *by == Party::Visitor && self.moves_by_request(approval_within_minutes.is_some()) {
                    let minutes = approval_within_minutes.unwrap_or(DEFAULT_APPROVAL_MINUTES);
                    return Ok(self.propose((*start, *end, *buffer), minutes, now));
                }
                Ok((self.moved_to(*start, *end, *buffer, now), Some(Event::Rescheduled)))
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
            Change::RecordOutcome { outcome, associations } => {
                self.record_outcome(*outcome, associations.as_ref().unwrap_or(&self.origin.associations), now)
            }
        }
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
                let status = if self.terms.by_request { Status::Requested } else { Status::Confirmed };
                let confirmed = Booking { status, changed_at: now, ..self.clone() };
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
                let (status, event) = if accepts {
                    (Status::Confirmed, Event::Confirmed)
                } else {
                    (Status::Declined, Event::Declined)
                };
                Ok((Booking { status, changed_at: now, ..self.clone() }, Some(event)))
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
        Booking {
            start,
            end,
            buffer,
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
fn with_alert(event: Option<Event>) -> Vec<Event> {
    let alert = event.filter(|event| event.is_told()).map(|_| Event::Alert);
    event.into_iter().chain(alert).collect()
}

#[cfg(test)]
mod tests;

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
            Change::Move { .. } if self.status == Status::AwaitingConfirmation => Err(Refusal::NotConfirmed),
            Change::Move { by, start, end, buffer, approval_within_minutes } => {
                self.allows_change(*by, now)?;
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
mod tests {
    use super::super::Terms;
    use super::*;

    const STATUSES: [Status; 7] = [
        Status::AwaitingConfirmation,
        Status::Requested,
        Status::AwaitingPayment,
        Status::Confirmed,
        Status::Declined,
        Status::Cancelled,
        Status::Expired,
    ];

    /// A booking from 10:00 until 10:30, which visitors may change until 09:00.
    fn booking(status: Status) -> Booking {
        let sample: Booking = serde_json::from_str(include_str!("../../tests/booking.json")).unwrap();
        Booking {
            status,
            start: at("10:00:00"),
            end: at("10:30:00"),
            terms: Terms { change_until_minutes: 60, ..sample.terms },
            sequence: 3,
            created_at: at("08:00:00"),
            changed_at: at("08:00:00"),
            ..sample
        }
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-12-01T{time}Z").parse().unwrap()
    }

    #[track_caller]
    fn check(status: Status, by: Party, time: &str, expected: Result<(), Refusal>) {
        let before = booking(status);
        let change = Change::Cancel { by, reason: Some("Ill".to_owned()) };
        let moved = before.transition(&change, at(time));
        let expected = expected.map(|()| {
            let cancelled = Booking {
                status: Status::Cancelled,
                outcome: Some(Outcome::Cancelled),
                sequence: 4,
                cancel_reason: Some("Ill".to_owned()),
                changed_at: at(time),
                ..before.clone()
            };
            let lapsed = status == Status::AwaitingConfirmation;
            (cancelled, if lapsed { vec![Event::Lapsed] } else { vec![Event::Cancelled, Event::Alert] })
        });
        assert_eq!(moved, expected, "{status:?} at {time}");
    }

    #[test]
    fn what_holds_its_time_can_be_cancelled() {
        for status in STATUSES.into_iter().filter(|status| status.is_live()) {
            check(status, Party::Visitor, "08:59:59", Ok(()));
            check(status, Party::Visitor, "09:00:00", Err(Refusal::ChangeTooLate));
            check(status, Party::Visitor, "09:59:59", Err(Refusal::ChangeTooLate));
            check(status, Party::Visitor, "10:00:00", Err(Refusal::AlreadyOver));
            check(status, Party::Host, "09:00:00", Ok(()));
            check(status, Party::Host, "10:29:59", Ok(()));
            check(status, Party::Host, "10:30:00", Err(Refusal::AlreadyOver));
        }
    }

    fn move_to(
        start: &str,
        end: &str,
        by: Party,
        buffer: Buffer,
        approval_within_minutes: Option<u32>,
    ) -> Change {
        Change::Move { by, start: at(start), end: at(end), buffer, approval_within_minutes }
    }

    #[track_caller]
    fn check_move(status: Status, by: Party, time: &str, expected: Result<(), Refusal>) {
        let before = booking(status);
        let buffer = Buffer { before_minutes: 0, after_minutes: 15 };
        let change = move_to("12:00:00", "12:30:00", by, buffer, None);
        let expected = expected.map(|()| {
            let moved = Booking {
                start: at("12:00:00"),
                end: at("12:30:00"),
                buffer,
                sequence: 4,
                changed_at: at(time),
                ..before.clone()
            };
            (moved, vec![Event::Rescheduled, Event::Alert])
        });
        assert_eq!(before.transition(&change, at(time)), expected, "{status:?} at {time}");
    }

    #[test]
    fn what_holds_its_time_can_be_moved_for_as_long_as_it_can_be_cancelled() {
        let unconfirmed = Status::AwaitingConfirmation;
        check_move(unconfirmed, Party::Visitor, "08:59:59", Err(Refusal::NotConfirmed));
        check_move(unconfirmed, Party::Host, "08:59:59", Err(Refusal::NotConfirmed));
        let known = |status: &Status| status.is_live() && *status != unconfirmed;
        for status in STATUSES.into_iter().filter(known) {
            check_move(status, Party::Visitor, "08:59:59", Ok(()));
            check_move(status, Party::Visitor, "09:00:00", Err(Refusal::ChangeTooLate));
            check_move(status, Party::Visitor, "10:00:00", Err(Refusal::AlreadyOver));
            check_move(status, Party::Host, "10:29:59", Ok(()));
            check_move(status, Party::Host, "10:30:00", Err(Refusal::AlreadyOver));
        }
        check_move(Status::Cancelled, Party::Visitor, "08:00:00", Err(Refusal::AlreadyCancelled));
        check_move(Status::Declined, Party::Host, "08:00:00", Err(Refusal::AlreadyDecided));
        check_move(Status::Expired, Party::Visitor, "08:00:00", Err(Refusal::AlreadyDecided));
    }

    #[test]
    fn a_move_to_where_it_is_changes_nothing() {
        for status in STATUSES {
            let before = booking(status);
            let change = move_to("10:00:00", "10:30:00", Party::Visitor, before.buffer, Some(60));
            let expected = match status {
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
                _ => Ok((before.clone(), Vec::new())),
            };
            assert_eq!(before.transition(&change, at("09:30:00")), expected, "{status:?}");
        }
    }

    #[test]
    fn what_is_settled_cannot() {
        for (by, time) in [(Party::Visitor, "08:00:00"), (Party::Host, "08:00:00"), (Party::Host, "11:00:00")]
        {
            check(Status::Cancelled, by, time, Err(Refusal::AlreadyCancelled));
            check(Status::Declined, by, time, Err(Refusal::AlreadyDecided));
            check(Status::Expired, by, time, Err(Refusal::AlreadyDecided));
        }
    }

    #[track_caller]
    fn check_outcome(
        before: &Booking,
        outcome: Option<Outcome>,
        time: &str,
        expected: Result<bool, Refusal>,
    ) {
        let recorded = before.transition(&Change::RecordOutcome { outcome, associations: None }, at(time));
        let expected = expected.map(|is_change| {
            if is_change {
                let after = Booking { outcome, changed_at: at(time), ..before.clone() };
                (after, vec![Event::OutcomeRecorded, Event::Alert])
            } else {
                (before.clone(), Vec::new())
            }
        });
        assert_eq!(recorded, expected, "{:?} at {time}: {outcome:?}", before.status);
    }

    #[test]
    fn a_meeting_that_has_begun_gets_an_outcome_which_can_be_changed_and_taken_back() {
        let confirmed = booking(Status::Confirmed);
        for outcome in [Outcome::Completed, Outcome::NoShow, Outcome::Rescheduled, Outcome::Cancelled] {
            check_outcome(&confirmed, Some(outcome), "09:59:59", Err(Refusal::NotBegun));
            check_outcome(&confirmed, Some(outcome), "10:00:00", Ok(true));
            let before = Booking { outcome: Some(outcome), ..confirmed.clone() };
            check_outcome(&before, Some(outcome), "12:00:00", Ok(false));
            check_outcome(&before, None, "12:00:00", Ok(true));
            check_outcome(&before, Some(Outcome::NoShow), "12:00:00", Ok(outcome != Outcome::NoShow));
        }
        let completed = Some(Outcome::Completed);
        check_outcome(&booking(Status::Requested), completed, "12:00:00", Err(Refusal::NotBegun));
        check_outcome(&booking(Status::AwaitingPayment), completed, "12:00:00", Err(Refusal::NotBegun));
        check_outcome(&booking(Status::Declined), completed, "12:00:00", Err(Refusal::AlreadyDecided));
        check_outcome(&booking(Status::Expired), completed, "12:00:00", Err(Refusal::AlreadyDecided));
        let cancelled = Booking { outcome: Some(Outcome::Cancelled), ..booking(Status::Cancelled) };
        check_outcome(&cancelled, completed, "12:00:00", Err(Refusal::AlreadyCancelled));
        check_outcome(&cancelled, Some(Outcome::Cancelled), "12:00:00", Ok(false));
    }

    #[test]
    fn what_a_meeting_belongs_to_is_said_with_its_outcome() {
        let deal = Association { kind: "deal".to_owned(), id: "4711".to_owned() };
        let before = Booking {
            origin: Origin { associations: vec![deal.clone()], ..Origin::default() },
            ..booking(Status::Confirmed)
        };
        let record = |associations| {
            let change = Change::RecordOutcome { outcome: Some(Outcome::Completed), associations };
            before.transition(&change, at("12:00:00")).unwrap().0.origin.associations
        };
        assert_eq!(record(None), [deal]);
        assert_eq!(record(Some(Vec::new())), []);
    }

    fn by_request(status: Status) -> Booking {
        let before = booking(status);
        Booking { terms: Terms { by_request: true, ..before.terms.clone() }, ..before }
    }

    /// A booking that its host has agreed to.
    fn agreed() -> Booking {
        by_request(Status::Confirmed)
    }

    /// The same, with 12:00 until 12:30 asked for at 08:00, which is held until 09:00.
    fn asking() -> Booking {
        let (start, end, expires_at) = (at("12:00:00"), at("12:30:00"), at("09:00:00"));
        Booking { proposed: Some(Proposal { start, end, buffer: BUFFER, expires_at }), ..agreed() }
    }

    const BUFFER: Buffer = Buffer { before_minutes: 0, after_minutes: 15 };

    fn to_noon(by: Party, approval_within_minutes: Option<u32>) -> Change {
        move_to("12:00:00", "12:30:00", by, BUFFER, approval_within_minutes)
    }

    #[track_caller]
    fn check_change(
        before: &Booking,
        change: &Change,
        time: &str,
        expected: Result<(Booking, &[Event]), Refusal>,
    ) {
        let changed_at = at(time);
        let expected = expected.map(|(booking, events)| {
            let changed_at = if events.is_empty() { booking.changed_at } else { changed_at };
            (Booking { changed_at, ..booking }, events.to_vec())
        });
        assert_eq!(before.transition(change, at(time)), expected, "{change:?} at {time}");
    }

    const ASKED: &[Event] = &[Event::RescheduleRequested, Event::Alert];

    /// The host agreed to that time and no other: another one is asked for, and the booking stays where it is.
    #[test]
    fn what_a_host_has_agreed_to_is_moved_by_the_host_alone() {
        check_change(&agreed(), &to_noon(Party::Visitor, Some(60)), "08:00:00", Ok((asking(), ASKED)));
        let moved = agreed().moved_to(at("12:00:00"), at("12:30:00"), BUFFER, at("08:00:00"));
        let rescheduled = &[Event::Rescheduled, Event::Alert][..];
        check_change(&agreed(), &to_noon(Party::Host, Some(60)), "08:00:00", Ok((moved, rescheduled)));
        check_change(&agreed(), &to_noon(Party::Visitor, Some(60)), "09:00:00", Err(Refusal::ChangeTooLate));
        for status in STATUSES {
            let asks = matches!(status, Status::Confirmed);
            assert_eq!(by_request(status).moves_by_request(false), asks);
            assert_eq!(booking(status).moves_by_request(true), asks, "{status:?}");
            assert!(!booking(status).moves_by_request(false), "{status:?}");
        }
    }

    #[track_caller]
    fn check_expiry(start: &str, end: &str, within_minutes: Option<u32>, expires_at: &str) {
        let change = move_to(start, end, Party::Visitor, BUFFER, within_minutes);
        let (asking, _) = agreed().transition(&change, at("08:00:00.9")).unwrap();
        assert_eq!(asking.proposed.map(|proposal| proposal.expires_at), Some(at(expires_at)), "{change:?}");
    }

    #[test]
    fn a_proposal_is_held_until_either_time_begins_at_the_latest() {
        check_expiry("12:00:00", "12:30:00", Some(60), "09:00:00");
        check_expiry("12:00:00", "12:30:00", Some(24 * 60), "10:00:00");
        check_expiry("09:30:00", "10:00:00", Some(24 * 60), "09:30:00");
        check_expiry("12:00:00", "12:30:00", None, "10:00:00");
    }

    #[test]
    fn one_time_is_asked_for_at_once_and_given_up_by_asking_for_the_old_one() {
        let other = move_to("13:00:00", "13:30:00", Party::Visitor, BUFFER, Some(60));
        let (replaced, events) = asking().transition(&other, at("08:30:00")).unwrap();
        assert_eq!((replaced.asked_time(), events.as_slice()), ((at("13:00:00"), at("13:30:00")), ASKED));
        check_change(&asking(), &to_noon(Party::Visitor, Some(60)), "08:30:00", Ok((asking(), &[])));
        let back = |by| move_to("10:00:00", "10:30:00", by, BUFFER, Some(60));
        let withdrawn = Ok((agreed(), &[Event::RescheduleWithdrawn, Event::Alert][..]));
        check_change(&asking(), &back(Party::Visitor), "08:59:59", withdrawn);
        check_change(&asking(), &back(Party::Visitor), "09:00:00", Ok((asking(), &[])));
        check_change(&asking(), &back(Party::Host), "08:30:00", Ok((asking(), &[])));
        let gone = [Change::Cancel { by: Party::Visitor, reason: None }, to_noon(Party::Host, None)];
        for change in gone {
            let (changed, _) = asking().transition(&change, at("08:30:00")).unwrap();
            assert_eq!(changed.proposed, None, "{change:?}");
        }
    }

    #[test]
    fn a_proposal_is_answered_once_and_while_it_is_held() {
        let moved = agreed().moved_to(at("12:00:00"), at("12:30:00"), BUFFER, at("08:30:00"));
        let accepted = (moved, &[Event::Rescheduled, Event::Alert][..]);
        let declined = (agreed(), &[Event::RescheduleDeclined, Event::Alert][..]);
        for (accepts, expected) in [(true, accepted), (false, declined)] {
            for start in [None, Some(at("12:00:00"))] {
                let decide = Change::Decide { accepts, start };
                check_change(&asking(), &decide, "08:30:00", Ok(expected.clone()));
                check_change(&asking(), &decide, "09:00:00", Err(Refusal::HoldExpired));
                check_change(&expected.0, &decide, "08:31:00", Err(Refusal::AlreadyDecided));
            }
            // Whoever answers has seen another time.
            for before in [asking(), booking(Status::Requested)] {
                let decide = Change::Decide { accepts, start: Some(at("13:00:00")) };
                check_change(&before, &decide, "08:30:00", Err(Refusal::HoldExpired));
            }
        }
    }

    #[test]
    fn a_proposal_that_nobody_answers_leaves_the_booking_where_it_is() {
        check_change(&asking(), &Change::Expire, "08:59:59", Err(Refusal::AlreadyDecided));
        let expired = (agreed(), &[Event::RescheduleExpired, Event::Alert][..]);
        check_change(&asking(), &Change::Expire, "09:00:00", Ok(expired));
        assert_eq!(asking().seen_at(at("08:59:59")), asking());
        assert_eq!(asking().seen_at(at("09:00:00")), agreed());
    }

    #[test]
    fn only_a_request_is_decided_and_once() {
        for (accepts, status, event) in
            [(true, Status::Confirmed, Event::Confirmed), (false, Status::Declined, Event::Declined)]
        {
            for before in STATUSES.map(booking) {
                let decided = before.transition(&Change::Decide { accepts, start: None }, at("08:30:00"));
                let expected = match before.status {
                    Status::Requested => {
                        let after = Booking { status, changed_at: at("08:30:00"), ..before.clone() };
                        Ok((after, vec![event, Event::Alert]))
                    }
                    Status::Cancelled => Err(Refusal::AlreadyCancelled),
                    Status::AwaitingConfirmation => Err(Refusal::NotConfirmed),
                    _ => Err(Refusal::AlreadyDecided),
                };
                assert_eq!(decided, expected, "{:?}", before.status);
            }
            let late = booking(Status::Requested)
                .transition(&Change::Decide { accepts, start: None }, at("10:00:00"));
            assert_eq!(late, Err(Refusal::HoldExpired));
        }
    }

    #[test]
    fn what_is_confirmed_becomes_what_it_would_have_been_at_once() {
        let (asked, by_request) =
            (booking(Status::AwaitingConfirmation), by_request(Status::AwaitingConfirmation));
        for (before, status, event) in [
            (&asked, Status::Confirmed, Event::Confirmed),
            (&by_request, Status::Requested, Event::Requested),
        ] {
            assert_eq!(before.events_when_made(), [Event::AwaitingConfirmation], "nobody else hears of it");
            let confirmed = (Booking { status, ..before.clone() }, &[event, Event::Alert][..]);
            check_change(before, &Change::Confirm, "08:30:00", Ok(confirmed));
            check_change(before, &Change::Confirm, "10:00:00", Err(Refusal::HoldExpired));
        }
        for status in [Status::Confirmed, Status::Requested, Status::AwaitingPayment] {
            check_change(&booking(status), &Change::Confirm, "08:30:00", Ok((booking(status), &[])));
        }
        for (status, refusal) in [
            (Status::Cancelled, Refusal::AlreadyCancelled),
            (Status::Declined, Refusal::AlreadyDecided),
            (Status::Expired, Refusal::HoldExpired),
        ] {
            check_change(&booking(status), &Change::Confirm, "08:30:00", Err(refusal));
        }
    }

    #[test]
    fn only_what_waits_expires() {
        for status in STATUSES {
            let before = booking(status);
            let moved = before.transition(&Change::Expire, at("08:30:00"));
            let expired = Booking { status: Status::Expired, changed_at: at("08:30:00"), ..before };
            let expected = match status {
                Status::AwaitingConfirmation => Ok((expired, vec![Event::Lapsed])),
                Status::Requested | Status::AwaitingPayment => {
                    Ok((expired, vec![Event::Expired, Event::Alert]))
                }
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                _ => Err(Refusal::AlreadyDecided),
            };
            assert_eq!(moved, expected, "{status:?}");
        }
    }
}

//! A booking: the visitor's record, and the one function that moves it through its life.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::{Association, Buffer, LocaleCode, links_by_default};
use crate::ledger::Party;
use crate::refusal::Refusal;
use crate::token::BookingId;
use crate::zone::Zone;

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for the host's answer; holds its time.
    Requested,
    /// Waits for the payment; holds its time.
    AwaitingPayment,
    /// Booked.
    Confirmed,
    /// The host said no.
    Declined,
    /// Cancelled by either side.
    Cancelled,
    /// Nobody answered, or nobody paid, in time.
    Expired,
}

impl Status {
    /// The name, as JSON and SQL hold it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Requested => "requested",
            Status::AwaitingPayment => "awaiting_payment",
            Status::Confirmed => "confirmed",
            Status::Declined => "declined",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
        }
    }

    /// Whether a booking that stands so holds its time.
    pub fn is_live(self) -> bool {
        matches!(self, Status::Requested | Status::AwaitingPayment | Status::Confirmed)
    }
}

/// How a meeting ended, as the host records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place.
    Completed,
    /// The visitor did not come.
    NoShow,
    /// It was moved.
    Rescheduled,
    /// It was cancelled.
    Cancelled,
}

/// Who books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name, as typed.
    pub name: String,
    /// The address, as typed.
    pub email: String,
}

impl Contact {
    /// The address, such that two that reach the same mailbox at any sensible host are equal: trimmed, in lower case.
    pub fn normalised_email(&self) -> String {
        self.email.trim().to_lowercase()
    }

    /// Whether nobody can tell any more who it was.
    pub fn is_erased(&self) -> bool {
        self.email.is_empty()
    }
}

/// An answer to a question of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A consent.
    Consent(bool),
    /// Text, a phone number, a number as written, or the id of a chosen option.
    Text(String),
    /// The ids of the chosen options.
    Choices(Vec<String>),
}

/// Where the meeting takes place, as resolved for one booking. `kind` is `video`, `phone`, `address` or `ask`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `video`, `phone`, `address` or `ask`.
    pub kind: String,
    /// The URL, the number, the place; what the visitor wrote for `ask`.
    pub value: String,
}

/// A booking. It keeps all that its later life needs, whatever becomes of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// `<ledger>.<128 random bits>`.
    pub id: BookingId,
    /// Where it stands.
    pub status: Status,
    /// How it ended, once recorded.
    pub outcome: Option<Outcome>,
    /// The page, such as `aiko/intro`.
    pub page: String,
    /// The page's title in the booking's locale.
    pub title: String,
    /// The host's folder.
    pub host: String,
    /// The host's name.
    pub host_name: String,
    /// The host's address.
    pub host_email: String,
    /// The host's zone.
    pub host_time_zone: Zone,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
    /// Time kept free around it.
    pub buffer: Buffer,
    /// The visitor's zone.
    pub time_zone: Zone,
    /// The visitor's locale.
    pub locale: LocaleCode,
    /// Who booked.
    pub contact: Contact,
    /// Further addresses.
    pub guests: Vec<String>,
    /// Where.
    pub location: Place,
    /// Answers by question id.
    pub answers: BTreeMap<String, Answer>,
    /// Tracking parameters by name.
    pub tracking: BTreeMap<String, String>,
    /// Grows by one with every change of time and with the cancellation (RFC 5545 SEQUENCE).
    pub sequence: u32,
    /// Visitors may move or cancel until this many minutes before the start.
    pub change_until_minutes: u32,
    /// It began as a request: the host has agreed to its time, or will, and to no other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_request: bool,
    /// How long before the start reminders go out, in minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders_minutes: Vec<u32>,
    /// Whether calendars are told the address of the booking's own page.
    #[serde(default = "links_by_default")]
    pub links_in_invitation: bool,
    /// What it belongs to elsewhere; a host may say more with the outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub associations: Vec<Association>,
    /// Why it was cancelled, where somebody said so.
    pub cancel_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

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
    },
    /// To answer a request, as the host.
    Decide {
        /// Whether the meeting takes place.
        accepts: bool,
    },
    /// Nobody confirmed or paid in time.
    Expire,
    /// To keep how it went, as the host says.
    RecordOutcome {
        /// How; `None` takes back what was said.
        outcome: Option<Outcome>,
        /// What it belongs to elsewhere; `None` leaves that as it is.
        associations: Option<Vec<Association>>,
    },
}

/// What happened to a booking. Notices come from events, and events from this file alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It is asked for, and waits for the host's answer.
    Requested,
    /// It waits for the payment.
    AwaitingPayment,
    /// It is booked.
    Confirmed,
    /// The host said no.
    Declined,
    /// It is at another time now.
    Rescheduled,
    /// It is cancelled.
    Cancelled,
    /// Nobody confirmed or paid in time.
    Expired,
    /// It is near.
    ReminderDue,
    /// The host says how it went, or takes that back.
    OutcomeRecorded,
    /// The host's notice of any of the others.
    Alert,
    /// Who booked is erased, and all that they wrote.
    Erased,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Event; 11] = [
        Event::Requested,
        Event::AwaitingPayment,
        Event::Confirmed,
        Event::Declined,
        Event::Rescheduled,
        Event::Cancelled,
        Event::Expired,
        Event::ReminderDue,
        Event::OutcomeRecorded,
        Event::Alert,
        Event::Erased,
    ];

    /// The event's type, as webhooks carry it.
    pub fn name(self) -> &'static str {
        match self {
            Event::Requested => "booking.requested",
            Event::AwaitingPayment => "booking.awaiting_payment",
            Event::Confirmed => "booking.confirmed",
            Event::Declined => "booking.declined",
            Event::Rescheduled => "booking.rescheduled",
            Event::Cancelled => "booking.cancelled",
            Event::Expired => "booking.expired",
            Event::ReminderDue => "booking.reminder_due",
            Event::OutcomeRecorded => "booking.outcome_recorded",
            Event::Alert => "booking.alert",
            Event::Erased => "contact.erased",
        }
    }
}

impl Booking {
    /// What happened when the booking was made.
    pub fn events_when_made(&self) -> &'static [Event] {
        match self.status {
            Status::Requested => &[Event::Requested, Event::Alert],
            Status::AwaitingPayment => &[Event::AwaitingPayment, Event::Alert],
            _ => &[Event::Confirmed, Event::Alert],
        }
    }

    /// Moves the booking on: its next state and what happened, or why it stays as it is.
    pub fn transition(
        &self,
        change: &Change,
        now: DateTime<Utc>,
    ) -> Result<(Booking, &'static [Event]), Refusal> {
        match change {
            Change::Cancel { by, reason } => {
                self.allows_change(*by, now)?;
                let cancelled = Booking {
                    status: Status::Cancelled,
                    outcome: Some(Outcome::Cancelled),
                    sequence: self.sequence + 1,
                    cancel_reason: reason.clone(),
                    changed_at: now,
                    ..self.clone()
                };
                Ok((cancelled, &[Event::Cancelled, Event::Alert]))
            }
            // It is there already, as when the same is asked again: that is no change, and never too late.
            Change::Move { start, end, .. } if (*start, *end) == (self.start, self.end) => {
                self.holds_its_time()?;
                Ok((self.clone(), &[]))
            }
            Change::Move { by, start, end, buffer } => {
                self.allows_change(*by, now)?;
                if *by == Party::Visitor && self.by_request && self.status == Status::Confirmed {
                    return Err(Refusal::AlreadyDecided);
                }
                let moved = Booking {
                    start: *start,
                    end: *end,
                    buffer: *buffer,
                    // What was said of the meeting at its old time does not hold for the new one.
                    outcome: None,
                    sequence: self.sequence + 1,
                    changed_at: now,
                    ..self.clone()
                };
                Ok((moved, &[Event::Rescheduled, Event::Alert]))
            }
            Change::Decide { accepts } => match self.status {
                Status::Requested if self.start <= now => Err(Refusal::HoldExpired),
                Status::Requested => {
                    let (status, events): (_, &[Event]) = if *accepts {
                        (Status::Confirmed, &[Event::Confirmed, Event::Alert])
                    } else {
                        (Status::Declined, &[Event::Declined, Event::Alert])
                    };
                    Ok((Booking { status, changed_at: now, ..self.clone() }, events))
                }
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                _ => Err(Refusal::AlreadyDecided),
            },
            Change::Expire => match self.status {
                Status::Requested | Status::AwaitingPayment => {
                    let expired = Booking { status: Status::Expired, changed_at: now, ..self.clone() };
                    Ok((expired, &[Event::Expired, Event::Alert]))
                }
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                Status::Confirmed | Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
            },
            Change::RecordOutcome { outcome, associations } => {
                self.record_outcome(*outcome, associations.as_ref().unwrap_or(&self.associations), now)
            }
        }
    }

    /// What is left of it when whoever booked is erased: when and where in the calendar it was, and how it ended.
    #[must_use]
    pub fn erased(&self, now: DateTime<Utc>) -> Booking {
        let written_by_visitor = self.location.kind == "ask";
        Booking {
            time_zone: self.host_time_zone.clone(),
            contact: Contact { name: String::new(), email: String::new() },
            guests: Vec::new(),
            location: Place {
                kind: self.location.kind.clone(),
                value: if written_by_visitor { String::new() } else { self.location.value.clone() },
            },
            answers: BTreeMap::new(),
            tracking: BTreeMap::new(),
            associations: Vec::new(),
            reminders_minutes: Vec::new(),
            cancel_reason: None,
            changed_at: now,
            ..self.clone()
        }
    }

    /// A meeting that took its time, or was to, has an outcome once it has begun. The same said again is no change.
    fn record_outcome(
        &self,
        outcome: Option<Outcome>,
        associations: &[Association],
        now: DateTime<Utc>,
    ) -> Result<(Booking, &'static [Event]), Refusal> {
        if (outcome, associations) == (self.outcome, self.associations.as_slice()) {
            return Ok((self.clone(), &[]));
        }
        match self.status {
            Status::Confirmed if now < self.start => return Err(Refusal::NotBegun),
            Status::Confirmed => {}
            Status::Cancelled => return Err(Refusal::AlreadyCancelled),
            Status::Requested | Status::AwaitingPayment => return Err(Refusal::NotBegun),
            Status::Declined | Status::Expired => return Err(Refusal::AlreadyDecided),
        }
        let recorded =
            Booking { outcome, associations: associations.to_vec(), changed_at: now, ..self.clone() };
        Ok((recorded, &[Event::OutcomeRecorded, Event::Alert]))
    }

    /// Until when the visitor may move or cancel the booking.
    pub fn changeable_until(&self) -> DateTime<Utc> {
        self.start - TimeDelta::minutes(self.change_until_minutes.into())
    }

    fn holds_its_time(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Cancelled => Err(Refusal::AlreadyCancelled),
            Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
            Status::Requested | Status::AwaitingPayment | Status::Confirmed => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [Status; 6] = [
        Status::Requested,
        Status::AwaitingPayment,
        Status::Confirmed,
        Status::Declined,
        Status::Cancelled,
        Status::Expired,
    ];

    /// A booking from 10:00 until 10:30, which visitors may change until 09:00.
    fn booking(status: Status) -> Booking {
        Booking {
            status,
            host_time_zone: Zone::UTC,
            start: at("10:00:00"),
            end: at("10:30:00"),
            time_zone: Zone::UTC,
            contact: Contact { name: "Sam".to_owned(), email: " Sam@Example.COM ".to_owned() },
            sequence: 3,
            change_until_minutes: 60,
            created_at: at("08:00:00"),
            changed_at: at("08:00:00"),
            ..serde_json::from_str(include_str!("../tests/booking.json")).unwrap()
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
            (cancelled, &[Event::Cancelled, Event::Alert][..])
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

    #[track_caller]
    fn check_move(status: Status, by: Party, time: &str, expected: Result<(), Refusal>) {
        let before = booking(status);
        let buffer = Buffer { before_minutes: 0, after_minutes: 15 };
        let change = Change::Move { by, start: at("12:00:00"), end: at("12:30:00"), buffer };
        let expected = expected.map(|()| {
            let moved = Booking {
                start: at("12:00:00"),
                end: at("12:30:00"),
                buffer,
                sequence: 4,
                changed_at: at(time),
                ..before.clone()
            };
            (moved, &[Event::Rescheduled, Event::Alert][..])
        });
        assert_eq!(before.transition(&change, at(time)), expected, "{status:?} at {time}");
    }

    #[test]
    fn what_holds_its_time_can_be_moved_for_as_long_as_it_can_be_cancelled() {
        for status in STATUSES.into_iter().filter(|status| status.is_live()) {
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
            let change = Change::Move {
                by: Party::Visitor,
                start: before.start,
                end: before.end,
                buffer: before.buffer,
            };
            let expected = match status {
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                Status::Declined | Status::Expired => Err(Refusal::AlreadyDecided),
                _ => Ok((before.clone(), &[][..])),
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

    #[test]
    fn three_statuses_hold_their_time() {
        let live: Vec<Status> = STATUSES.into_iter().filter(|status| status.is_live()).collect();
        assert_eq!(live, [Status::Requested, Status::AwaitingPayment, Status::Confirmed]);
    }

    #[test]
    fn a_status_has_one_name_in_json_and_in_sql() {
        for status in STATUSES {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }

    #[test]
    fn events_are_named_as_webhooks_name_them() {
        let names = [
            "booking.requested",
            "booking.awaiting_payment",
            "booking.confirmed",
            "booking.declined",
            "booking.rescheduled",
            "booking.cancelled",
            "booking.expired",
            "booking.reminder_due",
            "booking.outcome_recorded",
            "booking.alert",
            "contact.erased",
        ];
        assert_eq!(Event::ALL.map(Event::name), names);
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
                (after, &[Event::OutcomeRecorded, Event::Alert][..])
            } else {
                (before.clone(), &[][..])
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
        let before = Booking { associations: vec![deal.clone()], ..booking(Status::Confirmed) };
        let record = |associations| {
            let change = Change::RecordOutcome { outcome: Some(Outcome::Completed), associations };
            before.transition(&change, at("12:00:00")).unwrap().0.associations
        };
        assert_eq!(record(None), [deal]);
        assert_eq!(record(Some(Vec::new())), []);
    }

    /// The host agreed to that time and no other.
    #[test]
    fn what_began_as_a_request_is_moved_by_the_host_alone() {
        let agreed = Booking { by_request: true, ..booking(Status::Confirmed) };
        let to =
            |by| Change::Move { by, start: at("12:00:00"), end: at("12:30:00"), buffer: Buffer::default() };
        assert_eq!(agreed.transition(&to(Party::Visitor), at("08:00:00")), Err(Refusal::AlreadyDecided));
        assert!(agreed.transition(&to(Party::Host), at("08:00:00")).is_ok());
    }

    #[test]
    fn only_a_request_is_decided_and_once() {
        for (accepts, status, event) in
            [(true, Status::Confirmed, Event::Confirmed), (false, Status::Declined, Event::Declined)]
        {
            for before in STATUSES.map(booking) {
                let decided = before.transition(&Change::Decide { accepts }, at("08:30:00"));
                let expected = match before.status {
                    Status::Requested => {
                        let after = Booking { status, changed_at: at("08:30:00"), ..before.clone() };
                        Ok((after, vec![event, Event::Alert]))
                    }
                    Status::Cancelled => Err(Refusal::AlreadyCancelled),
                    _ => Err(Refusal::AlreadyDecided),
                };
                let decided = decided.map(|(booking, events)| (booking, events.to_vec()));
                assert_eq!(decided, expected, "{:?}", before.status);
            }
            let late = booking(Status::Requested).transition(&Change::Decide { accepts }, at("10:00:00"));
            assert_eq!(late, Err(Refusal::HoldExpired));
        }
    }

    #[test]
    fn only_what_waits_expires() {
        for status in STATUSES {
            let before = booking(status);
            let moved = before.transition(&Change::Expire, at("08:30:00"));
            let expired = Booking { status: Status::Expired, changed_at: at("08:30:00"), ..before };
            let expected = match status {
                Status::Requested | Status::AwaitingPayment => {
                    Ok((expired, &[Event::Expired, Event::Alert][..]))
                }
                Status::Cancelled => Err(Refusal::AlreadyCancelled),
                _ => Err(Refusal::AlreadyDecided),
            };
            assert_eq!(moved, expected, "{status:?}");
        }
    }

    #[test]
    fn a_contact_is_known_by_the_address_in_lower_case() {
        assert_eq!(booking(Status::Confirmed).contact.normalised_email(), "sam@example.com");
    }

    /// What the ledger stores can be read back, whatever an answer holds.
    #[test]
    fn a_booking_is_the_same_after_json() {
        let mut written = booking(Status::Confirmed);
        written.answers = BTreeMap::from([
            ("consent".to_owned(), Answer::Consent(true)),
            ("text".to_owned(), Answer::Text("true".to_owned())),
            ("odd".to_owned(), Answer::Text("\u{202e}<b>\"'\\ \u{1f600}".to_owned())),
            ("choices".to_owned(), Answer::Choices(vec!["a".to_owned()])),
            ("none".to_owned(), Answer::Choices(Vec::new())),
        ]);
        let json = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Booking>(&json).unwrap(), written);
    }
}

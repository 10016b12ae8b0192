use super::super::Terms;
use super::*;

/// A booking from 10:00 until 10:30, which visitors may change until 09:00.
fn booking(status: Status) -> Booking {
    let sample: Booking = serde_json::from_str(include_str!("../../../tests/booking.json")).unwrap();
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
    for status in Status::ALL.into_iter().filter(|status| status.is_live()) {
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
    for status in Status::ALL.into_iter().filter(known) {
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
    for status in Status::ALL {
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
    for (by, time) in [(Party::Visitor, "08:00:00"), (Party::Host, "08:00:00"), (Party::Host, "11:00:00")] {
        check(Status::Cancelled, by, time, Err(Refusal::AlreadyCancelled));
        check(Status::Declined, by, time, Err(Refusal::AlreadyDecided));
        check(Status::Expired, by, time, Err(Refusal::AlreadyDecided));
    }
}

#[track_caller]
fn check_outcome(before: &Booking, outcome: Option<Outcome>, time: &str, expected: Result<bool, Refusal>) {
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
    for status in Status::ALL {
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
        for before in Status::ALL.map(booking) {
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
        let late =
            booking(Status::Requested).transition(&Change::Decide { accepts, start: None }, at("10:00:00"));
        assert_eq!(late, Err(Refusal::HoldExpired));
    }
}

#[test]
fn what_is_confirmed_becomes_what_it_would_have_been_at_once() {
    let (asked, by_request) =
        (booking(Status::AwaitingConfirmation), by_request(Status::AwaitingConfirmation));
    for (before, status, event) in
        [(&asked, Status::Confirmed, Event::Confirmed), (&by_request, Status::Requested, Event::Requested)]
    {
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
    for status in Status::ALL {
        let before = booking(status);
        let moved = before.transition(&Change::Expire, at("08:30:00"));
        let expired = Booking { status: Status::Expired, changed_at: at("08:30:00"), ..before };
        let expected = match status {
            Status::AwaitingConfirmation => Ok((expired, vec![Event::Lapsed])),
            Status::Requested | Status::AwaitingPayment => Ok((expired, vec![Event::Expired, Event::Alert])),
            Status::Cancelled => Err(Refusal::AlreadyCancelled),
            _ => Err(Refusal::AlreadyDecided),
        };
        assert_eq!(moved, expected, "{status:?}");
    }
}

//! Cancelling: who may until when, what changes, and that the time is free at once.

use scheduling::booking::{Booking, Outcome, Party, Status};
use scheduling::ledger::Reply;
use scheduling::refusal::Refusal;

use crate::support::{By, Memory, at, book, booking_of, busy, cancel, must_book, must_refuse};

#[test]
fn a_cancelled_booking_says_so_and_its_time_is_free() {
    let mut sql = Memory::migrated();
    let booked = must_book(&mut sql, &book(1, 60, 90), 0);
    must_refuse(&mut sql, &book(2, 60, 90).by("kim@example.com"), 0, Refusal::SlotTaken);
    let expected = Booking {
        status: Status::Cancelled,
        outcome: Some(Outcome::Cancelled),
        sequence: 1,
        cancel_reason: Some("Ill".to_owned()),
        changed_at: at(30),
        ..booked
    };
    assert_eq!(
        cancel(&mut sql, 1, Party::Visitor, 30),
        Reply::Changed { booking: Box::new(expected.clone()) }
    );
    assert_eq!(booking_of(&mut sql, 1), Some(expected));
    assert_eq!(busy(&mut sql, 0, 30), []);
    assert_eq!(sql.number("SELECT count(*) FROM claim") + sql.number("SELECT count(*) FROM seat"), 0);
    must_book(&mut sql, &book(2, 60, 90).by("kim@example.com"), 30);
}

/// A booking from 60 to 90, which may be changed until 20 minutes before: what does a cancellation at that minute get?
#[track_caller]
fn check_deadline(by: Party, minute: i64, expected: Option<Refusal>) {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.terms.change_until_minutes = 20;
    must_book(&mut sql, &asked, 0);
    let before = sql.dump();
    match (cancel(&mut sql, 1, by, minute), expected) {
        (Reply::Changed { .. }, None) => {}
        (Reply::Refused { refusal }, Some(expected)) => {
            assert_eq!(refusal, expected);
            assert_eq!(sql.dump(), before);
        }
        (other, expected) => panic!("{other:?} instead of {expected:?}"),
    }
}

#[test]
fn visitors_are_held_to_the_pages_deadline_and_hosts_to_the_end() {
    check_deadline(Party::Visitor, 39, None);
    check_deadline(Party::Visitor, 40, Some(Refusal::ChangeTooLate));
    check_deadline(Party::Visitor, 59, Some(Refusal::ChangeTooLate));
    check_deadline(Party::Visitor, 60, Some(Refusal::AlreadyOver));
    check_deadline(Party::Host, 40, None);
    check_deadline(Party::Host, 89, None);
    check_deadline(Party::Host, 90, Some(Refusal::AlreadyOver));
}

#[test]
fn a_booking_is_cancelled_once() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    cancel(&mut sql, 1, Party::Host, 10);
    let before = sql.dump();
    for by in [Party::Host, Party::Visitor] {
        let refused = Reply::Refused { refusal: Refusal::AlreadyCancelled };
        assert_eq!(cancel(&mut sql, 1, by, 20), refused);
        assert_eq!(cancel(&mut sql, 1, by, 500), refused, "also when it would be over");
    }
    assert_eq!(sql.dump(), before);
}

#[test]
fn an_unknown_booking_is_not_found() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    assert_eq!(cancel(&mut sql, 2, Party::Visitor, 0), Reply::Refused { refusal: Refusal::NotFound });
    assert_eq!(booking_of(&mut sql, 2), None);
}

#[test]
fn cancelling_one_seat_of_a_group_leaves_the_others() {
    let mut sql = Memory::migrated();
    for number in [1, 2] {
        let mut asked = book(number, 60, 90).by(&format!("guest{number}@example.com"));
        asked.capacity = 2;
        must_book(&mut sql, &asked, 0);
    }
    cancel(&mut sql, 1, Party::Visitor, 0);
    let claims = busy(&mut sql, 0, 0);
    assert_eq!((claims.len(), claims[0].seats_taken), (1, 1));
    cancel(&mut sql, 2, Party::Visitor, 0);
    assert_eq!(busy(&mut sql, 0, 0), []);
}

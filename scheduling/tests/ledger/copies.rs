//! A booking's copies in the host's calendar: written with each change, one after the other, and each as it is by then.

use scheduling::booking::{Party, Status};
use scheduling::ledger::{Book, Order, Question};
use scheduling::outbox::{Attempt, AttemptOutcome, Due};

use crate::support::{
    Memory, ask, at, book, booking_of, cancel, id, must_book, must_move, order, reschedule,
};

/// A wish on a page that writes to the calendar `work`.
fn written(wish: Book) -> Book {
    let mut wish = wish;
    wish.booking.terms.write_to = Some("work".to_owned());
    wish
}

/// A wish that the host is asked for.
fn asked(number: u8, from: i64, until: i64) -> Book {
    let mut wish = book(number, from, until);
    wish.booking.status = Status::Requested;
    wish.expires_at = Some(at(50));
    wish
}

/// The copies that are due, while those of some numbers are on their way.
fn due(sql: &mut Memory, except: &[i64], minute: i64) -> Vec<Due> {
    let found = ask(sql, Question::due(100, 0, except.to_vec()), at(minute)).due;
    found.into_iter().filter(|due| due.destination.kind() == "calendar").collect()
}

/// Each with the booking's status and start, in minutes.
fn said(due: &[Due]) -> Vec<(String, Status, i64)> {
    let said = |due: &Due| {
        let booking = due.booking.as_ref().unwrap();
        (due.id.clone(), booking.status, (booking.start - at(0)).num_minutes())
    };
    due.iter().map(said).collect()
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, minute: i64) {
    order(sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(minute));
}

#[test]
fn each_change_writes_the_booking_as_it_is_by_then() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 60, 90)), 0);
    must_book(&mut sql, &book(2, 200, 230), 0);
    let first = due(&mut sql, &[], 1);
    let of = |event: u32| format!("{}.{event}.calendar-work", id(1));
    assert_eq!(said(&first), [(of(1), Status::Confirmed, 60)], "of the other page, nothing is written");
    // While it is on its way, the next one waits.
    must_move(&mut sql, &reschedule(1, 120, 150), 2);
    assert_eq!(said(&due(&mut sql, &[first[0].number], 3)), []);
    // Of those that wait, one goes, and says all.
    let waiting = due(&mut sql, &[], 3);
    assert_eq!(said(&waiting), [(of(1), Status::Confirmed, 120)]);
    settle(&mut sql, waiting[0].number, AttemptOutcome::Taken, 3);
    let next = due(&mut sql, &[], 4);
    assert_eq!(said(&next), [(of(3), Status::Confirmed, 120)]);
    settle(&mut sql, next[0].number, AttemptOutcome::Taken, 4);
    cancel(&mut sql, 1, Party::Visitor, 5);
    assert_eq!(said(&due(&mut sql, &[], 6)), [(of(5), Status::Cancelled, 120)]);
}

#[test]
fn nothing_is_written_of_a_request_before_it_is_accepted() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(asked(1, 600, 630)), 0);
    assert_eq!(said(&due(&mut sql, &[], 1)), []);
    order(&mut sql, Order::decide(id(1), true, None), at(2)).unwrap();
    let accepted = (format!("{}.3.calendar-work", id(1)), Status::Confirmed, 600);
    assert_eq!(said(&due(&mut sql, &[], 3)), [accepted]);
    must_book(&mut sql, &written(asked(2, 700, 730)), 4);
    order(&mut sql, Order::decide(id(2), false, None), at(5)).unwrap();
    let all = said(&due(&mut sql, &[], 6));
    assert!(!all.iter().any(|(delivery, ..)| delivery.starts_with(id(2).as_str())), "{all:?}");
}

#[test]
fn one_that_was_given_up_is_sent_again_as_the_booking_is_now() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &written(book(1, 600, 630)), 0);
    let first = due(&mut sql, &[], 1).remove(0);
    let held = AttemptOutcome::Held { reason: "it answered 401".to_owned(), until: None };
    settle(&mut sql, first.number, held, 1);
    assert_eq!(said(&due(&mut sql, &[], 2)), []);
    must_move(&mut sql, &reschedule(1, 700, 730), 3);
    let moved = due(&mut sql, &[], 4).remove(0);
    settle(&mut sql, moved.number, AttemptOutcome::Taken, 4);
    for delivery in [&first, &moved] {
        order(&mut sql, Order::replay(delivery.id.clone()), at(5)).unwrap();
        let again = due(&mut sql, &[], 6);
        assert_eq!(said(&again), [(delivery.id.clone(), Status::Confirmed, 700)]);
        settle(&mut sql, again[0].number, AttemptOutcome::Taken, 6);
    }
    assert_eq!(booking_of(&mut sql, 1).unwrap().terms.write_to.as_deref(), Some("work"));
}

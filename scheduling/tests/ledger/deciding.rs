//! Requests: they hold their time, and only one answer decides, while they do.

use scheduling::booking::{Party, Status};
use scheduling::ledger::{Command, Reply, apply, wake_at};
use scheduling::refusal::Refusal;

use crate::support::{
    self, Memory, at, book, booking_of, busy, cancel, must_book, must_move, must_refuse, reschedule,
};

/// A ledger with a request from minute 60 to 90 that is held until minute 10.
fn requested() -> Memory {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.status = Status::Requested;
    asked.expires_at = Some(at(10));
    must_book(&mut sql, &asked, 0);
    sql
}

fn decide(sql: &mut Memory, accepts: bool, minute: i64) -> Reply {
    support::decide(sql, 1, accepts, minute)
}

#[track_caller]
fn refused(sql: &mut Memory, accepts: bool, minute: i64, refusal: Refusal) {
    let before = sql.dump();
    assert_eq!(decide(sql, accepts, minute), Reply::Refused { refusal });
    assert_eq!(sql.dump(), before, "a refusal writes nothing");
}

#[test]
fn a_request_takes_its_time_until_it_is_answered() {
    let mut sql = requested();
    must_refuse(&mut sql, &book(2, 75, 105), 5, Refusal::SlotTaken);
    let Reply::Changed { booking } = decide(&mut sql, true, 9) else { panic!("not accepted") };
    assert_eq!((booking.status, booking.sequence, booking.changed_at), (Status::Confirmed, 0, at(9)));
    assert_eq!(booking_of(&mut sql, 1).unwrap(), *booking);
    assert_eq!(busy(&mut sql, 0, 50)[0].expires_at, None, "taken for good");
    must_refuse(&mut sql, &book(2, 75, 105), 50, Refusal::SlotTaken);
}

#[test]
fn a_declined_request_frees_its_time_at_once() {
    let mut sql = requested();
    let Reply::Changed { booking } = decide(&mut sql, false, 9) else { panic!("not declined") };
    assert_eq!(booking.status, Status::Declined);
    must_book(&mut sql, &book(2, 75, 105), 9);
}

#[test]
fn the_first_answer_counts() {
    for first in [true, false] {
        let mut sql = requested();
        decide(&mut sql, first, 1);
        for accepts in [true, false] {
            refused(&mut sql, accepts, 2, Refusal::AlreadyDecided);
        }
    }
    let mut sql = requested();
    cancel(&mut sql, 1, Party::Visitor, 1);
    refused(&mut sql, true, 2, Refusal::AlreadyCancelled);
}

#[test]
fn a_request_that_is_moved_forward_is_held_until_its_start() {
    let mut sql = requested();
    must_move(&mut sql, &reschedule(1, 8, 38), 1);
    assert_eq!(busy(&mut sql, 0, 1)[0].expires_at, Some(at(8).timestamp()));
}

/// The same, whether or not the ledger has tidied up by then.
#[test]
fn what_has_expired_is_not_accepted() {
    let mut sql = requested();
    for accepts in [true, false] {
        refused(&mut sql, accepts, 10, Refusal::HoldExpired);
    }
    apply(&mut sql, &Command::Expire(None), at(10)).unwrap();
    refused(&mut sql, true, 11, Refusal::AlreadyDecided);
    let unknown = support::decide(&mut sql, 9, true, 1);
    assert_eq!(unknown, Reply::Refused { refusal: Refusal::NotFound });
}

#[test]
fn everyone_is_told_of_the_answer_in_the_same_transaction() {
    for (accepts, expected) in [(true, "booking.confirmed"), (false, "booking.declined")] {
        let mut sql = requested();
        sql.set("DELETE FROM delivery");
        decide(&mut sql, accepts, 1);
        assert_eq!(sql.number(&format!("SELECT count(*) FROM delivery WHERE event = '{expected}'")), 1);
        assert!(wake_at(&mut sql).unwrap() <= Some(at(2)));
    }
}

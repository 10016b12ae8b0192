//! Bookings that nobody confirmed or paid in time end by themselves, and everyone is notified.

use scheduling::booking::Status;
use scheduling::ledger::{Command, Reply, apply, wake_at};

use crate::support::{Memory, at, book, booking_of, busy, must_book};

fn expire(sql: &mut Memory, minute: i64) {
    assert_eq!(apply(sql, &Command::Expire(None), at(minute)).unwrap(), Reply::Done);
}

/// A ledger with a booking of that status, whose seat dies at minute 10.
fn held(status: Status) -> Memory {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.status = status;
    asked.expires_at = Some(at(10));
    must_book(&mut sql, &asked, 0);
    sql.set("DELETE FROM delivery");
    sql
}

#[test]
fn a_request_that_nobody_answers_expires() {
    for status in [Status::Requested, Status::AwaitingPayment] {
        let mut sql = held(status);
        assert_eq!(wake_at(&mut sql).unwrap(), Some(at(10)));
        assert_eq!(busy(&mut sql, 0, 9)[0].expires_at, Some(at(10).timestamp()));
        let before = sql.dump();
        expire(&mut sql, 9);
        assert_eq!(sql.dump(), before, "not before its time");
        expire(&mut sql, 10);
        assert_eq!(booking_of(&mut sql, 1).unwrap().status, Status::Expired);
        sql.set("DELETE FROM delivery");
        assert_eq!(wake_at(&mut sql).unwrap(), None);
        assert_eq!(sql.number("SELECT (SELECT count(*) FROM seat) + (SELECT count(*) FROM claim)"), 0);
        expire(&mut sql, 11);
    }
}

#[test]
fn a_seat_that_dies_beside_a_living_one_changes_no_booking() {
    let mut sql = held(Status::Requested);
    sql.set(
        "INSERT INTO claim (page, start_seconds, end_seconds, before_seconds, after_seconds, capacity)
        SELECT page, start_seconds + 7200, end_seconds + 7200, 0, 0, 1 FROM claim",
    );
    sql.set(
        "INSERT INTO seat (claim_id, booking_id, expires_at_seconds) SELECT 2, booking_id, NULL FROM seat",
    );
    expire(&mut sql, 10);
    assert_eq!(booking_of(&mut sql, 1).unwrap().status, Status::Requested);
    assert_eq!((sql.number("SELECT count(*) FROM seat"), sql.number("SELECT id FROM claim")), (1, 2));
}

#[test]
fn a_seat_of_another_ledgers_booking_is_freed_alone() {
    let mut sql = held(Status::Requested);
    sql.set("DELETE FROM booking");
    expire(&mut sql, 10);
    assert_eq!((sql.number("SELECT count(*) FROM seat"), sql.number("SELECT count(*) FROM claim")), (0, 0));
}

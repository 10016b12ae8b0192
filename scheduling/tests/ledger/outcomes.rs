//! Outcomes: a host's record of how a meeting went, who is notified, and that saying it twice is saying it once.

use scheduling::booking::{Booking, Outcome, Party};
use scheduling::ledger::Reply;
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};

use crate::support::{Memory, at, book, booking_of, busy, must_book, record_outcome, subscribers, webhook};

/// A ledger with a booking from minute 60 to 90 that everybody is notified of.
fn booked() -> (Memory, Booking) {
    let mut sql = Memory::migrated();
    let hook = webhook("https://hooks.example.com/", &["booking.*"]);
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[hook]);
    let booking = must_book(&mut sql, &book(1, 60, 90), 0);
    sql.set("DELETE FROM delivery");
    (sql, booking)
}

fn deliveries(sql: &mut Memory) -> Vec<String> {
    let rows = sql.run("SELECT event || ' ' || kind FROM delivery ORDER BY number", &[]).unwrap();
    let text = |row: Vec<Value>| match row.into_iter().next() {
        Some(Value::Text(text)) => text,
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(text).collect()
}

#[test]
fn an_outcome_is_kept_and_told_to_programs_alone_and_the_time_stays_taken() {
    let (mut sql, booking) = booked();
    let taken = busy(&mut sql, 0, 95);
    let expected = Booking { outcome: Some(Outcome::NoShow), changed_at: at(95), ..booking };
    let reply = record_outcome(&mut sql, 1, Some(Outcome::NoShow), 95);
    assert_eq!(reply, Reply::Changed { booking: Box::new(expected.clone()) });
    assert_eq!(booking_of(&mut sql, 1), Some(expected));
    assert_eq!(busy(&mut sql, 0, 95), taken);
    let told = ["outcome_recorded webhook", "outcome_recorded record", "alert webhook"];
    assert_eq!(deliveries(&mut sql), told.map(|told| format!("booking.{told}")));
}

#[test]
fn the_same_outcome_twice_is_one_and_another_replaces_it() {
    let (mut sql, _) = booked();
    let first = record_outcome(&mut sql, 1, Some(Outcome::Completed), 95);
    let before = sql.dump();
    assert_eq!(record_outcome(&mut sql, 1, Some(Outcome::Completed), 96), first);
    assert_eq!(sql.dump(), before, "the second click writes nothing");
    record_outcome(&mut sql, 1, None, 97);
    assert_eq!(booking_of(&mut sql, 1).unwrap().outcome, None, "taken back");
    assert_eq!(deliveries(&mut sql).len(), 6);
}

#[test]
fn there_is_no_outcome_before_the_beginning_nor_of_what_is_not_there() {
    let (mut sql, _) = booked();
    let before = sql.dump();
    for (number, refusal) in [(1, Refusal::NotBegun), (2, Refusal::NotFound)] {
        let reply = record_outcome(&mut sql, number, Some(Outcome::Completed), 59);
        assert_eq!(reply, Reply::Refused { refusal });
    }
    assert_eq!(sql.dump(), before);
}

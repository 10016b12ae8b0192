//! Deliveries through their lives: due, tried, taken, put off, parked, replayed.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::Party;
use scheduling::ledger::{Answer, Command, Query, Reply, answer, apply, wake_at};
use scheduling::outbox::{Attempt, AttemptOutcome, DeliveryReport, DeliveryState, Destination, Due};
use scheduling::refusal::Refusal;

use crate::support::{Memory, at, book, cancel, id, must_book, webhook};

const FIRST: &str = "https://one.example.com/";
const OTHER: &str = "https://other.example.com/";

/// A ledger with one booking, confirmed at minute 0, and two endpoints to notify: deliveries 1 and 2.
fn told() -> Memory {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.destinations =
        vec![webhook(FIRST, &["booking.confirmed", "booking.cancelled"]), webhook(OTHER, &["booking.*"])];
    asked.destinations[1] = webhook(OTHER, &["booking.confirmed", "booking.cancelled"]);
    must_book(&mut sql, &asked, 0);
    sql
}

fn due(sql: &mut Memory, now: DateTime<Utc>) -> Vec<Due> {
    match answer(sql, &Query::Due { most: 100, records: 100, except: Vec::new() }, now).unwrap() {
        Answer::Due { due, .. } => due,
        other => panic!("not deliveries: {other:?}"),
    }
}

fn numbers_due(sql: &mut Memory, now: DateTime<Utc>) -> Vec<i64> {
    due(sql, now).iter().map(|due| due.number).collect()
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, now: DateTime<Utc>) {
    let attempts = vec![Attempt { number, outcome, jitter: 0 }];
    assert_eq!(apply(sql, &Command::Settle { attempts }, now).unwrap(), Reply::Done);
}

fn failed(retry_after_seconds: Option<u32>) -> AttemptOutcome {
    AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds }
}

fn reports(sql: &mut Memory, state: DeliveryState) -> Vec<DeliveryReport> {
    match answer(sql, &Query::Deliveries { state, most: 100 }, at(0)).unwrap() {
        Answer::Deliveries { deliveries } => deliveries,
        other => panic!("not deliveries: {other:?}"),
    }
}

fn seconds(count: i64) -> DateTime<Utc> {
    at(0) + TimeDelta::seconds(count)
}

#[test]
fn whoever_asks_gets_what_it_wants_and_has_not() {
    let mut sql = told();
    let mut other = book(2, 120, 150);
    other.destinations = vec![Destination::Record, webhook(FIRST, &["*"])];
    must_book(&mut sql, &other, 0);
    let mut check = |most, records, except: &[i64], expected: &[i64]| {
        let query = Query::Due { most, records, except: except.to_vec() };
        let Answer::Due { due, .. } = answer(&mut sql, &query, seconds(1)).unwrap() else {
            panic!("not due")
        };
        let numbers: Vec<i64> = due.iter().map(|due| due.number).collect();
        assert_eq!(numbers, expected, "{query:?}");
    };
    check(9, 9, &[], &[1, 2, 4, 5, 3]);
    check(2, 9, &[1, 4], &[2, 5, 3]);
    check(1, 0, &[], &[1]);
    check(0, 1, &[3], &[]);
}

#[test]
fn what_is_taken_is_due_no_more() {
    let mut sql = told();
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(0)));
    assert_eq!(numbers_due(&mut sql, at(0)), [1, 2]);
    settle(&mut sql, 1, AttemptOutcome::Taken, at(1));
    assert_eq!(numbers_due(&mut sql, at(1)), [2]);
    settle(&mut sql, 2, AttemptOutcome::Taken, at(1));
    assert_eq!(wake_at(&mut sql).unwrap(), None);
    let before = sql.dump();
    settle(&mut sql, 2, failed(None), at(2));
    assert_eq!(sql.dump(), before, "what is settled stays so");
    assert_eq!(reports(&mut sql, DeliveryState::Done).len(), 2);
}

#[test]
fn one_that_fails_is_tried_on_the_schedule_and_then_parked() {
    let mut sql = told();
    settle(&mut sql, 2, AttemptOutcome::Taken, at(0));
    let mut now = at(0);
    for pause in [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] {
        settle(&mut sql, 1, failed(None), now);
        let next = now + TimeDelta::seconds(pause);
        assert_eq!(wake_at(&mut sql).unwrap(), Some(next));
        assert_eq!(numbers_due(&mut sql, next - TimeDelta::seconds(1)), [0; 0]);
        assert_eq!(numbers_due(&mut sql, next), [1]);
        now = next;
    }
    settle(&mut sql, 1, failed(None), now);
    assert_eq!(wake_at(&mut sql).unwrap(), None);
    let parked = DeliveryReport {
        id: format!("{}.1.1", id(1)),
        booking: Some(id(1).to_string()),
        event: "booking.confirmed".to_owned(),
        destination: FIRST.to_owned(),
        state: DeliveryState::Parked,
        attempts: 10,
        next_attempt_at: None,
        last_error: Some("it answered 500".to_owned()),
    };
    assert_eq!(reports(&mut sql, DeliveryState::Parked), [parked]);
}

#[test]
fn a_receiver_that_names_a_time_is_left_alone_until_then() {
    let mut sql = told();
    settle(&mut sql, 1, failed(Some(90)), at(0));
    assert_eq!(numbers_due(&mut sql, seconds(89)), [2]);
    assert_eq!(numbers_due(&mut sql, seconds(90)), [2, 1]);
    settle(&mut sql, 1, failed(Some(u32::MAX)), at(2));
    assert_eq!(numbers_due(&mut sql, at(2 + 24 * 60)), [2, 1], "but not for ever");
    settle(&mut sql, 2, failed(Some(1)), at(2));
    assert_eq!(
        numbers_due(&mut sql, at(2) + TimeDelta::seconds(4)),
        [0; 0],
        "nor sooner than the schedule says"
    );
}

#[test]
fn one_that_was_not_tried_waits_a_little_and_counts_nothing() {
    let mut sql = told();
    settle(&mut sql, 1, AttemptOutcome::Postponed, at(0));
    assert_eq!(numbers_due(&mut sql, seconds(29)), [2]);
    assert_eq!(numbers_due(&mut sql, seconds(30)), [2, 1]);
    assert_eq!(sql.number("SELECT sum(attempt_count) FROM delivery"), 0);
}

#[test]
fn an_endpoint_that_is_gone_is_told_nothing_more_until_something_is_replayed() {
    let mut sql = told();
    settle(&mut sql, 1, AttemptOutcome::Gone, at(0));
    cancel(&mut sql, 1, Party::Visitor, 1);
    let to: Vec<String> = due(&mut sql, at(1)).iter().map(|due| due.destination.name().to_owned()).collect();
    assert_eq!(to, [OTHER, OTHER]);
    let parked = reports(&mut sql, DeliveryState::Parked);
    let told = "the endpoint answered 410 Gone and is turned off; sending this again turns it back on";
    assert!(parked.iter().all(|parked| parked.last_error.as_deref() == Some(told)), "{parked:?}");
    assert_eq!(parked.len(), 2);

    let replay = Command::Replay { id: parked[1].id.clone() };
    assert_eq!(apply(&mut sql, &replay, at(2)).unwrap(), Reply::Done);
    assert_eq!(numbers_due(&mut sql, at(2)), [2, 4, 1]);
    let mut again = book(2, 120, 150);
    again.destinations = vec![webhook(FIRST, &["booking.confirmed"])];
    must_book(&mut sql, &again, 3);
    assert_eq!(numbers_due(&mut sql, at(3)), [2, 4, 1, 5]);
}

#[test]
fn only_what_is_parked_or_done_is_replayed() {
    let mut sql = told();
    let pending = Command::Replay { id: format!("{}.1.1", id(1)) };
    let refused = Reply::Refused { refusal: Refusal::NotFound };
    assert_eq!(apply(&mut sql, &pending, at(0)).unwrap(), refused);
    settle(&mut sql, 1, AttemptOutcome::Taken, at(0));
    assert_eq!(apply(&mut sql, &pending, at(1)).unwrap(), Reply::Done);
    assert_eq!(numbers_due(&mut sql, at(1)), [2, 1]);
    let unknown = Command::Replay { id: "nothing".to_owned() };
    assert_eq!(apply(&mut sql, &unknown, at(0)).unwrap(), refused);
}

#[test]
fn a_record_is_the_booking_as_it_is_now_and_leaves_no_trace() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.destinations = vec![Destination::Record];
    must_book(&mut sql, &asked, 0);
    cancel(&mut sql, 1, Party::Visitor, 1);
    assert_eq!(wake_at(&mut sql).unwrap(), Some(seconds(1)), "those of a second are written together");
    let due = due(&mut sql, at(2));
    let statuses: Vec<_> = due.iter().map(|due| due.booking.as_ref().unwrap().status.name()).collect();
    assert_eq!(statuses, ["cancelled", "cancelled"]);
    settle(&mut sql, 1, AttemptOutcome::Taken, at(1));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(1));
    assert_eq!(sql.number("SELECT count(*) FROM delivery"), 0);
}

/// A slow courier settles by its number a delivery that it took up long ago: the number must mean nothing else by now.
#[test]
fn the_number_of_a_delivery_that_is_forgotten_is_not_given_again() {
    let mut sql = told();
    let old = numbers_due(&mut sql, at(0));
    let email = "sam@example.com".to_owned();
    apply(&mut sql, &Command::EraseBookings { email, asked_at: at(1) }, at(1)).unwrap();
    sql.set("DELETE FROM delivery");
    let mut other = book(2, 120, 150);
    other.destinations = vec![webhook(FIRST, &["*"]), Destination::Record];
    must_book(&mut sql, &other, 2);
    let before = sql.dump();
    for outcome in [AttemptOutcome::Taken, failed(None), AttemptOutcome::Gone, AttemptOutcome::Postponed] {
        for number in &old {
            settle(&mut sql, *number, outcome.clone(), at(3));
        }
    }
    assert_eq!(sql.dump(), before);
    assert_eq!(numbers_due(&mut sql, at(3)).len(), 3);
}

#[test]
fn what_was_taken_long_ago_is_forgotten() {
    let mut sql = told();
    settle(&mut sql, 1, AttemptOutcome::Taken, at(0));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(31 * 24 * 60));
    assert_eq!(sql.number("SELECT count(*) FROM delivery"), 1);
}

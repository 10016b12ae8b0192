//! Deliveries through their lives: due, tried, taken, put off, parked, replayed.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::Party;
use scheduling::definition::Webhook;
use scheduling::ledger::{Answer, Command, Query, Reply, answer, apply, wake_at};
use scheduling::outbox::{
    Attempt, AttemptOutcome, DeliveryReport, DeliveryState, Destination, Due, Queue, Request,
};
use scheduling::refusal::Refusal;

use crate::support::{Memory, at, book, cancel, id, must_book, subscribers, webhook};

const FIRST: &str = "https://one.example.com/";
const OTHER: &str = "https://other.example.com/";

/// A ledger with one booking, confirmed at minute 0, and two endpoints to notify: deliveries 1 and 2.
fn told() -> Memory {
    let mut sql = Memory::migrated();
    let events = ["booking.confirmed", "booking.cancelled"];
    sql.today = subscribers(&[], &[webhook(FIRST, &events), webhook(OTHER, &events)]);
    must_book(&mut sql, &book(1, 60, 90), 0);
    sql.set("DELETE FROM delivery WHERE kind = 'record'");
    sql
}

/// The id of the first delivery.
fn first_id() -> String {
    format!("{}.1.{}", id(1), Destination::Webhook(webhook(FIRST, &[])).tag())
}

fn due(sql: &mut Memory, now: DateTime<Utc>) -> Vec<Due> {
    match answer(sql, &Query::Due { most: 100, records: 100, except: Vec::new() }, now).unwrap() {
        Answer::Due { due, .. } => due,
        other => panic!("not deliveries: {other:?}"),
    }
}

fn numbers_due(sql: &mut Memory, now: DateTime<Utc>) -> Vec<i64> {
    let notices = due(sql, now).into_iter().filter(|due| due.destination.queue() == Queue::Notice);
    notices.map(|due| due.number).collect()
}

fn settle(sql: &mut Memory, number: i64, outcome: AttemptOutcome, now: DateTime<Utc>) {
    let attempts = vec![Attempt { number, outcome, jitter: 0 }];
    assert_eq!(apply(sql, &Command::Settle { attempts }, now).unwrap(), Reply::Done);
}

fn failed(retry_after_seconds: Option<u32>) -> AttemptOutcome {
    AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds }
}

fn reports(sql: &mut Memory, state: DeliveryState) -> Vec<DeliveryReport> {
    match answer(sql, &Query::Deliveries { state, after: None, most: 100 }, at(0)).unwrap() {
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
    sql.today = subscribers(&[], &[webhook(FIRST, &["*"])]);
    must_book(&mut sql, &book(2, 120, 150), 0);
    let mut check = |most, records, except: &[i64], expected: &[i64]| {
        let query = Query::Due { most, records, except: except.to_vec() };
        let Answer::Due { due, .. } = answer(&mut sql, &query, seconds(1)).unwrap() else {
            panic!("not due")
        };
        let numbers: Vec<i64> = due.iter().map(|due| due.number).collect();
        assert_eq!(numbers, expected, "{query:?}");
    };
    check(9, 9, &[], &[1, 2, 4, 6, 5]);
    check(2, 9, &[1, 4], &[2, 6, 5]);
    check(1, 0, &[], &[1]);
    check(0, 1, &[5], &[]);
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
        id: first_id(),
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
    let to: Vec<String> =
        due(&mut sql, at(1)).iter().map(|due| due.destination.name().into_owned()).collect();
    assert_eq!(to, [OTHER, OTHER]);
    let parked = reports(&mut sql, DeliveryState::Parked);
    let told = "the endpoint answered 410 Gone and is turned off; sending this again turns it back on";
    assert!(parked.iter().all(|parked| parked.last_error.as_deref() == Some(told)), "{parked:?}");
    assert_eq!(parked.len(), 2);

    let replay = Command::Replay(parked[1].id.clone(), None);
    assert_eq!(apply(&mut sql, &replay, at(2)).unwrap(), Reply::Done);
    assert_eq!(numbers_due(&mut sql, at(2)), [2, 5, 1]);
    sql.today = subscribers(&[], &[webhook(FIRST, &["booking.confirmed"])]);
    must_book(&mut sql, &book(2, 120, 150), 3);
    assert_eq!(numbers_due(&mut sql, at(3)), [2, 5, 1, 7]);
}

#[test]
fn only_what_is_parked_or_done_is_replayed() {
    let mut sql = told();
    let pending = Command::Replay(first_id(), None);
    let refused = Reply::Refused { refusal: Refusal::NotFound };
    assert_eq!(apply(&mut sql, &pending, at(0)).unwrap(), refused);
    settle(&mut sql, 1, AttemptOutcome::Taken, at(0));
    assert_eq!(apply(&mut sql, &pending, at(1)).unwrap(), Reply::Done);
    assert_eq!(numbers_due(&mut sql, at(1)), [2, 1]);
    let unknown = Command::Replay("nothing".to_owned(), None);
    assert_eq!(apply(&mut sql, &unknown, at(0)).unwrap(), refused);
}

#[test]
fn a_record_is_the_booking_as_it_is_now_and_leaves_no_trace() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
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
    apply(
        &mut sql,
        &Command::EraseBookings(Request { email, asked_at: at(1), by: Party::Host }, None),
        at(1),
    )
    .unwrap();
    sql.set("DELETE FROM delivery");
    sql.today = subscribers(&[], &[webhook(FIRST, &["*"])]);
    must_book(&mut sql, &book(2, 120, 150), 2);
    let before = sql.dump();
    for outcome in [AttemptOutcome::Taken, failed(None), AttemptOutcome::Gone, AttemptOutcome::Postponed] {
        for number in &old {
            settle(&mut sql, *number, outcome.clone(), at(3));
        }
    }
    assert_eq!(sql.dump(), before);
    assert_eq!(due(&mut sql, at(3)).len(), 3);
}

#[test]
fn what_was_taken_long_ago_is_forgotten() {
    let mut sql = told();
    settle(&mut sql, 1, AttemptOutcome::Taken, at(0));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(31 * 24 * 60));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(31 * 24 * 60 + 12 * 60));
    assert_eq!(sql.number("SELECT count(*) FROM delivery"), 1);
}

#[test]
fn one_that_ended_is_neither_tried_nor_counted_until_its_receiver_is_there_again() {
    let mut sql = told();
    let reason = "the endpoint was taken out of the content".to_owned();
    settle(&mut sql, 1, AttemptOutcome::Ended { reason: reason.clone() }, at(0));
    assert_eq!(numbers_due(&mut sql, at(60)), [2]);
    assert_eq!(reports(&mut sql, DeliveryState::Parked), []);
    let ended = reports(&mut sql, DeliveryState::Ended);
    assert_eq!((ended.len(), ended[0].attempts, &ended[0].last_error), (1, 0, &Some(reason)));
    let mut replay = |webhooks: &[Webhook]| {
        let today = subscribers(&[], webhooks);
        apply(&mut sql, &Command::Replay(first_id(), today), at(1)).unwrap()
    };
    let gone = Reply::Refused { refusal: Refusal::ReceiverGone };
    assert_eq!(replay(&[]), gone);
    assert_eq!(replay(&[webhook(OTHER, &["*"]), webhook(FIRST, &["booking.alert"])]), gone);
    assert_eq!(replay(&[webhook(FIRST, &["booking.*"])]), Reply::Done);
    assert_eq!(numbers_due(&mut sql, at(1)), [2, 1]);
    settle(&mut sql, 1, AttemptOutcome::Ended { reason: String::new() }, at(1));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(31 * 24 * 60 + 2));
    settle(&mut sql, 2, AttemptOutcome::Taken, at(31 * 24 * 60 + 12 * 60 + 2));
    assert_eq!(reports(&mut sql, DeliveryState::Ended), [], "it is forgotten in time");
}

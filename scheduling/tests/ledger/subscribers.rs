//! Who hears of a booking: those of the day on which something happens, or those noted last.

use scheduling::booking::Party;
use scheduling::ledger::{Command, Reply, Today, apply, own_name, wake_at};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};

use crate::support::{
    Memory, at, book, cancel, id, must_book, must_move, must_refuse, reschedule, subscribers, webhook,
};

/// An endpoint of that name, which takes everything but alerts.
fn endpoint(name: &str) -> Today {
    let events = ["booking.confirmed", "booking.cancelled", "booking.reminder_due"];
    subscribers(&[], &[webhook(&format!("https://{name}.example.com/"), &events)])
}

/// What was told: event and receiver.
fn told(sql: &mut Memory) -> Vec<String> {
    let statement = "SELECT event || ' ' || receiver FROM delivery WHERE queue = 'notice' ORDER BY number";
    let rows = sql.run(statement, &[]).unwrap();
    let line = |row: &Vec<Value>| match &row[0] {
        Value::Text(line) => {
            line.replace("https://", "").replace(".example.com/", "").replace("booking.", "")
        }
        other => panic!("{other:?}"),
    };
    rows.iter().map(line).collect()
}

/// A ledger with a booking from minute 600 that has reminders, made when the former endpoint was there.
fn booked() -> Memory {
    let mut sql = Memory::migrated();
    sql.today = endpoint("former");
    let mut asked = book(1, 600, 630);
    asked.booking.terms.reminders_minutes = vec![60, 10];
    must_book(&mut sql, &asked, 0);
    sql.set("UPDATE delivery SET state = 'done'");
    sql
}

fn expire(sql: &mut Memory, today: Today, minute: i64) {
    assert_eq!(apply(sql, &Command::Expire(today), at(minute)).unwrap(), Reply::Done);
}

#[test]
fn todays_subscribers_hear_of_what_was_booked_before() {
    let mut sql = booked();
    let cancel = scheduling::ledger::Cancel { id: id(1), by: Party::Host, reason: None, proves: false };
    apply(&mut sql, &Command::Cancel(cancel, endpoint("other")), at(1)).unwrap();
    assert_eq!(told(&mut sql), ["confirmed former", "cancelled other"]);
}

#[test]
fn where_there_are_none_those_noted_last_hear_of_it() {
    let mut sql = booked();
    sql.today = endpoint("other");
    must_book(&mut sql, &book(2, 700, 730), 1);
    cancel(&mut sql, 1, Party::Host, 2);
    assert_eq!(told(&mut sql), ["confirmed former", "confirmed other", "cancelled other"]);
    assert_eq!(sql.number("SELECT count(*) FROM subscribers"), 1);
}

#[test]
fn what_is_refused_notes_nobody() {
    let mut sql = booked();
    let before = sql.dump();
    sql.today = endpoint("other");
    must_refuse(&mut sql, &book(2, 600, 630), 1, Refusal::SlotTaken);
    assert_eq!(sql.dump(), before);
}

#[test]
fn reminders_go_to_those_who_are_there_when_they_are_due() {
    let mut sql = booked();
    sql.set("DELETE FROM delivery");
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(540)));
    expire(&mut sql, endpoint("other"), 539);
    assert_eq!(told(&mut sql), [""; 0], "not before their time");
    expire(&mut sql, endpoint("other"), 540);
    assert_eq!(told(&mut sql), ["reminder_due other"]);
    expire(&mut sql, subscribers(&[Party::Visitor], &[]), 595);
    assert_eq!(told(&mut sql), ["reminder_due other", "reminder_due mail"]);
    assert_eq!(sql.number("SELECT count(DISTINCT id) FROM delivery"), 2);
    expire(&mut sql, endpoint("other"), 600);
    assert_eq!(told(&mut sql).len(), 2, "each once");
}

#[test]
fn nobody_is_reminded_of_the_former_time_or_of_what_is_cancelled() {
    let mut sql = booked();
    must_move(&mut sql, &reschedule(1, 800, 830), 1);
    sql.set("DELETE FROM delivery");
    expire(&mut sql, None, 700);
    assert_eq!(told(&mut sql), [""; 0]);
    expire(&mut sql, None, 740);
    assert_eq!(told(&mut sql), ["reminder_due former"]);
    cancel(&mut sql, 1, Party::Host, 741);
    assert_eq!(told(&mut sql), ["cancelled former"], "one that waits is withdrawn");
    assert_eq!(sql.number("SELECT count(*) FROM reminder"), 0);
}

#[test]
fn two_endpoints_of_one_address_are_one() {
    let mut sql = Memory::migrated();
    let url = "https://hooks.example.com/";
    sql.today = subscribers(&[], &[webhook(url, &["booking.confirmed"]), webhook(url, &["*"])]);
    must_book(&mut sql, &book(1, 60, 90), 0);
    let events = "SELECT count(*) FROM delivery WHERE queue = 'notice'";
    assert_eq!((sql.number(events), sql.number("SELECT count(DISTINCT id) FROM delivery")), (2, 3));
}

#[test]
fn a_ledger_knows_its_name_by_its_bookings() {
    assert_eq!(own_name(&mut Memory::migrated()).unwrap(), None);
    assert_eq!(own_name(&mut booked()).unwrap().as_deref(), Some("aiko"));
}

//! The outbox: the notices and their receivers, in the transaction that made them true.

use scheduling::booking::Party;
use scheduling::outbox::Destination;
use scheduling::sql::{Sql, Value};
use scheduling::view;

use crate::support::{Memory, at, book, cancel, id, must_book, must_move, reschedule, subscribers, webhook};

/// The outbox's rows: id, event, kind, state, attempts, when due in minutes.
fn rows(sql: &mut Memory) -> Vec<String> {
    let statement =
        "SELECT id, event, kind, state, attempt_count, next_attempt_at_seconds FROM delivery ORDER BY number";
    let rows = sql.run(statement, &[]).unwrap();
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Null => "null".to_owned(),
    };
    rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_event_goes_to_every_destination_that_takes_it() {
    let mut sql = Memory::migrated();
    let cancelled = webhook("https://hooks.example.com/cancelled", &["booking.cancelled"]);
    let all = webhook("https://hooks.example.com/all", &["booking.*"]);
    sql.today = subscribers(&[], &[cancelled.clone(), all.clone()]);
    let [cancelled, all] = [cancelled, all].map(|webhook| Destination::Webhook(webhook).tag());
    must_book(&mut sql, &book(1, 60, 90), 5);
    let due = at(5).timestamp();
    let id = id(1);
    let booked = [
        format!("{id}.1.{all} booking.confirmed webhook pending 0 {due}"),
        format!("{id}.1.record booking.confirmed record pending 0 {}", due + 1),
        format!("{id}.2.{all} booking.alert webhook pending 0 {due}"),
    ];
    assert_eq!(rows(&mut sql), booked);
    cancel(&mut sql, 1, Party::Visitor, 7);
    let due = at(7).timestamp();
    let cancelled = [
        format!("{id}.3.{cancelled} booking.cancelled webhook pending 0 {due}"),
        format!("{id}.3.{all} booking.cancelled webhook pending 0 {due}"),
        format!("{id}.3.record booking.cancelled record pending 0 {}", due + 1),
        format!("{id}.4.{all} booking.alert webhook pending 0 {due}"),
    ];
    assert_eq!(rows(&mut sql)[3..], cancelled);
}

#[test]
fn a_payload_is_the_event_and_the_booking_as_it_then_was() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.origin.tracking.insert("utm_source".to_owned(), "newsletter".to_owned());
    let hook = webhook("https://hooks.example.com/", &["booking.confirmed", "booking.cancelled"]);
    sql.today = subscribers(&[], &[hook]);
    let booked = must_book(&mut sql, &asked, 5);
    cancel(&mut sql, 1, Party::Visitor, 7);
    let rows = sql
        .run(
            "SELECT payload ->> 'webhook', destination FROM delivery WHERE kind = 'webhook' ORDER BY number",
            &[],
        )
        .unwrap();
    let payloads: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| match &row[0] {
            Value::Text(text) => serde_json::from_str(text).unwrap(),
            other => panic!("not a payload: {other:?}"),
        })
        .collect();
    let confirmed = serde_json::json!({
        "type": "booking.confirmed",
        "timestamp": "2026-12-01T09:05:00.000Z",
        "data": { "booking": view::booking(&booked, Party::Host) },
    });
    assert_eq!(payloads[0], confirmed);
    assert_eq!(payloads[1]["type"], "booking.cancelled");
    assert_eq!(payloads[1]["timestamp"], "2026-12-01T09:07:00.000Z");
    assert_eq!(payloads[1]["data"]["booking"]["status"], "cancelled");
    assert_eq!(payloads[1]["data"]["booking"]["tracking"]["utm_source"], "newsletter");
    let expected = r#"{"kind":"webhook","url":"https://hooks.example.com/","secret":["HOOK_SECRET"],"events":["booking.confirmed","booking.cancelled"]}"#;
    assert_eq!(rows[0][1], Value::Text(expected.to_owned()));
    let record =
        sql.run("SELECT DISTINCT payload, destination FROM delivery WHERE kind = 'record'", &[]).unwrap();
    let expected = [r#""booking""#, r#"{"kind":"record"}"#].map(|text| Value::Text(text.to_owned()));
    assert_eq!(record, [expected]);
}

#[test]
fn nobody_is_told_where_nobody_listens() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[], &[webhook("https://hooks.example.com/", &["contact.erased"])]);
    must_book(&mut sql, &book(1, 60, 90), 0);
    sql.set("DELETE FROM delivery WHERE kind = 'record'");
    assert_eq!(rows(&mut sql), [""; 0]);
}

#[test]
fn no_two_deliveries_have_one_id() {
    let mut sql = Memory::migrated();
    for number in 1..=5 {
        sql.today = subscribers(&[], &[webhook("https://hooks.example.com/", &["*"])]);
        must_book(&mut sql, &book(number, i64::from(number) * 60, i64::from(number) * 60 + 30), 0);
        let later = i64::from(number) * 60 + 15;
        must_move(&mut sql, &reschedule(number, later, later + 30), 0);
        cancel(&mut sql, number, Party::Host, 0);
    }
    let (all, different) = ("SELECT count(*) FROM delivery", "SELECT count(DISTINCT id) FROM delivery");
    assert_eq!((sql.number(all), sql.number(different)), (45, 45));
}

//! Rescheduling: the new time is taken as the old one is freed, or everything stays as it was.

use scheduling::booking::{Booking, Party};
use scheduling::claim::CountLimit;
use scheduling::definition::Buffer;
use scheduling::ledger::{Answer, Query, Reply, Reschedule, answer};
use scheduling::outbox::Destination;
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql, Value};
use scheduling::view;
use serde_json::json;

use crate::support::{
    By, Memory, at, book, booking_of, busy, cancel, id, key, must_book, must_move, must_refuse, must_stay,
    reply_to, reply_to_move, reschedule, subscribers, webhook,
};

/// The stretches of time that are taken, in minutes, each with the number of its bookings.
fn taken(sql: &mut Memory, minute: i64) -> Vec<(i64, i64, u32)> {
    let minutes = |seconds: i64| (seconds - at(0).timestamp()) / 60;
    let claims = busy(sql, -10_000, minute);
    claims.iter().map(|claim| (minutes(claim.start), minutes(claim.end), claim.seats_taken)).collect()
}

#[test]
fn a_moved_booking_has_its_new_time_and_no_other() {
    let mut sql = Memory::migrated();
    let booked = must_book(&mut sql, &book(1, 60, 90), 0);
    must_book(&mut sql, &book(2, 200, 230).by("kim@example.com"), 0);
    let buffer = Buffer { before_minutes: 5, after_minutes: 10 };
    let moved = must_move(&mut sql, &Reschedule { buffer, ..reschedule(1, 120, 150) }, 30);
    let expected =
        Booking { start: at(120), end: at(150), buffer, sequence: 1, changed_at: at(30), ..booked };
    assert_eq!(moved, expected);
    assert_eq!(booking_of(&mut sql, 1), Some(expected));
    assert_eq!(taken(&mut sql, 30), [(120, 150, 1), (200, 230, 1)]);
    assert_eq!(sql.number("SELECT count(*) FROM claim") + sql.number("SELECT count(*) FROM seat"), 4);
    must_refuse(&mut sql, &book(3, 120, 150).by("lee@example.com"), 30, Refusal::SlotTaken);
    must_refuse(&mut sql, &book(3, 155, 160).by("lee@example.com"), 30, Refusal::SlotTaken);
    must_book(&mut sql, &book(3, 60, 90).by("lee@example.com"), 30);
    let again = must_move(&mut sql, &reschedule(1, 300, 330), 31);
    assert_eq!((again.sequence, again.buffer), (2, Buffer::default()));
}

#[test]
fn a_time_that_is_taken_leaves_the_booking_where_it_is() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    must_book(&mut sql, &book(2, 120, 150).by("kim@example.com"), 0);
    must_stay(&mut sql, &reschedule(1, 120, 150), 0, Refusal::SlotTaken);
    must_stay(&mut sql, &reschedule(1, 105, 135), 0, Refusal::SlotTaken);
    let buffer = Buffer { before_minutes: 0, after_minutes: 15 };
    must_stay(&mut sql, &Reschedule { buffer, ..reschedule(1, 80, 110) }, 0, Refusal::SlotTaken);
    must_move(&mut sql, &reschedule(1, 90, 120), 0);
}

#[test]
fn nobody_is_in_their_own_way() {
    let mut sql = Memory::migrated();
    let mut wide = book(1, 60, 90);
    wide.booking.buffer = Buffer { before_minutes: 60, after_minutes: 60 };
    must_book(&mut sql, &wide, 0);
    let buffer = wide.booking.buffer;
    must_move(&mut sql, &Reschedule { buffer, ..reschedule(1, 75, 105) }, 0);
    must_move(&mut sql, &Reschedule { buffer, ..reschedule(1, 45, 75) }, 0);
    assert_eq!(taken(&mut sql, 0), [(45, 75, 1)]);
}

#[test]
fn a_move_to_where_it_is_changes_nothing_and_is_no_mistake() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.terms.change_until_minutes = 20;
    let booked = must_book(&mut sql, &asked, 0);
    let before = sql.dump();
    let mut same = reschedule(1, 60, 90);
    // The same if the rules no longer offer it, and when it is too late for another time.
    same.verdict = Some(Refusal::NoticeTooShort);
    for minute in [0, 50] {
        assert_eq!(must_move(&mut sql, &same, minute), booked);
    }
    assert_eq!(sql.dump(), before);
}

#[test]
fn the_rules_limits_and_bounds_may_refuse() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    must_book(&mut sql, &book(2, 120, 150).by("kim@example.com"), 0);
    let mut asked = reschedule(1, 180, 210);
    asked.verdict = Some(Refusal::OutsideWindow);
    must_stay(&mut sql, &asked, 0, Refusal::OutsideWindow);
    must_stay(&mut sql, &reschedule(1, 210, 180), 0, Refusal::SlotNotOffered);
    must_stay(&mut sql, &reschedule(1, 180, 180 + 24 * 60 + 1), 0, Refusal::SlotNotOffered);
    // One other booking that day: with this one they are two, wherever on that day it is.
    let limit = |most| vec![CountLimit { from: at(0), until: at(1440), most }];
    asked.verdict = None;
    asked.limits = limit(1);
    must_stay(&mut sql, &asked, 0, Refusal::LimitReached);
    asked.limits = limit(2);
    must_move(&mut sql, &asked, 0);
}

/// A booking from 60 to 90, which may be changed until 20 minutes before: what does a move at that minute get?
#[track_caller]
fn check_deadline(by: Party, minute: i64, expected: Option<Refusal>) {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.terms.change_until_minutes = 20;
    must_book(&mut sql, &asked, 0);
    let asked = Reschedule { by, ..reschedule(1, 300, 330) };
    match expected {
        None => assert_eq!(must_move(&mut sql, &asked, minute).start, at(300)),
        Some(refusal) => must_stay(&mut sql, &asked, minute, refusal),
    }
}

#[test]
fn visitors_are_held_to_the_pages_deadline_and_hosts_to_the_end() {
    check_deadline(Party::Visitor, 39, None);
    check_deadline(Party::Visitor, 40, Some(Refusal::ChangeTooLate));
    check_deadline(Party::Visitor, 60, Some(Refusal::AlreadyOver));
    check_deadline(Party::Host, 89, None);
    check_deadline(Party::Host, 90, Some(Refusal::AlreadyOver));
}

#[test]
fn what_is_cancelled_or_unknown_is_not_moved() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    cancel(&mut sql, 1, Party::Visitor, 0);
    must_stay(&mut sql, &reschedule(1, 120, 150), 0, Refusal::AlreadyCancelled);
    must_stay(&mut sql, &reschedule(1, 60, 90), 0, Refusal::AlreadyCancelled);
    must_stay(&mut sql, &reschedule(2, 120, 150), 0, Refusal::NotFound);
}

#[test]
fn a_hold_moves_with_its_end_and_not_after_it() {
    let mut sql = Memory::migrated();
    let mut held = book(1, 60, 90);
    held.expires_at = Some(at(10));
    must_book(&mut sql, &held, 0);
    must_move(&mut sql, &reschedule(1, 120, 150), 9);
    assert_eq!(busy(&mut sql, 0, 9)[0].expires_at, Some(at(10).timestamp()));
    assert_eq!(taken(&mut sql, 10), []);
    must_stay(&mut sql, &reschedule(1, 180, 210), 10, Refusal::HoldExpired);
    must_stay(&mut sql, &reschedule(1, 120, 150), 10, Refusal::HoldExpired);
}

#[test]
fn a_group_is_left_and_joined() {
    let mut sql = Memory::migrated();
    let group = |number: u8, from: i64| {
        let mut asked = book(number, from, from + 30).by(&format!("guest{number}@example.com"));
        asked.capacity = 2;
        asked
    };
    let to = |number, from| Reschedule { capacity: 2, ..reschedule(number, from, from + 30) };
    for (number, from) in [(1, 60), (2, 60), (3, 120)] {
        must_book(&mut sql, &group(number, from), 0);
    }
    // There is no room beside the others of one's own session: they are other people.
    must_stay(&mut sql, &to(1, 75), 0, Refusal::SlotTaken);
    must_move(&mut sql, &to(1, 120), 0);
    assert_eq!(taken(&mut sql, 0), [(60, 90, 1), (120, 150, 2)]);
    must_stay(&mut sql, &to(2, 120), 0, Refusal::SlotTaken);
    must_move(&mut sql, &to(3, 60), 0);
    must_move(&mut sql, &to(1, 180), 0);
    assert_eq!(taken(&mut sql, 0), [(60, 90, 2), (180, 210, 1)]);
    assert_eq!(sql.number("SELECT count(*) FROM claim"), 2);
}

#[test]
fn what_is_taken_is_told_as_if_a_booking_were_not_there() {
    let mut sql = Memory::migrated();
    for number in [1, 2] {
        let mut asked = book(number, 60, 90).by(&format!("guest{number}@example.com"));
        asked.capacity = 2;
        must_book(&mut sql, &asked, 0);
    }
    must_book(&mut sql, &book(3, 120, 150), 0);
    let mut seats = |except: Option<u8>| match answer(
        &mut sql,
        &Query::Busy { from: at(0), except: except.map(id) },
        at(0),
    )
    .unwrap()
    {
        Answer::Busy { claims, .. } => claims.iter().map(|claim| claim.seats_taken).collect::<Vec<_>>(),
        other => panic!("not claims: {other:?}"),
    };
    assert_eq!(seats(None), [2, 1]);
    assert_eq!(seats(Some(1)), [1, 1]);
    assert_eq!(seats(Some(3)), [2]);
    assert_eq!(seats(Some(9)), [2, 1]);
}

#[test]
fn everyone_is_told_of_both_times() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.origin.tracking.insert("utm_source".to_owned(), "newsletter".to_owned());
    let hook = webhook("https://hooks.example.com/", &["booking.*"]);
    sql.today = subscribers(&[], std::slice::from_ref(&hook));
    let tag = Destination::Webhook(hook).tag();
    must_book(&mut sql, &asked, 5);
    let moved = must_move(&mut sql, &reschedule(1, 120, 150), 7);
    let statement =
        "SELECT id, event, kind, payload ->> 'webhook' FROM delivery WHERE number > 3 ORDER BY number";
    let rows = sql.run(statement, &[]).unwrap();
    let text = |row: &[Value], column: usize| match &row[column] {
        Value::Text(text) => text.clone(),
        other => panic!("not text: {other:?}"),
    };
    let heads: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", text(row, 0), text(row, 1), text(row, 2))).collect();
    let id = id(1);
    let expected = [
        format!("{id}.3.{tag} booking.rescheduled webhook"),
        format!("{id}.3.record booking.rescheduled record"),
        format!("{id}.4.{tag} booking.alert webhook"),
    ];
    assert_eq!(heads, expected);
    let data = json!({
        "booking": view::booking(&moved, Party::Host),
        "previous": { "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:30:00Z" },
    });
    for (row, event) in [(&rows[0], "booking.rescheduled"), (&rows[2], "booking.alert")] {
        let payload: serde_json::Value = serde_json::from_str(&text(row, 3)).unwrap();
        let expected = json!({ "type": event, "timestamp": "2026-12-01T09:07:00.000Z", "data": data });
        assert_eq!(payload, expected);
    }
}

#[test]
fn a_key_answers_with_the_booking_as_it_was_made() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    let booked = must_book(&mut sql, &asked, 0);
    must_move(&mut sql, &reschedule(1, 120, 150), 0);
    assert_eq!(reply_to(&mut sql, &asked, 0), Reply::Booked { booking: Box::new(booked) });
    must_book(&mut sql, &book(2, 60, 90), 0);
    assert!(matches!(reply_to_move(&mut sql, &reschedule(1, 60, 90), 0), Reply::Refused { .. }));
}

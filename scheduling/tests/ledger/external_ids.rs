//! External ids: noted once and over, found from either side, and gone with the visitor.

use scheduling::booking::Party;
use scheduling::external_id::ExternalId;
use scheduling::ledger::{Order, Question, Reply};
use scheduling::refusal::Refusal;

use crate::support::{By, Memory, ask, at, book, cancel, id, must_book, order};

/// The calendar's event for the booking with that number, since that minute.
fn event(number: u8, event: &str, minute: i64) -> ExternalId {
    ExternalId {
        booking: id(number),
        system: "google:work".to_owned(),
        kind: "event".to_owned(),
        id: event.to_owned(),
        version: Some(format!("\"{minute}\"")),
        changed_at: at(minute),
    }
}

fn person(number: u8) -> ExternalId {
    let (system, kind) = ("hubspot".to_owned(), "person".to_owned());
    ExternalId { system, kind, version: None, ..event(number, "p7", 1) }
}

fn note(sql: &mut Memory, noted: ExternalId) -> Result<(), Refusal> {
    order(sql, Order::note_external_id(noted), at(10))
}

fn of(sql: &mut Memory, number: u8) -> Vec<ExternalId> {
    ask(sql, Question::external_ids(id(number)), at(10))
}

fn called(sql: &mut Memory, like: &ExternalId) -> Vec<ExternalId> {
    let ExternalId { system, kind, id, .. } = like.clone();
    ask(sql, Question::called_elsewhere(system, kind, id), at(10))
}

/// Two bookings of two people.
fn booked() -> Memory {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    must_book(&mut sql, &book(2, 120, 150).by("kim@example.com"), 0);
    sql
}

#[test]
fn what_a_booking_is_called_elsewhere_is_found_from_either_side() {
    let mut sql = booked();
    for noted in [person(1), event(1, "e1", 1), event(2, "e2", 1), person(2)] {
        assert_eq!(note(&mut sql, noted), Ok(()));
    }
    assert_eq!(of(&mut sql, 1), [event(1, "e1", 1), person(1)], "by system and kind");
    assert_eq!(of(&mut sql, 3), []);
    assert_eq!(called(&mut sql, &event(9, "e2", 9)), [event(2, "e2", 1)]);
    assert_eq!(called(&mut sql, &person(9)), [person(1), person(2)], "one person has several bookings");
    let elsewhere = ExternalId { system: "google:home".to_owned(), ..event(1, "e1", 1) };
    assert_eq!(called(&mut sql, &elsewhere), [], "an id belongs to its system");
}

#[test]
fn a_later_note_counts_and_an_older_one_changes_nothing() {
    let mut sql = booked();
    for (noted, expected) in [
        (event(1, "e1", 3), event(1, "e1", 3)),
        (event(1, "e2", 5), event(1, "e2", 5)),
        (event(1, "e1", 3), event(1, "e2", 5)),
        (event(1, "e3", 5), event(1, "e3", 5)),
    ] {
        assert_eq!(note(&mut sql, noted.clone()), Ok(()));
        assert_eq!(of(&mut sql, 1), [expected], "after {noted:?}");
    }
    assert_eq!(called(&mut sql, &event(1, "e1", 3)), [], "it is not called so any more");
}

#[test]
fn what_is_gone_elsewhere_is_forgotten_here() {
    let mut sql = booked();
    note(&mut sql, event(1, "e1", 1)).unwrap();
    note(&mut sql, person(1)).unwrap();
    let forget = || Order::forget_external_id(id(1), "google:work".to_owned(), "event".to_owned());
    for _ in 0..2 {
        order(&mut sql, forget(), at(10));
        assert_eq!(of(&mut sql, 1), [person(1)]);
    }
}

/// A calendar's event has yet to be taken out, so a cancelled booking keeps its external ids.
#[test]
fn a_cancelled_booking_keeps_them() {
    let mut sql = booked();
    note(&mut sql, event(1, "e1", 1)).unwrap();
    assert!(matches!(cancel(&mut sql, 1, Party::Host, 2), Reply::Changed { .. }));
    assert_eq!(note(&mut sql, event(1, "e1", 3)), Ok(()));
    assert_eq!(of(&mut sql, 1), [event(1, "e1", 3)]);
}

#[test]
fn they_go_with_whoever_booked_and_none_is_noted_afterwards() {
    let mut sql = booked();
    for noted in [event(1, "e1", 1), person(1), event(2, "e2", 1)] {
        note(&mut sql, noted).unwrap();
    }
    order(&mut sql, Order::erase_bookings("sam@example.com".to_owned(), at(5)), at(5));
    assert_eq!(of(&mut sql, 1), []);
    assert_eq!(of(&mut sql, 2), [event(2, "e2", 1)], "another contact's stay");
    assert_eq!(note(&mut sql, event(1, "e1", 6)), Err(Refusal::NotFound), "a calendar that was slow");
    assert_eq!(note(&mut sql, event(9, "e9", 6)), Err(Refusal::NotFound), "no booking is called so");
    assert_eq!(sql.number("SELECT count(*) FROM external_id"), 1);
}

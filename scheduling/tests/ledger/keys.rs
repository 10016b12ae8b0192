//! Requests that come twice: idempotency keys, and plain forms that have none.

use scheduling::booking::Party;
use scheduling::ledger::{Command, Reply, apply};
use scheduling::refusal::Refusal;

use crate::support::{
    By, Memory, at, book, cancel, id, key, must_book, must_move, must_refuse, reply_to, reschedule,
};

const DAY: i64 = 24 * 60;

#[test]
fn a_key_gives_its_first_answer_for_a_day() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    let first = Reply::Booked { booking: Box::new(must_book(&mut sql, &asked, 0)) };
    asked.booking.id = crate::support::id(2);
    let before = sql.dump();
    assert_eq!(reply_to(&mut sql, &asked, 1), first);
    assert_eq!(reply_to(&mut sql, &asked, DAY - 1), first);
    assert_eq!(sql.dump(), before, "a repeat writes nothing");
    must_refuse(&mut sql, &asked, DAY, Refusal::SlotTaken);
}

#[test]
fn the_first_answer_is_given_again_whatever_became_of_the_booking() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    let first = Reply::Booked { booking: Box::new(must_book(&mut sql, &asked, 0)) };
    cancel(&mut sql, 1, Party::Visitor, 1);
    assert_eq!(reply_to(&mut sql, &asked, 2), first);
}

#[test]
fn a_key_for_any_body_leads_to_its_booking_as_it_is() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("visit", ""));
    must_book(&mut sql, &asked, 0);
    let moved = must_move(&mut sql, &reschedule(1, 120, 150), 1);
    let mut again = book(2, 180, 210);
    again.key = Some(key("visit", ""));
    let own = Reply::Booked { booking: Box::new(moved) };
    assert_eq!(reply_to(&mut sql, &again, 2), own);
    assert_eq!(reply_to(&mut sql, &again, 149), own, "until it is over");
    assert_eq!(must_book(&mut sql, &again, 150).id, again.booking.id, "once it is over");
}

#[test]
fn a_key_for_any_body_books_anew_once_its_booking_is_cancelled_or_has_expired() {
    for canceller in [Some(Party::Visitor), Some(Party::Host), None] {
        let mut sql = Memory::migrated();
        let mut asked = book(1, 60, 90);
        asked.key = Some(key("visit", ""));
        asked.expires_at = canceller.is_none().then(|| at(30));
        must_book(&mut sql, &asked, 0);
        if let Some(party) = canceller {
            cancel(&mut sql, 1, party, 1);
        }
        for (number, start) in [(2, 120), (3, 60)] {
            let mut again = book(number, start, start + 30);
            again.key = Some(key("visit", ""));
            let booked = must_book(&mut sql, &again, 31);
            assert_eq!(booked.id, id(2), "the new booking is the visit's from now on: {canceller:?}");
        }
    }
}

#[test]
fn a_key_with_another_body_is_refused() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    must_book(&mut sql, &asked, 0);
    let mut other = book(2, 120, 150);
    other.key = Some(key("k", "another body"));
    must_refuse(&mut sql, &other, 0, Refusal::IdempotencyKeyReused);
    other.verdict = Some(Refusal::SlotNotOffered);
    must_refuse(&mut sql, &other, 0, Refusal::IdempotencyKeyReused);
    other.verdict = None;
    must_book(&mut sql, &other, DAY);
}

#[test]
fn keys_belong_to_their_page() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    must_book(&mut sql, &asked, 0);
    let mut other = book(2, 120, 150);
    other.booking.page = "aiko/review".to_owned();
    other.key = Some(key("k", "another body"));
    must_book(&mut sql, &other, 0);
}

#[test]
fn a_refusal_is_not_kept_under_its_key() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    let mut asked = book(2, 60, 90);
    asked.key = Some(key("k", "body"));
    must_refuse(&mut sql, &asked, 0, Refusal::SlotTaken);
    cancel(&mut sql, 1, Party::Host, 1);
    must_book(&mut sql, &asked, 2);
}

#[test]
fn old_keys_are_forgotten_a_few_at_a_time() {
    let mut sql = Memory::migrated();
    let booked = |sql: &mut Memory, number: u8, minute: i64| {
        let mut asked = book(number, 10_000 + i64::from(number) * 30, 10_030 + i64::from(number) * 30);
        asked.key = Some(key(&format!("k{number}"), "body"));
        must_book(sql, &asked, minute);
    };
    for number in 0..100 {
        booked(&mut sql, number, i64::from(number));
    }
    for left in [36, 10, 10] {
        apply(&mut sql, &Command::Settle { attempts: Vec::new() }, at(DAY + 89)).unwrap();
        assert_eq!(sql.number("SELECT count(*) FROM idempotency_key"), left);
    }
}

/// Nobody learns that an address holds a booking by asking for its time with that address.
#[test]
fn without_the_key_nobody_is_told_whose_a_booking_is() {
    let mut sql = Memory::migrated();
    let mut own = book(1, 60, 90);
    own.key = Some(key("k", "body"));
    must_book(&mut sql, &own, 0);
    for email in ["sam@example.com", "  SAM@Example.com ", "kim@example.com"] {
        let mut again = book(2, 60, 90).by(email);
        must_refuse(&mut sql, &again, 0, Refusal::SlotTaken);
        again.key = Some(key("another", "body"));
        must_refuse(&mut sql, &again, 0, Refusal::SlotTaken);
        again.booking.end += chrono::TimeDelta::minutes(15);
        must_refuse(&mut sql, &again, 0, Refusal::SlotTaken);
        again.verdict = Some(Refusal::NoticeTooShort);
        must_refuse(&mut sql, &again, 0, Refusal::NoticeTooShort);
    }
}

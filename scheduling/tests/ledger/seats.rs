//! Seats: groups that share a claim, seats that expire, limits that count them.

use scheduling::booking::Party;
use scheduling::claim::{Claim, CountLimit};
use scheduling::ledger::Book;
use scheduling::refusal::Refusal;

use crate::support::{By, Memory, at, book, busy, cancel, key, must_book, must_refuse};

/// A booking of a group session of three from 60 to 90, each by a contact of its own.
fn group(number: u8) -> Book {
    let mut asked = book(number, 60, 90).by(&format!("guest{number}@example.com"));
    asked.capacity = 3;
    asked
}

#[test]
fn a_group_fills_up_and_shares_one_claim() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        must_book(&mut sql, &group(number), 0);
    }
    must_refuse(&mut sql, &group(4), 0, Refusal::SlotTaken);
    let claim = Claim {
        page: "aiko/intro".to_owned(),
        start: at(60).timestamp(),
        end: at(90).timestamp(),
        before: 0,
        after: 0,
        seats_taken: 3,
        capacity: 3,
        expires_at: None,
        calendar: None,
    };
    assert_eq!(busy(&mut sql, 0, 0), [claim]);
    cancel(&mut sql, 2, Party::Visitor, 0);
    must_book(&mut sql, &group(4), 0);
    must_refuse(&mut sql, &group(5), 0, Refusal::SlotTaken);
}

#[test]
fn only_the_same_page_start_and_end_join() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &group(1), 0);
    let mut other_page = group(2);
    other_page.booking.page = "aiko/review".to_owned();
    must_refuse(&mut sql, &other_page, 0, Refusal::SlotTaken);
    let mut longer = group(2);
    longer.booking.end = at(120);
    must_refuse(&mut sql, &longer, 0, Refusal::SlotTaken);
    let mut later = group(2);
    later.booking.start = at(75);
    must_refuse(&mut sql, &later, 0, Refusal::SlotTaken);
}

#[test]
fn a_page_that_is_no_longer_a_group_joins_nobody() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &group(1), 0);
    let mut alone = group(2);
    alone.capacity = 1;
    must_refuse(&mut sql, &alone, 0, Refusal::SlotTaken);
    let mut sql = Memory::migrated();
    must_book(&mut sql, &alone, 0);
    must_refuse(&mut sql, &group(1), 0, Refusal::SlotTaken);
}

#[test]
fn who_joins_is_not_held_to_a_buffer_that_grew_since() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(9, 0, 60), 0);
    must_book(&mut sql, &group(1), 0);
    let mut wider = group(2);
    wider.booking.buffer.before_minutes = 30;
    must_book(&mut sql, &wider, 0);
}

#[test]
fn a_seat_is_dead_from_the_instant_that_it_expires() {
    let mut sql = Memory::migrated();
    let mut held = book(1, 60, 90);
    held.key = Some(key("k", "body"));
    must_book(&mut sql, &held, 0);
    sql.expire(1, at(10));
    let other = || book(2, 60, 90).by("kim@example.com");
    let limit = CountLimit { from: at(0), until: at(600), most: 1 };
    let mut limited = book(3, 300, 330);
    limited.limits = vec![limit];
    limited.booking.visitor.contact.email = "kim@example.com".to_owned();
    let mut same_contact = book(4, 400, 430);
    same_contact.contact_limit = Some(1);

    assert_eq!(busy(&mut sql, 0, 9).len(), 1);
    must_refuse(&mut sql, &other(), 9, Refusal::SlotTaken);
    must_refuse(&mut sql, &limited, 9, Refusal::LimitReached);
    must_refuse(&mut sql, &same_contact, 9, Refusal::TooManyRequests);
    must_refuse(&mut sql, &book(5, 60, 90), 9, Refusal::SlotTaken);

    assert_eq!(busy(&mut sql, 0, 10), []);
    must_book(&mut sql, &limited, 10);
    must_book(&mut sql, &same_contact, 10);
    must_book(&mut sql, &other(), 10);
}

#[test]
fn a_dead_seat_makes_room_in_a_group() {
    let mut sql = Memory::migrated();
    for number in 1..=3 {
        must_book(&mut sql, &group(number), 0);
    }
    sql.expire(2, at(10));
    must_refuse(&mut sql, &group(4), 9, Refusal::SlotTaken);
    must_book(&mut sql, &group(4), 10);
    assert_eq!(busy(&mut sql, 0, 10)[0].seats_taken, 3);
}

/// Bookings of the page at 60, 120 and 1500 and of another at 180: is a further one at 240 refused under that limit?
#[track_caller]
fn check_limit(from: i64, until: i64, most: u32, reached: bool) {
    let mut sql = Memory::migrated();
    for (number, start) in [(1, 60), (2, 120), (3, 1500)] {
        must_book(&mut sql, &book(number, start, start + 30), 0);
    }
    let mut other_page = book(4, 180, 210);
    other_page.booking.page = "aiko/review".to_owned();
    must_book(&mut sql, &other_page, 0);
    let mut asked = book(5, 240, 270);
    let roomy = CountLimit { from: at(-10_000), until: at(10_000), most: 100 };
    asked.limits = vec![roomy, CountLimit { from: at(from), until: at(until), most }];
    if reached {
        must_refuse(&mut sql, &asked, 0, Refusal::LimitReached);
    } else {
        must_book(&mut sql, &asked, 0);
    }
}

#[test]
fn limits_count_the_pages_own_starts_in_their_stretch() {
    check_limit(0, 1440, 2, true);
    check_limit(0, 1440, 3, false);
    check_limit(0, 7 * 1440, 3, true);
    check_limit(0, 7 * 1440, 4, false);
    check_limit(60, 1440, 2, true);
    check_limit(61, 1440, 2, false);
    check_limit(0, 120, 2, false);
    check_limit(0, 121, 2, true);
    check_limit(60, 121, 0, true);
}

#[test]
fn limits_count_every_seat_and_forget_the_cancelled() {
    let mut sql = Memory::migrated();
    let limited = |number| {
        let mut asked = group(number);
        asked.limits = vec![CountLimit { from: at(0), until: at(1440), most: 2 }];
        asked
    };
    must_book(&mut sql, &limited(1), 0);
    must_book(&mut sql, &limited(2), 0);
    must_refuse(&mut sql, &limited(3), 0, Refusal::LimitReached);
    cancel(&mut sql, 1, Party::Visitor, 0);
    must_book(&mut sql, &limited(3), 0);
}

#[test]
fn a_contact_has_so_many_bookings_ahead() {
    let mut sql = Memory::migrated();
    let limited = |number: u8, start: i64| {
        let mut asked = book(number, start, start + 30).by(" Sam@example.COM");
        asked.contact_limit = Some(2);
        asked
    };
    must_book(&mut sql, &limited(1, 60), 0);
    must_book(&mut sql, &limited(2, 120), 0);
    must_refuse(&mut sql, &limited(3, 180), 0, Refusal::TooManyRequests);
    must_book(&mut sql, &limited(4, 240).by("kim@example.com"), 0);
    must_refuse(&mut sql, &limited(3, 180), 89, Refusal::TooManyRequests);
    must_book(&mut sql, &limited(3, 180), 90);
    cancel(&mut sql, 2, Party::Visitor, 100);
    must_book(&mut sql, &limited(5, 300), 100);
}

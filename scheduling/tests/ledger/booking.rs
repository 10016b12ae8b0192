//! Booking: what is recorded, and the reasons against it, in their order.

use scheduling::booking::Status;
use scheduling::claim::CountLimit;
use scheduling::definition::Buffer;
use scheduling::ledger::{Book, Reply};
use scheduling::refusal::Refusal;

use crate::support::{Memory, at, book, booking_of, busy, key, must_book, must_refuse, reply_to};

#[test]
fn a_booking_is_recorded_as_it_came() {
    let mut sql = Memory::migrated();
    let asked = book(1, 60, 90);
    let booked = must_book(&mut sql, &asked, 5);
    let expected = asked.booking;
    assert_eq!(booked, expected);
    assert_eq!(booked.status, Status::Confirmed);
    assert_eq!(booking_of(&mut sql, 1), Some(expected));
    assert_eq!(busy(&mut sql, 0, 5).len(), 1);
}

/// One booking of 60 to 90 with buffers, then another: is it taken?
#[track_caller]
fn check_beside(first: (u32, u32), second: (i64, i64), second_buffers: (u32, u32), taken: bool) {
    let buffer = |(before_minutes, after_minutes)| Buffer { before_minutes, after_minutes };
    let mut sql = Memory::migrated();
    let mut one = book(1, 60, 90);
    one.booking.buffer = buffer(first);
    must_book(&mut sql, &one, 0);
    let mut two = book(2, second.0, second.1);
    two.booking.page = "aiko/review".to_owned();
    two.booking.buffer = buffer(second_buffers);
    if taken {
        must_refuse(&mut sql, &two, 0, Refusal::SlotTaken);
    } else {
        must_book(&mut sql, &two, 0);
    }
}

#[test]
fn meetings_of_one_host_do_not_overlap_whatever_page_they_came_from() {
    check_beside((0, 0), (60, 90), (0, 0), true);
    check_beside((0, 0), (75, 80), (0, 0), true);
    check_beside((0, 0), (30, 61), (0, 0), true);
    check_beside((0, 0), (89, 120), (0, 0), true);
    check_beside((0, 0), (0, 240), (0, 0), true);
    check_beside((0, 0), (30, 60), (0, 0), false);
    check_beside((0, 0), (90, 120), (0, 0), false);
}

#[test]
fn the_longer_buffer_keeps_them_apart() {
    check_beside((0, 15), (100, 130), (10, 0), true);
    check_beside((0, 15), (105, 135), (10, 0), false);
    check_beside((0, 5), (104, 130), (15, 0), true);
    check_beside((0, 5), (105, 130), (15, 0), false);
    check_beside((20, 0), (10, 41), (0, 10), true);
    check_beside((20, 0), (10, 40), (0, 10), false);
}

#[test]
fn the_longest_meeting_and_buffers_are_still_seen() {
    let day = 24 * 60;
    let wide = (1440, 1440);
    check_beside(wide, (90 + day - 1, 90 + 2 * day - 1), (0, 0), true);
    check_beside(wide, (90 + day, 90 + 2 * day), (0, 0), false);
    check_beside((0, 0), (60 - 2 * day + 1, 60 - day + 1), wide, true);
    check_beside((0, 0), (60 - 2 * day, 60 - day), wide, false);
}

#[test]
fn what_no_page_may_offer_is_not_booked() {
    let day = 24 * 60;
    let mut sql = Memory::migrated();
    must_refuse(&mut sql, &book(1, 60, 60), 0, Refusal::SlotNotOffered);
    must_refuse(&mut sql, &book(1, 60, 59), 0, Refusal::SlotNotOffered);
    must_refuse(&mut sql, &book(1, 60, 60 + day + 1), 0, Refusal::SlotNotOffered);
    let mut wide = book(1, 60, 90);
    wide.booking.buffer = Buffer { before_minutes: 0, after_minutes: 1441 };
    must_refuse(&mut sql, &wide, 0, Refusal::SlotNotOffered);
    wide.booking.buffer = Buffer { before_minutes: 1441, after_minutes: 0 };
    must_refuse(&mut sql, &wide, 0, Refusal::SlotNotOffered);
    let mut uneven = book(1, 60, 90);
    uneven.booking.start += chrono::TimeDelta::milliseconds(1);
    must_refuse(&mut sql, &uneven, 0, Refusal::SlotNotOffered);
    must_book(&mut sql, &book(1, 60, 60 + day), 0);
}

#[test]
fn the_rules_verdict_refuses_before_anything_else_but_a_known_key() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    asked.verdict = Some(Refusal::NoticeTooShort);
    must_refuse(&mut sql, &asked, 0, Refusal::NoticeTooShort);
    asked.verdict = None;
    let booked = must_book(&mut sql, &asked, 0);
    asked.verdict = Some(Refusal::NoticeTooShort);
    assert_eq!(reply_to(&mut sql, &asked, 30), Reply::Booked { booking: Box::new(booked) });
}

/// Two bookings, from 60 and from 120; a third that breaks the rules of `breaks` is refused for the first of them.
#[test]
fn checks_come_in_the_order_of_the_contract() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    let verdict = |asked: &mut Book| asked.verdict = Some(Refusal::OutsideWindow);
    let limit = |asked: &mut Book| asked.limits = vec![CountLimit { from: at(0), until: at(600), most: 1 }];
    let contact = |asked: &mut Book| asked.contact_limit = Some(1);
    let mut asked = book(2, 75, 105);
    must_refuse(&mut sql, &asked, 0, Refusal::SlotTaken);
    contact(&mut asked);
    must_refuse(&mut sql, &asked, 0, Refusal::TooManyRequests);
    limit(&mut asked);
    must_refuse(&mut sql, &asked, 0, Refusal::LimitReached);
    verdict(&mut asked);
    must_refuse(&mut sql, &asked, 0, Refusal::OutsideWindow);
}

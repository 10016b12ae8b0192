//! Reading: the claims that are live, and bookings by start and status.

use scheduling::booking::{Booking, Party, Status};
use scheduling::ledger::{Alike, Book, Cursor, Likeness, Query, Question, answer};
use scheduling::token::BookingId;

use crate::support::{By, Memory, ask, at, book, bookings, busy, cancel, id, must_book};

/// Bookings 1 to 4 from 60, 0, 120 and 120, each of 30 minutes; the third is cancelled.
fn four() -> Memory {
    let mut sql = Memory::migrated();
    for (number, start) in [(1, 60), (2, 0), (3, 120)] {
        must_book(&mut sql, &book(number, start, start + 30), -60);
    }
    cancel(&mut sql, 3, Party::Host, -30);
    must_book(&mut sql, &book(4, 120, 150).by("kim@example.com"), -30);
    sql
}

#[test]
fn busy_lists_live_claims_that_end_later_by_start() {
    let mut sql = four();
    let starts = |sql: &mut Memory, from| {
        busy(sql, from, 0).iter().map(|claim| (claim.start - at(0).timestamp()) / 60).collect::<Vec<_>>()
    };
    assert_eq!(starts(&mut sql, -1000), [0, 60, 120]);
    assert_eq!(starts(&mut sql, 29), [0, 60, 120]);
    assert_eq!(starts(&mut sql, 30), [60, 120]);
    assert_eq!(starts(&mut sql, 149), [120]);
    assert_eq!(starts(&mut sql, 150), [0; 0]);
}

#[test]
fn busy_sees_a_meeting_that_lasts_a_day() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 0, 1440), 0);
    assert_eq!(busy(&mut sql, 1439, 0).len(), 1);
    assert_eq!(busy(&mut sql, 1440, 0).len(), 0);
}

#[test]
fn claims_carry_their_own_buffers() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.booking.buffer.before_minutes = 5;
    asked.booking.buffer.after_minutes = 10;
    must_book(&mut sql, &asked, 0);
    let claim = &busy(&mut sql, 0, 0)[0];
    assert_eq!((claim.before, claim.after), (300, 600));
}

/// The bookings that a query lists, by number, in order.
#[track_caller]
fn check(from: Option<i64>, until: Option<i64>, status: Option<Status>, most: u32, expected: &[u8]) {
    let listed = bookings(&mut four(), from.map(at), until.map(at), status, most);
    let numbers: Vec<u8> =
        listed.iter().map(|booking| (1..=4).find(|number| booking.id == id(*number)).unwrap()).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn bookings_are_listed_by_start_and_then_id() {
    check(None, None, None, 100, &[2, 1, 3, 4]);
    check(None, None, None, 2, &[2, 1]);
    check(None, None, None, 0, &[]);
    check(Some(0), Some(121), None, 100, &[2, 1, 3, 4]);
    check(Some(1), Some(120), None, 100, &[1]);
    check(Some(60), Some(60), None, 100, &[]);
    check(None, Some(60), None, 100, &[2]);
    check(Some(61), None, None, 100, &[3, 4]);
    check(None, None, Some(Status::Cancelled), 100, &[3]);
    check(None, None, Some(Status::Confirmed), 2, &[2, 1]);
    check(None, None, Some(Status::Requested), 100, &[]);
}

/// Each place in the list goes on with the rest of it, whatever happens to the booking meanwhile.
#[test]
fn the_list_of_bookings_goes_on_from_a_place() {
    let mut sql = four();
    let mut all: Vec<Booking> = Vec::new();
    loop {
        let after = all.last().map(Cursor::of);
        let part = ask(&mut sql, Question::bookings((None, None), None, after, 1), at(0));
        let Some(next) = part.into_iter().next() else { break };
        all.push(next);
    }
    let ids: Vec<BookingId> = all.iter().map(|booking| booking.id.clone()).collect();
    assert_eq!(ids, [2, 1, 3, 4].map(id));
    let mut rest = |from: Option<i64>, after: &Cursor| -> Vec<BookingId> {
        let question = Question::bookings((from.map(at), None), None, Some(after.clone()), 9);
        ask(&mut sql, question, at(0)).into_iter().map(|booking| booking.id).collect()
    };
    let first = Cursor::of(&all[0]);
    assert_eq!(rest(None, &first), [1, 3, 4].map(id));
    assert_eq!(rest(Some(0), &first), [1, 3, 4].map(id));
    assert_eq!(rest(Some(61), &first), [3, 4].map(id), "a place before the first instant");
    // The booking was moved, or is gone: its place stays.
    let gone = Cursor { start: all[1].start, id: id(9) };
    assert_eq!(rest(None, &gone), [3, 4].map(id));
    assert_eq!(rest(None, &Cursor::of(&all[3])), []);
}

/// A booking of another hour, with tracking parameters.
fn tracked(number: u8, tracking: &[(&str, &str)]) -> Book {
    let start = i64::from(number) * 60;
    let mut asked = book(number, start, start + 30);
    let pairs = tracking.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    asked.booking.origin.tracking = pairs.collect();
    asked
}

#[test]
fn campaigns_are_counted_by_what_their_links_say() {
    const SPRING: &[(&str, &str)] =
        &[("utm_campaign", "spring"), ("utm_source", "news"), ("utm_medium", "email")];
    let mut sql = Memory::migrated();
    for (number, tracking) in [
        (1, SPRING),
        (2, SPRING),
        (3, &[("utm_campaign", "spring"), ("utm_source", "news")][..]),
        (4, &[("utm_source", "card \"1\" <'$.x'>")]),
        (5, &[("gclid", "g"), ("utm_term", "kyoto")]),
        (6, &[]),
        (7, SPRING),
    ] {
        must_book(&mut sql, &tracked(number, tracking), -60);
    }
    cancel(&mut sql, 2, Party::Host, -30);
    let mut declined = tracked(8, SPRING);
    declined.booking.status = Status::Declined;
    must_book(&mut sql, &declined, -60);
    let told = ask(&mut sql, Question::campaigns(10), at(0));
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let lines: Vec<String> = told
        .iter()
        .map(|told| {
            let [campaign, source, medium] = [&told.campaign, &told.source, &told.medium].map(text);
            format!("{campaign} {source} {medium}: {}, {}", told.bookings, told.cancelled)
        })
        .collect();
    assert_eq!(lines, ["spring news email: 3, 1", "- card \"1\" <'$.x'> -: 1, 0", "spring news -: 1, 0"]);
    assert_eq!(ask(&mut sql, Question::campaigns(1), at(0)), told[..1]);
    assert_eq!(ask(&mut Memory::migrated(), Question::campaigns(10), at(0)), []);
}

#[test]
fn queries_change_nothing() {
    let mut sql = four();
    let before = sql.dump();
    sql.set_read_only();
    for query in [
        Query::Booking { id: id(1) },
        Query::Busy { from: at(0), except: None },
        Query::Bookings { from: None, until: None, status: None, after: None, most: 10 },
        Query::Campaigns { most: 10 },
        Query::Alike { alike: Alike { booking: id(1), by: Likeness::Email, made_until: at(0) }, most: 10 },
    ] {
        answer(&mut sql, &query, at(0)).unwrap();
    }
    assert_eq!(sql.dump(), before);
}

//! Clocks that jump: nothing is lost for good by a time that does not last.

use scheduling::ledger::{Command, NoteBooking, Reply, apply, wake_at};
use scheduling::refusal::Refusal;

use crate::support::{Memory, at, book, device, key, must_book, must_refuse, reply_to};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Wild times, in days from the right one.
const WILD: [i64; 7] = [1, 20, 500, 40_000, -1, -20, -5_000];

/// What the courier does about once a second: nothing is due.
fn settle(sql: &mut Memory, now: i64) {
    apply(sql, &Command::Settle { attempts: Vec::new() }, at(now)).unwrap();
}

fn expire(sql: &mut Memory, now: i64) {
    apply(sql, &Command::Expire(None), at(now)).unwrap();
}

#[test]
fn a_key_outlives_a_wild_clock() {
    for days in WILD {
        let mut sql = Memory::migrated();
        let mut asked = book(1, 60, 90);
        asked.key = Some(key("k", "body"));
        let first = Reply::Booked { booking: Box::new(must_book(&mut sql, &asked, 0)) };
        asked.booking.id = crate::support::id(2);
        settle(&mut sql, 1);
        settle(&mut sql, days * DAY);
        settle(&mut sql, days * DAY + 1);
        assert_eq!(
            reply_to(&mut sql, &asked, days * DAY + 2),
            first,
            "while the clock is off by {days} days"
        );
        settle(&mut sql, 10);
        assert_eq!(reply_to(&mut sql, &asked, 11), first, "after {days} days");
    }
}

/// The first look at a ledger for a long time may already be by the wrong clock.
#[test]
fn a_key_is_known_before_the_wild_clock_was_noted() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    let first = Reply::Booked { booking: Box::new(must_book(&mut sql, &asked, 0)) };
    asked.booking.id = crate::support::id(2);
    settle(&mut sql, 1);
    assert_eq!(reply_to(&mut sql, &asked, DAY + 1), first);
}

#[test]
fn a_key_is_forgotten_by_a_clock_that_runs_on() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    must_book(&mut sql, &asked, 0);
    asked.booking.id = crate::support::id(2);
    for hour in 0..=25 {
        settle(&mut sql, hour * HOUR);
    }
    must_refuse(&mut sql, &asked, 25 * HOUR, Refusal::SlotTaken);
    assert_eq!(sql.number("SELECT count(*) FROM idempotency_key"), 0);
}

/// A contact that is kept for a day after a meeting that ends at minute 90.
fn kept() -> Memory {
    let mut sql = Memory::migrated();
    let booking = must_book(&mut Memory::migrated(), &book(1, 60, 90), 0);
    let key = "contact".to_owned();
    let note = NoteBooking { key, keep_minutes: Some(24 * 60), booking: Box::new(booking), event_count: 1 };
    apply(&mut sql, &Command::NoteBooking(note), at(0)).unwrap();
    expire(&mut sql, 1);
    sql
}

fn is_erasing(sql: &mut Memory) -> bool {
    sql.number("SELECT count(*) FROM contact WHERE is_erasing = 1") == 1
}

#[test]
fn a_wild_clock_erases_nobody() {
    for days in WILD {
        let mut sql = kept();
        for minute in [0, 1, 2, 11 * HOUR] {
            expire(&mut sql, days * DAY + minute);
            assert!(!is_erasing(&mut sql), "off by {days} days for {minute} minutes");
        }
        expire(&mut sql, 2);
        assert!(!is_erasing(&mut sql), "after {days} days");
    }
}

/// After a quiet time, the ledger wants to be woken once more, and then erases.
#[test]
fn who_is_due_is_erased_once_the_clock_has_run_on() {
    let mut sql = kept();
    let due = DAY + 90;
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(due)));
    expire(&mut sql, due);
    assert!(!is_erasing(&mut sql));
    assert_eq!(wake_at(&mut sql).unwrap(), Some(at(due + 12 * HOUR)));
    expire(&mut sql, due + 12 * HOUR);
    assert!(is_erasing(&mut sql));
}

#[test]
fn a_ledger_with_traffic_erases_on_time() {
    let mut sql = kept();
    for hour in 0..=25 {
        settle(&mut sql, hour * HOUR);
    }
    expire(&mut sql, DAY + 89);
    assert!(!is_erasing(&mut sql));
    expire(&mut sql, DAY + 90);
    assert!(is_erasing(&mut sql));
}

#[test]
fn a_session_outlives_a_wild_clock() {
    let mut sql = Memory::migrated();
    let session = |digest: &str, now: i64| Command::OpenSession {
        session: device(digest, 1, now + 30 * DAY),
        link: None,
    };
    apply(&mut sql, &session("a", 0), at(0)).unwrap();
    settle(&mut sql, 1);
    apply(&mut sql, &session("b", 500 * DAY), at(500 * DAY)).unwrap();
    assert_eq!(sql.number("SELECT count(*) FROM session"), 2);
}

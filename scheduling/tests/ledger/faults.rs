//! Bad luck: whichever statement fails, nothing is half written, and the command succeeds afterwards as if for the
//! first time.

use scheduling::booking::Party;
use scheduling::calendar::Reading;
use scheduling::ledger::{
    Alike, Cancel, CancelAlike, Command, Likeness, NoteBooking, Reply, Today, apply, migrate,
};
use scheduling::outbox::{Attempt, AttemptOutcome, Request};
use scheduling::sql::SqlFault;
use scheduling::token::BookingId;

use crate::calendar_alerts::noting;
use crate::calendars::{odd, unknown_by};
use crate::support::{
    By, Memory, at, book, busy, id, key, must_book, reply_to, reschedule, subscribers, webhook,
};

/// An endpoint that takes everything.
fn hook() -> Today {
    subscribers(&[], &[webhook("https://hooks.example.com/", &["*"])])
}

/// Fails the n-th statement of a command, for every n: each time the ledger is as it was, and then the command is
/// carried out.
#[track_caller]
fn check(prepare: &dyn Fn(&mut Memory), command: &Command, statements: usize) {
    let mut whole = Memory::migrated();
    prepare(&mut whole);
    let taken = busy(&mut whole, 0, 30);
    whole.statements = 0;
    let expected = apply(&mut whole, command, at(30)).unwrap();
    assert!(!matches!(expected, Reply::Refused { .. }), "{expected:?}");
    assert_eq!(whole.statements, statements, "statements that the command takes");
    assert!(command.may_change_claims() || busy(&mut whole, 0, 30) == taken, "it says that it frees nothing");
    for n in 1..=statements {
        let mut sql = Memory::migrated();
        prepare(&mut sql);
        let before = sql.dump();
        sql.fail_at(n);
        let fault = apply(&mut sql, command, at(30)).unwrap_err();
        assert_eq!(fault, SqlFault::Full("as the test asked for".to_owned()), "at statement {n}");
        sql.heal();
        assert_eq!(sql.dump(), before, "after a fault at statement {n}");
        assert_eq!(apply(&mut sql, command, at(30)).unwrap(), expected, "after a fault at statement {n}");
        assert_eq!(sql.dump(), whole.dump(), "after a fault at statement {n}");
    }
}

#[test]
fn a_booking_is_written_whole_or_not_at_all() {
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    asked.contact_limit = Some(5);
    let other = |sql: &mut Memory| {
        must_book(sql, &book(2, 120, 150), 0);
    };
    check(&other, &Command::Book(Box::new(asked), hook()), 9);
}

#[test]
fn a_group_is_joined_wholly_or_not_at_all() {
    let group = |number: u8| {
        let mut asked = book(number, 60, 90).by(&format!("guest{number}@example.com"));
        asked.capacity = 2;
        asked
    };
    let first = |sql: &mut Memory| {
        must_book(sql, &group(1), 0);
    };
    check(&first, &Command::Book(Box::new(group(2)), None), 5);
}

#[test]
fn a_cancellation_is_written_whole_or_not_at_all() {
    let booked = |sql: &mut Memory| {
        must_book(sql, &book(1, 60, 90), 0);
    };
    let cancel = Cancel { id: id(1), by: Party::Visitor, reason: None, proves: false };
    check(&booked, &Command::Cancel(cancel, None), 7);
}

#[test]
fn bookings_are_cancelled_together_or_not_at_all() {
    let booked = |sql: &mut Memory| {
        must_book(sql, &book(1, 60, 90), 0);
        must_book(sql, &book(2, 120, 150), 0);
    };
    let alike = Alike { booking: id(1), by: Likeness::Domain, made_until: at(0) };
    check(&booked, &Command::CancelAlike(CancelAlike { alike, reason: None }, None), 14);
}

#[test]
fn a_move_is_written_whole_or_not_at_all() {
    let booked = |sql: &mut Memory| {
        sql.today = hook();
        must_book(sql, &book(1, 60, 90), 0);
        must_book(sql, &book(2, 180, 210).by("kim@example.com"), 0);
    };
    check(&booked, &Command::Reschedule(reschedule(1, 120, 150), None), 12);
}

#[test]
fn an_event_is_left_out_and_counts_again_wholly_or_not_at_all() {
    let unknown = |sql: &mut Memory| {
        let reading = Reading::Found(Box::new(unknown_by(&[odd("one", 500)])));
        apply(sql, &noting(0, reading, &None), at(0)).unwrap();
    };
    let leave_out =
        |counts| Command::LeaveOut { calendar: "work".to_owned(), event: "one".to_owned(), counts };
    check(&unknown, &leave_out(false), 4);
    let left_out = |sql: &mut Memory| {
        unknown(sql);
        apply(sql, &leave_out(false), at(1)).unwrap();
    };
    check(&left_out, &leave_out(true), 5);
}

#[test]
fn a_group_is_left_and_joined_wholly_or_not_at_all() {
    let group = |number: u8, from: i64| {
        let mut asked = book(number, from, from + 30).by(&format!("guest{number}@example.com"));
        asked.capacity = 2;
        asked
    };
    let both = |sql: &mut Memory| {
        for (number, from) in [(1, 60), (2, 60), (3, 120)] {
            must_book(sql, &group(number, from), 0);
        }
    };
    let mut asked = reschedule(1, 120, 150);
    asked.capacity = 2;
    check(&both, &Command::Reschedule(asked, None), 11);
}

#[test]
fn attempts_are_noted_whole_or_not_at_all() {
    let told = |sql: &mut Memory| {
        sql.today = hook();
        must_book(sql, &book(1, 60, 90), 0);
    };
    let failed = AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds: None };
    let attempts = [AttemptOutcome::Taken, failed, AttemptOutcome::Gone];
    let attempts =
        (1..).zip(attempts).map(|(number, outcome)| Attempt { number, outcome, jitter: 0 }).collect();
    check(&told, &Command::Settle { attempts }, 16);
}

#[test]
fn bookings_are_erased_wholly_or_not_at_all() {
    let booked = |sql: &mut Memory| {
        let mut asked = book(1, 60, 90);
        asked.key = Some(key("k", "body"));
        sql.today = hook();
        must_book(sql, &asked, 0);
        must_book(sql, &book(2, 120, 150).by("kim@example.com"), 0);
    };
    let email = "sam@example.com".to_owned();
    check(&booked, &Command::EraseBookings(Request { email, asked_at: at(30), by: Party::Host }, None), 18);
}

#[test]
fn a_contact_is_noted_and_erased_wholly_or_not_at_all() {
    let note = |number: u8| NoteBooking {
        key: "key".to_owned(),
        keep_minutes: Some(1440),
        booking: Box::new(book(number, 60, 90).booking),
        event_count: 1,
    };
    let noted = |sql: &mut Memory| {
        apply(sql, &Command::NoteBooking(note(1)), at(0)).unwrap();
    };
    check(&noted, &Command::NoteBooking(note(2)), 4);
    let (key, email) = ("key".to_owned(), "sam@example.com".to_owned());
    let erase = Command::EraseContact { key, email, ledgers: Vec::new() };
    check(&noted, &erase, 5);
    let erasing = |sql: &mut Memory| {
        noted(sql);
        let mut elsewhere = note(2);
        elsewhere.booking.id = BookingId::new("jonas", [2; 16]);
        apply(sql, &Command::NoteBooking(elsewhere), at(0)).unwrap();
        apply(sql, &erase, at(0)).unwrap();
        let first = vec![Attempt { number: 1, outcome: AttemptOutcome::Taken, jitter: 0 }];
        apply(sql, &Command::Settle { attempts: first }, at(0)).unwrap();
    };
    let last = vec![Attempt { number: 2, outcome: AttemptOutcome::Taken, jitter: 0 }];
    check(&erasing, &Command::Settle { attempts: last }, 11);
}

#[test]
fn a_migration_is_done_whole_or_not_at_all() {
    let mut whole = Memory::empty();
    migrate(&mut whole).unwrap();
    for n in 1..=whole.statements {
        let mut sql = Memory::empty();
        sql.fail_at(n);
        migrate(&mut sql).unwrap_err();
        sql.heal();
        assert_eq!(sql.number("SELECT count(*) FROM sqlite_master"), 0, "after a fault at statement {n}");
        migrate(&mut sql).unwrap();
        must_book(&mut sql, &book(1, 60, 90), 0);
    }
}

#[test]
fn a_transaction_that_never_ran_is_a_fault() {
    struct Idle;
    impl scheduling::sql::Sql for Idle {
        fn run(
            &mut self,
            _: &str,
            _: &[scheduling::sql::Value],
        ) -> Result<Vec<scheduling::sql::Row>, SqlFault> {
            Ok(Vec::new())
        }
        fn transact(
            &mut self,
            _: &mut dyn FnMut(&mut dyn scheduling::sql::Sql) -> Result<(), SqlFault>,
        ) -> Result<(), SqlFault> {
            Ok(())
        }
    }
    let fault = apply(&mut Idle, &Command::Book(Box::new(book(1, 60, 90)), None), at(0)).unwrap_err();
    assert_eq!(fault.to_string(), "the database failed: the transaction did not run");
}

/// A column holds a value that nobody wrote: what does the fault say?
#[track_caller]
fn check_damage(damage: &str, command: &Command, expected: &str) {
    let mut sql = Memory::migrated();
    let mut booked = book(1, 60, 90);
    booked.key = Some(key("k", "body"));
    must_book(&mut sql, &booked, 0);
    sql.set(damage);
    let before = sql.dump();
    let fault = apply(&mut sql, command, at(0)).unwrap_err();
    assert_eq!(fault.to_string(), expected);
    assert_eq!(sql.dump(), before);
}

#[test]
fn damage_is_reported_and_never_guessed_at() {
    let cancel = Command::Cancel(Cancel { id: id(1), by: Party::Host, reason: None, proves: false }, None);
    let mut known = book(1, 60, 90);
    known.key = Some(key("k", "body"));
    let near = Command::Book(Box::new(book(2, 75, 105)), None);
    check_damage(
        "UPDATE booking SET record = '{'",
        &cancel,
        "the database is damaged: EOF while parsing an object at line 1 column 1",
    );
    check_damage(
        "UPDATE booking SET event_count = -1",
        &cancel,
        "the database is damaged: out of range integral type conversion attempted",
    );
    check_damage(
        "UPDATE idempotency_key SET booking_id = 'aiko.none'",
        &Command::Book(Box::new(known), None),
        "the database is damaged: a key's booking is missing",
    );
    check_damage(
        "UPDATE claim SET capacity = -1",
        &near,
        "the database is damaged: out of range integral type conversion attempted",
    );
}

#[test]
fn an_id_that_is_taken_is_a_fault_and_writes_nothing() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &book(1, 60, 90), 0);
    let before = sql.dump();
    let again = Command::Book(Box::new(book(1, 120, 150)), None);
    assert!(matches!(apply(&mut sql, &again, at(0)), Err(SqlFault::Other(_))));
    assert_eq!(sql.dump(), before);
    assert_eq!(busy(&mut sql, 0, 0).len(), 1);
    assert!(matches!(reply_to(&mut sql, &book(2, 120, 150), 0), Reply::Booked { .. }));
}

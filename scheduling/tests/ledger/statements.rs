//! Statements: each is compiled once, however often it is run and whatever is asked.

use scheduling::booking::{Event, Party};
use scheduling::ledger::{Command, NoteBooking, Question, apply, wake_at};
use scheduling::outbox::{Attempt, AttemptOutcome, MailAsk};

use crate::support::{Memory, ask, at, book, cancel, id, key, must_book, must_move, reschedule, subscribers};

/// A day of a host's and a contact's ledger in one: booked, moved, cancelled, told of, expired.
fn live(sql: &mut Memory, number: u8) {
    let minute = i64::from(number);
    let from = minute * 100;
    let mut asked = book(number, from, from + 30);
    asked.key = Some(key(&format!("key-{number}"), "a body"));
    asked.contact_key = Some(format!("contact-{number}"));
    asked.booking.terms.reminders_minutes = vec![60];
    let booked = must_book(sql, &asked, minute);
    must_book(sql, &asked, minute);
    let mut moved = reschedule(number, from + 50, from + 80);
    moved.approval_within_minutes = number.is_multiple_of(2).then_some(5);
    must_move(sql, &moved, minute);
    wake_at(sql).unwrap();
    let due = ask(sql, Question::due(64, 20, vec![minute]), at(minute)).due;
    ask(sql, Question::busy(at(minute), None), at(minute));
    let attempts =
        due.iter().map(|due| Attempt { number: due.number, outcome: AttemptOutcome::Taken, jitter: 0 });
    let contact = format!("contact-{number}");
    let note = NoteBooking {
        key: contact.clone(),
        keep_minutes: Some(60),
        booking: Box::new(booked),
        event_count: 2,
    };
    let mail = MailAsk {
        key: contact,
        mail: format!("mail-{number}"),
        booking: id(number),
        event: Event::Confirmed,
        by: None,
        is_paid: false,
        is_guest: false,
        known_until: at(from),
    };
    let attempts = attempts.collect();
    for command in [
        Command::Settle { attempts },
        Command::NoteBooking(note),
        Command::AdmitMail(mail),
        Command::Expire(sql.today.clone()),
    ] {
        apply(sql, &command, at(minute)).unwrap();
    }
    cancel(sql, number, Party::Visitor, minute);
}

#[test]
fn whatever_is_asked_a_statement_is_compiled_once() {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[], &[]);
    sql.compiled_anew.borrow_mut().clear();
    for number in 1..9 {
        live(&mut sql, number);
    }
    assert_eq!(sql.compiled_anew.borrow().as_slice(), [""; 0]);
}

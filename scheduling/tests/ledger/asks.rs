//! Typed calls: each question gets the type that belongs to it, and an answer to another one is a fault.

use scheduling::booking::{Booking, Event, Party};
use scheduling::ledger::{
    Alike, Answer, Cancel, CancelAlike, CancelledAlike, Command, Confirm, DueNow, Ending, IdempotencyKey,
    InviteUse, Likeness, Mismatched, NotTaken, NoteBooking, Order, Query, Question, RecordOutcome, Reply,
};
use scheduling::outbox::{Admission, DeliveryState, MailAsk};
use scheduling::refusal::Refusal;
use scheduling::sign_in_link::SignInLink;

use crate::support::{Memory, ask, at, book, device, id, order, reschedule};

/// Every kind of answer, and every kind of reply.
fn answers() -> Vec<Answer> {
    vec![
        Answer::Booking { booking: None },
        Answer::Busy { claims: Vec::new(), calendars: Vec::new() },
        Answer::Bookings { bookings: Vec::new() },
        Answer::Due { due: Vec::new(), calendars: Vec::new(), expired: false, next_at: None },
        Answer::Deliveries { deliveries: Vec::new() },
        Answer::HeldMail { held: false },
        Answer::Session { session: None },
        Answer::Sessions { sessions: Vec::new() },
        Answer::Contact { contact: None },
        Answer::ExternalIds { ids: Vec::new() },
        Answer::Addresses { addresses: Vec::new() },
        Answer::ToldLedgers { ledgers: Vec::new() },
        Answer::InviteUse { used: InviteUse { live: 0, is_withdrawn: false } },
        Answer::Calendars { calendars: Vec::new() },
        Answer::Astray { astray: Vec::new() },
    ]
}

fn replies() -> Vec<Reply> {
    let booking: Box<Booking> = Box::new(book(1, 60, 90).booking);
    vec![
        Reply::Booked { booking: booking.clone() },
        Reply::Changed { booking },
        Reply::Done,
        Reply::Scrubbed,
        Reply::Refused { refusal: Refusal::Busy },
        Reply::Mail { admission: Admission::Admitted },
        Reply::ReadFirst { calendars: Vec::new() },
        Reply::CancelledAlike(CancelledAlike { cancelled: 1, unconfirmed: 0, more: false }),
    ]
}

fn alike() -> Alike {
    Alike { booking: id(1), by: Likeness::Network, made_until: at(0) }
}

/// Of all kinds of answer, a question reads the one that a ledger gives to it, and no other.
#[track_caller]
fn check_question<T>(question: impl Fn() -> Question<T>) {
    let (query, reading) = question().send();
    let own = scheduling::ledger::answer(&mut Memory::migrated(), &query, at(0)).unwrap();
    assert!(reading.read(own.clone()).is_ok(), "{query:?}: {own:?}");
    let kind = std::mem::discriminant(&own);
    for other in answers().into_iter().filter(|answer| std::mem::discriminant(answer) != kind) {
        let read = question().send().1.read(other.clone());
        assert_eq!(read.err(), Some(Mismatched), "{query:?}: {other:?}");
    }
}

#[test]
fn each_question_reads_its_own_answer_alone() {
    check_question(|| Question::booking(id(1)));
    check_question(|| Question::busy(at(0), Some(id(1))));
    check_question(|| Question::bookings((None, None), None, None, 9));
    check_question(|| Question::alike(alike(), 9));
    check_question(|| Question::contacts(None, None, 9));
    check_question(|| Question::due(9, 9, vec![1]));
    check_question(|| Question::deliveries(DeliveryState::Parked, None, 9));
    check_question(|| Question::held_mail(id(1)));
    check_question(|| Question::session("0123".to_owned()));
    check_question(Question::sessions);
    check_question(Question::calendars);
    check_question(|| Question::contact("key".to_owned()));
    check_question(|| Question::external_ids(id(1)));
    check_question(|| Question::called_elsewhere("a".to_owned(), "b".to_owned(), "c".to_owned()));
    check_question(|| Question::addresses(String::new(), 9));
    check_question(|| Question::told_ledgers("key".to_owned()));
    check_question(|| Question::invite_use("once".to_owned()));
}

/// An order takes the replies at those places in the list of all, and no other.
#[track_caller]
fn check_order<T>(order: impl Fn() -> Order<T>, takes: &[usize]) {
    for (place, reply) in replies().into_iter().enumerate() {
        let (command, reading) = order().send();
        assert_eq!(reading.read(reply.clone()).is_ok(), takes.contains(&place), "{command:?}: {reply:?}");
    }
}

#[test]
fn each_order_reads_the_replies_that_it_may_get() {
    let note = NoteBooking {
        key: "key".to_owned(),
        keep_minutes: None,
        booking: Box::new(book(1, 60, 90).booking),
        event_count: 1,
    };
    let session = device("0123", 1, 60);
    let link = SignInLink::new([1; 16], at(0));
    check_order(|| Order::book(book(1, 60, 90)), &[0, 4, 6]);
    check_order(
        || Order::cancel(Cancel { id: id(1), by: Party::Host, reason: None, proves: false }),
        &[1, 4],
    );
    let confirm = || Confirm { id: id(1), approval_within_minutes: None, calendars: None };
    check_order(|| Order::confirm(confirm()), &[1, 4, 6]);
    check_order(|| Order::reschedule(reschedule(1, 60, 90)), &[1, 4, 6]);
    check_order(|| Order::decide(id(1), true, None), &[1, 4]);
    let record = || RecordOutcome { id: id(1), outcome: None, associations: None };
    check_order(|| Order::record_outcome(record()), &[1, 4]);
    check_order(|| Order::stop_reminders(id(1)), &[1, 4]);
    let ask = MailAsk {
        key: "k".to_owned(),
        mail: "m".to_owned(),
        booking: id(1),
        event: Event::Confirmed,
        by: None,
        is_paid: false,
        is_guest: false,
        known_until: at(90),
    };
    check_order(|| Order::admit_mail(ask.clone()), &[5]);
    check_order(|| Order::replay("aiko.1".to_owned()), &[2, 3, 4]);
    check_order(|| Order::note_booking(note.clone()), &[2, 3, 4]);
    check_order(|| Order::cancel_alike(CancelAlike { alike: alike(), reason: None }), &[7]);
    check_order(Order::expire, &[2, 3]);
    check_order(|| Order::settle(Vec::new()), &[2, 3]);
    check_order(|| Order::open_session(session.clone(), None), &[2, 3, 4]);
    check_order(|| Order::send_sign_in_link("aiko".to_owned(), link.clone()), &[2, 3]);
    check_order(|| Order::renew_session("0123".to_owned(), at(90)), &[2, 3]);
    check_order(|| Order::end_sessions(Ending::All), &[2, 3]);
    check_order(|| Order::erase_contact("k".to_owned(), "e".to_owned(), Vec::new()), &[2, 3]);
    check_order(|| Order::erase_bookings("e".to_owned(), at(0)), &[2, 3]);
    check_order(|| Order::withdraw_invite("once".to_owned(), at(9)), &[2, 3]);
    check_order(|| Order::forget_external_id(id(1), "a".to_owned(), "b".to_owned()), &[2, 3]);
}

#[test]
fn a_caller_gets_what_it_asked_for() {
    let mut sql = Memory::migrated();
    let asked = book(1, 60, 90);
    let booked = asked.booking.clone();
    let made = order(&mut sql, Order::book(asked), at(0));
    assert_eq!(made, Ok(Box::new(booked.clone())));
    assert_eq!(
        order(&mut sql, Order::book(book(2, 60, 90)), at(0)),
        Err(NotTaken::Refused(Refusal::SlotTaken))
    );
    let mut keyed = book(2, 60, 90);
    keyed.key = Some(IdempotencyKey { key: "k".to_owned(), body_hash: "b".to_owned() });
    assert_eq!(order(&mut sql, Order::book(keyed), at(0)), Err(NotTaken::Refused(Refusal::SlotTaken)));
    assert_eq!(ask(&mut sql, Question::booking(id(1)), at(0)), Some(Box::new(booked)));
    assert_eq!(ask(&mut sql, Question::busy(at(0), None), at(0)).claims.len(), 1);
    assert_eq!(ask(&mut sql, Question::busy(at(0), Some(id(1))), at(0)).claims, []);
    assert_eq!(ask(&mut sql, Question::addresses(String::new(), 9), at(0)), ["sam@example.com"]);
    let DueNow { due, expired, next_at, .. } = ask(&mut sql, Question::due(9, 9, Vec::new()), at(1));
    assert_eq!((due.len(), expired, next_at), (1, false, None));
}

#[test]
fn the_fault_says_what_happened() {
    let (query, reading) = Question::busy(at(0), None).send();
    assert_eq!(query, Query::Busy { from: at(0), except: None });
    let said = reading.read(Answer::Session { session: None }).unwrap_err().to_string();
    assert_eq!(said, "a ledger answered to another question than it was asked");
    let (command, _) = Order::expire().send();
    assert_eq!(command, Command::Expire(None));
}

//! Paying: single steps, and random histories of a booking against a model of its provider, in which words are lost,
//! repeated, late and in any order, errands fail before they are done and after, and clocks go on.
//!
//! However a history goes, in the end it is one of: booked, and paid once; not booked, and nothing kept; booked, as its
//! host says that it was paid. Where the rules of refunds let the host keep what a visitor paid who cancels late, that
//! is kept. `PROPTEST_CASES` makes the run longer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scheduling::booking::{
    Booking, Change, Checkout, Dispute, DisputeState, Event, Heard, Party, Payment, PaymentStatus, Refund,
    RefundState, Status,
};
use scheduling::definition::{Payments, RefundUntil};
use scheduling::ledger::{Book, Command, Order, PayStep, Question, Reply, Reschedule, apply};
use scheduling::money::{Currency, Money};
use scheduling::outbox::{
    Attempt, AttemptOutcome, Due, MailNotice, Payload, PaymentErrand, Refunding, Request,
};
use scheduling::refusal::Refusal;
use scheduling::sql::{Sql as _, Value};

use crate::support::{
    By, Memory, ask, at, book, booking_of, busy, cancel, decide, id, must_book, must_move, order, reply_to,
    reply_to_move, reschedule, subscribers, webhook,
};

pub(crate) const PRICE: u64 = 5000;
/// A payment of ¥1.
const OTHER: &str = "pi_other";
/// The number of what is paid beside all checkouts.
const EARLY: u32 = 99;
/// The meeting begins at that minute.
pub(crate) const START: i64 = 3000;

pub(crate) fn jpy(amount: u64) -> Money {
    Money { amount, currency: Currency::named("JPY").unwrap() }
}

fn stripe() -> Payments {
    Payments::Stripe {
        secret: "STRIPE_KEY".to_owned(),
        webhook_secret: "STRIPE_HOOK".to_owned(),
        url: Payments::STRIPE.to_owned(),
        delayed: false,
    }
}

/// A booking with a price, that is to be paid at once or once it is accepted.
pub(crate) fn priced(by_request: bool, refund_until: RefundUntil) -> Book {
    let mut wish = book(1, START, START + 30);
    wish.booking.created_at = at(0);
    wish.booking.payment = Some(Box::new(Payment::agreed(jpy(PRICE), stripe(), refund_until)));
    if by_request {
        wish.booking.terms.by_request = true;
        wish.booking.status = Status::Requested;
        wish.expires_at = Some(at(START - 500));
    }
    wish
}

/// Takes a step at a minute.
pub(crate) fn step(sql: &mut Memory, step: PayStep, minute: i64) -> Result<Booking, Refusal> {
    order(sql, Order::pay(id(1), step), at(minute)).map(|booking| *booking)
}

fn made(checkout: &Checkout) -> Heard {
    let number = checkout.number;
    Heard::CheckoutMade { number, id: format!("cs_{number}"), url: format!("https://pay.example/{number}") }
}

pub(crate) fn paid(number: u32) -> Heard {
    Heard::Paid { money: jpy(PRICE), reference: format!("pi_{number}") }
}

pub(crate) fn payment(sql: &mut Memory) -> Payment {
    *booking_of(sql, 1).unwrap().payment.unwrap()
}

pub(crate) fn payment_status(sql: &mut Memory) -> (Status, PaymentStatus) {
    let booking = booking_of(sql, 1).unwrap();
    (booking.status, booking.payment.unwrap().status(booking.status))
}

/// A booking whose checkout is open.
pub(crate) fn opened(wish: &Book) -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
    must_book(&mut sql, wish, 0);
    let booking = step(&mut sql, PayStep::OpenCheckout, 0).unwrap();
    let checkout = booking.payment.unwrap().checkout.unwrap();
    step(&mut sql, PayStep::Hear(made(&checkout)), 0).unwrap();
    sql
}

/// The same of a request, which its host has accepted.
fn accepted() -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[webhook("https://hooks.example.com/", &["*"])]);
    must_book(&mut sql, &priced(true, RefundUntil::default()), 0);
    decide(&mut sql, 1, true, 0);
    let booking = step(&mut sql, PayStep::OpenCheckout, 0).unwrap();
    let checkout = booking.payment.unwrap().checkout.unwrap();
    step(&mut sql, PayStep::Hear(made(&checkout)), 0).unwrap();
    sql
}

/// The provider is asked for what is due, and does not answer.
pub(crate) fn unanswered(sql: &mut Memory, minute: i64) {
    let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due;
    let errands = due.iter().filter(|due| matches!(due.payload, Payload::Payment(_)));
    let outcome =
        AttemptOutcome::Failed { reason: "it did not answer".to_owned(), retry_after_seconds: None };
    let attempts =
        errands.map(|due| Attempt { number: due.number, outcome: outcome.clone(), jitter: 0 }).collect();
    apply(sql, &Command::Settle { attempts }, at(minute)).unwrap();
}

pub(crate) fn told(sql: &mut Memory, kind: &str) -> Vec<String> {
    let statement =
        "SELECT event FROM delivery WHERE kind = ?1 AND destination NOT LIKE '%guest%' ORDER BY number";
    let rows = sql.run(statement, &[Value::Text(kind.to_owned())]).unwrap();
    rows.iter().map(|row| format!("{:?}", row[0])).collect()
}

#[test]
fn what_is_paid_is_booked_and_everybody_is_told() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
    assert_eq!(payment(&mut sql).due_by, Some(at(41)));
    let again = step(&mut sql, PayStep::OpenCheckout, 20).unwrap();
    assert_eq!(again.payment.unwrap().checkout.unwrap().number, 1, "it is open still");
    step(&mut sql, PayStep::Hear(paid(1)), 30).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    let events = told(&mut sql, "webhook");
    let expected = ["awaiting_payment", "alert", "paid", "confirmed", "alert"];
    assert_eq!(events, expected.map(|event| format!("Text(\"booking.{event}\")")));
    assert_eq!(
        told(&mut sql, "mail"),
        ["awaiting_payment", "confirmed", "confirmed"].map(|event| format!("Text(\"booking.{event}\")")),
        "what was paid is said where it is confirmed"
    );
    let before = sql.dump();
    step(&mut sql, PayStep::Hear(paid(1)), 31).unwrap();
    assert_eq!(sql.dump(), before, "said twice, it changes nothing");
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 32), Err(Refusal::NothingToPay));
}

#[test]
fn a_checkout_that_expires_gives_the_time_back() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::CheckoutExpired { id: "cs_other".to_owned() }), 31).unwrap();
    assert_eq!(booking_of(&mut sql, 1).unwrap().status, Status::AwaitingPayment);
    step(&mut sql, PayStep::Hear(Heard::CheckoutExpired { id: "cs_1".to_owned() }), 31).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
    assert!(busy(&mut sql, 0, 31).is_empty());
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 32), Err(Refusal::HoldExpired));
}

#[test]
fn what_is_paid_late_takes_its_time_again_if_that_is_free() {
    let mut sql = opened(&priced(false, RefundUntil::Never));
    unanswered(&mut sql, 31);
    apply(&mut sql, &Command::Expire(None), at(42)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
    step(&mut sql, PayStep::Hear(paid(1)), 50).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    assert_eq!(busy(&mut sql, 0, 51).len(), 1);
}

/// Where nothing ran while its hold ended, its provider knows whether it was paid, and is asked before anybody is told
/// that it was not.
#[test]
fn after_an_outage_nobody_who_may_have_paid_is_told_that_they_have_not() {
    let mut sql = opened(&priced(false, RefundUntil::Never));
    let mut other = book(2, START + 60, START + 90).by("kim@example.com");
    other.booking.status = Status::AwaitingConfirmation;
    other.expires_at = Some(at(60));
    must_book(&mut sql, &other, 0);
    apply(&mut sql, &Command::Expire(None), at(500)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
    assert_eq!(booking_of(&mut sql, 2).unwrap().status, Status::Expired, "nobody waits for that");
    assert!(busy(&mut sql, 0, 500).is_empty(), "the time is not held for longer");
    let now = ask(&mut sql, Question::due(100, 0, Vec::new()), at(500));
    assert!(!now.expired && now.due.iter().any(|due| matches!(due.payload, Payload::Payment(_))), "{now:?}");
    step(&mut sql, PayStep::Hear(paid(1)), 500).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    assert!(!told(&mut sql, "mail").contains(&format!("Text({:?})", Event::Expired.name())));

    let mut sql = opened(&priced(false, RefundUntil::Never));
    unanswered(&mut sql, 500);
    assert!(ask(&mut sql, Question::due(100, 0, Vec::new()), at(500)).expired, "it was asked");
    apply(&mut sql, &Command::Expire(None), at(500)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
}

#[test]
fn what_is_paid_late_goes_back_if_somebody_else_has_its_time() {
    let mut sql = opened(&priced(false, RefundUntil::Never));
    // Nobody has tidied up.
    must_book(&mut sql, &book(2, START, START + 30).by("kim@example.com"), 45);
    step(&mut sql, PayStep::Hear(paid(1)), 50).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::RefundPending));
    let due = ask(&mut sql, Question::due(100, 0, Vec::new()), at(50)).due;
    let errands: Vec<&Payload> =
        due.iter().map(|due| &due.payload).filter(|payload| matches!(payload, Payload::Payment(_))).collect();
    let refunding = Some(Refunding { number: 1, money: jpy(PRICE) });
    let refund = PaymentErrand { of: "pi_1".to_owned(), refund: refunding };
    let close = PaymentErrand { of: "cs_1".to_owned(), refund: None };
    assert_eq!(errands, [&Payload::Payment(close), &Payload::Payment(refund)]);
    let sent = Heard::Refund { number: 1, state: RefundState::Succeeded, failure: None, returned: None };
    step(&mut sql, PayStep::Hear(sent), 51).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Refunded));
    let events = told(&mut sql, "mail");
    assert!(events.contains(&format!("Text({:?})", Event::Paid.name())), "{events:?}");
    assert!(events.contains(&format!("Text({:?})", Event::Refunded.name())), "{events:?}");
}

#[test]
fn what_is_paid_twice_is_paid_still_once_the_second_has_gone_back() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    step(&mut sql, PayStep::Hear(paid(2)), 2).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    let sent = Heard::Refund { number: 1, state: RefundState::Succeeded, failure: None, returned: None };
    step(&mut sql, PayStep::Hear(sent), 3).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    let payment = payment(&mut sql);
    assert_eq!((payment.returned(), payment.last_returned()), (jpy(0), jpy(PRICE)));
    assert_eq!(payment.refundable(), PRICE);
}

#[test]
fn a_refund_that_has_failed_is_made_up_by_the_next() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    cancel(&mut sql, 1, Party::Host, 2);
    let refund =
        |number, state| PayStep::Hear(Heard::Refund { number, state, failure: None, returned: None });
    step(&mut sql, refund(1, RefundState::Failed), 3).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundFailed);
    step(&mut sql, PayStep::Refund { amount: None, refundable: None, reason: None }, 4).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundPending);
    step(&mut sql, refund(2, RefundState::Succeeded), 5).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded);
}

#[test]
fn a_refund_that_fails_days_later_is_its_hosts_to_see_to() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    cancel(&mut sql, 1, Party::Host, 2);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
    let refund = |state, failure: Option<&str>| {
        PayStep::Hear(Heard::Refund { number: 1, state, failure: failure.map(str::to_owned), returned: None })
    };
    step(&mut sql, refund(RefundState::Succeeded, None), 3).unwrap();
    step(&mut sql, refund(RefundState::Pending, None), 4).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded, "what comes late changes nothing");
    step(&mut sql, refund(RefundState::Failed, Some("the account is closed")), 5000).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundFailed);
    assert_eq!(payment(&mut sql).refunds[0].failure.as_deref(), Some("the account is closed"));
    assert_eq!(payment(&mut sql).refundable(), PRICE, "it can be sent once more");
    step(&mut sql, PayStep::Refund { amount: None, refundable: None, reason: None }, 5001).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundPending);
    let heard = Heard::Refund { number: 2, state: RefundState::Succeeded, failure: None, returned: None };
    step(&mut sql, PayStep::Hear(heard), 5002).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded, "it is seen to");
}

#[test]
fn another_amount_books_nothing_and_its_host_hears_of_it_once() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let other = || PayStep::Hear(Heard::Paid { money: jpy(PRICE - 1), reference: "pi_9".to_owned() });
    step(&mut sql, other(), 1).unwrap();
    step(&mut sql, other(), 2).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
    assert_eq!(booking_of(&mut sql, 1).unwrap().pay_by(), Some(at(1 + 24 * 60)), "its host has a day");
    assert_eq!(payment(&mut sql).checkout.unwrap().url, None, "nothing more is paid in its checkout");
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 3), Err(Refusal::NothingToPay));
    let expired = Heard::CheckoutExpired { id: "cs_1".to_owned() };
    step(&mut sql, PayStep::Hear(expired), 31).unwrap();
    assert_eq!(booking_of(&mut sql, 1).unwrap().status, Status::AwaitingPayment, "nor is it let go");
    let mismatched = format!("Text({:?})", Event::PaymentMismatched.name());
    assert_eq!(told(&mut sql, "mail").iter().filter(|event| **event == mismatched).count(), 1);
}

#[test]
fn a_host_can_book_what_another_amount_was_paid_for() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let other = Heard::Paid { money: jpy(PRICE - 1), reference: "pi_9".to_owned() };
    step(&mut sql, PayStep::Hear(other), 1).unwrap();
    step(&mut sql, PayStep::MarkPaid { amount: None }, 600).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
}

#[test]
fn what_was_to_be_paid_later_and_is_not_can_be_paid_another_way_for_a_day() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let [promised, broken] =
        [Heard::Promised { id: "cs_1".to_owned() }, Heard::PromiseBroken { id: "cs_1".to_owned() }];
    step(&mut sql, PayStep::Hear(promised.clone()), 1).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Promised));
    step(&mut sql, PayStep::Hear(broken.clone()), 60).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
    assert_eq!(booking_of(&mut sql, 1).unwrap().pay_by(), Some(at(60 + 24 * 60)));
    for again in [broken, promised] {
        step(&mut sql, PayStep::Hear(again), 61).unwrap();
    }
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Due, "older words change nothing");
    let failed = format!("Text({:?})", Event::PaymentFailed.name());
    for kind in ["mail", "webhook"] {
        assert_eq!(told(&mut sql, kind).iter().filter(|event| **event == failed).count(), 1, "{kind}");
    }
    let booking = step(&mut sql, PayStep::OpenCheckout, 90).unwrap();
    assert_eq!(booking.order_lasts_days(), None, "not later once more");
    let checkout = booking.payment.unwrap().checkout.unwrap();
    assert_eq!(checkout.number, 2);
    step(&mut sql, PayStep::Hear(made(&checkout)), 90).unwrap();
    let expired = Heard::CheckoutExpired { id: "cs_2".to_owned() };
    step(&mut sql, PayStep::Hear(expired), 121).unwrap();
    assert_eq!(payment_status(&mut sql).0, Status::AwaitingPayment, "it is held as its visitor was told");
    unanswered(&mut sql, 121);
    apply(&mut sql, &Command::Expire(None), at(60 + 24 * 60)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
}

#[test]
fn nobody_is_reminded_to_pay_who_has_paid_another_amount() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let other = Heard::Paid { money: jpy(PRICE - 1), reference: "pi_9".to_owned() };
    step(&mut sql, PayStep::Hear(other), 1).unwrap();
    assert_eq!(mails_of_waiting(&mut sql, 10), Vec::new());
}

/// The emails about a booking that waits, as they are due.
fn mails_of_waiting(sql: &mut Memory, minute: i64) -> Vec<(String, MailNotice)> {
    let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due.into_iter();
    let mails = due.filter_map(|due| match due.payload {
        Payload::Mail(notice) if notice.event == Event::AwaitingPayment => Some((due.id, *notice)),
        _ => None,
    });
    mails.collect()
}

#[test]
fn whoever_pays_later_has_one_email_at_once_and_nobody_else_hears_of_it() {
    for mut sql in [opened(&priced(false, RefundUntil::default())), accepted()] {
        let before = told(&mut sql, "webhook");
        for minute in [1, 2] {
            step(&mut sql, PayStep::Hear(Heard::Promised { id: "cs_1".to_owned() }), minute).unwrap();
        }
        assert_eq!(told(&mut sql, "webhook"), before);
        let mails = mails_of_waiting(&mut sql, 2);
        let (id, notice) = mails.first().unwrap();
        assert_eq!(
            (mails.len(), id.as_str()),
            (1, format!("{}.promised-1.visitor", notice.booking.id).as_str())
        );
        assert!(notice.booking.is_promised());
        assert_eq!(mails_of_waiting(&mut sql, 600).len(), 1, "no reminder follows");
    }
}

#[test]
fn the_email_to_whoever_pays_later_can_be_sent_again_while_that_is_so() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::Promised { id: "cs_1".to_owned() }), 1).unwrap();
    let id = mails_of_waiting(&mut sql, 1).remove(0).0;
    let taken = |sql: &mut Memory, minute: i64| {
        let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due;
        let attempt = |due: &Due| Attempt { number: due.number, outcome: AttemptOutcome::Taken, jitter: 0 };
        let mails = due.iter().filter(|due| matches!(due.payload, Payload::Mail(_)));
        let attempts = mails.map(attempt).collect();
        apply(sql, &Command::Settle { attempts }, at(minute)).unwrap();
    };
    let again = |sql: &mut Memory, minute: i64| {
        let command = Command::Replay(id.clone(), sql.today.clone());
        apply(sql, &command, at(minute)).unwrap()
    };
    taken(&mut sql, 1);
    assert_eq!(mails_of_waiting(&mut sql, 2), Vec::new());
    assert_eq!(again(&mut sql, 3), Reply::Done);
    assert!(mails_of_waiting(&mut sql, 3)[0].1.booking.is_promised());
    taken(&mut sql, 3);
    step(&mut sql, PayStep::Hear(paid(1)), 4).unwrap();
    assert_eq!(again(&mut sql, 5), Reply::Refused { refusal: Refusal::Superseded });
}

#[test]
fn whoever_is_to_pay_is_told_at_once_that_their_host_has_moved_it() {
    for mut sql in [opened(&priced(false, RefundUntil::default())), accepted()] {
        must_move(&mut sql, &Reschedule { by: Party::Host, ..reschedule(1, START + 60, START + 90) }, 1);
        let mails = mails_of_waiting(&mut sql, 1);
        assert_eq!(mails.iter().map(|(_, notice)| notice.is_moved).collect::<Vec<_>>(), [true]);
    }
    let mut sql = opened(&priced(false, RefundUntil::default()));
    must_move(&mut sql, &reschedule(1, START + 60, START + 90), 1);
    assert_eq!(mails_of_waiting(&mut sql, 1), Vec::new(), "whoever moves it themselves is paying");
    assert!(!mails_of_waiting(&mut sql, 6)[0].1.is_moved);
}

#[test]
fn where_the_meeting_is_near_nobody_waits_for_another_payment() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::Promised { id: "cs_1".to_owned() }), 1).unwrap();
    let broken = PayStep::Hear(Heard::PromiseBroken { id: "cs_1".to_owned() });
    step(&mut sql, broken, START - 30).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
}

#[test]
fn an_order_ends_before_the_meeting_begins() {
    const DAY: i64 = 24 * 60;
    for (start, expected) in [
        (10 * DAY, Some(3)),
        (4 * DAY + 31, Some(3)),
        (4 * DAY + 30, Some(2)),
        (2 * DAY + 31, Some(1)),
        (2 * DAY + 30, None),
        (60, None),
    ] {
        let mut wish = priced(false, RefundUntil::default());
        (wish.booking.start, wish.booking.end) = (at(start), at(start + 30));
        let mut sql = Memory::migrated();
        must_book(&mut sql, &wish, 0);
        let booking = step(&mut sql, PayStep::OpenCheckout, 0).unwrap();
        assert_eq!(booking.order_lasts_days(), expected, "{start}");
    }
}

#[test]
fn a_dispute_is_told_once_and_what_a_bank_has_taken_does_not_go_back_again() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    let dispute = |state| {
        let (id, of, reason) = ("dp_1".to_owned(), "pi_1".to_owned(), "it was not made".to_owned());
        PayStep::Hear(Heard::Disputed(Dispute { id, of, money: jpy(PRICE), reason, answer_by: None, state }))
    };
    for state in
        [DisputeState::Open, DisputeState::Open, DisputeState::Lost, DisputeState::Lost, DisputeState::Open]
    {
        step(&mut sql, dispute(state), 2).unwrap();
    }
    let count = |sql: &mut Memory, kind: &str, event: Event| {
        let event = format!("Text({:?})", event.name());
        told(sql, kind).iter().filter(|told| **told == event).count()
    };
    for kind in ["mail", "webhook"] {
        assert_eq!(count(&mut sql, kind, Event::PaymentDisputed), 1, "{kind}");
        assert_eq!(count(&mut sql, kind, Event::DisputeClosed), 1, "{kind}");
    }
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid), "it is not ended by that");
    assert_eq!(payment(&mut sql).refundable(), 0);
    cancel(&mut sql, 1, Party::Host, 3);
    assert_eq!(payment(&mut sql).refunds, Vec::new());
}

#[test]
fn what_a_bank_only_asks_about_goes_back_as_ever_and_is_told_again_once_it_is_disputed() {
    let dispute = |state| {
        let (id, of, reason) = ("dp_1".to_owned(), "pi_1".to_owned(), "it was not made".to_owned());
        PayStep::Hear(Heard::Disputed(Dispute { id, of, money: jpy(PRICE), reason, answer_by: None, state }))
    };
    let count = |sql: &mut Memory, event: Event| {
        let event = format!("Text({:?})", event.name());
        told(sql, "mail").iter().filter(|told| **told == event).count()
    };
    let asked = || {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        step(&mut sql, dispute(DisputeState::Inquiry), 2).unwrap();
        assert_eq!(count(&mut sql, Event::PaymentDisputed), 1);
        assert_eq!(payment(&mut sql).refundable(), PRICE);
        sql
    };
    let mut sql = asked();
    for state in [DisputeState::Open, DisputeState::Inquiry, DisputeState::Open] {
        step(&mut sql, dispute(state), 3).unwrap();
    }
    assert_eq!((payment(&mut sql).refundable(), count(&mut sql, Event::PaymentDisputed)), (0, 2));
    step(&mut sql, dispute(DisputeState::Won), 4).unwrap();
    step(&mut sql, dispute(DisputeState::Inquiry), 5).unwrap();
    assert_eq!((payment(&mut sql).refundable(), count(&mut sql, Event::DisputeClosed)), (PRICE, 1));
    // All goes back: that is the end of it, whatever Stripe still says.
    let mut sql = asked();
    cancel(&mut sql, 1, Party::Host, 3);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
    for state in [DisputeState::Open, DisputeState::Won] {
        step(&mut sql, dispute(state), 4).unwrap();
    }
    assert_eq!((count(&mut sql, Event::PaymentDisputed), count(&mut sql, Event::DisputeClosed)), (1, 0));
    assert_eq!(payment(&mut sql).disputes[0].state, DisputeState::Won);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
    // But not if that fails: then there is something to lose, and its host reads so, once.
    let mut sql = asked();
    cancel(&mut sql, 1, Party::Host, 3);
    step(&mut sql, dispute(DisputeState::Open), 4).unwrap();
    assert_eq!(count(&mut sql, Event::PaymentDisputed), 1);
    let failed = Heard::Refund { number: 1, state: RefundState::Failed, failure: None, returned: None };
    step(&mut sql, PayStep::Hear(failed), 5).unwrap();
    step(&mut sql, dispute(DisputeState::Open), 6).unwrap();
    assert_eq!((count(&mut sql, Event::RefundFailed), count(&mut sql, Event::PaymentDisputed)), (2, 2));
    assert!(payment(&mut sql).is_disputed());
}

#[test]
fn an_accepted_request_is_held_for_a_day_and_can_be_paid_more_than_once_in_it() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &priced(true, RefundUntil::default()), 0);
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 1), Err(Refusal::NothingToPay));
    decide(&mut sql, 1, true, 10);
    assert_eq!(payment(&mut sql).due_by, Some(at(10 + 24 * 60)));
    for (number, minute) in [(1, 20), (2, 60), (3, 24 * 60)] {
        let checkout =
            step(&mut sql, PayStep::OpenCheckout, minute).unwrap().payment.unwrap().checkout.unwrap();
        assert_eq!(checkout.number, number);
        step(&mut sql, PayStep::Hear(made(&checkout)), minute).unwrap();
        if number < 3 {
            let expired = Heard::CheckoutExpired { id: format!("cs_{number}") };
            let booking = step(&mut sql, PayStep::Hear(expired), minute + 31).unwrap();
            assert_eq!(
                booking.status,
                Status::AwaitingPayment,
                "it is held for as long as its visitor was told"
            );
        }
    }
    assert_eq!(payment(&mut sql).due_by, Some(at(24 * 60 + 41)));
    step(&mut sql, PayStep::Hear(paid(3)), 24 * 60 + 30).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
}

#[test]
fn a_checkout_that_was_not_made_is_asked_for_anew() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &priced(false, RefundUntil::default()), 0);
    let number = |sql: &mut Memory, minute| {
        step(sql, PayStep::OpenCheckout, minute).unwrap().payment.unwrap().checkout.unwrap().number
    };
    assert_eq!([number(&mut sql, 0), number(&mut sql, 0), number(&mut sql, 1)], [1, 1, 2]);
}

/// How often what is busy is to be written where pages read it.
fn due_records(sql: &mut Memory, minute: i64) -> usize {
    let due = ask(sql, Question::due(0, 100, Vec::new()), at(minute)).due;
    sql.set("DELETE FROM delivery WHERE queue = 'record'");
    due.iter().filter(|due| due.payload == Payload::Booking).count()
}

#[test]
fn a_time_that_is_held_for_longer_is_told_to_whoever_shows_what_is_free() {
    let promised = Heard::Promised { id: "cs_1".to_owned() };
    let other = Heard::Paid { money: jpy(PRICE - 1), reference: "pi_9".to_owned() };
    for heard in [promised, other] {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        due_records(&mut sql, 1);
        step(&mut sql, PayStep::Hear(heard.clone()), 2).unwrap();
        assert_eq!(due_records(&mut sql, 3), 1, "{heard:?}");
        step(&mut sql, PayStep::Hear(heard), 4).unwrap();
        assert_eq!(due_records(&mut sql, 5), 0, "it is held no longer by that");
    }
    let mut sql = opened(&priced(false, RefundUntil::default()));
    due_records(&mut sql, 1);
    step(&mut sql, PayStep::OpenCheckout, 40).unwrap();
    assert_eq!(due_records(&mut sql, 41), 1, "another checkout");
}

#[test]
fn what_is_paid_later_is_not_to_be_paid_again() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::Promised { id: "cs_1".to_owned() }), 1).unwrap();
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 2), Err(Refusal::NothingToPay));
}

#[test]
fn nobody_is_told_to_pay_before_now_or_after_the_start() {
    let mut sql = Memory::migrated();
    let mut near = priced(false, RefundUntil::default());
    (near.booking.start, near.booking.end) = (at(5), at(35));
    assert_eq!(must_book(&mut sql, &near, 0).pay_by(), Some(at(5)));
    let mut sql = opened(&priced(false, RefundUntil::default()));
    assert_eq!(booking_of(&mut sql, 1).unwrap().pay_by(), Some(at(31)));
    let moved = must_move(&mut sql, &reschedule(1, 20, 50), 1);
    assert_eq!((moved.status, moved.pay_by()), (Status::AwaitingPayment, Some(at(20))));
    // A meeting that begins while it is still known whether its checkout was paid; and one that was so near once.
    for (start, moved_to, expected) in
        [(36, None, 31), (20, None, 20), (20, Some(START), 20), (36, Some(START), 31)]
    {
        let mut near = priced(false, RefundUntil::default());
        (near.booking.start, near.booking.end) = (at(start), at(start + 30));
        let mut sql = opened(&near);
        if let Some(to) = moved_to {
            must_move(&mut sql, &Reschedule { by: Party::Host, ..reschedule(1, to, to + 30) }, 12);
        }
        let pay_by = booking_of(&mut sql, 1).unwrap().pay_by();
        assert_eq!(pay_by, Some(at(expected)), "{start} {moved_to:?}");
    }
}

#[test]
fn a_time_is_not_held_for_ever_by_opening_checkouts() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    for minute in [32, 64] {
        let checkout =
            step(&mut sql, PayStep::OpenCheckout, minute).unwrap().payment.unwrap().checkout.unwrap();
        step(&mut sql, PayStep::Hear(made(&checkout)), minute).unwrap();
    }
    assert_eq!(step(&mut sql, PayStep::OpenCheckout, 96), Err(Refusal::HoldExpired));
}

#[test]
fn its_host_sends_back_what_was_paid_and_no_more() {
    let mut sql = opened(&priced(false, RefundUntil::Never));
    let reason = || Some("Too short".to_owned());
    let refund = |amount| PayStep::Refund { amount, refundable: None, reason: reason() };
    assert_eq!(step(&mut sql, refund(None), 1), Err(Refusal::NothingToRefund));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    assert_eq!(step(&mut sql, refund(Some(PRICE + 1)), 2), Err(Refusal::NothingToRefund));
    let seen = || PayStep::Refund { amount: Some(2000), refundable: Some(PRICE), reason: reason() };
    step(&mut sql, seen(), 2).unwrap();
    assert_eq!(step(&mut sql, seen(), 2), Err(Refusal::Superseded), "asked again, as its answer was lost");
    assert_eq!(step(&mut sql, refund(Some(3001)), 3), Err(Refusal::NothingToRefund));
    for minute in [4, 5] {
        let returned = Heard::Returned { of: "pi_1".to_owned(), money: jpy(500) };
        step(&mut sql, PayStep::Hear(returned), minute).unwrap();
    }
    assert_eq!(payment(&mut sql).refundable(), 2500, "sent back at the provider's");
    step(&mut sql, refund(None), 6).unwrap();
    assert_eq!(payment(&mut sql).refundable(), 0);
    assert_eq!(booking_of(&mut sql, 1).unwrap().status, Status::Confirmed);
}

#[test]
fn what_goes_back_goes_back_though_its_visitor_is_erased() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    let reason = Some("Kim was ill".to_owned());
    step(&mut sql, PayStep::Refund { amount: Some(2000), refundable: None, reason }, 2).unwrap();
    let email = booking_of(&mut sql, 1).unwrap().visitor.contact.normalised_email();
    apply(
        &mut sql,
        &Command::EraseBookings(Request { email, asked_at: at(3), by: Party::Host }, None),
        at(3),
    )
    .unwrap();
    let due = ask(&mut sql, Question::due(100, 0, Vec::new()), at(3)).due;
    let refunds: Vec<u64> = due
        .iter()
        .filter_map(|due| match &due.payload {
            Payload::Payment(errand) => errand.refund.as_ref().map(|refund| refund.money.amount),
            _ => None,
        })
        .collect();
    assert_eq!(refunds, [2000, 3000], "what was on its way, and the rest as it is cancelled");
    let before = told(&mut sql, "mail").len();
    for number in [1, 2] {
        let heard = Heard::Refund { number, state: RefundState::Succeeded, failure: None, returned: None };
        step(&mut sql, PayStep::Hear(heard), 4).unwrap();
    }
    assert_eq!(told(&mut sql, "mail").len(), before, "nobody is left to write to");
    let kept = payment(&mut sql);
    assert_eq!(kept.status(Status::Cancelled), PaymentStatus::Refunded);
    assert_eq!((kept.price, kept.paid.unwrap().reference.as_deref()), (jpy(PRICE), Some("pi_1")));
    assert_eq!((kept.checkout, &kept.refunds[0].reason), (None, &None), "what the books need, and no words");
}

#[test]
fn what_only_its_host_can_send_back_waits_for_that_and_is_told_once() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::MarkPaid { amount: None }, 1).unwrap();
    let by_hand = |amount| PayStep::SentByHand { amount };
    assert_eq!(step(&mut sql, by_hand(None), 2), Err(Refusal::NothingToRefund));
    let reason = Some("Kim was ill".to_owned());
    step(&mut sql, PayStep::Refund { amount: Some(2000), refundable: Some(PRICE), reason }, 3).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::RefundOwed));
    cancel(&mut sql, 1, Party::Host, 4);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundOwed));
    assert_eq!((payment(&mut sql).owed(), payment(&mut sql).refundable()), (jpy(PRICE), 0));
    let due = ask(&mut sql, Question::due(100, 0, Vec::new()), at(4)).due;
    let asks_provider =
        |due: &&Due| matches!(&due.payload, Payload::Payment(errand) if errand.refund.is_some());
    assert_eq!(due.iter().filter(asks_provider).count(), 0, "no provider can send it");
    assert_eq!(step(&mut sql, by_hand(Some(2000)), 5), Err(Refusal::Superseded), "there is more by now");
    step(&mut sql, by_hand(Some(PRICE)), 6).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::Refunded));
    assert_eq!((payment(&mut sql).last_returned(), payment(&mut sql).was_paid_twice()), (jpy(PRICE), false));
    let before = sql.dump();
    step(&mut sql, by_hand(Some(PRICE)), 7).unwrap();
    assert_eq!(sql.dump(), before, "said twice, it changes nothing");
    let named = |event: Event| format!("Text({:?})", event.name());
    let mails = told(&mut sql, "mail");
    assert_eq!(mails.iter().filter(|event| **event == named(Event::Refunded)).count(), 1);
    assert!(mails.contains(&named(Event::RefundOwed)), "{mails:?}");
}

#[test]
fn a_payment_link_owes_what_came_too_late_or_twice_and_what_an_earlier_version_had_given_up() {
    let link = || Payments::Link { url: "https://shop.example/".to_owned(), secret: vec!["S".to_owned()] };
    let mut wish = priced(false, RefundUntil::default());
    wish.booking.payment.as_mut().unwrap().provider = link();
    let mut sql = Memory::migrated();
    must_book(&mut sql, &wish, 0);
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    step(&mut sql, PayStep::Hear(paid(2)), 2).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::RefundOwed));
    step(&mut sql, PayStep::SentByHand { amount: None }, 3).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    assert!(payment(&mut sql).was_paid_twice(), "its visitor reads so");
    step(&mut sql, PayStep::Hear(paid(2)), 4).unwrap();
    assert_eq!(payment(&mut sql).refunds.len(), 1, "said again, it is the same payment");
    // So it stood before: a refund that no provider could make, and that had failed for good.
    let record = serde_json::to_value(booking_of(&mut sql, 1).unwrap()).unwrap();
    let mut older: Booking = serde_json::from_value(record).unwrap();
    let refund = serde_json::json!({
        "number": 1, "of": "pi_1", "money": { "amount": PRICE, "currency": "JPY" }, "state": "failed",
        "asked_at": at(5), "failure": "a payment link cannot send money back",
    });
    older.payment.as_mut().unwrap().refunds = vec![serde_json::from_value(refund).unwrap()];
    assert_eq!(older.payment.as_ref().unwrap().owed(), jpy(PRICE));
    let (sent, events) = older.transition(&Change::SentByHand { amount: Some(PRICE) }, at(6)).unwrap();
    assert_eq!(sent.payment.unwrap().status(Status::Cancelled), PaymentStatus::Refunded);
    assert_eq!(events, [Event::Refunded, Event::Alert]);
}

#[test]
fn one_payment_pays_for_one_booking_and_its_host_hears_of_the_other() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    let mut other = priced(false, RefundUntil::default());
    let Booking { start, end, .. } = other.booking;
    (other.booking.id, other.booking.start, other.booking.end) =
        (id(2), start + TimeDelta::hours(2), end + TimeDelta::hours(2));
    must_book(&mut sql, &other.by("kim@example.com"), 2);
    for minute in [3, 4] {
        let told = order(&mut sql, Order::pay(id(2), PayStep::Hear(paid(1))), at(minute)).unwrap();
        assert_eq!(told.status, Status::AwaitingPayment);
    }
    let mismatched = format!("Text({:?})", Event::PaymentMismatched.name());
    assert_eq!(told(&mut sql, "mail").iter().filter(|event| **event == mismatched).count(), 1);
    let mismatched = told(&mut sql, "webhook").iter().filter(|event| **event == mismatched).count();
    assert_eq!(mismatched, 1);
    sql.record = Some(Vec::new());
    let told = order(&mut sql, Order::pay(id(2), PayStep::Hear(paid(2))), at(5)).unwrap();
    assert_eq!(told.status, Status::Confirmed, "paid by its own");
    let recorded = sql.record.take().unwrap();
    // Of whichever amount: what has paid for another meeting keeps nobody from paying for this one.
    let mut third = priced(false, RefundUntil::default());
    (third.booking.id, third.booking.start, third.booking.end) =
        (id(3), start + TimeDelta::hours(4), end + TimeDelta::hours(4));
    must_book(&mut sql, &third.by("lee@example.com"), 6);
    let other = |reference: &str| {
        PayStep::Hear(Heard::Paid { money: jpy(PRICE - 1), reference: reference.to_owned() })
    };
    let told = order(&mut sql, Order::pay(id(3), other("pi_1")), at(7)).unwrap();
    assert_eq!(told.payment.unwrap().mismatched, None);
    // And what was told of one with another amount pays for no other, also once it went back.
    order(&mut sql, Order::pay(id(3), other("pi_9")), at(8)).unwrap();
    for number in [10, 12] {
        let minute = i64::from(number);
        let mut fourth = priced(false, RefundUntil::default());
        fourth.booking.payment.as_mut().unwrap().price = jpy(PRICE - 1);
        (fourth.booking.id, fourth.booking.start, fourth.booking.end) =
            (id(number), start + TimeDelta::hours(minute), end + TimeDelta::hours(minute));
        must_book(&mut sql, &fourth.by("sam@example.com"), minute);
        let told = order(&mut sql, Order::pay(id(number), other("pi_9")), at(minute)).unwrap();
        assert_eq!(told.status, Status::AwaitingPayment);
        order(&mut sql, Order::pay(id(3), PayStep::SentByHand { amount: None }), at(minute + 1)).unwrap();
    }
    for (statement, parameters) in recorded {
        let plan = format!("{:?}", sql.run(&format!("EXPLAIN QUERY PLAN {statement}"), &parameters));
        assert!(!plan.contains("SCAN booking"), "however many there are, one is found: {statement}: {plan}");
    }
}

#[test]
fn a_visitor_who_moves_it_too_late_for_a_refund_gets_none_and_a_hosts_move_brings_it_back() {
    let moved_to = |days: i64| reschedule(1, START + days * 1440, START + days * 1440 + 30);
    let by = |by: Party, days: i64| Reschedule { by, ..moved_to(days) };
    let late = START - 600;
    for (moves, goes_back) in [
        (vec![(by(Party::Visitor, 30), 100)], true),
        (vec![(by(Party::Visitor, 30), late)], false),
        (vec![(by(Party::Host, 30), late)], true),
        (vec![(by(Party::Visitor, 30), late), (by(Party::Visitor, 60), late + 1)], false),
        (vec![(by(Party::Visitor, 30), late), (by(Party::Host, 60), late + 1)], true),
    ] {
        let mut sql = opened(&priced(false, RefundUntil::Minutes(1440)));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        for (asked, minute) in &moves {
            must_move(&mut sql, asked, *minute);
        }
        cancel(&mut sql, 1, Party::Visitor, late + 10);
        let expected = if goes_back { PaymentStatus::RefundPending } else { PaymentStatus::Paid };
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, expected), "{moves:?}");
    }
    // A wish that the host accepts is its visitor's move, of when it was asked for; and a host who cancels pays back.
    for (asked_at, by, expected) in [
        (100, Party::Visitor, PaymentStatus::RefundPending),
        (late, Party::Visitor, PaymentStatus::Paid),
        (late, Party::Host, PaymentStatus::RefundPending),
    ] {
        let mut sql = opened(&priced(false, RefundUntil::Minutes(1440)));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        let wish = Reschedule { approval_within_minutes: Some(2900), ..moved_to(30) };
        must_move(&mut sql, &wish, asked_at);
        decide(&mut sql, 1, true, late + 5);
        assert_eq!(booking_of(&mut sql, 1).unwrap().start, at(START + 30 * 1440));
        cancel(&mut sql, 1, by, late + 10);
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, expected));
    }
    // What is not paid yet has nothing to lose.
    let mut sql = opened(&priced(false, RefundUntil::Minutes(3000)));
    must_move(&mut sql, &moved_to(30), 10);
    step(&mut sql, PayStep::Hear(paid(1)), 11).unwrap();
    cancel(&mut sql, 1, Party::Visitor, 12);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
}

/// A request, paid before its host has answered.
fn requested_and_paid() -> Memory {
    let mut sql = Memory::migrated();
    sql.today = subscribers(&[Party::Visitor, Party::Host], &[]);
    let mut wish = priced(true, RefundUntil::Never);
    wish.booking.payment.as_mut().unwrap().provider =
        Payments::Link { url: "https://shop.example/".to_owned(), secret: vec!["S".to_owned()] };
    must_book(&mut sql, &wish, 0);
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Requested, PaymentStatus::Paid));
    sql
}

#[test]
fn what_was_paid_for_a_request_that_nobody_answers_goes_back_as_if_it_were_declined() {
    let mut unanswered = requested_and_paid();
    apply(&mut unanswered, &Command::Expire(None), at(START - 500)).unwrap();
    assert_eq!(payment_status(&mut unanswered), (Status::Expired, PaymentStatus::RefundOwed));
    let mut declined = requested_and_paid();
    decide(&mut declined, 1, false, 10);
    assert_eq!(payment_status(&mut declined), (Status::Declined, PaymentStatus::RefundOwed));
    for (mut sql, ended) in [(unanswered, Event::Expired), (declined, Event::Declined)] {
        assert_eq!(payment(&mut sql).owed(), jpy(PRICE));
        let mails = told(&mut sql, "mail");
        let count = |event: Event| {
            let name = format!("Text({:?})", event.name());
            mails.iter().filter(|told| **told == name).count()
        };
        // Both are told how it ended, and its host in the same mail what is theirs to send back.
        assert_eq!((count(ended), count(Event::RefundOwed)), (2, 0));
    }
}

#[test]
fn what_was_paid_for_what_nobody_confirms_is_kept_in_mind_and_goes_back() {
    for (by, expected) in [
        (None, (Status::Expired, PaymentStatus::RefundPending)),
        (Some(Party::Host), (Status::Cancelled, PaymentStatus::RefundPending)),
    ] {
        let mut sql = Memory::migrated();
        let mut wish = priced(true, RefundUntil::Never);
        wish.booking.status = Status::AwaitingConfirmation;
        must_book(&mut sql, &wish, 0);
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        match by {
            Some(by) => {
                cancel(&mut sql, 1, by, 2);
            }
            None => {
                apply(&mut sql, &Command::Expire(None), at(START - 500)).unwrap();
            }
        }
        assert_eq!(payment_status(&mut sql), expected);
    }
}

#[test]
fn who_is_erased_gets_back_what_they_would_by_cancelling_and_all_where_their_host_erases_them() {
    for (until, by, expected) in [
        (RefundUntil::Never, Party::Visitor, PaymentStatus::Paid),
        (RefundUntil::Minutes(2000), Party::Visitor, PaymentStatus::Paid),
        (RefundUntil::Minutes(1440), Party::Visitor, PaymentStatus::RefundPending),
        (RefundUntil::Never, Party::Host, PaymentStatus::RefundPending),
    ] {
        let mut sql = opened(&priced(false, until));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        let email = booking_of(&mut sql, 1).unwrap().visitor.contact.normalised_email();
        let request = Request { email, asked_at: at(1200), by };
        apply(&mut sql, &Command::EraseBookings(request, None), at(1200)).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, expected), "{until:?} {by:?}");
    }
    // It is never too late to be erased, also where it is too late to cancel.
    let mut wish = priced(false, RefundUntil::Always);
    wish.booking.terms.change_until_minutes = 2900;
    let mut sql = opened(&wish);
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    let email = booking_of(&mut sql, 1).unwrap().visitor.contact.normalised_email();
    let request = Request { email, asked_at: at(1200), by: Party::Visitor };
    apply(&mut sql, &Command::EraseBookings(request, None), at(1200)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
}

#[test]
fn what_is_marked_as_paid_after_another_amount_is_that_amount() {
    for other in [4000, 6000] {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, PayStep::Hear(Heard::Paid { money: jpy(other), reference: OTHER.to_owned() }), 1)
            .unwrap();
        step(&mut sql, PayStep::MarkPaid { amount: None }, 2).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
        assert_eq!(payment(&mut sql).paid.unwrap().reference.as_deref(), Some(OTHER));
        // The same word again is no second payment.
        step(&mut sql, PayStep::Hear(Heard::Paid { money: jpy(other), reference: OTHER.to_owned() }), 3)
            .unwrap();
        cancel(&mut sql, 1, Party::Host, 4);
        let refunds = payment(&mut sql).refunds;
        assert_eq!((refunds.len(), refunds[0].money, refunds[0].of.as_deref()), (1, jpy(other), Some(OTHER)));
    }
    // Of another currency nobody knows how much of the price it is: the host has seen to that.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let money = Money { amount: 50, currency: Currency::named("EUR").unwrap() };
    step(&mut sql, PayStep::Hear(Heard::Paid { money, reference: OTHER.to_owned() }), 1).unwrap();
    step(&mut sql, PayStep::MarkPaid { amount: None }, 2).unwrap();
    let paid = payment(&mut sql).paid.unwrap();
    assert_eq!((paid.money, paid.reference), (jpy(PRICE), None));
}

/// Another amount than the price, which was paid in its checkout.
fn other(amount: u64) -> PayStep {
    PayStep::Hear(Heard::Paid { money: jpy(amount), reference: OTHER.to_owned() })
}

#[test]
fn its_host_says_which_of_two_amounts_counts() {
    let mark = |amount| PayStep::MarkPaid { amount: Some(amount) };
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(4000), 1).unwrap();
    assert_eq!(step(&mut sql, mark(4001), 2), Err(Refusal::Superseded));
    assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
    for minute in [3, 4] {
        step(&mut sql, mark(4000), minute).unwrap();
        let Payment { paid, mismatched, .. } = payment(&mut sql);
        let paid = paid.unwrap();
        assert_eq!((paid.money, paid.reference.as_deref(), mismatched), (jpy(4000), Some(OTHER), None));
    }
    // The price came another way: what came first is still to be sent back, and is not heard of again once it is.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(4000), 1).unwrap();
    step(&mut sql, mark(PRICE), 2).unwrap();
    let Payment { paid, mismatched, .. } = payment(&mut sql);
    assert_eq!((paid.unwrap().reference, mismatched.map(|other| other.money)), (None, Some(jpy(4000))));
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    step(&mut sql, PayStep::SentByHand { amount: Some(4000) }, 3).unwrap();
    step(&mut sql, other(4000), 4).unwrap();
    let Payment { mismatched, refunds, .. } = payment(&mut sql);
    assert_eq!(mismatched, None);
    let sent: Vec<_> = refunds.iter().map(|sent| (sent.of.as_deref(), sent.money, sent.state)).collect();
    assert_eq!(sent, [(Some(OTHER), jpy(4000), RefundState::Succeeded)]);
    assert_eq!(
        payment_status(&mut sql),
        (Status::Confirmed, PaymentStatus::Paid),
        "what counts is all there"
    );
    // Each goes back by itself.
    cancel(&mut sql, 1, Party::Host, 5);
    assert_eq!(payment(&mut sql).owed(), jpy(PRICE));
}

#[test]
fn what_is_paid_and_not_booked_is_not_booked_by_a_word_of_its_hosts() {
    let mark = |sql: &mut Memory, minute| {
        let before = sql.dump();
        let marked = step(sql, PayStep::MarkPaid { amount: None }, minute);
        assert_eq!(sql.dump(), before, "there is nothing to note");
        marked.map(|booking| booking.status)
    };
    let mut cancelled = opened(&priced(false, RefundUntil::Never));
    step(&mut cancelled, PayStep::Hear(paid(1)), 1).unwrap();
    assert_eq!(mark(&mut cancelled, 2), Ok(Status::Confirmed), "said again");
    cancel(&mut cancelled, 1, Party::Visitor, 3);
    assert_eq!(mark(&mut cancelled, 4), Err(Refusal::AlreadyCancelled));

    let mut expired = opened(&priced(false, RefundUntil::Never));
    apply(&mut expired, &Command::Expire(None), at(42)).unwrap();
    must_book(&mut expired, &book(2, START, START + 30).by("kim@example.com"), 45);
    step(&mut expired, PayStep::Hear(paid(1)), 50).unwrap();
    assert_eq!(mark(&mut expired, 51), Err(Refusal::HoldExpired));

    let requested = || {
        let mut sql = Memory::migrated();
        must_book(&mut sql, &priced(true, RefundUntil::Never), 0);
        step(&mut sql, PayStep::Hear(paid(EARLY)), 1).unwrap();
        sql
    };
    let mut declined = requested();
    assert_eq!(mark(&mut declined, 2), Err(Refusal::NotAccepted));
    decide(&mut declined, 1, false, 3);
    assert_eq!(mark(&mut declined, 4), Err(Refusal::AlreadyDecided));
    let mut unanswered = requested();
    apply(&mut unanswered, &Command::Expire(None), at(START - 500)).unwrap();
    assert_eq!(mark(&mut unanswered, START - 400), Err(Refusal::NotAccepted));
}

#[test]
fn a_request_that_was_never_accepted_is_not_marked_as_paid() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &priced(true, RefundUntil::Never), 0);
    apply(&mut sql, &Command::Expire(None), at(START - 500)).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::Unpaid));
    let marked = step(&mut sql, PayStep::MarkPaid { amount: None }, START - 400);
    assert_eq!(marked, Err(Refusal::NotAccepted), "its time is free");
}

#[test]
fn once_another_amount_has_gone_back_the_price_can_be_paid() {
    let returned = |amount| PayStep::Hear(Heard::Returned { of: OTHER.to_owned(), money: jpy(amount) });
    for sent in
        [PayStep::SentByHand { amount: None }, PayStep::SentByHand { amount: Some(4000) }, returned(4000)]
    {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, other(4000), 1).unwrap();
        step(&mut sql, returned(3999), 2).unwrap();
        assert_eq!(step(&mut sql, PayStep::SentByHand { amount: Some(PRICE) }, 2), Err(Refusal::Superseded));
        assert!(payment(&mut sql).mismatched.is_some(), "a part is not all of it");
        let refunded = format!("Text({:?})", Event::Refunded.name());
        step(&mut sql, sent, 600).unwrap();
        assert!(!told(&mut sql, "mail").contains(&refunded), "it paid for nothing");
        let again = step(&mut sql, PayStep::SentByHand { amount: None }, 601).unwrap().payment.unwrap();
        let sent: u64 = again.refunds.iter().map(|refund| refund.money.amount).sum();
        assert_eq!(sent, 4000, "once, with what had gone back before");
        // What is said of the former checkout changes nothing.
        step(&mut sql, other(4000), 602).unwrap();
        step(&mut sql, PayStep::Hear(Heard::CheckoutExpired { id: "cs_1".to_owned() }), 603).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
        let checkout = step(&mut sql, PayStep::OpenCheckout, 604).unwrap().payment.unwrap().checkout.unwrap();
        assert_eq!(checkout.number, 2);
        // It is held for as long as its visitor was told, and not only until this checkout ends.
        step(&mut sql, PayStep::Hear(made(&checkout)), 604).unwrap();
        assert_eq!(booking_of(&mut sql, 1).unwrap().pay_by(), Some(at(1 + 24 * 60)));
        step(&mut sql, PayStep::Hear(Heard::CheckoutExpired { id: "cs_2".to_owned() }), 635).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::AwaitingPayment, PaymentStatus::Due));
        step(&mut sql, PayStep::Hear(paid(2)), 636).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    }
    // What has ended stays so.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(4000), 1).unwrap();
    cancel(&mut sql, 1, Party::Visitor, 2);
    step(&mut sql, PayStep::SentByHand { amount: Some(4000) }, 3).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::Unpaid));
    assert_eq!(payment(&mut sql).mismatched, None);
}

#[test]
fn its_host_hears_that_it_is_cancelled_where_money_is_theirs_to_see_to() {
    for (is_other_paid, expected) in [(false, 1), (true, 2)] {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        if is_other_paid {
            let other = Heard::Paid { money: jpy(4000), reference: OTHER.to_owned() };
            step(&mut sql, PayStep::Hear(other), 1).unwrap();
        }
        cancel(&mut sql, 1, Party::Visitor, 2);
        let cancelled = format!("Text({:?})", Event::Cancelled.name());
        let mails = told(&mut sql, "mail").iter().filter(|event| **event == cancelled).count();
        assert_eq!(mails, expected, "the visitor, and the host where something was paid");
    }
}

#[test]
fn a_payment_beside_the_one_that_counts_is_told_to_the_host_and_books_nothing_else() {
    let told_of = |sql: &mut Memory| {
        let mismatched = format!("Text({:?})", Event::PaymentMismatched.name());
        told(sql, "mail").iter().filter(|event| **event == mismatched).count()
    };
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::MarkPaid { amount: None }, 1).unwrap();
    for minute in [2, 3] {
        step(&mut sql, PayStep::Hear(paid(1)), minute).unwrap();
        assert_eq!(payment(&mut sql).refunds.len(), 1);
        assert_eq!(told_of(&mut sql), 1, "once");
    }
    let mut other = priced(false, RefundUntil::default());
    let Booking { start, end, .. } = other.booking;
    (other.booking.id, other.booking.start, other.booking.end) =
        (id(2), start + TimeDelta::hours(2), end + TimeDelta::hours(2));
    must_book(&mut sql, &other.by("kim@example.com"), 4);
    let unpaid = order(&mut sql, Order::pay(id(2), PayStep::Hear(paid(1))), at(5)).unwrap();
    assert_eq!(unpaid.status, Status::AwaitingPayment, "it goes back, and books nothing");
    assert_eq!(told_of(&mut sql), 2);
    // Another amount, and then the price: the host has read of the first.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::Paid { money: jpy(4000), reference: OTHER.to_owned() }), 1).unwrap();
    step(&mut sql, PayStep::Hear(paid(1)), 2).unwrap();
    assert_eq!((payment_status(&mut sql), told_of(&mut sql)), ((Status::Confirmed, PaymentStatus::Paid), 1));
}

#[test]
fn who_could_get_a_refund_when_their_host_moved_the_meeting_still_can_for_a_day_at_least() {
    for (from, moved_at, cancelled_at, expected) in [
        // Into the last day: until the new start.
        (1500, 10, 1490, PaymentStatus::RefundPending),
        // To where the last day for it is near: until the new start.
        (2000, 10, 1900, PaymentStatus::RefundPending),
        // There is time enough: by the rule.
        (2950, 10, 1500, PaymentStatus::RefundPending),
        (2950, 10, 1600, PaymentStatus::Paid),
        // They had none any more.
        (2900, 1600, 1610, PaymentStatus::Paid),
    ] {
        let mut sql = opened(&priced(false, RefundUntil::Minutes(1440)));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        let moves = Reschedule { by: Party::Host, ..reschedule(1, from, from + 30) };
        must_move(&mut sql, &moves, moved_at);
        cancel(&mut sql, 1, Party::Visitor, cancelled_at);
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, expected), "{from} {cancelled_at}");
    }
}

#[test]
fn what_has_failed_is_its_hosts_to_see_to_but_for_what_was_asked_for_after_that() {
    let refund =
        |number, state| PayStep::Hear(Heard::Refund { number, state, failure: None, returned: None });
    let send = |amount| PayStep::Refund { amount: Some(amount), refundable: None, reason: None };
    let (failed, done) = (RefundState::Failed, RefundState::Succeeded);
    let (all, some, rest) = (PRICE, 3000, PRICE - 3000);
    for (steps, expected) in [
        (vec![send(all), refund(1, failed)], all),
        (vec![send(all), refund(1, failed), send(some)], rest),
        (vec![send(all), refund(1, failed), send(some), refund(2, done)], rest),
        (vec![send(all), refund(1, failed), send(some), refund(2, failed)], all),
        (vec![send(all), refund(1, failed), send(all), refund(2, failed)], all),
        (vec![send(all), refund(1, failed), send(all), refund(2, done)], 0),
        // Two parts that were on their way at once.
        (vec![send(some), send(rest), refund(1, failed), refund(2, failed)], all),
        (vec![send(some), send(rest), refund(2, failed), refund(1, done)], rest),
        // What the host sends back at the provider's counts as well.
        (
            vec![
                send(all),
                refund(1, failed),
                PayStep::Hear(Heard::Returned { of: "pi_1".to_owned(), money: jpy(some) }),
            ],
            rest,
        ),
    ] {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        let said = format!("{steps:?}");
        for (steps, minute) in steps.into_iter().zip(2..) {
            step(&mut sql, steps, minute).unwrap();
        }
        assert_eq!(payment(&mut sql).owed(), jpy(expected), "{said}");
        let is_failed = payment_status(&mut sql).1 == PaymentStatus::RefundFailed;
        assert_eq!(is_failed, expected > 0, "{said}");
        if is_failed {
            step(&mut sql, PayStep::SentByHand { amount: Some(expected) }, 100).unwrap();
            assert_eq!(payment(&mut sql).owed(), jpy(0), "{said}");
        }
    }
}

/// Has every attempt at a refund fail, until it is given up.
pub(crate) fn give_up(sql: &mut Memory, minute: i64) -> String {
    let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due;
    let is_refund = |due: &&Due| matches!(&due.payload, Payload::Payment(errand) if errand.refund.is_some());
    let due = due.iter().find(is_refund).unwrap();
    fail_to_the_end(sql, due.number, minute);
    due.id.clone()
}

fn fail_to_the_end(sql: &mut Memory, number: i64, minute: i64) {
    for _ in 0..100 {
        let outcome =
            AttemptOutcome::Failed { reason: "it did not answer".to_owned(), retry_after_seconds: None };
        let attempts = vec![Attempt { number, outcome, jitter: 0 }];
        apply(sql, &Command::Settle { attempts }, at(minute)).unwrap();
    }
}

#[test]
fn a_refund_that_was_given_up_is_not_sent_again_once_its_host_has_sent_the_money() {
    let host_sends = [
        PayStep::SentByHand { amount: None },
        PayStep::Refund { amount: None, refundable: None, reason: None },
    ];
    for is_sent in [None, Some(0), Some(1)] {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        cancel(&mut sql, 1, Party::Host, 2);
        let id = give_up(&mut sql, 3);
        assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundFailed);
        if let Some(how) = is_sent {
            step(&mut sql, host_sends[how].clone(), 4).unwrap();
        }
        let again = Command::Replay(id.clone(), None);
        let told = apply(&mut sql, &again, at(5)).unwrap();
        if is_sent.is_some() {
            assert_eq!(told, Reply::Refused { refusal: Refusal::Superseded });
            continue;
        }
        assert_eq!(told, Reply::Done);
        assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundPending, "it is on its way again");
        assert_eq!(step(&mut sql, host_sends[1].clone(), 6), Err(Refusal::NothingToRefund));
        let heard = Heard::Refund { number: 1, state: RefundState::Succeeded, failure: None, returned: None };
        step(&mut sql, PayStep::Hear(heard), 7).unwrap();
        assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded);
    }
}

#[test]
fn nobody_asks_for_another_time_before_paying_for_the_one_that_was_agreed_to() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &priced(true, RefundUntil::default()), 0);
    decide(&mut sql, 1, true, 1);
    let other = reschedule(1, START + 600, START + 630);
    assert_eq!(reply_to_move(&mut sql, &other, 2), Reply::Refused { refusal: Refusal::NotPaid });
    must_move(&mut sql, &Reschedule { by: Party::Host, ..other.clone() }, 3);
    // A page that takes requests by now.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    let other = Reschedule { approval_within_minutes: Some(60), ..other };
    assert_eq!(reply_to_move(&mut sql, &other, 2), Reply::Refused { refusal: Refusal::NotPaid });
}

#[test]
fn what_is_paid_for_a_request_that_nobody_answered_in_time_books_nothing() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &priced(true, RefundUntil::default()), 0);
    apply(&mut sql, &Command::Expire(None), at(START - 400)).unwrap();
    step(&mut sql, PayStep::Hear(paid(1)), START - 390).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::RefundPending));
}

#[test]
fn what_is_paid_after_its_visitor_was_erased_goes_back_though_the_time_is_free() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(Heard::CheckoutExpired { id: "cs_1".to_owned() }), 32).unwrap();
    let email = booking_of(&mut sql, 1).unwrap().visitor.contact.normalised_email();
    let erase = Request { email, asked_at: at(40), by: Party::Visitor };
    apply(&mut sql, &Command::EraseBookings(erase, None), at(40)).unwrap();
    step(&mut sql, PayStep::Hear(paid(1)), 50).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::RefundPending));
    assert_eq!(busy(&mut sql, 0, 51), []);
}

#[test]
fn whoever_keeps_a_refund_when_their_host_moves_the_meeting_can_cancel_for_as_long() {
    for (change_until, from, cancelled_at, expected) in [
        (1440, 1500, 1490, Ok(())),
        (3000, 2980, 1000, Ok(())),
        // There is time enough.
        (100, 2950, 2900, Err(Refusal::ChangeTooLate)),
    ] {
        let mut wish = priced(false, RefundUntil::Minutes(1440));
        wish.booking.terms.change_until_minutes = change_until;
        let mut sql = opened(&wish);
        step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
        must_move(&mut sql, &Reschedule { by: Party::Host, ..reschedule(1, from, from + 30) }, 10);
        let booking = booking_of(&mut sql, 1).unwrap();
        let change = Change::Cancel { by: Party::Visitor, reason: None };
        let told = booking.transition(&change, at(cancelled_at)).map(|_| ());
        assert_eq!(told, expected, "{change_until} {from}");
    }
}

#[test]
fn another_amount_that_went_back_does_not_count_and_one_beside_the_price_goes_back() {
    let other = || PayStep::Hear(Heard::Paid { money: jpy(4000), reference: OTHER.to_owned() });
    let returned = |amount| PayStep::Hear(Heard::Returned { of: OTHER.to_owned(), money: jpy(amount) });
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(), 1).unwrap();
    step(&mut sql, returned(3999), 2).unwrap();
    assert!(payment(&mut sql).mismatched.is_some(), "a part of it counts still");
    step(&mut sql, returned(4000), 3).unwrap();
    assert_eq!(payment(&mut sql).mismatched, None);
    assert_eq!(payment(&mut sql).only_returned(), Some(jpy(4000)), "both parts");
    step(&mut sql, PayStep::MarkPaid { amount: None }, 4).unwrap();
    let counts = payment(&mut sql).paid.unwrap();
    assert_eq!((counts.money, counts.reference), (jpy(PRICE), None), "in cash, as its host says");
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(), 1).unwrap();
    step(&mut sql, PayStep::Hear(paid(1)), 2).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    let refunds = payment(&mut sql).refunds;
    let refunds: Vec<_> = refunds.iter().map(|one| (one.of.as_deref(), one.money, one.state)).collect();
    assert_eq!(refunds, [(Some(OTHER), jpy(4000), RefundState::Pending)]);
    let before = payment(&mut sql);
    step(&mut sql, other(), 3).unwrap();
    assert_eq!(payment(&mut sql), before, "said again, it changes nothing");
}

#[test]
fn another_amount_beside_what_counts_goes_back_and_is_in_the_books() {
    let link = || Payments::Link { url: "https://shop.example/".to_owned(), secret: vec!["S".to_owned()] };
    let told_of = |sql: &mut Memory, event: Event| {
        let event = format!("Text({:?})", event.name());
        told(sql, "mail").iter().filter(|told| **told == event).count()
    };
    for first in [PayStep::Hear(paid(1)), PayStep::MarkPaid { amount: None }] {
        for is_link in [false, true] {
            let mut wish = priced(false, RefundUntil::default());
            if is_link {
                wish.booking.payment.as_mut().unwrap().provider = link();
            }
            let mut sql = opened(&wish);
            step(&mut sql, first.clone(), 1).unwrap();
            for minute in [2, 3] {
                step(&mut sql, other(4000), minute).unwrap();
                let all = payment(&mut sql);
                let state = if is_link { RefundState::Owed } else { RefundState::Pending };
                let refunds: Vec<_> =
                    all.refunds.iter().map(|one| (one.of.as_deref(), one.money, one.state)).collect();
                assert_eq!(refunds, [(Some(OTHER), jpy(4000), state)]);
                assert_eq!(all.refundable(), PRICE, "what counts is all there");
                // Of what they have to send back themselves, they read in one email.
                let [beside, owed] =
                    [Event::PaymentMismatched, Event::RefundOwed].map(|event| told_of(&mut sql, event));
                assert_eq!((beside, owed), (usize::from(!is_link), usize::from(is_link)));
            }
            let third = Heard::Paid { money: jpy(3000), reference: "pi_8".to_owned() };
            for again in [PayStep::Hear(third), other(4000)] {
                step(&mut sql, again, 4).unwrap();
            }
            let expected = if is_link { 0 } else { 2 };
            assert_eq!(told_of(&mut sql, Event::PaymentMismatched), expected, "said again, it is no news");
        }
    }
    // A second one that is not the price, while its host looks at the first.
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, other(4000), 1).unwrap();
    let second = Heard::Paid { money: jpy(3000), reference: "pi_8".to_owned() };
    for minute in [2, 3] {
        step(&mut sql, PayStep::Hear(second.clone()), minute).unwrap();
        let Payment { mismatched, refunds, .. } = payment(&mut sql);
        assert_eq!(mismatched.unwrap().money, jpy(4000));
        assert_eq!((refunds.len(), refunds[0].of.as_deref(), refunds[0].money), (1, Some("pi_8"), jpy(3000)));
        assert_eq!(told_of(&mut sql, Event::PaymentMismatched), 2);
    }
}

#[test]
fn a_reference_can_be_any_line_and_none_is_taken_for_another() {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    for (reference, minute) in [("A.1", 2), ("A", 3), ("注文 1/2 %", 4)] {
        let heard = Heard::Paid { money: jpy(PRICE), reference: reference.to_owned() };
        step(&mut sql, PayStep::Hear(heard), minute).unwrap();
    }
    let ids = "SELECT id FROM delivery WHERE kind = 'mail' AND event = ?1";
    let rows = sql.run(ids, &[Value::Text(Event::PaymentMismatched.name().to_owned())]).unwrap();
    assert_eq!(rows.len(), 3, "each is told");
    for row in rows {
        let Value::Text(id) = &row[0] else { panic!("{row:?}") };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        assert!(id.bytes().all(is_plain), "an id goes where lines do not: {id}");
        assert!(id.len() < 100, "{id}");
    }
}

/// What happens next.
#[derive(Clone, Debug)]
enum Action {
    /// The visitor wants to pay; the provider's answer may be lost.
    Press {
        is_lost: bool,
    },
    /// They pay in a checkout that they have seen, at once or later.
    Pay {
        which: usize,
        later: bool,
    },
    /// The money of an order that is paid later comes, or never does.
    Arrive {
        which: usize,
        succeeds: bool,
    },
    /// The bank takes back what was paid, if none of it was sent back.
    Dispute {
        which: usize,
    },
    /// A word of the provider's comes, and may come again.
    Hear {
        which: usize,
        again: bool,
    },
    /// A word is lost.
    Lose {
        which: usize,
    },
    /// The visitor comes back, and the provider is asked.
    Look,
    /// Somebody says what was not the price.
    HearOther {
        reference: &'static str,
    },
    /// The host sends a payment back at the provider's, or a part of it.
    SendAtProvider {
        which: usize,
        most: u64,
    },
    /// What they have sent so fails.
    FailAtProvider {
        which: usize,
    },
    /// It is paid, and heard of, where nobody was led to pay yet, as a payment link lets anybody.
    PayEarly,
    /// Errands that are due are carried out, and may fail before or after.
    Deliver {
        fails: [bool; 4],
        does: bool,
    },
    /// The provider cannot be reached for days, and refunds are given up.
    GiveUp,
    /// What was given up is sent again.
    SendAgain,
    /// The clock is heeded.
    Expire,
    /// Time passes, in minutes.
    Wait {
        minutes: i64,
    },
    Cancel {
        by: Party,
    },
    MarkPaid {
        is_price: bool,
    },
    Refund {
        amount: u64,
    },
    /// The host says that they have sent back what they had to.
    SendByHand,
    /// It is moved to a later day.
    Move {
        by: Party,
    },
    /// Somebody else wants the time.
    Rival,
    Decide {
        accepts: bool,
    },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let which = || 0..8usize;
    let action = prop_oneof![
        4 => any::<bool>().prop_map(|is_lost| Action::Press { is_lost }),
        4 => (which(), prop::bool::weighted(0.2)).prop_map(|(which, later)| Action::Pay { which, later }),
        1 => (which(), any::<bool>()).prop_map(|(which, succeeds)| Action::Arrive { which, succeeds }),
        1 => which().prop_map(|which| Action::Dispute { which }),
        4 => (which(), any::<bool>()).prop_map(|(which, again)| Action::Hear { which, again }),
        1 => which().prop_map(|which| Action::Lose { which }),
        2 => Just(Action::Look),
        1 => prop_oneof![Just(OTHER), Just("pi_more")].prop_map(|reference| Action::HearOther { reference }),
        1 => (which(), prop_oneof![Just(PRICE), 1..PRICE])
            .prop_map(|(which, most)| Action::SendAtProvider { which, most }),
        1 => which().prop_map(|which| Action::FailAtProvider { which }),
        1 => Just(Action::PayEarly),
        3 => (any::<[bool; 4]>(), any::<bool>()).prop_map(|(fails, does)| Action::Deliver { fails, does }),
        1 => Just(Action::GiveUp),
        1 => Just(Action::SendAgain),
        2 => Just(Action::Expire),
        3 => prop_oneof![1..20i64, 20..60i64, 60..2000i64].prop_map(|minutes| Action::Wait { minutes }),
        1 => prop_oneof![Just(Party::Visitor), Just(Party::Host)].prop_map(|by| Action::Cancel { by }),
        1 => any::<bool>().prop_map(|is_price| Action::MarkPaid { is_price }),
        1 => (1..PRICE).prop_map(|amount| Action::Refund { amount }),
        1 => Just(Action::SendByHand),
        1 => prop_oneof![Just(Party::Visitor), Just(Party::Host)].prop_map(|by| Action::Move { by }),
        2 => Just(Action::Rival),
        1 => prop::bool::weighted(0.8).prop_map(|accepts| Action::Decide { accepts }),
    ];
    prop::collection::vec(action, 1..40)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Open,
    Paid,
    Promised,
    Broken,
    Expired,
}

/// The provider: what has been paid and sent back there is so, whatever anybody knows of it.
#[derive(Default)]
struct Till {
    checkouts: BTreeMap<u32, (At, DateTime<Utc>)>,
    refunds: BTreeMap<u32, (String, u64)>,
    /// What was paid that is not the price.
    others: BTreeMap<String, u64>,
    /// What the host has sent back there: of which payment, how much, and whether that stands.
    by_host: Vec<(String, u64, bool)>,
    /// What was asked for, or was given up, and had gone back already.
    covered: u64,
    /// Payments that a bank has taken back.
    lost: BTreeSet<String>,
    words: Vec<Heard>,
    /// Those that somebody was led to.
    seen: BTreeSet<u32>,
}

impl Till {
    fn look(&mut self, number: u32, now: DateTime<Utc>) -> Option<Heard> {
        let (state, expires_at) = self.checkouts.get_mut(&number)?;
        if *state == At::Open && *expires_at <= now {
            *state = At::Expired;
        }
        let id = format!("cs_{number}");
        match state {
            At::Open => None,
            At::Paid => Some(paid(number)),
            At::Promised => Some(Heard::Promised { id }),
            At::Broken => Some(Heard::PromiseBroken { id }),
            At::Expired => Some(Heard::CheckoutExpired { id }),
        }
    }

    fn close(&mut self, number: u32, now: DateTime<Utc>) -> Heard {
        if self.look(number, now).is_none() {
            self.checkouts.insert(number, (At::Expired, now));
        }
        self.look(number, now).unwrap()
    }

    fn received(&self, of: &str) -> u64 {
        self.others.get(of).copied().unwrap_or(PRICE)
    }

    /// What of a payment has not gone back.
    fn left(&self, of: &str) -> u64 {
        let own = self.refunds.values().filter(|(payment, _)| payment == of).map(|(_, amount)| amount);
        let by_host = self.by_host.iter().filter(|(payment, _, stands)| payment == of && *stands);
        self.received(of) - own.sum::<u64>() - by_host.map(|(_, amount, _)| amount).sum::<u64>()
    }

    /// What is left of all that was paid.
    fn kept(&self) -> u64 {
        let paid = self.checkouts.iter().filter(|(_, (state, _))| *state == At::Paid);
        let paid: u64 = paid.map(|(number, _)| self.left(&format!("pi_{number}"))).sum();
        paid + self.others.keys().map(|of| self.left(of)).sum::<u64>()
    }

    /// What its host has sent back of a payment, if they ever have.
    fn returned(&self, of: &str) -> Option<Money> {
        let by_host = self.by_host.iter().filter(|(payment, ..)| payment == of);
        by_host
            .map(|(_, amount, stands)| if *stands { *amount } else { 0 })
            .reduce(|sum, one| sum + one)
            .map(jpy)
    }

    /// Whether the provider says a word until it is heard, as it is by then.
    fn stays(word: &Heard) -> bool {
        matches!(word, Heard::Returned { .. } | Heard::Refund { .. })
    }
}

struct History {
    sql: Memory,
    till: Till,
    minute: i64,
    rivals: u8,
    /// What the host has sent back unforced.
    given: u64,
    /// What they say that they have sent back by hand.
    by_hand: u64,
    /// Its visitor has moved it when it was too late for a refund, after every move of its host's.
    is_closed: bool,
    refund_until: RefundUntil,
    /// The visitor has cancelled when nothing had to go back.
    is_kept: bool,
}

impl History {
    fn start(by_request: bool, refund_until: RefundUntil) -> Self {
        let mut sql = Memory::migrated();
        must_book(&mut sql, &priced(by_request, refund_until), 0);
        let till = Till::default();
        Self {
            sql,
            till,
            minute: 0,
            rivals: 0,
            given: 0,
            by_hand: 0,
            is_closed: false,
            refund_until,
            is_kept: false,
        }
    }

    /// Whether the rules of refunds give its visitor the money back now.
    fn goes_back(&mut self) -> bool {
        let start = booking_of(&mut self.sql, 1).unwrap().start;
        let until = match self.refund_until {
            RefundUntil::Never => return false,
            RefundUntil::Always => start - TimeDelta::seconds(1),
            RefundUntil::Minutes(minutes) => start - TimeDelta::minutes(minutes.into()),
        };
        !self.is_closed && at(self.minute) <= until
    }

    fn hear(&mut self, heard: Heard) {
        let heard = match heard {
            Heard::Returned { of, .. } => {
                let money = self.till.returned(&of).unwrap();
                Heard::Returned { of, money }
            }
            heard => heard,
        };
        let _ = step(&mut self.sql, PayStep::Hear(heard), self.minute);
    }

    fn act(&mut self, action: &Action) {
        let now = at(self.minute);
        match action {
            Action::Press { is_lost } => self.press(*is_lost),
            Action::Pay { which, later } => self.pay(*which, *later),
            Action::Arrive { which, succeeds } => {
                let promised: Vec<u32> = self.at(At::Promised);
                if let Some(number) = promised.get(*which % promised.len().max(1)) {
                    let state = if *succeeds { At::Paid } else { At::Broken };
                    self.till.checkouts.insert(*number, (state, now));
                    let word = self.till.look(*number, now);
                    self.till.words.extend(word);
                }
            }
            Action::Dispute { which } => {
                let all = self.at(At::Paid);
                let Some(number) = all.get(*which % all.len().max(1)) else { return };
                let of = format!("pi_{number}");
                if self.till.left(&of) == PRICE && self.till.lost.insert(of.clone()) {
                    for state in [DisputeState::Inquiry, DisputeState::Open, DisputeState::Lost] {
                        let (id, of, reason) = (format!("dp_{number}"), of.clone(), String::new());
                        let dispute = Dispute { id, of, money: jpy(PRICE), reason, answer_by: None, state };
                        self.till.words.push(Heard::Disputed(dispute));
                    }
                }
            }
            Action::Hear { which, again } if !self.till.words.is_empty() => {
                let which = which % self.till.words.len();
                let word = self.till.words[which].clone();
                if !again {
                    self.till.words.swap_remove(which);
                }
                self.hear(word);
            }
            Action::Lose { which } if !self.till.words.is_empty() => {
                let which = which % self.till.words.len();
                if !Till::stays(&self.till.words[which]) {
                    self.till.words.swap_remove(which);
                }
            }
            Action::Hear { .. } | Action::Lose { .. } => {}
            Action::Look => {
                let checkout = payment(&mut self.sql).checkout.filter(|checkout| checkout.id.is_some());
                let word = checkout.and_then(|checkout| self.till.look(checkout.number, now));
                if let Some(word) = word {
                    self.hear(word);
                }
            }
            Action::HearOther { reference } => {
                let amount = if *reference == OTHER { 1 } else { 2 };
                self.till.others.insert((*reference).to_owned(), amount);
                self.hear(Heard::Paid { money: jpy(amount), reference: (*reference).to_owned() });
            }
            Action::SendAtProvider { which, most } => {
                let paid = self.at(At::Paid).into_iter().map(|number| format!("pi_{number}"));
                let all: Vec<String> = paid.chain(self.till.others.keys().cloned()).collect();
                let Some(of) = all.get(*which % all.len().max(1)).cloned() else { return };
                let amount = self.till.left(&of).min(*most);
                if amount > 0 && !self.till.lost.contains(&of) {
                    self.till.by_host.push((of.clone(), amount, true));
                    self.till.words.push(Heard::Returned { of, money: jpy(0) });
                }
            }
            Action::FailAtProvider { which } => {
                let which = *which % self.till.by_host.len().max(1);
                let Some((of, ..)) = self.till.by_host.get(which).cloned() else { return };
                // That is days later: it was heard of before, and not in the instant of anything else.
                self.minute += 1;
                self.hear(Heard::Returned { of: of.clone(), money: jpy(0) });
                self.minute += 1;
                self.till.by_host[which].2 = false;
                self.till.words.push(Heard::Returned { of, money: jpy(0) });
            }
            Action::PayEarly => {
                self.till.checkouts.insert(EARLY, (At::Paid, now));
                self.hear(paid(EARLY));
            }
            Action::Deliver { fails, does } => self.deliver(*fails, *does),
            Action::GiveUp => {
                let due = ask(&mut self.sql, Question::due(100, 0, Vec::new()), now).due;
                let is_refund =
                    |due: &Due| matches!(&due.payload, Payload::Payment(errand) if errand.refund.is_some());
                // What fails does so after it was asked for, and not in the same instant.
                self.minute += 1;
                for due in due.into_iter().filter(is_refund) {
                    if let Payload::Payment(PaymentErrand {
                        refund: Some(Refunding { number, money }), ..
                    }) = &due.payload
                        && self.till.refunds.contains_key(number)
                    {
                        self.till.covered += money.amount;
                    }
                    fail_to_the_end(&mut self.sql, due.number, self.minute);
                }
            }
            Action::SendAgain => {
                let parked = "SELECT id FROM delivery WHERE state = 'parked' AND kind = 'payment'";
                for row in self.sql.run(parked, &[]).unwrap() {
                    let Value::Text(id) = &row[0] else { panic!("{row:?}") };
                    apply(&mut self.sql, &Command::Replay(id.clone(), None), now).unwrap();
                }
            }
            Action::Expire => {
                apply(&mut self.sql, &Command::Expire(None), now).unwrap();
            }
            Action::Wait { minutes } => self.minute += minutes,
            Action::Cancel { by } => {
                let before = booking_of(&mut self.sql, 1).unwrap().payment.unwrap();
                let goes_back = *by == Party::Host || self.goes_back();
                if let Reply::Changed { .. } = cancel(&mut self.sql, 1, *by, self.minute) {
                    self.is_kept |= !goes_back && before.paid.is_some();
                }
            }
            Action::MarkPaid { is_price } => {
                let amount = is_price.then_some(PRICE);
                let _ = step(&mut self.sql, PayStep::MarkPaid { amount }, self.minute);
            }
            Action::Refund { amount } => {
                let refund = PayStep::Refund { amount: Some(*amount), refundable: None, reason: None };
                let failed = payment(&mut self.sql).owed().amount;
                if step(&mut self.sql, refund, self.minute).is_ok() {
                    // What has failed is made good first.
                    let left = payment(&mut self.sql).owed().amount;
                    self.given += amount - failed.saturating_sub(left);
                }
            }
            Action::SendByHand => {
                let before = payment(&mut self.sql);
                if step(&mut self.sql, PayStep::SentByHand { amount: None }, self.minute).is_ok() {
                    self.by_hand += before.owed().amount;
                    let after = payment(&mut self.sql);
                    let other = before.mismatched.filter(|_| after.mismatched.is_none());
                    self.by_hand += other.map_or(0, |other| self.till.left(&other.reference.unwrap()));
                }
            }
            Action::Move { by } => {
                let booking = booking_of(&mut self.sql, 1).unwrap();
                let is_too_late = booking.payment.unwrap().paid.is_some() && !self.goes_back();
                let from = (booking.start - at(0)).num_minutes() + 1440;
                let asked = Reschedule { by: *by, ..reschedule(1, from, from + 30) };
                let goes_back = self.goes_back();
                if let Reply::Changed { .. } = reply_to_move(&mut self.sql, &asked, self.minute) {
                    self.is_closed = *by == Party::Visitor && is_too_late;
                    self.minute += 1440;
                    let stays = self.goes_back();
                    self.minute -= 1440;
                    if *by == Party::Host && goes_back && !stays {
                        self.refund_until = RefundUntil::Always;
                    }
                }
            }
            Action::Rival => {
                self.rivals += 1;
                let rival = book(100 + self.rivals % 100, START + 15, START + 45).by("kim@example.com");
                let _ = reply_to(&mut self.sql, &rival, self.minute);
            }
            Action::Decide { accepts } => {
                decide(&mut self.sql, 1, *accepts, self.minute);
            }
        }
    }

    fn at(&self, state: At) -> Vec<u32> {
        let is_at = |(_, (at, _)): &(&u32, &(At, DateTime<Utc>))| *at == state;
        self.till.checkouts.iter().filter(is_at).map(|(number, _)| *number).collect()
    }

    fn press(&mut self, is_lost: bool) {
        let Ok(booking) = step(&mut self.sql, PayStep::OpenCheckout, self.minute) else { return };
        let checkout = booking.payment.unwrap().checkout.unwrap();
        if checkout.id.is_none() {
            self.till.checkouts.entry(checkout.number).or_insert((At::Open, checkout.expires_at));
            if is_lost {
                return;
            }
            self.hear(made(&checkout));
        }
        self.till.seen.insert(checkout.number);
    }

    fn pay(&mut self, which: usize, later: bool) {
        let seen: Vec<u32> = self.till.seen.iter().copied().collect();
        let Some(number) = seen.get(which % seen.len().max(1)) else { return };
        if self.till.look(*number, at(self.minute)).is_none() {
            let state = if later { At::Promised } else { At::Paid };
            self.till.checkouts.insert(*number, (state, at(self.minute)));
            let word = self.till.look(*number, at(self.minute));
            self.till.words.extend(word);
        }
    }

    /// Carries out what is due. Where it fails, it may have been done.
    fn deliver(&mut self, fails: [bool; 4], does: bool) {
        let due = ask(&mut self.sql, Question::due(100, 0, Vec::new()), at(self.minute)).due;
        let errands = due.iter().filter(|due| matches!(due.payload, Payload::Payment(_)));
        for (place, due) in errands.enumerate() {
            let fails = fails[place % fails.len()];
            let heard = (!fails || does).then(|| self.carry_out(due));
            let outcome = match heard {
                Some(heard) if !fails => AttemptOutcome::Heard(heard),
                _ => AttemptOutcome::Failed {
                    reason: "it did not answer".to_owned(),
                    retry_after_seconds: None,
                },
            };
            let attempts = vec![Attempt { number: due.number, outcome, jitter: 0 }];
            apply(&mut self.sql, &Command::Settle { attempts }, at(self.minute)).unwrap();
        }
    }

    fn carry_out(&mut self, due: &Due) -> Heard {
        match &due.payload {
            Payload::Payment(PaymentErrand { of, refund: None }) => {
                let number = of.trim_start_matches("cs_").parse().unwrap();
                self.till.close(number, at(self.minute))
            }
            Payload::Payment(PaymentErrand { of, refund: Some(Refunding { number, money }) }) => {
                if self.till.lost.contains(of) {
                    let failure = Some("it is disputed".to_owned());
                    return Heard::Refund {
                        number: *number,
                        state: RefundState::Failed,
                        failure,
                        returned: None,
                    };
                }
                let sent = |returned| Heard::Refund {
                    number: *number,
                    state: RefundState::Succeeded,
                    failure: None,
                    returned,
                };
                if !self.till.refunds.contains_key(number) {
                    let amount = money.amount.min(self.till.left(of));
                    self.till.covered += money.amount - amount;
                    if amount > 0 {
                        self.till.refunds.insert(*number, (of.clone(), amount));
                        self.till.words.push(sent(None));
                    }
                }
                sent(self.till.returned(of))
            }
            other => panic!("not an errand: {other:?}"),
        }
    }

    /// Lets everything that is still to come happen, with a provider that can be reached again.
    fn end(&mut self) {
        for round in 0..130 {
            if round == 30 {
                // The money of orders comes within days, or never.
                for number in self.at(At::Promised) {
                    self.till.checkouts.insert(number, (At::Broken, at(self.minute)));
                }
            }
            self.minute += 90;
            self.deliver([false; 4], false);
            apply(&mut self.sql, &Command::Expire(None), at(self.minute)).unwrap();
            for word in std::mem::take(&mut self.till.words).into_iter().filter(Till::stays) {
                self.hear(word);
            }
        }
    }

    fn check_now(&mut self) {
        let claims = busy(&mut self.sql, 0, self.minute);
        let starts: BTreeSet<i64> = claims.iter().map(|claim| claim.start.div_euclid(86_400)).collect();
        assert_eq!(claims.len(), starts.len(), "the time is taken twice: {claims:?}");
    }

    fn check_end(&mut self) {
        let booking = booking_of(&mut self.sql, 1).unwrap();
        let payment = booking.payment.clone().unwrap();
        let lost = self.till.lost.len() as u64 * PRICE;
        let by_host = payment.paid.as_ref().filter(|paid| paid.reference.is_none());
        let had = self.till.kept() - lost + by_host.map_or(0, |paid| paid.money.amount);
        // What only its host can send back is sent, or waits for them: it is never forgotten.
        let mismatched =
            payment.mismatched.as_ref().map_or(0, |other| self.till.left(&other.reference.clone().unwrap()));
        let to_be_sent = self.by_hand + payment.owed().amount + mismatched;
        let takes_place = booking.status == Status::Confirmed;
        assert!(!takes_place || payment.paid.is_some(), "nobody meets unpaid");
        assert!(!booking.status.is_live() || takes_place, "it waits for ever: {:?}", booking.status);
        let counts = payment.paid.as_ref().filter(|_| takes_place || self.is_kept);
        let counts = counts.map_or(0, |paid| paid.money.amount);
        // A host who does not know of a dispute yet, or of their own refund at the provider's, may send it otherwise.
        let slack =
            lost + self.till.by_host.iter().map(|(_, amount, _)| amount).sum::<u64>() + self.till.covered;
        let kept = i64::try_from(had).unwrap() - i64::try_from(to_be_sent).unwrap();
        let [counts, slack, given] = [counts, slack, self.given].map(|amount| i64::try_from(amount).unwrap());
        let expected = if counts > 0 { counts - given } else { 0 };
        assert!(kept <= counts, "nothing is kept but what counts: {kept}");
        assert!((kept - expected).abs() <= slack, "paid once, or not at all: {kept} and not {expected}");
        let mut otherwise = 0;
        let all: BTreeSet<&String> = payment.refunds.iter().filter_map(|refund| refund.of.as_ref()).collect();
        for of in all.into_iter().filter(|of| !self.till.lost.contains(*of)) {
            let is_sent =
                |refund: &&Refund| refund.of.as_ref() == Some(of) && refund.state != RefundState::Failed;
            let sent: u64 = payment.refunds.iter().filter(is_sent).map(|refund| refund.money.amount).sum();
            let went = self.till.received(of) - self.till.left(of);
            assert!(sent >= went, "it is known what went back of {of}: {sent} and not {went}");
            otherwise += sent - went;
        }
        assert!(otherwise <= self.by_hand + self.till.covered, "nothing counts twice: {otherwise}");
        let waits = |refund: &&Refund| refund.state == RefundState::Pending;
        assert_eq!(payment.refunds.iter().find(waits), None, "no refund waits for ever");
        for number in self.till.seen.clone() {
            assert!(self.till.look(number, at(self.minute)).is_some(), "nobody can still pay");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100),
        ..ProptestConfig::default()
    })]

    #[test]
    fn however_it_goes_it_is_booked_and_paid_once_or_neither(
        by_request in any::<bool>(),
        refund_until in prop_oneof![
            Just(RefundUntil::Never), Just(RefundUntil::Always), Just(RefundUntil::Minutes(1440)),
        ],
        actions in actions(),
    ) {
        let mut history = History::start(by_request, refund_until);
        for action in &actions {
            history.act(action);
            history.check_now();
        }
        history.end();
        history.check_now();
        history.check_end();
    }
}

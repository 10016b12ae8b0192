//! Money that is owed after a booking has ended: it is not forgotten, and whoever has it in hand is asked again.

use scheduling::booking::{
    Answer, Dispute, DisputeState, Event, Heard, Party, PaymentStatus, Place, RefundState, Status,
};
use scheduling::definition::RefundUntil;
use scheduling::ledger::{Book, Command, Order, PayStep, Question, apply};
use scheduling::outbox::{Attempt, AttemptOutcome, Due, Payload, Request};

use crate::paying::{
    PRICE, START, jpy, opened, paid, payment, payment_status, priced, step, told, unanswered,
};
use crate::pruning::{DAY, settle_until};
use crate::support::{Memory, ask, at, booking_of, cancel, order};

/// The minute at which the meeting is over.
const END: i64 = START + 30;

/// A booking with a price, and with an answer.
fn answered(refund_until: RefundUntil) -> Book {
    let mut wish = priced(false, refund_until);
    wish.booking.visitor.answers.insert("topic".to_owned(), Answer::Text("Kyoto".to_owned()));
    wish.booking.changed_at = at(0);
    wish
}

/// The same, paid.
fn paid_for(refund_until: RefundUntil) -> Memory {
    let mut sql = opened(&answered(refund_until));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    sql
}

/// Whether what its visitor wrote is there.
fn is_whole(sql: &mut Memory) -> bool {
    !booking_of(sql, 1).unwrap().visitor.answers.is_empty()
}

fn erase(sql: &mut Memory, minute: i64) {
    let email = booking_of(sql, 1).unwrap().visitor.contact.normalised_email();
    let request = Request { email, asked_at: at(minute), by: Party::Host };
    apply(sql, &Command::EraseBookings(request, None), at(minute)).unwrap();
}

fn disputed(state: DisputeState) -> PayStep {
    let (id, of, reason) = ("dp_1".to_owned(), "pi_1".to_owned(), "it was not made".to_owned());
    PayStep::Hear(Heard::Disputed(Dispute { id, of, money: jpy(PRICE), reason, answer_by: None, state }))
}

fn refund(state: RefundState) -> Heard {
    Heard::Refund { number: 1, state, failure: None, returned: None }
}

#[test]
fn what_waits_for_a_bank_goes_back_however_long_that_takes() {
    for is_erased in [false, true] {
        let mut sql = paid_for(RefundUntil::default());
        step(&mut sql, disputed(DisputeState::Open), 2).unwrap();
        cancel(&mut sql, 1, Party::Host, 3);
        if is_erased {
            erase(&mut sql, 4);
        }
        settle_until(&mut sql, 200 * DAY);
        step(&mut sql, disputed(DisputeState::Won), 200 * DAY).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundPending));
        step(&mut sql, PayStep::Hear(refund(RefundState::Succeeded)), 200 * DAY + 1).unwrap();
        sql.set("DELETE FROM delivery");
        settle_until(&mut sql, 200 * DAY + 31 * DAY);
        let left = booking_of(&mut sql, 1);
        assert_eq!(left.is_none(), is_erased, "it is over");
        assert!(left.is_none_or(|left| left.visitor.answers.is_empty()));
    }
}

#[test]
fn what_its_host_has_to_send_back_waits_for_them() {
    for is_erased in [false, true] {
        let mut sql = opened(&answered(RefundUntil::default()));
        step(&mut sql, PayStep::MarkPaid { amount: None }, 1).unwrap();
        cancel(&mut sql, 1, Party::Host, 2);
        if is_erased {
            erase(&mut sql, 3);
        }
        settle_until(&mut sql, 200 * DAY);
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::RefundOwed));
        assert!(is_erased || is_whole(&mut sql));
        step(&mut sql, PayStep::SentByHand { amount: Some(PRICE) }, 200 * DAY).unwrap();
        settle_until(&mut sql, 230 * DAY + 1);
        let left = booking_of(&mut sql, 1);
        assert_eq!(left.is_none(), is_erased, "it is over");
        if let Some(left) = left {
            assert!(left.visitor.answers.is_empty());
            let payment = left.payment.unwrap();
            assert_eq!(payment.status(Status::Cancelled), PaymentStatus::Refunded, "as the books have it");
        }
    }
}

#[test]
fn a_refund_that_is_on_its_way_is_not_forgotten() {
    let mut sql = paid_for(RefundUntil::default());
    cancel(&mut sql, 1, Party::Host, 2);
    settle_until(&mut sql, 50 * DAY);
    assert!(is_whole(&mut sql));
    step(&mut sql, PayStep::Hear(refund(RefundState::Failed)), 50 * DAY).unwrap();
    settle_until(&mut sql, 100 * DAY);
    assert!(is_whole(&mut sql));
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundFailed);
}

#[test]
fn another_amount_waits_for_its_host_to_see_to_it() {
    let mut sql = opened(&answered(RefundUntil::default()));
    let other = Heard::Paid { money: jpy(PRICE - 1), reference: "pi_9".to_owned() };
    step(&mut sql, PayStep::Hear(other), 1).unwrap();
    cancel(&mut sql, 1, Party::Visitor, 2);
    settle_until(&mut sql, 200 * DAY);
    assert!(is_whole(&mut sql));
    step(&mut sql, PayStep::SentByHand { amount: Some(PRICE - 1) }, 200 * DAY).unwrap();
    settle_until(&mut sql, 208 * DAY);
    assert!(!is_whole(&mut sql));
}

#[test]
fn money_that_comes_after_all_was_let_go_of_goes_back() {
    let mut sql = opened(&answered(RefundUntil::default()));
    unanswered(&mut sql, 31);
    apply(&mut sql, &Command::Expire(None), at(42)).unwrap();
    sql.set("DELETE FROM delivery");
    settle_until(&mut sql, 42 + 30 * DAY);
    assert!(!is_whole(&mut sql), "nothing was paid");
    let left = booking_of(&mut sql, 1).unwrap();
    assert_eq!(left.place_for(Party::Visitor), Place::Phone(String::new()), "it was not paid for");
    assert_ne!(left.place_for(Party::Host), Place::Phone(String::new()));
    step(&mut sql, PayStep::Hear(paid(1)), 60 * DAY).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Expired, PaymentStatus::RefundPending));
}

/// Whoever has to show a bank that a meeting was cancelled too late still has what was agreed.
#[test]
fn what_was_kept_is_whole_while_a_bank_can_be_asked_to_take_it_back() {
    for is_erased in [false, true] {
        let mut sql = paid_for(RefundUntil::Never);
        cancel(&mut sql, 1, Party::Visitor, 2);
        if is_erased {
            erase(&mut sql, 3);
        }
        sql.set("DELETE FROM delivery");
        settle_until(&mut sql, END + 120 * DAY - 1);
        assert!(is_erased || is_whole(&mut sql));
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::Paid));
        settle_until(&mut sql, END + 120 * DAY);
        assert_eq!(booking_of(&mut sql, 1).is_none(), is_erased);
        assert!(is_erased || !is_whole(&mut sql));
    }
}

#[test]
fn what_a_host_wants_forgotten_sooner_is_but_for_the_books() {
    let mut sql = paid_for(RefundUntil::Never);
    sql.set(&format!("UPDATE booking SET due_at_seconds = {}", at(END + DAY).timestamp()));
    settle_until(&mut sql, END + DAY);
    assert!(!is_whole(&mut sql), "it took place");
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    step(&mut sql, disputed(DisputeState::Lost), END + 50 * DAY).unwrap();
    assert_eq!(payment(&mut sql).taken_back(), jpy(PRICE));
}

/// The refunds that Stripe is to be asked for now.
fn due_refunds(sql: &mut Memory, minute: i64) -> Vec<i64> {
    let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due;
    let asks = |due: &Due| matches!(&due.payload, Payload::Payment(errand) if errand.refund.is_some());
    due.iter().filter(|due| asks(due)).map(|due| due.number).collect()
}

fn answer(sql: &mut Memory, number: i64, heard: Heard, minute: i64) {
    let attempt = Attempt { number, outcome: AttemptOutcome::Heard(heard), jitter: 0 };
    order(sql, Order::settle(vec![attempt]), at(minute));
}

#[test]
fn a_refund_that_is_on_its_way_is_asked_about_until_it_has_arrived_or_failed() {
    const SIX_HOURS: i64 = 6 * 60;
    for (end, expected) in [
        (RefundState::Succeeded, PaymentStatus::Refunded),
        (RefundState::Failed, PaymentStatus::RefundFailed),
    ] {
        let mut sql = paid_for(RefundUntil::default());
        cancel(&mut sql, 1, Party::Host, 2);
        let [number] = due_refunds(&mut sql, 2)[..] else { panic!("one refund") };
        for minute in [2, 2 + SIX_HOURS] {
            answer(&mut sql, number, refund(RefundState::Pending), minute);
            assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundPending);
            assert_eq!(due_refunds(&mut sql, minute + SIX_HOURS - 1), Vec::<i64>::new());
            assert_eq!(due_refunds(&mut sql, minute + SIX_HOURS), [number]);
        }
        answer(&mut sql, number, refund(end), 2 + 2 * SIX_HOURS);
        assert_eq!(payment_status(&mut sql).1, expected);
        assert_eq!(due_refunds(&mut sql, 100 * DAY), Vec::<i64>::new(), "it is known");
    }
}

#[test]
fn a_provider_that_has_answered_is_not_given_up_for_what_failed_before_that() {
    let promised = || Heard::Promised { id: "cs_1".to_owned() };
    for is_order in [false, true] {
        let mut sql = if is_order {
            opened(&priced(false, RefundUntil::default()))
        } else {
            paid_for(RefundUntil::default())
        };
        if is_order {
            step(&mut sql, PayStep::Hear(promised()), 1).unwrap();
        } else {
            cancel(&mut sql, 1, Party::Host, 2);
        }
        let stands = payment_status(&mut sql);
        let due = |sql: &mut Memory, minute: i64| {
            let due = ask(sql, Question::due(100, 0, Vec::new()), at(minute)).due;
            let is_it = |due: &&Due| matches!(&due.payload, Payload::Payment(errand) if errand.refund.is_none() == is_order);
            due.iter().find(is_it).map(|due| due.number)
        };
        let number = due(&mut sql, 40).unwrap();
        let fails = |sql: &mut Memory, minute: i64| {
            let outcome =
                AttemptOutcome::Failed { reason: "it did not answer".to_owned(), retry_after_seconds: None };
            order(sql, Order::settle(vec![Attempt { number, outcome, jitter: 0 }]), at(minute));
        };
        for _ in 0..9 {
            fails(&mut sql, 41);
        }
        answer(&mut sql, number, if is_order { promised() } else { refund(RefundState::Pending) }, 42);
        fails(&mut sql, 43);
        assert_eq!(payment_status(&mut sql), stands);
        assert_eq!(due(&mut sql, 43 + 1), Some(number), "it is asked again");
    }
}

#[test]
fn a_refund_of_which_nothing_is_heard_for_sixty_days_is_its_hosts_to_see_to() {
    let mut sql = paid_for(RefundUntil::default());
    cancel(&mut sql, 1, Party::Host, 2);
    let [number] = due_refunds(&mut sql, 2)[..] else { panic!("one refund") };
    answer(&mut sql, number, refund(RefundState::Pending), 2);
    answer(&mut sql, number, refund(RefundState::Pending), 60 * DAY);
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundPending);
    answer(&mut sql, number, refund(RefundState::Pending), 60 * DAY + 2);
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::RefundFailed);
    let failed = format!("Text({:?})", Event::RefundFailed.name());
    assert!(told(&mut sql, "mail").contains(&failed));
    assert_eq!(due_refunds(&mut sql, 100 * DAY), Vec::<i64>::new());
    let failure = payment(&mut sql).refunds[0].failure.clone();
    assert_eq!(failure.as_deref(), Some("it was on its way for 60 days, and has not arrived"));
    step(&mut sql, PayStep::Hear(refund(RefundState::Succeeded)), 61 * DAY).unwrap();
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded, "it did arrive");
}

#[test]
fn a_refund_that_a_webhook_tells_of_first_is_not_asked_about_for_ever() {
    let mut sql = paid_for(RefundUntil::default());
    cancel(&mut sql, 1, Party::Host, 2);
    let [number] = due_refunds(&mut sql, 2)[..] else { panic!("one refund") };
    step(&mut sql, PayStep::Hear(refund(RefundState::Succeeded)), 3).unwrap();
    answer(&mut sql, number, refund(RefundState::Pending), 4);
    assert_eq!(payment_status(&mut sql).1, PaymentStatus::Refunded);
    assert_eq!(due_refunds(&mut sql, 100 * DAY), Vec::<i64>::new());
}

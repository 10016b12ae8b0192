//! What a host sends back at the provider's, without Daymark: it is heard of before and after Daymark's own refunds,
//! and may fail as well.

use scheduling::booking::{Event, Heard, Party, PaymentStatus, RefundState, Status};
use scheduling::definition::RefundUntil;
use scheduling::ledger::PayStep;
use scheduling::sql::Sql as _;

use crate::paying::{PRICE, give_up, jpy, opened, paid, payment, payment_status, priced, step, told};
use crate::support::{Memory, cancel};

/// A booking that is paid.
fn paid_for() -> Memory {
    let mut sql = opened(&priced(false, RefundUntil::default()));
    step(&mut sql, PayStep::Hear(paid(1)), 1).unwrap();
    sql
}

fn returned(of: &str, amount: u64) -> PayStep {
    PayStep::Hear(Heard::Returned { of: of.to_owned(), money: jpy(amount) })
}

fn refund(number: u32, state: RefundState, returned: Option<u64>) -> PayStep {
    PayStep::Hear(Heard::Refund { number, state, failure: None, returned: returned.map(jpy) })
}

/// What has gone back, or is to: whether its host has sent it at the provider's, how much, and how that stands.
fn refunds(sql: &mut Memory) -> Vec<(bool, u64, RefundState)> {
    let refunds = payment(sql).refunds;
    refunds.iter().map(|refund| (refund.at_provider, refund.money.amount, refund.state)).collect()
}

fn count(sql: &mut Memory, event: Event) -> usize {
    let event = format!("Text({:?})", event.name());
    told(sql, "webhook").iter().filter(|told| **told == event).count()
}

#[test]
fn what_its_host_has_sent_at_the_providers_is_not_sent_once_more() {
    use RefundState::{Failed, Pending, Succeeded};
    for (steps, expected, status) in [
        // All of it, and a part, while Daymark's own waits.
        (vec![returned("pi_1", PRICE)], vec![(true, PRICE, Succeeded)], PaymentStatus::Refunded),
        (
            vec![returned("pi_1", 2000)],
            vec![(false, 3000, Pending), (true, 2000, Succeeded)],
            PaymentStatus::RefundPending,
        ),
        (
            vec![returned("pi_1", 2000), refund(1, Succeeded, Some(2000))],
            vec![(false, 3000, Succeeded), (true, 2000, Succeeded)],
            PaymentStatus::Refunded,
        ),
        // Nobody has told: Daymark reads of it when it asks for its own.
        (vec![refund(1, Succeeded, Some(PRICE))], vec![(true, PRICE, Succeeded)], PaymentStatus::Refunded),
        (
            vec![refund(1, Succeeded, Some(2000))],
            vec![(false, 3000, Succeeded), (true, 2000, Succeeded)],
            PaymentStatus::Refunded,
        ),
        // It is the same that its host has said was sent another way, and the same that Daymark took to be its own.
        (
            vec![refund(1, Failed, None), PayStep::SentByHand { amount: None }, returned("pi_1", PRICE)],
            vec![(false, PRICE, Failed), (true, PRICE, Succeeded)],
            PaymentStatus::Refunded,
        ),
        (
            vec![refund(1, Succeeded, None), returned("pi_1", PRICE)],
            vec![(true, PRICE, Succeeded)],
            PaymentStatus::Refunded,
        ),
        // What has failed is made good by it.
        (
            vec![refund(1, Failed, None), returned("pi_1", PRICE)],
            vec![(false, PRICE, Failed), (true, PRICE, Succeeded)],
            PaymentStatus::Refunded,
        ),
    ] {
        let mut sql = paid_for();
        cancel(&mut sql, 1, Party::Host, 2);
        let said = format!("{steps:?}");
        let told_failures = steps.iter().filter(|one| **one == refund(1, Failed, None)).count();
        for (steps, minute) in steps.into_iter().zip(3..) {
            step(&mut sql, steps.clone(), minute).unwrap();
            let before = sql.dump();
            step(&mut sql, steps.clone(), minute).unwrap();
            assert_eq!(sql.dump(), before, "said twice, it changes nothing: {steps:?} of {said}");
        }
        assert_eq!(refunds(&mut sql), expected, "{said}");
        assert_eq!(payment_status(&mut sql), (Status::Cancelled, status), "{said}");
        assert_eq!(payment(&mut sql).refundable(), 0, "{said}");
        assert_eq!(count(&mut sql, Event::RefundFailed), told_failures, "{said}");
        // What is sent at two times is told of twice.
        let times = usize::from(said.starts_with(&format!("[{:?}, ", returned("pi_1", 2000))));
        assert_eq!(count(&mut sql, Event::Refunded), 1 + times, "{said}");
    }
}

#[test]
fn what_its_host_has_sent_at_the_providers_and_fails_there_is_theirs_to_see_to() {
    use RefundState::{Failed, Succeeded};
    for (sums, expected) in [
        (vec![PRICE, 0], vec![(true, PRICE, Failed)]),
        (vec![1000, 5000, 1000], vec![(true, 1000, Succeeded), (true, 4000, Failed)]),
        // Of one sum that was heard of as a whole, a part.
        (vec![5000, 2000], vec![(true, 2000, Succeeded), (true, 3000, Failed)]),
        (vec![3000, 5000, 1000], vec![(true, 1000, Succeeded), (true, 2000, Failed), (true, 2000, Failed)]),
    ] {
        let mut sql = paid_for();
        let last = *sums.last().unwrap();
        for (sum, minute) in sums.iter().zip(2..) {
            step(&mut sql, returned("pi_1", *sum), minute).unwrap();
        }
        assert_eq!(refunds(&mut sql), expected, "{sums:?}");
        assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::RefundFailed), "{sums:?}");
        let stands = payment(&mut sql);
        assert_eq!((stands.returned(), stands.refundable()), (jpy(last), PRICE - last), "{sums:?}");
        assert_eq!(count(&mut sql, Event::RefundFailed), 1, "{sums:?}");
        let failed = stands.refunds.iter().find(|refund| refund.state == Failed).unwrap();
        assert_eq!(
            failed.failure.as_deref(),
            Some("what was sent back in Stripe's dashboard did not arrive")
        );
        // It is sent again there, or on the desk.
        step(&mut sql, returned("pi_1", PRICE), 10).unwrap();
        assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Refunded), "{sums:?}");
    }
}

#[test]
fn what_an_attempt_came_to_is_no_news_of_a_refund_that_has_arrived() {
    let mut sql = paid_for();
    cancel(&mut sql, 1, Party::Host, 2);
    step(&mut sql, refund(1, RefundState::Succeeded, None), 3).unwrap();
    give_up(&mut sql, 4);
    assert_eq!(payment_status(&mut sql), (Status::Cancelled, PaymentStatus::Refunded));
    assert_eq!(count(&mut sql, Event::RefundFailed), 0);
    let parked = sql.run("SELECT id FROM delivery WHERE state = 'parked'", &[]).unwrap();
    assert!(parked.is_empty(), "nothing is left to be sent: {parked:?}");
}

#[test]
fn its_host_sends_a_second_payment_back_at_the_providers() {
    let mut sql = paid_for();
    step(&mut sql, PayStep::Hear(paid(2)), 2).unwrap();
    step(&mut sql, refund(1, RefundState::Failed, None), 3).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::RefundFailed));
    step(&mut sql, returned("pi_2", PRICE), 4).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::Paid));
    assert!(payment(&mut sql).was_paid_twice());
    step(&mut sql, returned("pi_2", 0), 5).unwrap();
    assert_eq!(payment_status(&mut sql), (Status::Confirmed, PaymentStatus::RefundFailed));
    assert_eq!(payment(&mut sql).owed(), jpy(PRICE));
    // And before Daymark has: all of it, whatever is paid for the meeting.
    let mut sql = paid_for();
    step(&mut sql, PayStep::Hear(paid(2)), 2).unwrap();
    step(&mut sql, returned("pi_2", PRICE), 3).unwrap();
    assert_eq!(refunds(&mut sql), [(true, PRICE, RefundState::Succeeded)]);
    step(&mut sql, returned("pi_3", PRICE), 4).unwrap();
    assert_eq!(refunds(&mut sql).len(), 1, "of what was paid for nothing here");
}

#[test]
fn a_part_of_another_amount_that_went_back_is_not_sent_once_more() {
    let other = || {
        let mut sql = opened(&priced(false, RefundUntil::default()));
        step(&mut sql, PayStep::Hear(Heard::Paid { money: jpy(6000), reference: "pi_9".to_owned() }), 1)
            .unwrap();
        step(&mut sql, returned("pi_9", 1000), 2).unwrap();
        sql
    };
    // It counts: the rest of it goes back if the meeting is cancelled.
    let mut sql = other();
    step(&mut sql, PayStep::MarkPaid { amount: Some(6000) }, 3).unwrap();
    assert_eq!(payment(&mut sql).refundable(), 5000);
    cancel(&mut sql, 1, Party::Host, 4);
    assert_eq!(
        refunds(&mut sql),
        [(true, 1000, RefundState::Succeeded), (false, 5000, RefundState::Pending)]
    );
    // The price is paid beside it.
    let mut sql = other();
    step(&mut sql, PayStep::Hear(paid(1)), 3).unwrap();
    assert_eq!(
        refunds(&mut sql),
        [(true, 1000, RefundState::Succeeded), (false, 5000, RefundState::Pending)]
    );
    // The part fails: then all of it is still to be seen to, and once.
    let mut sql = other();
    step(&mut sql, returned("pi_9", 0), 3).unwrap();
    assert_eq!((refunds(&mut sql), payment(&mut sql).owed()), (Vec::new(), jpy(0)));
    assert!(payment(&mut sql).mismatched.is_some());
    // All of it went back, and that fails.
    let mut sql = other();
    step(&mut sql, returned("pi_9", 6000), 3).unwrap();
    assert_eq!(payment(&mut sql).mismatched, None);
    step(&mut sql, returned("pi_9", 0), 4).unwrap();
    assert_eq!(payment(&mut sql).owed(), jpy(6000));
    assert_eq!(count(&mut sql, Event::RefundFailed), 1);
}

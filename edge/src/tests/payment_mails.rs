//! Every email about a payment, as a whole: in `payment_mails.txt`. `UPDATE_EXPECTED=1` writes it.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{
    Booking, Change, Checkout, Contact, Dispute, DisputeState, Heard, Paid, Party, Payment, Refund,
    RefundState, Status, Visitor,
};
use scheduling::definition::{MailTransport, Payments, RefundUntil};
use scheduling::money::Money;
use scheduling::outbox::{AttemptOutcome, Body, Payload};
use scheduling::view;
use serde_json::{Value, json};

use super::fixture;
use super::mail::{Recorder, booking, caused_by, job, without_signature};
use crate::deliveries::{Job, attempt};

/// How a booking's payment stands.
type Stands = fn(&mut Booking);

/// What happened, who is written to about it, who caused it, and what is different about the booking.
const CASES: &[(&str, &str, Party, Party, Stands)] = &[
    ("Not paid some minutes after it was booked", "booking.awaiting_payment", V, V, to_pay),
    ("A request with a price", "booking.requested", V, V, requested),
    ("A request with a price", "booking.requested", H, V, requested),
    ("The host has accepted", "booking.awaiting_payment", V, H, accepted),
    ("The host has declined", "booking.declined", V, H, declined),
    ("The host has not answered", "booking.expired", V, V, unanswered),
    ("The host has not answered", "booking.expired", H, V, unanswered),
    ("The host has not answered what was paid through a link", "booking.expired", V, V, unanswered_by_link),
    ("The host has not answered what was paid through a link", "booking.expired", H, V, unanswered_by_link),
    ("To be paid later", "booking.awaiting_payment", V, V, promised),
    ("Accepted, and to be paid later", "booking.awaiting_payment", V, V, accepted_promised),
    ("Accepted, but another amount was paid", "booking.awaiting_payment", V, H, accepted_mismatched),
    ("Cancelled when another amount was paid", "booking.cancelled", V, V, cancelled_mismatched),
    ("Cancelled when another amount was paid", "booking.cancelled", H, V, cancelled_mismatched),
    ("The same, by the host", "booking.cancelled", V, H, cancelled_mismatched),
    ("The same, by the host", "booking.cancelled", H, H, cancelled_mismatched),
    ("Declined when another amount was paid", "booking.declined", V, H, declined_mismatched),
    ("Paid, and booked", "booking.confirmed", V, V, paid),
    ("Paid, and booked", "booking.confirmed", H, V, paid),
    ("Booked without a refund, whoever cancels", "booking.confirmed", V, V, kept),
    ("Booked with a refund until the start", "booking.confirmed", V, V, returnable),
    ("Booked before it was marked as paid", "booking.paid", V, H, paid_otherwise),
    ("Booked before it was marked as paid", "booking.paid", H, H, paid_otherwise),
    ("A reminder of what is paid", "booking.reminder_due", V, V, paid),
    ("Moved", "booking.rescheduled", V, H, paid),
    ("Not paid in time", "booking.expired", V, V, unpaid),
    ("Accepted, and not paid in time", "booking.expired", V, V, accepted_unpaid),
    ("Accepted, and not paid in time", "booking.expired", H, V, accepted_unpaid),
    ("Paid too late", "booking.paid", V, V, too_late),
    ("Paid too late", "booking.paid", H, V, too_late),
    ("Paid too late by somebody who was erased", "booking.paid", H, V, too_late_of_erased),
    ("Paid too late, and sent back", "booking.refunded", V, V, too_late_returned),
    ("Cancelled while it was to be paid", "booking.cancelled", V, V, cancelled_unpaid),
    ("Cancelled by the visitor, in time for a refund", "booking.cancelled", V, V, going_back),
    ("Cancelled by the visitor, in time for a refund", "booking.cancelled", H, V, going_back),
    ("Cancelled by the visitor, too late for a refund", "booking.cancelled", V, V, cancelled_kept),
    ("Cancelled by the visitor, too late for a refund", "booking.cancelled", H, V, cancelled_kept),
    ("Cancelled by the host", "booking.cancelled", V, H, going_back),
    ("Cancelled by the host", "booking.cancelled", H, H, going_back),
    ("Cancelled after a part was sent back", "booking.cancelled", V, H, rest_going_back),
    ("Another amount was accepted", "booking.confirmed", V, H, accepted_other),
    ("Sent back in full", "booking.refunded", V, H, returned),
    ("Sent back in part", "booking.refunded", V, H, partly_returned),
    ("Paid twice, and sent back once", "booking.refunded", V, V, paid_twice),
    ("A refund failed", "booking.refund_failed", V, V, failed),
    ("A refund failed", "booking.refund_failed", H, V, failed),
    ("A refund failed, of somebody who was erased", "booking.refund_failed", H, V, failed_of_erased),
    ("What was to be paid later was not", "booking.payment_failed", V, V, to_pay),
    ("Another amount was paid, and no other in time", "booking.expired", V, V, unpaid_mismatched),
    ("Another amount was sent back, and the price not paid in time", "booking.expired", V, V, price_unpaid),
    ("Disputed", "booking.payment_disputed", H, V, disputed),
    ("Disputed, without a date to respond by", "booking.payment_disputed", H, V, disputed_for_ever),
    ("A bank asks about a payment", "booking.payment_disputed", H, V, questioned),
    ("The same, without a date to respond by", "booking.payment_disputed", H, V, questioned_for_ever),
    ("A bank asks, of somebody who was erased", "booking.payment_disputed", H, V, questioned_of_erased),
    ("The same, without a date", "booking.payment_disputed", H, V, questioned_for_ever_of_erased),
    ("A dispute was won", "booking.dispute_closed", H, V, dispute_won),
    ("A dispute was lost", "booking.dispute_closed", H, V, dispute_lost),
    ("Disputed by somebody who was erased", "booking.payment_disputed", H, V, disputed_by_erased),
    ("The same, without a date", "booking.payment_disputed", H, V, disputed_for_ever_by_erased),
    ("A dispute of somebody who was erased was won", "booking.dispute_closed", H, V, dispute_of_erased_won),
    ("A dispute of somebody who was erased was lost", "booking.dispute_closed", H, V, dispute_of_erased_lost),
    ("Marked as paid, and called off by the host", "booking.cancelled", V, H, owed),
    ("Marked as paid, and called off by the host", "booking.cancelled", H, H, owed),
    ("Marked as paid, and called off by the host", "booking.refund_owed", H, H, owed),
    ("The same, of somebody who was erased", "booking.refund_owed", H, H, owed_to_erased),
    ("Paid through a payment link, and called off", "booking.refund_owed", H, V, owed_by_link),
    ("The same, of somebody who was erased", "booking.refund_owed", H, V, owed_by_link_to_erased),
    ("Paid through a payment link too late", "booking.paid", V, V, too_late_by_link),
    ("Paid through a payment link too late", "booking.paid", H, V, too_late_by_link),
    ("The same, by somebody who was erased", "booking.paid", H, V, too_late_by_link_of_erased),
    ("Moved once no refund is left", "booking.rescheduled", V, H, returned_and_booked),
    ("Moved after a dispute was lost", "booking.rescheduled", V, H, dispute_lost),
    ("Moved while disputed", "booking.rescheduled", V, H, disputed),
    ("Cancelled after a dispute was lost", "booking.cancelled", V, V, cancelled_after_loss),
    ("Cancelled after a dispute was lost", "booking.cancelled", H, V, cancelled_after_loss),
    ("Cancelled by the host while disputed", "booking.cancelled", V, H, cancelled_disputed),
    ("Cancelled by the host while disputed", "booking.cancelled", H, H, cancelled_disputed),
    ("Cancelled too late for a refund while disputed", "booking.cancelled", V, V, cancelled_late_disputed),
    ("Cancelled too late for a refund while disputed", "booking.cancelled", H, V, cancelled_late_disputed),
    ("A dispute was won after the host had cancelled", "booking.dispute_closed", H, V, won_after_cancelling),
    ("The same, of somebody who was erased", "booking.dispute_closed", H, V, erased_won_after_cancelling),
    ("Paid after it was cancelled", "booking.paid", V, V, going_back),
    ("Paid after it was cancelled", "booking.paid", H, V, going_back),
    ("The same, by somebody who was erased", "booking.paid", H, V, going_back_to_erased),
    ("Paid through a payment link after it was cancelled", "booking.paid", V, V, owed_by_link),
    ("Paid through a payment link after it was cancelled", "booking.paid", H, V, owed_by_link),
    ("The same, by somebody who was erased", "booking.paid", H, V, owed_by_link_to_erased),
    ("Paid twice through a payment link", "booking.refund_owed", H, V, owed_twice),
    ("The same, by somebody who was erased", "booking.refund_owed", H, V, owed_twice_to_erased),
    ("Paid twice through a payment link, and moved", "booking.rescheduled", V, H, owed_twice),
    ("A request that is paid before it is accepted", "booking.paid", V, V, paid_request),
    ("A request that is paid before it is accepted", "booking.paid", H, V, paid_request),
    ("To be paid once it is confirmed by email", "booking.awaiting_confirmation", V, V, unconfirmed),
    ("It can be changed for less long than refunded", "booking.confirmed", V, V, changeable_for_days),
    ("Cancelled while to be paid through a link", "booking.cancelled", H, H, cancelled_unpaid_by_link),
];

/// What waits and was moved by its host.
const MOVED: &[(&str, Stands)] = &[
    ("Moved while it is to be paid", to_pay),
    ("Moved while it is to be paid later", promised),
    ("Moved once it was accepted", accepted),
    ("Moved before it was accepted", requested),
];

const V: Party = Party::Visitor;
const H: Party = Party::Host;

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

fn yen(amount: u64) -> Money {
    serde_json::from_value(json!({ "amount": amount, "currency": "JPY" })).unwrap()
}

/// A booking that costs ¥5,000, and is to be paid.
fn priced(locale: &str) -> Booking {
    let sample = booking(locale);
    let contact = Contact { name: "Mara Lind".to_owned(), email: "sam@example.org".to_owned() };
    let visitor = Visitor { contact, answers: [].into(), ..sample.visitor };
    let provider = fixture::site().1[0].payments.clone().unwrap();
    let payment = Payment::agreed(yen(5000), provider, RefundUntil::Minutes(1440));
    Booking { visitor, payment: Some(Box::new(payment)), created_at: at("2026-11-24T00:00:00Z"), ..sample }
}

fn pay(booking: &mut Booking, change: impl FnOnce(&mut Payment)) {
    change(booking.payment.as_mut().unwrap());
}

fn to_pay(booking: &mut Booking) {
    booking.status = Status::AwaitingPayment;
    let now = at("2026-11-24T00:00:00Z");
    let checkout = Checkout {
        number: 1,
        expires_at: now + TimeDelta::minutes(31),
        id: None,
        url: None,
        is_promised: false,
        is_broken: false,
    };
    pay(booking, |payment| {
        payment.due_by = Some(now + TimeDelta::minutes(41));
        payment.payable_until = Some(now + TimeDelta::hours(2));
        payment.checkout = Some(checkout);
    });
}

fn requested(booking: &mut Booking) {
    booking.status = Status::Requested;
    booking.terms.by_request = true;
}

fn accepted(booking: &mut Booking) {
    requested(booking);
    to_pay(booking);
    pay(booking, |payment| payment.due_by = Some(at("2026-11-25T00:00:00Z")));
}

fn promised(booking: &mut Booking) {
    to_pay(booking);
    pay(booking, |payment| {
        payment.due_by = Some(at("2026-11-27T23:00:00Z"));
        payment.checkout.as_mut().unwrap().is_promised = true;
    });
}

fn accepted_promised(booking: &mut Booking) {
    requested(booking);
    promised(booking);
}

fn declined(booking: &mut Booking) {
    requested(booking);
    booking.status = Status::Declined;
}

fn unanswered(booking: &mut Booking) {
    requested(booking);
    booking.status = Status::Expired;
}

fn paid(booking: &mut Booking) {
    to_pay(booking);
    booking.status = Status::Confirmed;
    let paid = Paid { money: yen(5000), reference: Some("pi_1".to_owned()), at: at("2026-11-24T00:05:00Z") };
    pay(booking, |payment| (payment.paid, payment.due_by) = (Some(paid), None));
}

fn kept(booking: &mut Booking) {
    paid(booking);
    pay(booking, |payment| payment.refund_until = RefundUntil::Never);
}

fn returnable(booking: &mut Booking) {
    paid(booking);
    pay(booking, |payment| payment.refund_until = RefundUntil::Always);
}

fn paid_otherwise(booking: &mut Booking) {
    paid(booking);
    pay(booking, |payment| payment.paid.as_mut().unwrap().reference = None);
}

fn unpaid(booking: &mut Booking) {
    to_pay(booking);
    booking.status = Status::Expired;
}

fn accepted_unpaid(booking: &mut Booking) {
    accepted(booking);
    booking.status = Status::Expired;
}

/// With money that goes back, or was to.
fn sent_back(booking: &mut Booking, status: Status, amount: u64, state: RefundState) {
    paid(booking);
    booking.status = status;
    pay(booking, |payment| {
        payment.refunds.push(Refund {
            number: 1,
            of: Some("pi_1".to_owned()),
            money: yen(amount),
            state,
            reason: Some("Only the host reads this.".to_owned()),
            by: None,
            at_provider: false,
            again: Vec::new(),
            asked_at: at("2026-11-24T01:00:00Z"),
            sent_at: None,
            failed_at: None,
            failure: None,
        });
    });
}

fn too_late(booking: &mut Booking) {
    sent_back(booking, Status::Expired, 5000, RefundState::Pending);
}

fn too_late_of_erased(booking: &mut Booking) {
    too_late(booking);
    erase(booking);
}

fn too_late_returned(booking: &mut Booking) {
    sent_back(booking, Status::Expired, 5000, RefundState::Succeeded);
}

fn cancelled_unpaid(booking: &mut Booking) {
    to_pay(booking);
    booking.status = Status::Cancelled;
}

fn accepted_other(booking: &mut Booking) {
    paid(booking);
    pay(booking, |payment| payment.paid.as_mut().unwrap().money = yen(4999));
}

fn going_back(booking: &mut Booking) {
    sent_back(booking, Status::Cancelled, 5000, RefundState::Pending);
}

fn cancelled_kept(booking: &mut Booking) {
    paid(booking);
    booking.status = Status::Cancelled;
}

fn returned(booking: &mut Booking) {
    sent_back(booking, Status::Cancelled, 5000, RefundState::Succeeded);
}

fn partly_returned(booking: &mut Booking) {
    sent_back(booking, Status::Confirmed, 2000, RefundState::Succeeded);
}

fn rest_going_back(booking: &mut Booking) {
    partly_returned(booking);
    booking.status = Status::Cancelled;
    pay(booking, |payment| {
        let earlier = payment.refunds[0].clone();
        payment.refunds.push(Refund { number: 2, money: yen(3000), state: RefundState::Pending, ..earlier });
    });
}

fn paid_twice(booking: &mut Booking) {
    sent_back(booking, Status::Confirmed, 5000, RefundState::Succeeded);
    pay(booking, |payment| payment.refunds[0].of = Some("pi_2".to_owned()));
}

fn failed_for(booking: &mut Booking, failure: &str) {
    sent_back(booking, Status::Cancelled, 5000, RefundState::Failed);
    pay(booking, |payment| payment.refunds[0].failure = Some(failure.to_owned()));
}

fn failed(booking: &mut Booking) {
    failed_for(booking, "there is not enough money in the account at Stripe");
}

fn failed_of_erased(booking: &mut Booking) {
    failed(booking);
    erase(booking);
}

fn unpaid_mismatched(booking: &mut Booking) {
    unpaid(booking);
    mismatched(booking);
}

fn price_unpaid(booking: &mut Booking) {
    sent_back(booking, Status::Expired, 500, RefundState::Succeeded);
    pay(booking, |payment| payment.paid = None);
}

fn mismatched(booking: &mut Booking) {
    let other = Paid { money: yen(500), reference: Some("pi_1".to_owned()), at: booking.changed_at };
    pay(booking, |payment| payment.mismatched = Some(other));
}

fn accepted_mismatched(booking: &mut Booking) {
    accepted(booking);
    mismatched(booking);
}

fn cancelled_mismatched(booking: &mut Booking) {
    cancelled_unpaid(booking);
    mismatched(booking);
}

fn declined_mismatched(booking: &mut Booking) {
    declined(booking);
    mismatched(booking);
}

fn unanswered_by_link(booking: &mut Booking) {
    owed_by_link(booking);
    unanswered(booking);
    pay(booking, |payment| payment.payable_until = None);
}

fn dispute(booking: &mut Booking, state: DisputeState, answer_by: Option<&str>) {
    paid(booking);
    let (id, of) = ("du_1".to_owned(), "pi_1".to_owned());
    let reason = "the cardholder says that they did not make the payment".to_owned();
    let dispute = Dispute { id, of, money: yen(5000), reason, answer_by: answer_by.map(at), state };
    pay(booking, |payment| payment.disputes.push(dispute));
}

fn disputed(booking: &mut Booking) {
    dispute(booking, DisputeState::Open, Some("2026-12-08T23:59:59Z"));
}

fn disputed_for_ever(booking: &mut Booking) {
    dispute(booking, DisputeState::Open, None);
}

fn questioned(booking: &mut Booking) {
    dispute(booking, DisputeState::Inquiry, Some("2026-12-08T23:59:59Z"));
}

fn questioned_for_ever(booking: &mut Booking) {
    dispute(booking, DisputeState::Inquiry, None);
}

fn questioned_of_erased(booking: &mut Booking) {
    questioned(booking);
    erase(booking);
}

fn questioned_for_ever_of_erased(booking: &mut Booking) {
    questioned_for_ever(booking);
    erase(booking);
}

fn dispute_won(booking: &mut Booking) {
    dispute(booking, DisputeState::Won, None);
}

fn dispute_lost(booking: &mut Booking) {
    dispute(booking, DisputeState::Lost, None);
}

fn disputed_by_erased(booking: &mut Booking) {
    disputed(booking);
    erase(booking);
}

fn disputed_for_ever_by_erased(booking: &mut Booking) {
    disputed_for_ever(booking);
    erase(booking);
}

fn dispute_of_erased_won(booking: &mut Booking) {
    dispute_won(booking);
    erase(booking);
}

fn dispute_of_erased_lost(booking: &mut Booking) {
    dispute_lost(booking);
    erase(booking);
}

fn owed(booking: &mut Booking) {
    sent_back(booking, Status::Cancelled, 5000, RefundState::Owed);
    pay(booking, |payment| {
        payment.paid.as_mut().unwrap().reference = None;
        payment.refunds[0].of = None;
    });
}

fn owed_by_link(booking: &mut Booking) {
    sent_back(booking, Status::Cancelled, 5000, RefundState::Owed);
    let (url, secret) = ("https://shop.example.com".to_owned(), vec!["SHOP_SECRET".to_owned()]);
    pay(booking, |payment| payment.provider = Payments::Link { url, secret });
}

fn too_late_by_link(booking: &mut Booking) {
    owed_by_link(booking);
    booking.status = Status::Expired;
}

fn returned_and_booked(booking: &mut Booking) {
    sent_back(booking, Status::Confirmed, 5000, RefundState::Succeeded);
}

fn cancelled_after_loss(booking: &mut Booking) {
    dispute_lost(booking);
    booking.status = Status::Cancelled;
}

fn cancelled_disputed(booking: &mut Booking) {
    disputed(booking);
    let cancel = Change::Cancel { by: Party::Host, reason: None };
    *booking = booking.transition(&cancel, at("2026-11-24T00:10:00Z")).unwrap().0;
}

fn cancelled_late_disputed(booking: &mut Booking) {
    disputed(booking);
    booking.status = Status::Cancelled;
}

fn won_after_cancelling(booking: &mut Booking) {
    cancelled_disputed(booking);
    let known = booking.payment.as_ref().unwrap().disputes[0].clone();
    let won = Heard::Disputed(Dispute { state: DisputeState::Won, ..known });
    *booking = booking.transition(&Change::Hear(won), at("2026-11-24T00:20:00Z")).unwrap().0;
}

fn erased_won_after_cancelling(booking: &mut Booking) {
    won_after_cancelling(booking);
    erase(booking);
}

fn going_back_to_erased(booking: &mut Booking) {
    going_back(booking);
    erase(booking);
}

fn owed_twice(booking: &mut Booking) {
    owed_by_link(booking);
    booking.status = Status::Confirmed;
    pay(booking, |payment| payment.refunds[0].of = Some("order-4712".to_owned()));
}

fn owed_twice_to_erased(booking: &mut Booking) {
    owed_twice(booking);
    erase(booking);
}

fn paid_request(booking: &mut Booking) {
    paid(booking);
    requested(booking);
}

fn unconfirmed(booking: &mut Booking) {
    booking.status = Status::AwaitingConfirmation;
}

fn changeable_for_days(booking: &mut Booking) {
    paid(booking);
    booking.terms.change_until_minutes = 2 * 1440;
    booking.start += TimeDelta::days(7);
    booking.end += TimeDelta::days(7);
}

fn cancelled_unpaid_by_link(booking: &mut Booking) {
    owed_by_link(booking);
    pay(booking, |payment| (payment.paid, payment.refunds) = (None, Vec::new()));
}

fn erase(booking: &mut Booking) {
    *booking = booking.erased(booking.changed_at);
}

fn owed_to_erased(booking: &mut Booking) {
    owed(booking);
    erase(booking);
}

fn owed_by_link_to_erased(booking: &mut Booking) {
    owed_by_link(booking);
    erase(booking);
}

fn too_late_by_link_of_erased(booking: &mut Booking) {
    too_late_by_link(booking);
    erase(booking);
}

/// A job to tell the host of a payment of another amount.
fn job_of_other_amount(booking: &Booking) -> Job {
    let data: Value = json!({
        "booking": view::booking(booking, Party::Host),
        "paid": { "amount": 500, "currency": "JPY", "decimal": "500" },
        "reference": "pi_1",
    });
    let body = Body::new("booking.payment_mismatched", data, booking.changed_at);
    Job { payload: Payload::Webhook(body), ..job("booking.payment_mismatched", booking, Party::Host) }
}

async fn told(locale: &str, job: &Job) -> String {
    let recorder = match locale {
        "en" => Recorder::of(Some(MailTransport::Mailbox)),
        _ => Recorder::speaking(locale),
    };
    assert_eq!(attempt(&recorder, job).await, AttemptOutcome::Taken);
    let mail = recorder.handed_over.borrow_mut().pop().unwrap();
    assert!(!mail.html.contains('⟦') && !mail.html.contains("endpoint."), "{}", mail.html);
    let indented: Vec<String> =
        without_signature(&mail.text).lines().map(|line| format!("    {line}")).collect();
    let indented: Vec<&str> = indented.iter().map(|line| line.trim_end()).collect();
    format!("  to {}: {}\n\n{}\n", mail.to, mail.subject, indented.join("\n"))
}

#[tokio::test]
async fn every_mail_about_a_payment_reads_well() {
    let mut all = String::new();
    for (number, (name, event, to, by, stands)) in CASES.iter().copied().enumerate() {
        if number == 0 || CASES[number - 1].0 != name {
            writeln!(all, "{name}\n").unwrap();
        }
        for locale in ["en", "ja"] {
            let mut booking = priced(locale);
            stands(&mut booking);
            writeln!(all, "{}", told(locale, &caused_by(by, job(event, &booking, to))).await).unwrap();
        }
    }
    for (name, stands) in MOVED.iter().copied() {
        writeln!(all, "{name}\n").unwrap();
        for locale in ["en", "ja"] {
            let mut booking = priced(locale);
            stands(&mut booking);
            let event = match booking.status {
                Status::Requested => "booking.requested",
                _ => "booking.awaiting_payment",
            };
            let mut job = caused_by(H, job(event, &booking, V));
            if let Payload::Mail(notice) = &mut job.payload {
                notice.is_moved = true;
            }
            writeln!(all, "{}", told(locale, &job).await).unwrap();
        }
    }
    for (name, is_erased) in [("Another amount", false), ("Another amount, by somebody who was erased", true)]
    {
        writeln!(all, "{name}\n").unwrap();
        for locale in ["en", "ja"] {
            let mut booking = priced(locale);
            to_pay(&mut booking);
            if is_erased {
                booking = booking.erased(booking.changed_at);
            }
            writeln!(all, "{}", told(locale, &job_of_other_amount(&booking)).await).unwrap();
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/payment_mails.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(path, &all).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(all, expected, "UPDATE_EXPECTED=1 writes it: read the difference");
}

/// An email server that was away for long, or a service: what it asks for cannot be done any more.
#[tokio::test]
async fn nobody_is_asked_to_pay_until_an_instant_that_is_over() {
    for event in ["booking.awaiting_payment", "booking.payment_failed"] {
        let mut booking = priced("en");
        to_pay(&mut booking);
        pay(&mut booking, |payment| {
            payment.due_by = Some(at("2026-11-24T00:10:00Z"));
            payment.checkout.as_mut().unwrap().expires_at = at("2026-11-24T00:00:00Z");
        });
        let outcome = attempt(&Recorder::of(Some(MailTransport::Mailbox)), &job(event, &booking, V)).await;
        assert_eq!(outcome, AttemptOutcome::Ended { reason: "it is too late to pay".to_owned() });
    }
}

//! What Stripe says: its events, checkouts and refunds, read as what they mean for a booking.

use chrono::{DateTime, Utc};
use scheduling::booking::{Dispute, DisputeState, Heard, RefundState};
use scheduling::money::{Currency, Money};
use scheduling::token::BookingId;
use serde_json::Value;

use crate::payments::undone::short;

/// What an event says of a checkout; `None` where it is about nothing here.
pub(super) fn heard_of_event(event: &Value) -> Option<Heard> {
    let object = &event["data"]["object"];
    match event["type"].as_str()? {
        "checkout.session.async_payment_failed" => {
            Some(Heard::PromiseBroken { id: id_in(&object["id"])?.to_owned() })
        }
        name if name.starts_with("checkout.session.") => heard_of_checkout(object),
        _ => None,
    }
}

/// The most characters of an id at Stripe.
const MOST_ID: usize = 255;

/// An id of Stripe's, which may be part of an address.
pub(super) fn id_in(value: &Value) -> Option<&str> {
    let is_id = |id: &&str| {
        (1..=MOST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    value.as_str().filter(is_id)
}

/// What an event of a dispute says; `None` where it is about none that can be read. It names no booking: its payment
/// does.
pub(crate) fn dispute_of_event(event: &Value) -> Option<Dispute> {
    event["type"].as_str().filter(|name| name.starts_with("charge.dispute."))?;
    let object = &event["data"]["object"];
    let due_by = object["evidence_details"]["due_by"].as_i64();
    Some(Dispute {
        id: id_in(&object["id"])?.to_owned(),
        of: id_in(&object["payment_intent"])?.to_owned(),
        money: money(object, "amount")?,
        reason: why_disputed(object["reason"].as_str()),
        answer_by: due_by.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0)),
        state: match object["status"].as_str()? {
            "won" | "warning_closed" | "charge_refunded" => DisputeState::Won,
            // What was kept from becoming a dispute was blocked, or else resolved: its payer has the money.
            "prevented" if object["payment_method_details"]["card"]["case_type"] == "block" => {
                DisputeState::Won
            }
            "lost" | "prevented" => DisputeState::Lost,
            _ if object["is_charge_refundable"].as_bool() == Some(true) => DisputeState::Inquiry,
            _ => DisputeState::Open,
        },
    })
}

/// Why a payment is disputed, by Stripe's code for it.
fn why_disputed(code: Option<&str>) -> String {
    let why = match code {
        Some("credit_not_processed") => "a refund that was due did not arrive",
        Some("duplicate") => "it was paid twice",
        Some("fraudulent") => "the cardholder says that they did not make the payment",
        Some("product_not_received") => "the payer says that the meeting did not take place",
        Some("product_unacceptable") => "the payer says that the meeting was not as described",
        Some("unrecognized") => "the payer does not recognise the payment",
        Some("general") | None => "the bank gave no reason",
        Some(other) => return format!("Stripe's reason is {}", short(other)),
    };
    why.to_owned()
}

/// Whether an event is of a checkout that was paid.
pub(crate) fn tells_of_money(event: &Value) -> bool {
    event["data"]["object"]["payment_status"].as_str() == Some("paid")
}

/// The booking that an event is about, as we have told Stripe.
pub(crate) fn booking_of_event(event: &Value) -> Option<BookingId> {
    let object = &event["data"]["object"];
    let named = object["client_reference_id"].as_str().or_else(|| object["metadata"]["booking"].as_str())?;
    BookingId::parse(named)
}

/// Whether an event is of the mode that a key is for: what was tried out is not paid.
pub(crate) fn is_of_mode(event: &Value, key: &str) -> bool {
    event["livemode"].as_bool() == Some(key.contains("_live_"))
}

pub(super) fn heard_of_checkout(checkout: &Value) -> Option<Heard> {
    let id = id_in(&checkout["id"])?.to_owned();
    match (checkout["status"].as_str()?, checkout["payment_status"].as_str()?) {
        ("complete", "paid") => Some(Heard::Paid {
            money: money(checkout, "amount_total")?,
            reference: id_in(&checkout["payment_intent"])?.to_owned(),
        }),
        ("complete", _) => Some(Heard::Promised { id }),
        ("expired", _) => Some(Heard::CheckoutExpired { id }),
        _ => None,
    }
}

pub(super) fn heard_of_refund(refund: &Value, number: u32, returned: Option<Money>) -> Option<Heard> {
    let (state, failure) = match refund["status"].as_str()? {
        "succeeded" => (RefundState::Succeeded, None),
        "failed" | "canceled" => {
            (RefundState::Failed, Some(why_it_failed(refund["failure_reason"].as_str())))
        }
        _ => (RefundState::Pending, None),
    };
    Some(Heard::Refund { number, state, failure, returned })
}

/// Whether money goes back, or did.
pub(super) fn stands(refund: &Value) -> bool {
    !matches!(refund["status"].as_str(), Some("failed" | "canceled"))
}

/// What of refunds of one payment is none of ours, together; `None` where there are none.
pub(super) fn returned(refunds: &[Value]) -> Option<Money> {
    let theirs = refunds.iter().filter(|refund| refund["metadata"]["refund"].is_null());
    let sums = theirs.filter_map(|refund| {
        money(refund, "amount").map(|money| if stands(refund) { money } else { Money { amount: 0, ..money } })
    });
    sums.reduce(|sum, one| Money { amount: sum.amount.saturating_add(one.amount), ..sum })
}

/// The payment that an event tells of which names no booking, as of what its host has sent back at Stripe.
pub(crate) fn payment_of_event(event: &Value) -> Option<&str> {
    event["type"].as_str().filter(|name| name.starts_with("refund."))?;
    id_in(&event["data"]["object"]["payment_intent"])
}

/// Why a refund has failed, by Stripe's code for it.
fn why_it_failed(code: Option<&str>) -> String {
    let why = match code {
        Some("charge_for_pending_refund_disputed") => "the payment is disputed",
        Some("declined") => "the bank has declined it",
        Some("expired_or_canceled_card") => "the card has expired or was cancelled",
        Some("insufficient_funds") => "there is not enough money in the account at Stripe",
        Some("lost_or_stolen_card") => "the card was reported lost or stolen",
        Some("merchant_request") => "it was stopped in the account at Stripe",
        Some("unknown") | None => "Stripe gave no reason",
        Some(other) => return format!("Stripe's reason is {}", short(other)),
    };
    why.to_owned()
}

pub(super) fn money(object: &Value, amount: &str) -> Option<Money> {
    let currency = Currency::named(&object["currency"].as_str()?.to_ascii_uppercase())?;
    Money::of_stripe(object[amount].as_u64()?, currency)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(event: &Value, expected: Option<&Heard>) {
        assert_eq!(heard_of_event(event).as_ref(), expected, "{event}");
    }

    fn jpy(amount: u64) -> Money {
        Money { amount, currency: Currency::named("JPY").unwrap() }
    }

    #[test]
    fn events_say_what_became_of_a_checkout() {
        let event = |name: &str, status: &str, paid: &str| {
            json!({ "type": format!("checkout.session.{name}"), "data": { "object": {
                "id": "cs_1", "status": status, "payment_status": paid, "amount_total": 5000, "currency": "jpy",
                "payment_intent": "pi_1",
            } } })
        };
        let paid = Heard::Paid { money: jpy(5000), reference: "pi_1".to_owned() };
        check(&event("completed", "complete", "paid"), Some(&paid));
        check(&event("async_payment_succeeded", "complete", "paid"), Some(&paid));
        check(&event("completed", "complete", "unpaid"), Some(&Heard::Promised { id: "cs_1".to_owned() }));
        let expired = Heard::CheckoutExpired { id: "cs_1".to_owned() };
        check(&event("expired", "expired", "unpaid"), Some(&expired));
        let broken = Heard::PromiseBroken { id: "cs_1".to_owned() };
        check(&event("async_payment_failed", "complete", "unpaid"), Some(&broken));
        check(&event("completed", "open", "unpaid"), None);
        check(&json!({ "type": "checkout.session.completed", "data": { "object": {} } }), None);
        check(&json!({ "type": "customer.created", "data": { "object": { "id": "cus_1" } } }), None);
        check(&json!({}), None);
    }

    #[test]
    fn a_refund_says_what_became_of_it() {
        let check = |status: &str, failure: Value, state, expected: Option<&str>| {
            let refund = json!({ "id": "re_1", "status": status, "failure_reason": failure });
            let failure = expected.map(str::to_owned);
            let heard = heard_of_refund(&refund, 2, None);
            assert_eq!(heard, Some(Heard::Refund { number: 2, state, failure, returned: None }));
        };
        check("succeeded", Value::Null, RefundState::Succeeded, None);
        check("pending", Value::Null, RefundState::Pending, None);
        check("requires_action", Value::Null, RefundState::Pending, None);
        for (code, why) in [
            (json!("charge_for_pending_refund_disputed"), "the payment is disputed"),
            (json!("declined"), "the bank has declined it"),
            (json!("expired_or_canceled_card"), "the card has expired or was cancelled"),
            (json!("insufficient_funds"), "there is not enough money in the account at Stripe"),
            (json!("lost_or_stolen_card"), "the card was reported lost or stolen"),
            (json!("merchant_request"), "it was stopped in the account at Stripe"),
            (json!("unknown"), "Stripe gave no reason"),
            (Value::Null, "Stripe gave no reason"),
            (json!("moon"), "Stripe's reason is moon"),
        ] {
            check("failed", code.clone(), RefundState::Failed, Some(why));
            check("canceled", code, RefundState::Failed, Some(why));
        }
    }

    #[test]
    fn a_dispute_says_how_much_why_until_when_and_how_it_ended() {
        let event = |status: &str, reason: Value, due_by: Value| {
            json!({ "type": "charge.dispute.created", "data": { "object": {
                "id": "dp_1", "payment_intent": "pi_1", "amount": 5000, "currency": "jpy", "status": status,
                "reason": reason, "evidence_details": { "due_by": due_by },
            } } })
        };
        let dispute =
            dispute_of_event(&event("needs_response", json!("fraudulent"), json!(1_800_000_000))).unwrap();
        let answer_by = DateTime::from_timestamp(1_800_000_000, 0);
        assert_eq!((dispute.money, dispute.answer_by, dispute.of.as_str()), (jpy(5000), answer_by, "pi_1"));
        for (code, why) in [
            (json!("fraudulent"), "the cardholder says that they did not make the payment"),
            (json!("product_not_received"), "the payer says that the meeting did not take place"),
            (json!("product_unacceptable"), "the payer says that the meeting was not as described"),
            (json!("credit_not_processed"), "a refund that was due did not arrive"),
            (json!("duplicate"), "it was paid twice"),
            (json!("unrecognized"), "the payer does not recognise the payment"),
            (json!("general"), "the bank gave no reason"),
            (Value::Null, "the bank gave no reason"),
            (json!("check_returned"), "Stripe's reason is check_returned"),
        ] {
            assert_eq!(dispute_of_event(&event("lost", code, Value::Null)).unwrap().reason, why);
        }
        for (status, state) in [
            ("needs_response", DisputeState::Open),
            ("warning_needs_response", DisputeState::Open),
            ("under_review", DisputeState::Open),
            ("appeal_under_review", DisputeState::Open),
            ("warning_closed", DisputeState::Won),
            ("charge_refunded", DisputeState::Won),
            ("won", DisputeState::Won),
            ("lost", DisputeState::Lost),
            ("prevented", DisputeState::Lost),
        ] {
            let dispute = dispute_of_event(&event(status, Value::Null, Value::Null)).unwrap();
            assert_eq!((dispute.state, dispute.answer_by), (state, None), "{status}");
        }
        for (status, case_type, state) in [
            ("warning_needs_response", "inquiry", DisputeState::Inquiry),
            ("warning_under_review", "inquiry", DisputeState::Inquiry),
            ("needs_response", "chargeback", DisputeState::Inquiry),
            ("warning_closed", "inquiry", DisputeState::Won),
            ("lost", "chargeback", DisputeState::Lost),
            ("prevented", "block", DisputeState::Won),
            ("prevented", "resolution", DisputeState::Lost),
        ] {
            let mut refundable = event(status, Value::Null, Value::Null);
            refundable["data"]["object"]["is_charge_refundable"] = json!(true);
            refundable["data"]["object"]["payment_method_details"] =
                json!({ "card": { "case_type": case_type } });
            assert_eq!(dispute_of_event(&refundable).unwrap().state, state, "{status} {case_type}");
        }
        let mut other = event("lost", Value::Null, Value::Null);
        other["data"]["object"]["payment_intent"] = json!("pi_1/../../refunds");
        assert_eq!(dispute_of_event(&other), None, "nothing that leads elsewhere is an id");
        assert_eq!(dispute_of_event(&json!({ "type": "charge.refunded" })), None);
    }

    #[test]
    fn an_event_names_its_booking() {
        let of_refund =
            json!({ "data": { "object": { "metadata": { "booking": "aiko.AAAAAAAAAAAAAAAAAAAAAA" } } } });
        assert_eq!(booking_of_event(&of_refund).unwrap().as_str(), "aiko.AAAAAAAAAAAAAAAAAAAAAA");
        let of_other = json!({ "data": { "object": { "client_reference_id": "an order of a shop" } } });
        assert_eq!(booking_of_event(&of_other), None);
    }

    #[test]
    fn what_was_tried_out_is_not_paid() {
        let event = |live: Value| json!({ "livemode": live });
        assert!(
            is_of_mode(&event(json!(true)), "rk_live_1") && is_of_mode(&event(json!(false)), "sk_test_1")
        );
        assert!(
            !is_of_mode(&event(json!(false)), "sk_live_1") && !is_of_mode(&event(json!(true)), "sk_test_1")
        );
        assert!(!is_of_mode(&event(Value::Null), "sk_test_1"));
    }
}

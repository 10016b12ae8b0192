//! A booking as programs see it: in the HTTP API, and in every webhook.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::booking::{Booking, Dispute, Party, Payment, Place, Refund, Status};
use crate::definition::RefundUntil;
use crate::money::Money;
use crate::strangers::confirmed_by;

/// A booking as JSON. Only the host sees where the visitor came from, and the objects that the meeting belongs to.
pub fn booking(booking: &Booking, viewer: Party) -> Value {
    let mut view = json!({
        "id": booking.id,
        "status": booking.status,
        "outcome": booking.outcome,
        "page": booking.page,
        "title": booking.title,
        "host": {
            "folder": booking.host, "name": booking.noted.name, "time_zone": booking.noted.time_zone,
        },
        "start": rfc3339(booking.start),
        "end": rfc3339(booking.end),
        "duration_minutes": (booking.end - booking.start).num_minutes(),
        "time_zone": booking.visitor.time_zone,
        "locale": booking.visitor.locale,
        "contact": booking.visitor.contact,
        "guests": booking.visitor.guests,
        "location": location(&booking.place_for(viewer)),
        "answers": booking.visitor.answers,
        "sequence": booking.sequence,
        "change_until": rfc3339(booking.changeable_until()),
        "cancel_reason": booking.cancel_reason,
        "created_at": rfc3339(booking.created_at),
        "changed_at": rfc3339(booking.changed_at),
    });
    if let Some(proposal) = &booking.proposed {
        view["proposed"] = json!({
            "start": rfc3339(proposal.start),
            "end": rfc3339(proposal.end),
            "expires_at": rfc3339(proposal.expires_at),
        });
    }
    if booking.status == Status::AwaitingConfirmation {
        view["confirm_until"] = json!(rfc3339(confirmed_by(booking.created_at, booking.start)));
    }
    if let Some(payment) = &booking.payment {
        view["payment"] = payment_of(booking, payment, viewer);
    }
    if viewer == Party::Host {
        if booking.unknown_calendar {
            view["unknown_calendar"] = json!(true);
        }
        view["tracking"] = json!(booking.origin.tracking);
        view["associations"] = json!(booking.origin.associations);
    }
    view
}

/// An amount of money: in the currency's smallest unit, and as it is written.
pub fn money(money: &Money) -> Value {
    json!({ "amount": money.amount, "currency": money.currency, "decimal": money.decimal() })
}

/// What has become of a payment. Only the host sees how the provider calls it, and why money went back.
fn payment_of(booking: &Booking, payment: &Payment, viewer: Party) -> Value {
    let mut view = json!({
        "status": payment.status(booking.status),
        "price": money(&payment.price),
        "due_by": booking.pay_by().map(rfc3339),
        "paid": payment.paid.as_ref().map(|paid| money(&paid.money)),
        "paid_at": payment.paid.as_ref().map(|paid| rfc3339(paid.at)),
        "returned": (payment.returned().amount > 0).then(|| money(&payment.returned())),
        "refund_until": match payment.refund_until {
            _ if payment.refund_closed => json!("never"),
            RefundUntil::Never => json!("never"),
            RefundUntil::Always => json!("always"),
            RefundUntil::Minutes(minutes) => json!({ "minutes_before": minutes }),
        },
    });
    if let Some(other) = &payment.mismatched {
        view["mismatched"] = money(&other.money);
    }
    if viewer == Party::Host {
        let reference = payment.paid.as_ref().or(payment.other()).and_then(|paid| paid.reference.as_ref());
        view["provider"] = json!(payment.provider.provider());
        view["reference"] = json!(reference);
        view["owed"] = money(&payment.owed());
        view["pending"] = money(&payment.on_its_way());
        view["refundable"] = money(&Money { amount: payment.refundable(), ..payment.price });
        view["refund_step"] = money(&payment.refund_step());
        let refund = |refund: &Refund| {
            json!({
                "number": refund.number,
                "payment": refund.of,
                "money": money(&refund.money),
                "state": refund.state,
                "reason": refund.reason,
                "by": refund.by,
                "asked_at": rfc3339(refund.last_asked_at()),
                "failure": refund.failure,
            })
        };
        view["refunds"] = payment.refunds.iter().map(refund).collect();
        let dispute = |dispute: &Dispute| {
            json!({
                "id": dispute.id,
                "payment": dispute.of,
                "money": money(&dispute.money),
                "reason": dispute.reason,
                "answer_by": dispute.answer_by.map(rfc3339),
                "state": dispute.state,
            })
        };
        view["disputes"] = payment.disputes.iter().map(dispute).collect();
    }
    view
}

/// What became of a booking's payment, as cells of a table: how it stands, the price, its currency, what was paid,
/// what was sent back or will be, and the provider's name of the payment. Amounts are decimal; all is empty where it
/// costs nothing.
pub fn payment_cells(booking: &Booking) -> [String; 6] {
    let Some(payment) = &booking.payment else { return Default::default() };
    let returned = payment.returned();
    [
        json!(payment.status(booking.status)).as_str().unwrap_or_default().to_owned(),
        payment.price.decimal(),
        payment.price.currency.code().to_owned(),
        payment.paid.as_ref().map(|paid| paid.money.decimal()).unwrap_or_default(),
        if returned.amount > 0 { returned.decimal() } else { String::new() },
        payment.paid.as_ref().or(payment.other()).and_then(|paid| paid.reference.clone()).unwrap_or_default(),
    ]
}

/// Whoever makes a room, it is a video call; without a value where it is not made yet, or not told.
fn location(place: &Place) -> Value {
    match place {
        Place::Room(address) => json!({ "kind": "video", "value": address }),
        Place::Phone(number) if number.is_empty() => json!({ "kind": "phone", "value": null }),
        place => json!(place),
    }
}

/// An instant in UTC, to the second (RFC 3339).
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

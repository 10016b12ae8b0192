//! What a provider of payments is asked for, by changes of a booking: written as deliveries in their transaction.

use chrono::{DateTime, Utc};

use crate::booking::{Booking, Checkout, Event, Refund};
use crate::ledger::outbox_rows;
use crate::money::Money;
use crate::outbox::{
    Delivery, Destination, PAYMENT, Payload, PaymentErrand, PaymentProvider, Refunding, SENT_ANOTHER_WAY,
};
use crate::sql::{Sql, SqlFault};

/// Writes what a change owes the provider: a checkout that is to be closed in time, or at once, and money that goes
/// back.
pub(super) fn send(
    sql: &mut dyn Sql,
    former: &Booking,
    changed: &Booking,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let (Some(before), Some(payment)) = (&former.payment, &changed.payment) else { return Ok(()) };
    if before == payment && former.status == changed.status {
        return Ok(());
    }
    let delivery = |name: String, event: Event, errand: PaymentErrand, at: DateTime<Utc>| Delivery {
        id: format!("{}.{name}.{PAYMENT}", changed.id),
        booking: Some(changed.id.clone()),
        event: event.name(),
        destination: Destination::Payment(PaymentProvider { provider: payment.provider.clone() }),
        payload: Payload::Payment(errand),
        next_attempt_at: at,
    };
    if before.has_failed_refunds() && !payment.has_failed_refunds() {
        outbox_rows::end_refunds(sql, &changed.id, SENT_ANOTHER_WAY, now)?;
    }
    for Refund { number, of, money, .. } in before.refunds.iter().filter(|refund| refund.is_pending()) {
        let same = payment.refunds.iter().find(|refund| refund.number == *number);
        let amount = same.map_or(0, |refund| refund.money.amount);
        if let Some(of) = of.clone().filter(|_| amount != money.amount) {
            let refund = Some(Refunding { number: *number, money: Money { amount, ..*money } });
            let payload = Payload::Payment(PaymentErrand { of, refund });
            outbox_rows::replace_payload(
                sql,
                &format!("{}.refund-{number}.{PAYMENT}", changed.id),
                &payload,
            )?;
        }
    }
    let mut deliveries = Vec::new();
    let known = before.refunds.last().map_or(0, |refund| refund.number);
    let is_to_be_asked_for = |refund: &&Refund| refund.number > known && refund.is_pending();
    for Refund { number, of, money, .. } in payment.refunds.iter().filter(is_to_be_asked_for) {
        let (Some(of), refund) = (of.clone(), Some(Refunding { number: *number, money: *money })) else {
            continue;
        };
        let errand = PaymentErrand { of, refund };
        deliveries.push(delivery(format!("refund-{number}"), Event::Refunded, errand, now));
    }
    if let Some((checkout, id)) = made(payment.checkout.as_ref()) {
        let earlier = made(before.checkout.as_ref()).filter(|(_, earlier)| *earlier == id);
        let is_given_up = !changed.status.is_live() && former.status.is_live();
        if earlier.is_none() {
            let at = checkout.expires_at.min(changed.start);
            let errand = PaymentErrand { of: id.to_owned(), refund: None };
            deliveries.push(delivery(
                format!("close-{}", checkout.number),
                Event::AwaitingPayment,
                errand,
                at,
            ));
        } else if is_given_up || (changed.has_money() && !former.has_money()) {
            // Whoever still pays there pays for nothing, or twice.
            outbox_rows::hasten(sql, &changed.id, PAYMENT, Event::AwaitingPayment, now)?;
        }
    }
    outbox_rows::insert(sql, &deliveries, now)
}

/// A checkout that the provider has made, with its id there.
fn made(checkout: Option<&Checkout>) -> Option<(&Checkout, &str)> {
    checkout.and_then(|checkout| Some((checkout, checkout.id.as_deref()?)))
}

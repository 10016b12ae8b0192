//! Payments, by whoever takes them: where a booking is paid, and what the provider says of it.
//!
//! The provider alone knows whether something was paid. It is asked, or tells by itself; either way, what it says goes
//! to the ledger as [`Heard`], where it does no harm twice, late, or in another order.

pub(crate) mod link;
pub(crate) mod stripe;
mod stripe_signature;
mod undone;

use scheduling::booking::{Booking, Heard, Status};
use scheduling::definition::Payments;
use scheduling::ledger::{Order, PayStep};
use scheduling::outbox::PaymentErrand;
use scheduling::token::BookingId;

use crate::call::Call;
use crate::call::outgoing::Outgoing;
use crate::call::platform::Platform;
use crate::call::stop::{Fault, Stop};
use crate::call::today::Today;

pub(crate) use stripe_signature::verifies as verifies_stripe;
pub(crate) use undone::{Undone, short};

/// The booking with the address at which it can be paid now; without one where the provider makes none at the moment,
/// which its operator learns: the booking's page offers to try again.
///
/// # Errors
///
/// A refusal where there is nothing to pay, or the time is held no longer.
pub(crate) async fn open<P: Platform>(
    call: &Call<'_, P>,
    booking: Booking,
) -> Result<(Booking, Option<String>), Stop> {
    let ledger = booking.id.ledger().to_owned();
    let ledger = call.ledger(&ledger);
    let booking = ledger.change(Order::pay(booking.id.clone(), PayStep::OpenCheckout)).await?;
    if let Some(url) = address(call, &booking).await {
        return Ok((booking, Some(url)));
    }
    let Some(payments) = settings(call, &booking).await else { return Ok((booking, None)) };
    let made = match &payments {
        Payments::Stripe { .. } => stripe::open(call, &payments, &booking).await,
        Payments::Link { secret, .. } => Err(Undone::ForNow(link::unheard(secret))),
    };
    match made {
        Ok(made) => {
            let step = PayStep::Hear(made);
            let booking = ledger.change(Order::pay(booking.id.clone(), step)).await?;
            let url = address(call, &booking).await;
            Ok((booking, url))
        }
        Err(undone) => {
            let said = format!("{} cannot be paid at the moment: {}", booking.page, undone.reason());
            call.platform.report(&Fault::Operator(said));
            Ok((booking, None))
        }
    }
}

/// The address at which a booking can be paid, as far as it is known without asking.
pub(crate) async fn address<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Option<String> {
    let waits = booking.status == Status::AwaitingPayment;
    // Where another amount was paid, its host looks at that first.
    let payment = booking.payment.as_ref().filter(|payment| waits && payment.mismatched.is_none())?;
    if let Some(checkout) = payment.open_checkout(call.now) {
        return checkout.url.clone();
    }
    match settings(call, booking).await? {
        // Nobody is sent to pay where nobody would hear of it.
        Payments::Link { secret, .. } if link::keys(call.platform, &secret).is_empty() => None,
        Payments::Link { url, .. } => Some(link::address(call, &url, booking)),
        Payments::Stripe { .. } => None,
    }
}

/// The booking as it is by what its provider says now, where it waits for a payment that may have been made: so a page
/// tells the truth although nobody has called. Where the provider does not answer, as it was known.
pub(crate) async fn looked_up<P: Platform>(call: &Call<'_, P>, booking: Booking) -> Booking {
    let waits = booking.status == Status::AwaitingPayment;
    if waits { asked(call, booking).await } else { booking }
}

/// The same of any booking of which nothing is known to be paid.
pub(crate) async fn asked<P: Platform>(call: &Call<'_, P>, booking: Booking) -> Booking {
    let payment = booking.payment.as_ref().filter(|payment| payment.paid.is_none());
    let checkout = payment.and_then(|payment| payment.checkout.as_ref()?.id.clone());
    let Some(checkout) = checkout else { return booking };
    let Some(payments) = settings(call, &booking).await else { return booking };
    match stripe::look(call.platform, &payments, &checkout).await {
        Ok(Some(heard)) => {
            let order = Order::pay(booking.id.clone(), PayStep::Hear(heard));
            call.ledger(booking.id.ledger()).change(order).await.unwrap_or(booking)
        }
        Err(Undone::Unknown(reason)) => {
            call.platform.report(&Fault::Operator(unknown(&booking.id, &reason)));
            booking
        }
        // What cannot be learnt now is learnt later.
        Ok(None) | Err(_) => booking,
    }
}

/// What an operator is told where a provider does not know what was agreed under its former settings.
pub(crate) fn unknown(booking: &BookingId, reason: &str) -> String {
    format!("whether {booking} was paid is not known: {reason}")
}

/// Asks a provider for what a delivery is to have done, and what came of it.
pub(crate) async fn carry_out(
    outgoing: &impl Outgoing,
    payments: &Payments,
    booking: &BookingId,
    errand: &PaymentErrand,
) -> Result<Heard, Undone> {
    match (payments, &errand.refund) {
        (Payments::Stripe { .. }, None) => stripe::close(outgoing, payments, &errand.of).await,
        (Payments::Stripe { .. }, Some(refund)) => {
            stripe::refund(outgoing, payments, booking, (&errand.of, refund)).await
        }
        (Payments::Link { .. }, Some(_)) => {
            Err(Undone::ForGood("a payment link cannot send money back".to_owned()))
        }
        (Payments::Link { .. }, None) => {
            Err(Undone::ForGood("it was opened at Stripe, which the content no longer names".to_owned()))
        }
    }
}

/// Who takes the money for a booking; `None` where it costs nothing.
pub(crate) async fn settings<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Option<Payments> {
    let agreed = &booking.payment.as_ref()?.provider;
    let today = Today::of(call.platform, booking.id.ledger()).await.ok();
    Some(of_today(today.as_ref(), agreed).clone())
}

/// A provider's settings as the content has them now; as they were, where it has another provider, or none.
pub(crate) fn of_today<'a>(today: Option<&'a Today>, agreed: &'a Payments) -> &'a Payments {
    let now = today.and_then(|today| today.host.as_ref()?.payments.as_ref());
    now.filter(|now| now.provider() == agreed.provider()).unwrap_or(agreed)
}

//! Retention: how long what visitors wrote is kept.

use chrono::{DateTime, TimeDelta, Utc};

use super::messages::Today;
use crate::booking::{Booking, Status};

/// Days after a meeting's end for which all of it is kept, where the content does not say for how long: as long as its
/// link opens its page.
const KEPT_DAYS: i64 = 400;
/// Days for which all of a booking is kept that was declined or cancelled, or has expired.
const DEAD_KEPT_DAYS: i64 = 30;
/// Days for which is known that a booking ended before it was confirmed: as long as its key is, and one more.
pub(super) const LAPSED_KNOWN_DAYS: i64 = 2;

/// Days after a payment or its meeting, whichever is later, in which a cardholder can have their bank take it back: as
/// Visa's Core Rules (11, the time limits of disputes) and Mastercard's Chargeback Guide have it.
const DISPUTABLE_DAYS: i64 = 120;
/// Days after which is looked again whether somebody has seen to a payment.
const LOOKED_AGAIN_DAYS: i64 = 7;

/// Until when a booking that is due is kept for its payment's sake: what its visitor wrote is what its host shows a
/// bank, and what goes whole would not be known when money comes, or is to go back. Of what took place or is still to,
/// the payment stays anyway, and for the rest counts what the content says.
pub(super) fn kept_for_payment(
    booking: &Booking,
    goes_whole: bool,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let payment = booking.payment.as_ref().filter(|_| goes_whole || !booking.status.is_live())?;
    if payment.is_open() {
        return Some(now + TimeDelta::days(LOOKED_AGAIN_DAYS));
    }
    let until = payment.kept_since()?.max(booking.end) + TimeDelta::days(DISPUTABLE_DAYS);
    Some(until).filter(|until| now < *until)
}

/// When what is left of an erased booking is let go of: not before everybody had the time to hear of it.
pub(super) fn erased_due_at(booking: &Booking) -> DateTime<Utc> {
    due_at(booking, &None).max(booking.changed_at + TimeDelta::days(DEAD_KEPT_DAYS))
}

/// When nobody needs what a booking's visitor wrote any more.
pub(super) fn due_at(booking: &Booking, today: &Today) -> DateTime<Utc> {
    match booking.status {
        Status::Declined | Status::Cancelled | Status::Expired => {
            booking.changed_at + TimeDelta::days(DEAD_KEPT_DAYS)
        }
        Status::AwaitingConfirmation | Status::Requested | Status::AwaitingPayment | Status::Confirmed => {
            let kept = today.as_ref().and_then(|today| today.keep_contacts_minutes);
            booking.end
                + kept.map_or(TimeDelta::days(KEPT_DAYS), |minutes| TimeDelta::minutes(minutes.into()))
        }
    }
}

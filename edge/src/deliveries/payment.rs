//! What is owed a payment provider: a checkout is closed, or money goes back.

use scheduling::booking::{Heard, RefundState};
use scheduling::outbox::{AttemptOutcome, PaymentErrand, PaymentProvider, booking_of};

use super::{Job, Postman, failed};
use crate::call::today::Today;
use crate::payments::{self, Undone};

/// Makes one attempt, with the provider's settings of today. What it says is heard by the ledger.
pub(super) async fn attempt(
    postman: &impl Postman,
    job: &Job,
    (to, errand): (&PaymentProvider, &PaymentErrand),
) -> AttemptOutcome {
    let today = match Today::of(postman, &job.ledger).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    let Some(booking) = booking_of(&job.id) else { return failed("it is about no booking".to_owned()) };
    let settings = payments::of_today(Some(&today), &to.provider);
    match payments::carry_out(postman, settings, &booking, errand).await {
        Ok(heard) => AttemptOutcome::Heard(heard),
        Err(Undone::ForNow(reason)) => failed(reason),
        // A checkout may have been paid. It is parked, and asked for again once the settings are right.
        Err(Undone::Unknown(reason)) if errand.refund.is_none() => {
            postman.tell_operator(payments::unknown(&booking, &reason));
            AttemptOutcome::Refused { reason }
        }
        Err(Undone::ForGood(reason) | Undone::Unknown(reason)) => match &errand.refund {
            Some(refund) => AttemptOutcome::Heard(Heard::Refund {
                number: refund.number,
                state: RefundState::Failed,
                failure: Some(reason),
                returned: None,
            }),
            None => AttemptOutcome::Ended { reason },
        },
    }
}

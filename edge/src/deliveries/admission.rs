//! An email's place: before each attempt, the ledger that keeps the recipient is asked whether it may leave.

use chrono::TimeDelta;
use scheduling::booking::{Contact, Event};
use scheduling::ledger::Order;
use scheduling::outbox::{Admission, AttemptOutcome, MailAsk, MailNotice, Recipient, TOO_MANY_MAILS, UNDONE};

use crate::call::platform::{Clock, Definitions, Ledgers};
use crate::call::stop::Stop;

/// How long an email waits for its place, from when what it tells of happened.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// Asks for an email to a visitor or a guest. An error says what becomes of one that may not leave. A host gets as many
/// as there are bookings.
pub(super) async fn ask<P: Clock + Definitions + Ledgers>(
    platform: &P,
    id: &str,
    to: &Recipient,
    notice: &MailNotice,
) -> Result<(), AttemptOutcome> {
    if *to == Recipient::Host {
        return Ok(());
    }
    let email = Contact::of_email(to.email(&notice.booking)).counted_email();
    let mut admission = Admission::Admitted;
    // While the secret is rotated, the former key may know what the booking's end is to take back.
    for key in platform.secrets().contact_keys(&email) {
        let ask = MailAsk {
            key,
            mail: id.to_owned(),
            booking: notice.booking.id.clone(),
            event: notice.event,
            by: notice.by,
            is_paid: notice.booking.payment.as_ref().is_some_and(|payment| payment.paid.is_some()),
            is_guest: to.guest().is_some(),
            known_until: notice.booking.end + TimeDelta::days(1),
        };
        // Nobody is to blame for a ledger that is busy: the email is tried again soon.
        admission = admit(platform, ask).await.map_err(|_| AttemptOutcome::Postponed)?;
        if admission != Admission::Undone {
            break;
        }
    }
    match admission {
        Admission::Admitted => Ok(()),
        Admission::Undone => Err(AttemptOutcome::Ended { reason: UNDONE.to_owned() }),
        Admission::Waits { until } => {
            // What takes an invitation back is told however late; nothing else is worth more than a day, or the
            // meeting itself.
            let is_late = notice.event == Event::ReminderDue
                || until >= notice.booking.start
                || platform.now() - notice.booking.changed_at >= LONGEST_WAIT;
            let until = (notice.event == Event::Cancelled || !is_late).then_some(until);
            Err(AttemptOutcome::Held { reason: TOO_MANY_MAILS.to_owned(), until })
        }
    }
}

async fn admit(platform: &impl Ledgers, ask: MailAsk) -> Result<Admission, Stop> {
    let ledger = platform.contact_ledger(&ask.key);
    let (command, reading) = Order::admit_mail(ask).send();
    Ok(reading.read(platform.apply(&ledger, command).await?)?)
}

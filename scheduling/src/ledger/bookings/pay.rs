//! Paying for a booking, within the ledger's transaction: a checkout is opened, what the provider says is heard, and
//! money goes back.

use base16ct::lower as hex;
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::book::take_seat;
use super::change::{end, tell, with_booking};
use super::live_claims::{Live, Seating, Wish};
use crate::booking::{Booking, Change, Event, Heard, Paid, Party, RefundState, Status};
use crate::claim::conflicts;
use crate::ledger::columns::{read_json, read_text, text};
use crate::ledger::messages::{Pay, PayStep, Reply, Today};
use crate::ledger::outbox_rows::HostNews;
use crate::ledger::store::StoredBooking;
use crate::ledger::{calendars, outbox_rows, store, subscribers};
use crate::money::Money;
use crate::outbox::{self, Delivery, OVERTAKEN, PAYMENT, Payload, PaymentErrand, SENT_ANOTHER_WAY};
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault, Value};
use crate::token::BookingId;
use crate::view;

/// Takes one step of paying for a booking.
pub(in crate::ledger) fn pay(
    sql: &mut dyn Sql,
    command: &Pay,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    with_booking(sql, &command.id, |sql, stored| match &command.step {
        PayStep::OpenCheckout => open_checkout(sql, stored, today, now),
        PayStep::Hear(heard) => hear(sql, stored, heard, today, now),
        PayStep::MarkPaid { amount } => {
            let payment = stored.booking.payment.as_ref().ok_or(Refusal::NothingToPay);
            match payment.and_then(|payment| payment.as_marked(*amount, now)) {
                Ok(paid) => take(sql, stored, paid, Party::Host, today, now),
                Err(refusal) => Ok(Err(refusal)),
            }
        }
        PayStep::Refund { amount, refundable, reason } => {
            let change = Change::Refund { amount: *amount, refundable: *refundable, reason: reason.clone() };
            keep(sql, stored, &change, today, now)
        }
        PayStep::SentByHand { amount } => {
            keep(sql, stored, &Change::SentByHand { amount: *amount }, today, now)
        }
    })
}

/// An order that waits for its money.
const PROMISED: &str = "it is to be paid later";
/// A refund that waits for a bank, or its payer.
const ON_ITS_WAY: &str = "it is on its way back";
/// Such a refund, once it has had its time.
const NEVER_ARRIVED: &str = "it was on its way for 60 days, and has not arrived";

/// Hears what a provider answered to a delivery, by its number. Returns what it waits for, if it is to be asked again.
pub(in crate::ledger) fn hear_of(
    sql: &mut dyn Sql,
    number: i64,
    heard: &Heard,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, SqlFault> {
    let statement =
        "SELECT booking_id FROM delivery WHERE number = ?1 AND kind = ?2 AND booking_id IS NOT NULL";
    let rows = sql.run(statement, &[Value::Integer(number), text(PAYMENT)])?;
    let id = rows.first().map(|row| read_text(row, 0)).transpose()?.and_then(BookingId::parse);
    let Some(stored) = id.map(|id| store::booking(sql, &id)).transpose()?.flatten() else { return Ok(None) };
    let noted = subscribers::if_any(sql, &None)?;
    let today: Today = noted.map(|noted| Box::new(noted.into_owned()));
    let payment = stored.booking.payment.as_ref();
    let (heard, interim) = match heard {
        Heard::Promised { .. } => (heard.clone(), Some(PROMISED)),
        Heard::Refund { number, state, returned, .. } if *state != RefundState::Succeeded => {
            match payment.and_then(|payment| payment.is_asked_again(*number, now)) {
                // What this attempt came to is no news of a refund that has arrived.
                None => {
                    if payment.is_some_and(|payment| !payment.has_failed_refunds()) {
                        outbox_rows::end_refunds(sql, &stored.booking.id, SENT_ANOTHER_WAY, now)?;
                    }
                    return Ok(None);
                }
                Some(false) if *state == RefundState::Pending => {
                    let (state, failure) = (RefundState::Failed, Some(NEVER_ARRIVED.to_owned()));
                    (Heard::Refund { number: *number, state, failure, returned: *returned }, None)
                }
                Some(_) => (heard.clone(), heard.is_interim().then_some(ON_ITS_WAY)),
            }
        }
        other => (other.clone(), None),
    };
    hear(sql, &stored, &heard, &today, now).map(|_| interim)
}

/// A refund that was given up has failed: its host has to see to it.
pub(in crate::ledger) fn give_up(
    sql: &mut dyn Sql,
    number: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let statement = "SELECT payload FROM delivery WHERE number = ?1 AND kind = ?2 AND state = 'parked'";
    let rows = sql.run(statement, &[Value::Integer(number), text(PAYMENT)])?;
    let payload: Option<Payload> = rows.first().map(|row| read_json(row, 0)).transpose()?;
    let Some(Payload::Payment(PaymentErrand { refund: Some(refund), .. })) = payload else { return Ok(()) };
    let (state, failure) = (RefundState::Failed, Some(reason.to_owned()));
    let heard = Heard::Refund { number: refund.number, state, failure, returned: None };
    hear_of(sql, number, &heard, now).map(|_| ())
}

/// Has a refund go out again that was given up, unless the money was sent back another way since.
pub(in crate::ledger) fn refund_again(
    sql: &mut dyn Sql,
    booking: Option<&BookingId>,
    number: u32,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    match booking.map(|id| store::booking(sql, id)).transpose()?.flatten() {
        Some(stored) => keep(sql, &stored, &Change::RefundAgain { number }, today, now),
        None => Ok(Err(Refusal::Superseded)),
    }
}

/// The time stays held while the checkout can be paid.
fn open_checkout(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let former = &stored.booking;
    if former.status == Status::AwaitingPayment && store::hold(sql, &former.id, former.time(), now)?.is_none()
    {
        return Ok(Err(Refusal::HoldExpired));
    }
    keep(sql, stored, &Change::OpenCheckout, today, now)
}

fn hear(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    heard: &Heard,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let former = &stored.booking;
    let Some(payment) = &former.payment else { return Ok(Err(Refusal::NothingToPay)) };
    match heard {
        Heard::Paid { money, reference } => {
            if let Some(other) = store::paid_by(sql, reference, &former.id)? {
                tell_of_other_money(sql, former, (*money, reference, Other::Repeated(other)), today, now)?;
                return Ok(Ok(former.clone()));
            }
            let is_price = *money == payment.price;
            let kept = if is_price {
                let paid = Paid { money: *money, reference: Some(reference.clone()), at: now };
                take(sql, stored, paid, Party::Visitor, today, now)?
            } else {
                // Nobody is reminded to pay once more.
                outbox_rows::end_mails(sql, &former.id, &[Event::AwaitingPayment], OVERTAKEN, now)?;
                keep(sql, stored, &Change::Hear(heard.clone()), today, now)?
            };
            let Ok(booking) = &kept else { return Ok(kept) };
            let is_news = *booking != *former;
            if is_news && (!is_price || former.is_paid()) {
                store::note_second_payment(sql, reference, &booking.id)?;
            }
            let mut refunds = booking.payment.iter().flat_map(|payment| &payment.refunds);
            let goes_back = refunds.rfind(|refund| refund.of.as_ref() == Some(reference));
            let other = match goes_back.map(|refund| refund.state) {
                _ if is_price && !(is_news && former.is_paid()) => return Ok(kept),
                Some(RefundState::Pending) if is_news => Other::GoesBack,
                None if !is_price => Other::Amount,
                // What the host has to send back by hand, they read of anyway.
                _ => return Ok(kept),
            };
            tell_of_other_money(sql, booking, (*money, reference, other), today, now)?;
            Ok(kept)
        }
        Heard::CheckoutExpired { id } => {
            let is_own = payment.checkout.as_ref().is_some_and(|checkout| checkout.id.as_ref() == Some(id));
            let is_let_go = is_own
                && former.status == Status::AwaitingPayment
                && (!former.is_held_until_due() || payment.due_by.is_none_or(|due_by| due_by <= now));
            let kept = keep(sql, stored, &Change::Hear(heard.clone()), today, now)?;
            match (is_let_go, store::booking(sql, &former.id)?) {
                (true, Some(stored)) => end(sql, &stored, &Change::Expire, today, now),
                _ => Ok(kept),
            }
        }
        Heard::Promised { .. } => {
            let kept = keep(sql, stored, &Change::Hear(heard.clone()), today, now)?;
            if let Ok(booking) = kept.as_ref()
                && booking.is_promised()
                && !former.is_promised()
            {
                outbox_rows::end_mails(sql, &former.id, &[Event::AwaitingPayment], OVERTAKEN, now)?;
                tell_of_promise(sql, stored, booking, today, now)?;
            }
            Ok(kept)
        }
        Heard::PromiseBroken { .. } => {
            let kept = keep(sql, stored, &Change::Hear(heard.clone()), today, now)?;
            let has_ended = |booking: &Booking| {
                booking.status == Status::AwaitingPayment
                    && *booking != *former
                    && !booking.has_time_to_pay(now)
            };
            match (&kept, store::booking(sql, &former.id)?) {
                (Ok(booking), Some(stored)) if has_ended(booking) => {
                    end(sql, &stored, &Change::Expire, today, now)
                }
                _ => Ok(kept),
            }
        }
        _ => keep(sql, stored, &Change::Hear(heard.clone()), today, now),
    }
}

/// Keeps a change that leaves the booking its time.
fn keep(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    change: &Change,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let former = &stored.booking;
    let (changed, events) = match former.transition(change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if changed != *former {
        store::update_booking(sql, &changed, &events, today)?;
        if let Some(due_by) = changed.payment_due_by() {
            store::keep_seats(sql, &changed.id, changed.time(), Some(due_by), now)?;
            if events.is_empty() && former.payment_due_by() != Some(due_by) {
                // Where it is shown what is free, it is known only until when it was held before.
                let name = format!("held-{}", due_by.timestamp());
                let record = Delivery::record(&changed.id, Event::AwaitingPayment, &name, now);
                outbox_rows::insert(sql, &[record], now)?;
            }
        }
        tell(sql, stored, &changed, (&events, change.by()), today, now)?;
    }
    Ok(Ok(changed))
}

/// Takes a payment: the booking has its time for good. Where that is held no longer, it takes it again, if it is free;
/// else the money goes back.
fn take(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    paid: Paid,
    by: Party,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Result<Booking, Refusal>, SqlFault> {
    let former = &stored.booking;
    let waits = former.status == Status::AwaitingPayment;
    let is_held = waits && store::hold(sql, &former.id, former.time(), now)?.is_some();
    let seating = match former.status {
        // Nobody can be told that they have their time again who is erased.
        _ if former.visitor.contact.is_erased() => None,
        Status::AwaitingPayment | Status::Expired if !is_held => free_again(sql, former, now)?,
        _ => None,
    };
    let change = Change::Pay { by, paid, has_seat: is_held || seating.is_some() };
    let (changed, events) = match former.transition(&change, now) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if changed == *former {
        return Ok(Ok(changed));
    }
    store::update_booking(sql, &changed, &events, today)?;
    if waits && changed.status == Status::Confirmed && is_held {
        store::keep_seats(sql, &changed.id, changed.time(), None, now)?;
    } else if waits || seating.is_some() {
        store::free_seats(sql, &changed.id)?;
    }
    if let Some(seating) = seating.filter(|_| changed.status == Status::Confirmed) {
        take_seat(sql, &changed, 1, seating, None)?;
    }
    tell(sql, stored, &changed, (&events, change.by()), today, now)?;
    Ok(Ok(changed))
}

/// How a booking whose hold is over can have its time again; `None` where somebody else has it, the host is busy by
/// now, or it has begun.
fn free_again(sql: &mut dyn Sql, booking: &Booking, now: DateTime<Utc>) -> Result<Option<Seating>, SqlFault> {
    if booking.start <= now {
        return Ok(None);
    }
    let wish = Wish { booking, capacity: 1, limits: &[] };
    let seating = Live::around(sql, &wish, now)?.seating(&wish).ok();
    let (start, end) = (booking.start.timestamp(), booking.end.timestamp());
    let busy = calendars::busy_after(sql, now)?;
    let is_busy = busy.iter().any(|claim| conflicts(claim, start, end, &booking.buffer));
    Ok(seating.filter(|_| !is_busy))
}

/// Its visitor is to pay later, and leaves the browser for that: they have an email at once, and nobody else hears of
/// it.
fn tell_of_promise(
    sql: &mut dyn Sql,
    stored: &StoredBooking,
    booking: &Booking,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let subscribers = subscribers::of_today(sql, today, &booking.noted)?;
    let deliveries = outbox::promise((booking, &stored.booking), &subscribers, now);
    outbox_rows::insert(sql, &deliveries, now)
}

/// What is odd about money that books nothing.
enum Other {
    /// It is not the price.
    Amount,
    /// It has paid for another booking.
    Repeated(BookingId),
    /// It was paid beside the payment that counts, and goes back.
    GoesBack,
}

/// Something was paid that books nothing: its host hears of it, once.
fn tell_of_other_money(
    sql: &mut dyn Sql,
    booking: &Booking,
    (money, reference, other): (Money, &str, Other),
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    // A digest: a reference can be any line, and an id goes where lines do not.
    let id = format!("{}.paid-{}", booking.id, hex::encode_string(&Sha256::digest(reference)[..8]));
    let Some(subscribers) = subscribers::if_any(sql, today)? else { return Ok(()) };
    if outbox_rows::is_known(sql, &booking.id, &id)? {
        return Ok(());
    }
    let goes_back = matches!(other, Other::GoesBack);
    let other_booking = if let Other::Repeated(other) = other { Some(other) } else { None };
    let news = HostNews {
        id,
        event: Event::PaymentMismatched,
        data: json!({
            "booking": view::booking(&subscribers.booking(booking), Party::Host),
            "paid": view::money(&money),
            "reference": reference,
            "other_booking": other_booking,
            "goes_back": goes_back,
        }),
        booking: Some(booking.id.clone()),
        at: now,
    };
    outbox_rows::tell_host(sql, &subscribers, news, |_| true)
}

//! `POST /api/host/bookings/{id}/accept`, `/decline`, `/cancel`, `/reschedule`, `/outcome`, `/paid`, `/refund`,
//! `/refunded`: a host's acts on a booking, with the host's key. The first two also come from the link in the host's
//! mail, which leads to a page with a button for each.

use crate::call::FoundMeeting;
use crate::form::reason::reason;
use crate::form::start::{seen_start, start_or_refuse};
use crate::offer::booked_page::{self, move_to};
use chrono::{DateTime, Datelike, Utc};
use http::StatusCode;
use scheduling::booking::{Booking, Party, Status};
use scheduling::calendar::Span;
use scheduling::ledger::{Cancel, Order, PayStep, Reschedule};
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, opened, origin};
use crate::form::body::Body;
use crate::form::errors::{Errors, check_names, refuse_fields};
use crate::host::outcome;
use crate::host::{in_words, moved_meanwhile, told_to_host};
use crate::page::answer;
use crate::payments;

/// The last year that RFC 3339 and RFC 5545 can write.
const LAST_YEAR: i32 = 9999;

/// An act of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The meeting takes place.
    Accept,
    /// It does not.
    Decline,
    /// It was going to take place, and does not.
    Cancel,
    /// It takes place at another time.
    Reschedule,
    /// The outcome is recorded.
    RecordOutcome,
    /// It was paid, by whatever way.
    MarkPaid,
    /// Money goes back.
    Refund,
    /// It was sent back by hand.
    MarkRefunded,
}

impl Act {
    /// The act that an address ends with.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "accept" => Act::Accept,
            "decline" => Act::Decline,
            "cancel" => Act::Cancel,
            "reschedule" => Act::Reschedule,
            "outcome" => Act::RecordOutcome,
            "paid" => Act::MarkPaid,
            "refund" => Act::Refund,
            "refunded" => Act::MarkRefunded,
            _ => return None,
        })
    }

    /// The fields of its body.
    fn names(self) -> &'static [&'static str] {
        match self {
            Act::Accept | Act::Decline => &["start"],
            Act::Cancel => &["reason"],
            Act::Reschedule => &["start", "from", "follows_calendar"],
            Act::RecordOutcome => &["outcome", "associations"],
            Act::Refund => &["amount", "refundable", "reason"],
            Act::MarkPaid | Act::MarkRefunded => &["amount"],
        }
    }
}

/// The answer to the bearer of the host's key.
pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, id: &str, act: Act) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let id = BookingId::parse(id).filter(|id| id.ledger() == host.ledger).ok_or(Refusal::NotFound)?;
    let body = Body::read(call.request)?;
    check_names(&body, call.words(), act.names())?;
    let booking = carry_out(call, id, act, &body).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "booking": told_to_host(call.words(), &host, &booking) })))
}

pub(crate) async fn carry_out<P: Platform>(
    call: &Call<'_, P>,
    id: BookingId,
    act: Act,
    body: &Body,
) -> Result<Booking, Stop> {
    let ledger = id.ledger().to_owned();
    let order = match act {
        Act::Accept | Act::Decline => {
            let start =
                if body.get("start").is_null() { None } else { Some(start_or_refuse(body, call.words())?) };
            Order::decide(id, act == Act::Accept, start)
        }
        Act::Cancel => {
            Order::cancel(Cancel { id, by: Party::Host, reason: reason(call, body)?, proves: false })
        }
        Act::Reschedule => return reschedule(call, id, body).await,
        Act::MarkPaid => return mark_paid(call, id, body).await,
        Act::Refund => {
            let units = |name: &str| units(body, name, call.words());
            let (amount, refundable, reason) = (units("amount")?, units("refundable")?, reason(call, body)?);
            if let Some(amount) = amount {
                check_step(call, id.clone(), amount).await?;
            }
            Order::pay(id, PayStep::Refund { amount, refundable, reason })
        }
        Act::MarkRefunded => {
            let amount = units(body, "amount", call.words())?;
            Order::pay(id, PayStep::SentByHand { amount })
        }
        Act::RecordOutcome => Order::record_outcome(outcome::record(id, body, Errors::new(call.words()))?),
    };
    let done = call.ledger(&ledger).change(order).await;
    done.map_err(|stop| {
        in_words(stop, |refusal| match (refusal, act) {
            // A visitor would choose another time after an expired hold; a host has only answered too late.
            (Refusal::HoldExpired, _) => Some("answered_too_late"),
            (Refusal::Superseded, Act::Refund) => Some("refunded_meanwhile"),
            (Refusal::Superseded, Act::MarkRefunded) => Some("owed_meanwhile"),
            _ => None,
        })
    })
}

/// Marks a booking as paid. The provider is asked first: what was paid there is not to count as paid otherwise, and
/// then to go back as a second payment.
async fn mark_paid<P: Platform>(call: &Call<'_, P>, id: BookingId, body: &Body) -> Result<Booking, Stop> {
    let amount = units(body, "amount", call.words())?;
    let known = opened::find(call, id.clone()).await?;
    let booking = payments::asked(call, known.clone()).await;
    let other = |booking: &Booking| booking.payment.as_ref()?.mismatched.clone();
    if other(&booking) != other(&known) {
        let refused = Refused::new(Refusal::Superseded);
        return Err(Refused { words: Some("other_paid_meanwhile"), ..refused }.into());
    }
    let ledger = id.ledger().to_owned();
    let done = call.ledger(&ledger).change(Order::pay(id, PayStep::MarkPaid { amount })).await;
    done.map_err(|stop| {
        in_words(stop, |refusal| match refusal {
            Refusal::HoldExpired => Some("paid_too_late"),
            Refusal::Superseded => Some("other_paid_meanwhile"),
            Refusal::AlreadyCancelled => Some("paid_when_cancelled"),
            Refusal::NotAccepted if booking.status == Status::Expired => Some("never_accepted"),
            _ => None,
        })
    })
}

/// Refuses a part that the provider cannot send back, as nobody pays in such small steps.
async fn check_step<P: Platform>(call: &Call<'_, P>, id: BookingId, amount: u64) -> Result<(), Stop> {
    let booking = opened::find(call, id).await?;
    let step = booking.payment.as_ref().map(|payment| payment.refund_step());
    if let Some(step) = step.filter(|step| !amount.is_multiple_of(step.amount)) {
        let mut errors = Errors::new(call.words());
        errors.add("amount", "endpoint.field.amount_step", &[("step", &call.words().money(&step))]);
        return Err(refuse_fields(errors.into_list()));
    }
    Ok(())
}

/// An amount in the currency's smallest unit, where the body has that field.
fn units(body: &Body, name: &str, words: &LocaleWords) -> Result<Option<u64>, Stop> {
    let amount = body.get(name);
    let whole = amount.as_u64().filter(|amount| *amount > 0);
    if amount.is_null() || whole.is_some() {
        return Ok(whole);
    }
    let mut errors = Errors::new(words);
    errors.add(name, "endpoint.field.amount_malformed", &[]);
    Err(refuse_fields(errors.into_list()))
}

/// Moves a booking at its host's request. The page's rules do not bind a host, except that the time is to come, and a
/// booking may be moved even if its page is gone; but never onto another meeting.
async fn reschedule<P: Platform>(call: &Call<'_, P>, id: BookingId, body: &Body) -> Result<Booking, Stop> {
    let start = start_or_refuse(body, call.words())?;
    let from = seen_start(body, "from", call.words())?;
    let follows = follows_calendar(body, call.words())?;
    let booking = opened::find(call, id).await?;
    if follows && booking.start != start && !is_copy_at(call, &booking, start).await? {
        return Err(moved_meanwhile(Refusal::Superseded.into()));
    }
    let found = booked_page::page_of(call, &booking).await.ok();
    let rules = found.as_ref().and_then(FoundMeeting::meeting).map(|meeting| &meeting.rules);
    let end = start + (booking.end - booking.start);
    let beyond_calendars = || (end.year() > LAST_YEAR).then_some(Refusal::OutsideWindow);
    let wanted = Reschedule {
        id: booking.id.clone(),
        by: Party::Host,
        from,
        verdict: (start <= call.now).then_some(Refusal::NoticeTooShort).or_else(beyond_calendars),
        start,
        end,
        buffer: rules.map_or(booking.buffer, |rules| rules.buffer),
        capacity: 1,
        limits: Vec::new(),
        approval_within_minutes: None,
        stranger: None,
        proves: false,
        calendars: None,
    };
    move_to(call, &booking, wanted, found.as_ref()).await.map_err(moved_meanwhile)
}

/// Whether the host says that the calendar's event was moved there.
fn follows_calendar(body: &Body, words: &LocaleWords) -> Result<bool, Stop> {
    match body.get("follows_calendar") {
        Value::Null => Ok(false),
        Value::Bool(follows) => Ok(*follows),
        _ => {
            let mut errors = Errors::new(words);
            errors.add("follows_calendar", "endpoint.field.not_boolean", &[]);
            Err(refuse_fields(errors.into_list()))
        }
    }
}

/// Whether the host's calendar has the booking's copy at a time, as far as anybody knows: it may have been put back.
async fn is_copy_at<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    start: DateTime<Utc>,
) -> Result<bool, Stop> {
    let astray = call.ledger(booking.id.ledger()).astray().await?;
    let is_there = |span: Span| span.start == start.timestamp();
    Ok(astray.iter().any(|astray| astray.booking == booking.id && astray.moved_to.is_some_and(is_there)))
}

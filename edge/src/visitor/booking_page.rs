//! The booking's own page, which confirms it, and on which it is moved or cancelled.

use crate::call::stop::Stop;
use crate::page::links::page_path;
use scheduling::booking::{Booking, DisputeState, Event, Party, Place, Status};
use scheduling::definition::Provider;
use scheduling::money::Money;
use scheduling::paths;
use scheduling::strangers::confirmed_by;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Refused;
use crate::call::today::{Today, as_of_today};
use crate::call::{Call, opened};
use crate::page::details::{details, room_never_made};
use crate::page::shell::Fields;
use crate::page::{answer, links};
use crate::payments;
use crate::visitor::invitation;
use scheduling::when;

/// The parameter of the booking's own page with which a visitor comes to it from where they have paid, or have not.
const RETURNED: &str = "returned";

/// The page, with the reason above it if a change was refused.
pub(crate) async fn show<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    refused: Option<&Refused>,
) -> Response {
    let mailed = is_mailed(call, booking);
    let held = mailed && is_mail_held(call, booking).await;
    let booking = as_of_today(call.platform, booking).await;
    let besides = Besides { refused, is_mail_held: held, ..Besides::of(call, &booking, token).await };
    // While it is to be confirmed, the page is about nothing but its email.
    let is_unconfirmed = booking.status == Status::AwaitingConfirmation;
    // Whoever is to pay has no email yet.
    let is_to_pay = booking.status == Status::AwaitingPayment && !booking.is_promised();
    let pay = payments::address(call, &booking).await;
    let fields = fields(call, &booking, token, &besides)
        .list("pay", pay.into_iter().map(|url| Fields::default().text("url", url)).collect())
        .flag("filled", call.parameter("filled").is_some() && can_cancel(call, &booking, token))
        .flag("mailed", mailed && !held && !is_unconfirmed && !is_to_pay)
        .flag("mail_held", held && !is_unconfirmed);
    answer::page_or_message(call, "booking.html", &fields, refused).await
}

/// The same after a cancellation was refused, with the reason for it that was typed.
pub(crate) async fn show_again<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    refused: &Refused,
    reason: &str,
) -> Response {
    let booking = as_of_today(call.platform, booking).await;
    let besides = Besides { refused: Some(refused), ..Besides::of(call, &booking, token).await };
    let fields = fields(call, &booking, token, &besides).flag("again_to_cancel", true).text("reason", reason);
    answer::page_or_message(call, "booking.html", &fields, Some(refused)).await
}

/// Returns true if a booking can still be moved on its page: not on the one that whoever takes payments leads back to.
pub(crate) fn can_move<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> bool {
    opened::verified(call, booking.id.as_str(), token).is_ok()
        && matches!(State::of(call, booking), State::Ahead | State::Moved)
}

/// Returns true if a booking can still be cancelled on its page: a request can be taken back, too.
fn can_cancel<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> bool {
    match State::of(call, booking) {
        _ if opened::verified(call, booking.id.as_str(), token).is_err() => false,
        State::Ahead | State::Moved => true,
        State::Other(_) => booking.status.is_live() && booking.changeable_until() > call.now,
        _ => false,
    }
}

/// Returns true if somebody still has to do something for the booking.
fn waits(booking: &Booking) -> bool {
    matches!(booking.status, Status::AwaitingConfirmation | Status::Requested | Status::AwaitingPayment)
}

/// Returns true if the visitor gets an email about the booking as it is.
fn is_mailed<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> bool {
    let is_ahead = matches!(State::of(call, booking), State::Ahead | State::Moved | State::Fixed);
    call.site.mail.is_some() && (waits(booking) || is_ahead)
}

/// Returns true if that email has no place among all that go to the address.
async fn is_mail_held<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> bool {
    let held = call.ledger(booking.id.ledger()).is_mail_held(booking.id.clone()).await;
    held.unwrap_or_else(|stop| {
        // The page is of more use without this than not at all.
        call.refused(stop);
        false
    })
}

/// What the page says besides the booking.
struct Besides<'a> {
    /// Why a change was refused.
    refused: Option<&'a Refused>,
    /// Whether its email has no place among all that go to the address.
    is_mail_held: bool,
    /// Whether it may be paid, and no word of it has come.
    is_unheard: bool,
    /// Whether its host hears of another amount without looking.
    is_host_told: bool,
}

impl Besides<'_> {
    async fn of<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Self {
        let today = Today::of(call.platform, booking.id.ledger()).await;
        Self {
            refused: None,
            is_mail_held: false,
            is_unheard: can_pay(booking)
                && is_paid_by_link(booking)
                && (call.parameter(RETURNED).is_some()
                    || opened::verified(call, booking.id.as_str(), token).is_err()),
            is_host_told: today.is_ok_and(|today| today.tells_host(Event::PaymentMismatched)),
        }
    }
}

/// The state of a booking, as its page tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It will take place, and can still be changed here.
    Ahead,
    /// The same, at another time than it was first booked for.
    Moved,
    /// It will take place, and can no longer be changed here.
    Fixed,
    /// It has begun.
    Begun,
    /// It is over.
    Over,
    /// It will not take place.
    Cancelled,
    /// It waits for somebody, or came to nothing.
    Other(&'static str),
}

impl State {
    fn of<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Self {
        match booking.status {
            Status::Cancelled => State::Cancelled,
            Status::AwaitingConfirmation => State::Other("awaiting_confirmation"),
            Status::Requested => State::Other("requested"),
            Status::AwaitingPayment => State::Other("awaiting_payment"),
            Status::Declined => State::Other("declined"),
            Status::Expired => State::Other("expired"),
            Status::Confirmed if booking.end <= call.now => State::Over,
            Status::Confirmed if booking.start <= call.now => State::Begun,
            Status::Confirmed if booking.changeable_until() < call.now => State::Fixed,
            // Every change of time counts, and nothing else does while it is confirmed.
            Status::Confirmed if booking.sequence > 0 => State::Moved,
            Status::Confirmed => State::Ahead,
        }
    }

    /// The key of its words below `endpoint.booking`.
    fn key(self) -> &'static str {
        match self {
            State::Ahead | State::Fixed => "confirmed",
            State::Moved => "moved",
            State::Begun => "begun",
            State::Over => "over",
            State::Cancelled => "cancelled",
            State::Other(key) => key,
        }
    }
}

fn fields<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str, besides: &Besides<'_>) -> Fields {
    let words = call.words();
    let state = State::of(call, booking);
    let to_confirm =
        booking.status == Status::AwaitingConfirmation && opened::proves(call, &booking.id, token);
    // A new wish comes first; below it, the page is that of the meeting as it still is.
    let said = match booking.proposed {
        Some(_) => "proposed",
        None if to_confirm => "to_confirm",
        None if besides.is_mail_held && booking.status == Status::AwaitingConfirmation => "not_asked",
        None if besides.is_unheard => "payment_unheard",
        None => match of_payment(booking) {
            Some("payment_mismatched") if !besides.is_host_told => "payment_mismatched_untold",
            said => said.unwrap_or(state.key()),
        },
    };
    // Who has no email about it comes back by its address alone.
    let has_mail = call.site.mail.is_some() && !besides.is_mail_held;
    let (can_move, can_cancel) = (can_move(call, booking, token), can_cancel(call, booking, token));
    let may_change = opened::verified(call, booking.id.as_str(), token).is_ok();
    let payment = booking.payment.as_ref();
    let due_by = booking.pay_by().map(|due_by| when::start(words, &booking.visitor.time_zone, due_by));
    let price = payment.map(|payment| words.money(&payment.cost()));
    let other = payment.and_then(|payment| payment.mismatched.as_ref()).map(|paid| words.money(&paid.money));
    let returned = payment.and_then(|payment| payment.only_returned()).map(|money| words.money(&money));
    let until = confirmed_by(booking.created_at, booking.start);
    let until = when::time(words, &booking.visitor.time_zone, until);
    let values = [
        ("host_name", booking.noted.name.as_str()),
        ("name", &booking.visitor.contact.name),
        ("contact_email", &booking.visitor.contact.email),
        ("until", &until),
        ("due_by", due_by.as_deref().unwrap_or_default()),
        ("price", price.as_deref().unwrap_or_default()),
        ("other", other.as_deref().unwrap_or_default()),
        ("returned", returned.as_deref().unwrap_or_default()),
    ];
    let message = |part: &str| words.message(&format!("endpoint.booking.{said}.{part}"), &values);
    let lead = match booking.status {
        Status::AwaitingPayment if booking.sequence > 0 => {
            words.message("endpoint.booking.moved_unpaid.lead", &[("lead", message("lead").as_str())])
        }
        // Nobody is left to speak to.
        _ if booking.visitor.contact.is_erased() => words.message("endpoint.booking.erased.lead", &[]),
        _ => message("lead"),
    };
    let takes_place = matches!(state, State::Ahead | State::Moved | State::Fixed | State::Begun);
    let calendars =
        (takes_place && may_change).then(|| invitation::links(call, booking, token)).into_iter().collect();
    let again = matches!(state, State::Over | State::Cancelled | State::Other(_)) && !waits(booking);
    let details = details(words, booking, Party::Visitor, call.now);
    let details = match booking.location {
        Place::Room(None) if state == State::Over => details.list("place_text", room_never_made(words)),
        _ => details,
    };
    details
        .text("title", message("title"))
        .text("lead", lead)
        .text("status", state.key())
        .list("problem", answer::problem(words, besides.refused))
        .flag("can_move", can_move)
        .flag("can_cancel", can_cancel)
        .flag("is_seen_only", !may_change && booking.status.is_live())
        .flag("has_mail", has_mail)
        .flag("keep_first", may_change && can_pay(booking) && !has_mail)
        .flag("unheard", besides.is_unheard)
        .flag("by_link", is_paid_by_link(booking))
        .flag("can_pay", can_pay(booking))
        .text("pay_path", paths::pay(&booking.id))
        .optional("owed", of_cancelling(call, booking))
        .flag("refund_lost", can_move && is_too_late_for_refund(call, booking))
        .flag("too_late", state == State::Fixed)
        .list("calendars", calendars)
        .flag("again", again)
        .flag("to_confirm", to_confirm)
        .text("confirm_path", paths::confirm(&booking.id))
        .text("page_path", page_path(call, &booking.page))
        .text("cancel_path", paths::cancel(&booking.id))
        .text("move_path", paths::reschedule(&booking.id))
        .text("start", booking.start.timestamp().to_string())
        .text("own_path", links::path_with(booking, token))
        .text("returned_path", format!("{}?{RETURNED}", links::path_with(booking, token)))
        .text("choose_path", format!("{}?move", links::path_with(booking, token)))
        .text("token", token)
}

/// The key of the words of a booking that its payment says more of than its status.
fn of_payment(booking: &Booking) -> Option<&'static str> {
    let payment = booking.payment.as_ref()?;
    match booking.status {
        Status::AwaitingPayment | Status::Expired if payment.other().is_some() => Some("payment_mismatched"),
        Status::AwaitingPayment if booking.is_promised() => Some("payment_promised"),
        Status::AwaitingPayment if payment.only_returned().is_some() => Some("price_due"),
        Status::AwaitingPayment if payment.checkout.as_ref().is_some_and(|checkout| checkout.is_broken) => {
            Some("payment_failed")
        }
        // Before its host had agreed, nothing was to be paid: whoever paid all the same was not too late.
        Status::Expired if payment.paid.is_some() && payment.payable_until.is_some() => Some("paid_too_late"),
        Status::Expired if payment.payable_until.is_some() && payment.only_returned().is_some() => {
            Some("price_unpaid")
        }
        Status::Expired if payment.payable_until.is_some() => Some("unpaid"),
        _ => None,
    }
}

/// Whether it can be paid, or is to be tried: not while a payment is on its way, or its host looks at another amount.
fn can_pay(booking: &Booking) -> bool {
    let is_mismatched = booking.payment.as_ref().is_some_and(|payment| payment.mismatched.is_some());
    booking.status == Status::AwaitingPayment && !booking.is_promised() && !is_mismatched
}

/// Whether somebody else's page takes the payment, which nobody can ask whether it has.
fn is_paid_by_link(booking: &Booking) -> bool {
    booking.payment.as_ref().is_some_and(|payment| payment.provider.provider() == Provider::Link)
}

/// Whether its visitor no longer gets the money back by cancelling: then moving it does not change that.
pub(crate) fn is_too_late_for_refund<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> bool {
    let payment = booking.payment.as_ref();
    payment.is_some_and(|payment| payment.is_too_late_for_refund(booking.start, call.now))
}

/// Whether what was paid goes back if the visitor cancels, and how much that is; `None` where nothing was paid.
pub(crate) fn of_cancelling<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Option<String> {
    let payment = booking.payment.as_ref()?;
    let (key, money) = if payment.is_disputed() {
        ("is_disputed", payment.in_dispute(DisputeState::Open))
    } else if payment.refundable() == 0 {
        return None;
    } else {
        let key = if payment.goes_back(booking.start, call.now) { "goes_back" } else { "is_kept" };
        (key, Money { amount: payment.refundable(), ..payment.price })
    };
    let words = call.words();
    Some(words.message(&format!("endpoint.payment.{key}"), &[("price", words.money(&money).as_str())]))
}

/// Sends the browser back to the booking's page, which shows the result.
pub(crate) fn back_to_page<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let redirect = answer::see_other(&links::path_with(booking, token)).map_err(Stop::from);
    redirect.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

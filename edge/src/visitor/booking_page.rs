//! The booking's own page, which confirms it, and on which it is moved or cancelled.

use crate::call::stop::Stop;
use crate::page::links::page_path;
use scheduling::booking::{Booking, Party, Place, Status};
use scheduling::paths;
use scheduling::strangers::confirmed_by;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Refused;
use crate::call::today::as_of_today;
use crate::call::{Call, opened};
use crate::page::details::{details, room_never_made};
use crate::page::shell::Fields;
use crate::page::{answer, links};
use crate::visitor::invitation;
use scheduling::when;

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
    // While it is to be confirmed, the page is about nothing but its email.
    let is_unconfirmed = booking.status == Status::AwaitingConfirmation;
    let fields = fields(call, &booking, token, (refused, held))
        .flag("filled", call.parameter("filled").is_some() && can_cancel(call, &booking))
        .flag("mailed", mailed && !held && !is_unconfirmed)
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
    let fields = fields(call, &booking, token, (Some(refused), false))
        .flag("again_to_cancel", true)
        .text("reason", reason);
    answer::page_or_message(call, "booking.html", &fields, Some(refused)).await
}

/// Returns true if a booking can still be moved on its page.
pub(crate) fn can_move<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> bool {
    matches!(State::of(call, booking), State::Ahead | State::Moved)
}

/// Returns true if a booking can still be cancelled on its page: a request can be taken back, too.
fn can_cancel<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> bool {
    match State::of(call, booking) {
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

fn fields<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    (refused, is_mail_held): (Option<&Refused>, bool),
) -> Fields {
    let words = call.words();
    let state = State::of(call, booking);
    let to_confirm =
        booking.status == Status::AwaitingConfirmation && opened::proves(call, &booking.id, token);
    // A new wish comes first; below it, the page is that of the meeting as it still is.
    let said = match booking.proposed {
        Some(_) => "proposed",
        None if to_confirm => "to_confirm",
        None if is_mail_held && booking.status == Status::AwaitingConfirmation => "not_asked",
        None => state.key(),
    };
    let until = confirmed_by(booking.created_at, booking.start);
    let until = when::time(words, &booking.visitor.time_zone, until);
    let values = [
        ("host_name", booking.noted.name.as_str()),
        ("name", &booking.visitor.contact.name),
        ("contact_email", &booking.visitor.contact.email),
        ("until", &until),
    ];
    let message = |part: &str| words.message(&format!("endpoint.booking.{said}.{part}"), &values);
    let takes_place = matches!(state, State::Ahead | State::Moved | State::Fixed | State::Begun);
    let calendars = takes_place.then(|| invitation::links(call, booking, token)).into_iter().collect();
    let again = matches!(state, State::Over | State::Cancelled | State::Other(_)) && !waits(booking);
    let details = details(words, booking, Party::Visitor);
    let details = match booking.location {
        Place::Room(None) if state == State::Over => details.list("place_text", room_never_made(words)),
        _ => details,
    };
    details
        .text("title", message("title"))
        .text("lead", message("lead"))
        .text("status", state.key())
        .list("problem", answer::problem(words, refused))
        .flag("can_move", can_move(call, booking))
        .flag("can_cancel", can_cancel(call, booking))
        .flag("too_late", state == State::Fixed)
        .list("calendars", calendars)
        .flag("again", again)
        .flag("to_confirm", to_confirm)
        .text("confirm_path", paths::confirm(&booking.id))
        .text("page_path", page_path(call, &booking.page))
        .text("cancel_path", paths::cancel(&booking.id))
        .text("move_path", paths::reschedule(&booking.id))
        .text("start", booking.start.timestamp().to_string())
        .text("choose_path", format!("{}?move", links::path_with(booking, token)))
        .text("token", token)
}

/// Sends the browser back to the booking's page, which shows the result.
pub(crate) fn back_to_page<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let redirect = answer::see_other(&links::path_with(booking, token)).map_err(Stop::from);
    redirect.unwrap_or_else(|stop| call.refused(stop).problem(call.words()))
}

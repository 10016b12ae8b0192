//! The addresses of a booking's own page and of its event, for the bearer of its token.

use crate::call::Call;
use crate::call::platform::Platform;
use chrono::TimeDelta;
use scheduling::booking::{Booking, Contact};
use scheduling::paths;
use scheduling::token::{Purpose, Secrets};

/// Days after the meeting's end for which its link still opens.
const LINK_DAYS: i64 = 400;

/// The same for an email to its visitor, whose link proves the address.
pub(crate) fn mailed_path(booking: &Booking, secrets: &Secrets) -> String {
    path_with(booking, &secrets.booking_token(&booking.id, Purpose::Mailed, expires(booking)))
}

/// The path of the booking's own page with a token that its visitor has.
pub(crate) fn path_with(booking: &Booking, token: &str) -> String {
    paths::booking(&booking.id, token)
}

/// The path of the booking's page to which whoever takes the payment sends its visitor back.
pub(crate) fn paying_path(booking: &Booking, secrets: &Secrets) -> String {
    path_with(booking, &secrets.booking_token(&booking.id, Purpose::Paying, expires(booking)))
}

/// The path of the page where the host answers a request, with the token that opens it until the meeting begins.
pub(crate) fn decide_path(booking: &Booking, secrets: &Secrets) -> String {
    let expires = booking.start.timestamp();
    path_with(booking, &secrets.booking_token(&booking.id, Purpose::Decide, expires))
}

/// The path that switches off the booking's reminders, with the token that opens it until the meeting ends.
pub(crate) fn reminders_path(booking: &Booking, secrets: &Secrets) -> String {
    let expires = booking.end.timestamp();
    paths::reminders(&booking.id, &secrets.booking_token(&booking.id, Purpose::Reminders, expires))
}

/// The path that has everything about somebody erased who was written to about the booking, with the token that says of
/// whom.
pub(crate) fn erasure_path(booking: &Booking, email: &str, secrets: &Secrets) -> String {
    let expires = (booking.end + TimeDelta::days(LINK_DAYS)).timestamp();
    paths::erasure(&secrets.erasure_token(&Contact::of_email(email).normalised_email(), expires))
}

/// The path of the booking's event as a file, with the token that opens it.
pub(crate) fn ics_path(booking: &Booking, token: &str) -> String {
    paths::event(&booking.id, token)
}

/// The token that opens the booking's own page.
pub(crate) fn token(booking: &Booking, secrets: &Secrets) -> String {
    secrets.booking_token(&booking.id, Purpose::Manage, expires(booking))
}

fn expires(booking: &Booking) -> i64 {
    (booking.end + TimeDelta::days(LINK_DAYS)).timestamp()
}

/// The path of a meeting page in the call's locale.
pub(crate) fn page_path<P: Platform>(call: &Call<'_, P>, page: &str) -> String {
    paths::page(&call.site.locales, &call.locale, page)
}

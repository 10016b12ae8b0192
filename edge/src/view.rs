//! Bookings as programs see them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use scheduling::booking::Booking;
use scheduling::ledger::Party;
use scheduling::token::{Purpose, Secrets};
use serde_json::{Value, json};

/// How long after the meeting's end its link still opens, in days.
const LINK_DAYS: i64 = 400;

/// A booking as JSON. Only the host sees where the visitor came from.
pub(crate) fn booking(booking: &Booking, viewer: Party) -> Value {
    let mut view = json!({
        "id": booking.id,
        "status": booking.status,
        "outcome": booking.outcome,
        "page": booking.page,
        "title": booking.title,
        "host": { "folder": booking.host, "name": booking.host_name, "time_zone": booking.host_time_zone },
        "start": rfc3339(booking.start),
        "end": rfc3339(booking.end),
        "duration_minutes": (booking.end - booking.start).num_minutes(),
        "time_zone": booking.time_zone,
        "locale": booking.locale,
        "contact": booking.contact,
        "guests": booking.guests,
        "location": booking.location,
        "answers": booking.answers,
        "sequence": booking.sequence,
        "change_until": rfc3339(change_until(booking)),
        "cancel_reason": booking.cancel_reason,
        "created_at": rfc3339(booking.created_at),
        "changed_at": rfc3339(booking.changed_at),
    });
    if viewer == Party::Host {
        view["tracking"] = json!(booking.tracking);
    }
    view
}

/// The last instant at which the visitor may change the booking.
pub(crate) fn change_until(booking: &Booking) -> DateTime<Utc> {
    booking.start - TimeDelta::minutes(booking.change_until_minutes.into())
}

/// The path of the booking's own page, with the token that opens it.
pub(crate) fn manage_path(booking: &Booking, secrets: &Secrets) -> String {
    let expires = (booking.end + TimeDelta::days(LINK_DAYS)).timestamp();
    format!("/booking/{}/{}", booking.id, secrets.booking_token(&booking.id, Purpose::Manage, expires))
}

/// An instant in UTC, to the second.
fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

//! A booking as programs see it: in the HTTP API, and in every webhook.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::booking::{Booking, HostNoted, Party, Place, Status};
use crate::strangers::confirmed_by;

/// A booking as JSON. Only the host sees where the visitor came from, and the objects that the meeting belongs to.
pub fn booking(booking: &Booking, viewer: Party) -> Value {
    booking_of(booking, &booking.noted, viewer)
}

/// The same, with its host as the content has it now.
pub fn booking_of(booking: &Booking, host: &HostNoted, viewer: Party) -> Value {
    let mut view = json!({
        "id": booking.id,
        "status": booking.status,
        "outcome": booking.outcome,
        "page": booking.page,
        "title": booking.title,
        "host": { "folder": booking.host, "name": host.name, "time_zone": host.time_zone },
        "start": rfc3339(booking.start),
        "end": rfc3339(booking.end),
        "duration_minutes": (booking.end - booking.start).num_minutes(),
        "time_zone": booking.visitor.time_zone,
        "locale": booking.visitor.locale,
        "contact": booking.visitor.contact,
        "guests": booking.visitor.guests,
        "location": location(&booking.location),
        "answers": booking.visitor.answers,
        "sequence": booking.sequence,
        "change_until": rfc3339(booking.changeable_until()),
        "cancel_reason": booking.cancel_reason,
        "created_at": rfc3339(booking.created_at),
        "changed_at": rfc3339(booking.changed_at),
    });
    if let Some(proposal) = &booking.proposed {
        view["proposed"] = json!({
            "start": rfc3339(proposal.start),
            "end": rfc3339(proposal.end),
            "expires_at": rfc3339(proposal.expires_at),
        });
    }
    if booking.status == Status::AwaitingConfirmation {
        view["confirm_until"] = json!(rfc3339(confirmed_by(booking.created_at, booking.start)));
    }
    if viewer == Party::Host {
        if booking.unknown_calendar {
            view["unknown_calendar"] = json!(true);
        }
        view["tracking"] = json!(booking.origin.tracking);
        view["associations"] = json!(booking.origin.associations);
    }
    view
}

/// Whoever makes a room, it is a video call; without a value where it is not made yet.
fn location(place: &Place) -> Value {
    match place {
        Place::Room(address) => json!({ "kind": "video", "value": address }),
        place => json!(place),
    }
}

/// An instant in UTC, to the second (RFC 3339).
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

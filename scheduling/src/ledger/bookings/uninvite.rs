//! Erasing a guest from the bookings of others, within the transaction of one host's ledger. The bookings stay: they
//! are those of whoever made them.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value as Json;

use crate::booking::{Contact, Event};
use crate::ledger::messages::Today;
use crate::ledger::outbox_rows;
use crate::ledger::store::{self, StoredBooking};
use crate::outbox::{self, Destination, Request, Subscribers};
use crate::sql::{Sql, SqlFault};

/// Erases an address from the guests of all bookings that were made until it was asked for, and returns these, as they
/// are now.
pub(super) fn uninvite(
    sql: &mut dyn Sql,
    request: &Request,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Vec<StoredBooking>, SqlFault> {
    let mut bookings = store::bookings_naming(sql, &request.email)?;
    let asked_at = request.asked_at.trunc_subsecs(0);
    bookings.retain(|StoredBooking { booking, .. }| {
        let is_guest = booking.visitor.guests.iter().any(|guest| is_of(guest, &request.email));
        is_guest && booking.created_at.trunc_subsecs(0) <= asked_at
    });
    for stored in &mut bookings {
        let without = |text: &str| without_guest(text, &request.email);
        outbox_rows::forget_guest(sql, &stored.booking.id, &request.email)?;
        outbox_rows::rewrite(sql, &stored.booking.id, &without)?;
        store::rewrite(sql, &stored.booking.id, &without)?;
        stored.booking.visitor.guests.retain(|guest| !is_of(guest, &request.email));
        note(sql, stored, today, now)?;
    }
    Ok(bookings)
}

/// Has the booking's record and its contact's ledger follow.
fn note(
    sql: &mut dyn Sql,
    stored: &mut StoredBooking,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    let StoredBooking { booking, contact_key, event_count, .. } = stored;
    let events = [Event::Erased];
    let nobody = Subscribers::none(&booking.noted);
    let records = Destination::of_booking(&nobody, booking, &[], contact_key.as_deref());
    let told = (&nobody, &records[..]);
    let deliveries = outbox::deliveries((&events, None), *event_count, (booking, None), told, now);
    store::update_booking(sql, booking, &events, today)?;
    *event_count += 1;
    outbox_rows::insert(sql, &deliveries, now)
}

fn is_of(guest: &str, email: &str) -> bool {
    Contact::of_email(guest).normalised_email() == email
}

/// What is kept as JSON, without that guest; `None` if it names no such guest.
fn without_guest(text: &str, email: &str) -> Option<String> {
    let mut value: Json = crate::json::from_str(text).ok()?;
    take_out(&mut value, email).then(|| value.to_string())
}

/// Takes a guest out of every list of guests, and returns true if there was any.
fn take_out(value: &mut Json, email: &str) -> bool {
    match value {
        Json::Array(items) => {
            let mut found = false;
            for item in items {
                found |= take_out(item, email);
            }
            found
        }
        Json::Object(fields) => {
            let mut found = false;
            for (name, field) in fields {
                found |= match field {
                    Json::Array(guests) if name == "guests" => {
                        let before = guests.len();
                        guests.retain(|guest| !guest.as_str().is_some_and(|guest| is_of(guest, email)));
                        guests.len() < before
                    }
                    field => take_out(field, email),
                };
            }
            found
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_guest_is_taken_out_of_every_list_of_guests_and_of_nothing_else() {
        let kept = json!({
            "a": { "visitor": { "guests": ["Ben@Example.org", "kim@example.org"], "answers": ["ben@example.org"] } },
            "b": [{ "guests": ["ben@example.org"] }, { "guests": "ben@example.org" }],
        });
        let expected = json!({
            "a": { "visitor": { "guests": ["kim@example.org"], "answers": ["ben@example.org"] } },
            "b": [{ "guests": [] }, { "guests": "ben@example.org" }],
        });
        let text = without_guest(&kept.to_string(), "ben@example.org").unwrap();
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), expected);
        assert_eq!(without_guest(&text, "ben@example.org"), None);
    }
}

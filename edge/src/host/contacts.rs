//! `GET /api/host/contacts`, one of them, and erasing one: the people who have booked a host, for the bearer of the
//! host's key.
//!
//! All of it comes from the host's own ledger: what somebody booked with other hosts is theirs. Only whether the
//! contact is this host's comes from the ledger that keeps it, which hears of a booking a moment later.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use scheduling::booking::Booking;
use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, origin};
use crate::form::errors::Errors;
use crate::host::contact_list::{Seen, by_contact, table};
use crate::page::answer;

/// The most ledgers of contacts that one answer asks: a Worker's invocation has fifty requests.
const MOST_ASKED: usize = 30;
/// Addresses that are searched at once for the one behind a key.
const MOST_ADDRESSES: u32 = 10_000;
pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let (before, as_csv) = asked(call, &host)?;
    // While the secret is rotated, each contact is looked up under two keys.
    let most = MOST_ASKED / (1 + usize::from(call.platform.secrets().previous.is_some()));
    let most_bookings = u32::try_from(most + 1).unwrap_or(1);
    let mut contacts = by_contact(call.ledger(&host.ledger).contacts(None, before, most_bookings).await?);
    let more = contacts.len() > most;
    contacts.truncate(most);
    let mut seen = Vec::with_capacity(contacts.len());
    for bookings in contacts {
        seen.push(see(call, &host, bookings).await?);
    }
    let after = seen.last().filter(|_| more).and_then(|last| last.bookings.first()).map(|newest| &newest.id);
    let mut response = if as_csv {
        as_table(&host, &seen)
    } else {
        let views: Vec<Value> = seen.iter().map(|seen| seen.view(&host)).collect();
        answer::json(StatusCode::OK, &json!({ "contacts": views, "more": more, "after": after }))
    };
    if let Some(after) = after {
        answer::set_next(call, &mut response, after.as_str());
    }
    Ok(response)
}

/// `GET /api/host/contacts/{key}`
pub(crate) async fn one<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    let email = find(call, &host, key).await?;
    let bookings = call.ledger(&host.ledger).contacts(Some(email), None, 1).await?;
    let bookings = by_contact(bookings).pop().ok_or(Refusal::NotFound)?;
    let seen = see(call, &host, bookings).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "contact": seen.view(&host) })))
}

/// `POST /api/host/contacts/{key}/erase`: what was booked with this host. Over all hosts, only the person themselves
/// has it done, or the operator.
pub(crate) async fn erase<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let email = find(call, &host, key).await?;
    call.ledger(&host.ledger).erase_bookings(email, call.now).await?;
    Ok(answer::json(StatusCode::ACCEPTED, &json!({ "contact": { "key": key, "state": "erasing" } })))
}

/// The booking after which the list goes on, and true for CSV.
fn asked<P: Platform>(call: &Call<'_, P>, host: &HostDefinition) -> Result<(Option<BookingId>, bool), Stop> {
    let parameter = |name: &str| call.parameter(name).filter(|text| !text.is_empty());
    let mut errors = Errors::new(call.words());
    let after = parameter("after");
    let before = after.as_deref().and_then(BookingId::parse).filter(|id| id.ledger() == host.ledger);
    if after.is_some() && before.is_none() {
        errors.add("after", "endpoint.field.cursor_unknown", &[]);
    }
    let format = parameter("format");
    let as_csv = format.as_deref() == Some("csv");
    if format.is_some_and(|format| format != "csv" && format != "json") {
        errors.add("format", "endpoint.field.format_unknown", &[]);
    }
    let errors = errors.into_list();
    if errors.is_empty() {
        Ok((before, as_csv))
    } else {
        Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into())
    }
}

/// The address behind a key, which must have booked this host. A key does not reveal its address, so the host's
/// addresses are searched.
async fn find<P: Platform>(call: &Call<'_, P>, host: &HostDefinition, key: &str) -> Result<String, Stop> {
    let mut after = String::new();
    let has_key = |email: &String| call.platform.secrets().contact_keys(email).iter().any(|own| own == key);
    loop {
        let mut addresses = call.ledger(&host.ledger).addresses(after, MOST_ADDRESSES).await?;
        if let Some(place) = addresses.iter().position(has_key) {
            return Ok(addresses.swap_remove(place));
        }
        after = addresses.pop().ok_or(Refusal::NotFound)?;
    }
}

/// Adds whether the contact is this host's, as far as the ledger that keeps it has heard of it.
async fn see<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    bookings: Vec<Booking>,
) -> Result<Seen, Stop> {
    let email = bookings[0].visitor.contact.normalised_email();
    let keys = call.platform.secrets().contact_keys(&email);
    let mut owner = None;
    // The former key first: the owner that is known under it was there before.
    for key in keys.iter().rev() {
        let ledger = call.platform.contact_ledger(key);
        let known = call.ledger(&ledger).contact(key.clone()).await?;
        owner = owner.or(known.and_then(|known| known.owner));
    }
    Ok(Seen::of(keys.into_iter().next().unwrap_or_default(), owner, bookings, host))
}

fn as_table(host: &HostDefinition, seen: &[Seen]) -> Response {
    let mut response = Response::new(Bytes::from(table(seen)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"contacts-{}.csv\"", host.folder);
    answer::set(headers, header::CONTENT_DISPOSITION, &name);
    response
}

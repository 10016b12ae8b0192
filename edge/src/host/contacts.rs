//! `GET /api/host/contacts`, one of them, and erasing one: the people who have booked a host, for the bearer of the
//! host's key.
//!
//! All of it comes from the host's own ledger: what somebody booked with other hosts is theirs. Only whether the
//! contact is this host's comes from the ledger that keeps it, which hears of a booking a moment later.

use std::iter;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use scheduling::booking::Booking;
use scheduling::contact::{Profile, Touch};
use scheduling::definition::HostDefinition;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::view;
use serde_json::{Value, json};

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, admitted, origin};
use crate::form::errors::Errors;
use crate::host::view_of;
use crate::page::answer;

/// The most ledgers of contacts that one answer asks: a Worker's invocation has fifty requests.
const MOST_ASKED: usize = 30;
/// Addresses that are searched at once for the one behind a key.
const MOST_ADDRESSES: u32 = 10_000;
/// The columns of the CSV.
const COLUMNS: [&str; 12] = [
    "key",
    "name",
    "email",
    "owner",
    "last_booking_at",
    "last_booking_campaign",
    "last_booking_source",
    "last_booking_medium",
    "bookings",
    "newest_page",
    "newest_start",
    "newest_status",
];

/// A contact, as its host sees it.
struct Seen {
    key: String,
    email: String,
    /// Of the host's own bookings alone.
    profile: Profile,
    /// Those bookings, newest first.
    bookings: Vec<Booking>,
}

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
        let views: Vec<Value> = seen.iter().map(|seen| view(seen, &host)).collect();
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
    Ok(answer::json(StatusCode::OK, &json!({ "contact": view(&seen, &host) })))
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

/// The bookings of each contact, at least one each.
fn by_contact(bookings: Vec<Booking>) -> Vec<Vec<Booking>> {
    let mut contacts: Vec<Vec<Booking>> = Vec::new();
    for booking in bookings {
        let email = booking.visitor.contact.normalised_email();
        match contacts.last_mut().filter(|last| last[0].visitor.contact.normalised_email() == email) {
            Some(last) => last.push(booking),
            None => contacts.push(vec![booking]),
        }
    }
    contacts
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

/// Adds whether the contact is this host's. Whose else it is, nobody is told, nor while its ledger has not heard of it.
async fn see<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    bookings: Vec<Booking>,
) -> Result<Seen, Stop> {
    let newest = &bookings[0];
    let email = newest.visitor.contact.normalised_email();
    let mut profile = Profile {
        name: newest.visitor.contact.name.clone(),
        owner: None,
        booked_at: newest.created_at,
        touch: bookings.iter().map(Touch::of).find(|touch| !touch.is_empty()).unwrap_or_default(),
    };
    let keys = call.platform.secrets().contact_keys(&email);
    // The former key first: the owner that is known under it was there before.
    for key in keys.iter().rev() {
        let ledger = call.platform.contact_ledger(key);
        let known = call.ledger(&ledger).contact(key.clone()).await?;
        profile.owner = profile.owner.or(known.and_then(|known| known.owner));
    }
    profile.owner = profile.owner.filter(|owner| owner.folder == host.folder);
    Ok(Seen { key: keys.into_iter().next().unwrap_or_default(), email, profile, bookings })
}

fn view(seen: &Seen, host: &HostDefinition) -> Value {
    let Profile { name, owner, booked_at, touch: Touch { campaign, source, medium } } = &seen.profile;
    let owner = owner.as_ref().map(|owner| json!({ "folder": owner.folder, "name": owner.name }));
    let at = view::rfc3339(*booked_at);
    let bookings: Vec<Value> = seen.bookings.iter().map(|booking| view_of(host, booking)).collect();
    json!({
        "key": seen.key,
        "name": name,
        "email": seen.email,
        "owner": owner,
        "last_booking": { "at": at, "campaign": campaign, "source": source, "medium": medium },
        "bookings": bookings,
    })
}

fn as_table(host: &HostDefinition, seen: &[Seen]) -> Response {
    let names = COLUMNS.map(str::to_owned);
    let mut response =
        Response::new(Bytes::from(scheduling::csv::table(iter::once(names).chain(seen.iter().map(row)))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"contacts-{}.csv\"", host.folder);
    answer::set(headers, header::CONTENT_DISPOSITION, &name);
    response
}

fn row(seen: &Seen) -> [String; COLUMNS.len()] {
    let Profile { name, owner, booked_at, touch } = &seen.profile;
    let Touch { campaign, source, medium } = touch.clone();
    let newest = &seen.bookings[0];
    [
        seen.key.clone(),
        name.clone(),
        seen.email.clone(),
        owner.as_ref().map(|owner| owner.folder.clone()).unwrap_or_default(),
        view::rfc3339(*booked_at),
        campaign.unwrap_or_default(),
        source.unwrap_or_default(),
        medium.unwrap_or_default(),
        seen.bookings.len().to_string(),
        newest.page.clone(),
        view::rfc3339(newest.start),
        newest.status.name().to_owned(),
    ]
}

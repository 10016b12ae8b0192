//! `GET /api/host/contacts`, one of them, and erasing one: who has booked a host, for whoever bears the host's key.
//!
//! Who is listed, and their bookings, come from the host's own ledger; whose contact somebody is, and what brought them last,
//! from the ledger that keeps the contact, which hears of a booking a moment later.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use scheduling::booking::Booking;
use scheduling::contact::{Profile, Touch};
use scheduling::definition::HostDefinition;
use scheduling::ledger::{Answer, Command, HostContact, Query, Reply};
use scheduling::refusal::Refusal;
use scheduling::view::rfc3339;
use serde_json::{Value, json};

use crate::call::{Call, unexpected_answer};
use crate::fields::Errors;
use crate::platform::Platform;
use crate::router::Response;
use crate::stop::{Refused, Stop};
use crate::{csv, host, outcome, security};

/// Ledgers of contacts that one answer asks: a Worker's invocation has fifty requests.
const MOST_ASKED: usize = 30;
/// Addresses that are looked through at once for the one whose key was asked for.
const MOST_ADDRESSES: u32 = 10_000;

/// A contact, as its host sees it.
struct Seen {
    key: String,
    own: HostContact,
    profile: Option<Profile>,
}

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = host::admitted(call).await?;
    let (before, as_csv) = asked(call)?;
    // While the secret is rotated, each is looked for under two keys.
    let most = MOST_ASKED / (1 + usize::from(call.platform.secrets().previous.is_some()));
    let query = Query::Contacts { email: None, before, most: u32::try_from(most + 1).unwrap_or(1) };
    let mut contacts = contacts_of(call, &host, query).await?;
    let more = contacts.len() > most;
    contacts.truncate(most);
    let after = contacts.last().filter(|_| more).map(|contact| contact.number.to_string());
    let mut seen = Vec::with_capacity(contacts.len());
    for contact in contacts {
        seen.push(see(call, contact).await?);
    }
    let mut response = if as_csv {
        as_table(&host, &seen)
    } else {
        let views: Vec<Value> = seen.iter().map(view).collect();
        outcome::json(StatusCode::OK, &json!({ "contacts": views, "more": more, "after": after }))
    };
    if let Some(after) = after {
        let format = if as_csv { "&format=csv" } else { "" };
        let link = format!("</api/host/contacts?after={after}{format}>; rel=\"next\"");
        outcome::set(response.headers_mut(), header::LINK, &link);
    }
    Ok(response)
}

/// `GET /api/host/contacts/{key}`
pub(crate) async fn one<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Response, Stop> {
    let host = host::admitted(call).await?;
    let contact = find(call, &host, key).await?;
    let seen = see(call, contact).await?;
    Ok(outcome::json(StatusCode::OK, &json!({ "contact": view(&seen) })))
}

/// `POST /api/host/contacts/{key}/erase`: for the whole site, as it is one organisation that somebody asks.
pub(crate) async fn erase<P: Platform>(call: &Call<'_, P>, key: &str) -> Result<Response, Stop> {
    security::check_origin(call)?;
    let host = host::admitted(call).await?;
    let contact = find(call, &host, key).await?;
    // Kept under a former key too, while the secret is rotated.
    for key in call.platform.secrets().contact_keys(&contact.email) {
        let ledger = call.platform.contact_ledger(&key);
        let command =
            Command::EraseContact { key, email: contact.email.clone(), ledger: host.ledger.clone() };
        match call.platform.apply(&ledger, command).await? {
            Reply::Done => {}
            _ => return Err(unexpected_answer().into()),
        }
    }
    Ok(outcome::json(StatusCode::ACCEPTED, &json!({ "contact": { "key": key, "state": "erasing" } })))
}

/// Where the list goes on, and whether as CSV.
fn asked<P: Platform>(call: &Call<'_, P>) -> Result<(Option<i64>, bool), Stop> {
    let parameter = |name: &str| call.parameter(name).filter(|text| !text.is_empty());
    let mut errors = Errors::new(call.words());
    let before = parameter("after").and_then(|text| {
        let number = text.parse().ok().filter(|number| (0..1 << 52).contains(number));
        if number.is_none() {
            errors.add("after", "cursor_unknown", &[]);
        }
        number
    });
    let format = parameter("format");
    let as_csv = format.as_deref() == Some("csv");
    if format.is_some_and(|format| format != "csv" && format != "json") {
        errors.add("format", "format_unknown", &[]);
    }
    let errors = errors.into_list();
    if errors.is_empty() {
        Ok((before, as_csv))
    } else {
        Err(Refused { errors, ..Refused::new(Refusal::InvalidField) }.into())
    }
}

async fn contacts_of<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    query: Query,
) -> Result<Vec<HostContact>, Stop> {
    match call.platform.answer(&host.ledger, query).await? {
        Answer::Contacts { contacts } => Ok(contacts),
        _ => Err(unexpected_answer().into()),
    }
}

/// The contact of a key, who must have booked this host. A key tells no address, so those of the host are looked through.
async fn find<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    key: &str,
) -> Result<HostContact, Stop> {
    let mut after = String::new();
    let has_key = |email: &String| call.platform.secrets().contact_keys(email).iter().any(|own| own == key);
    let email = loop {
        let query = Query::Addresses { after, most: MOST_ADDRESSES };
        let Answer::Addresses { addresses } = call.platform.answer(&host.ledger, query).await? else {
            return Err(unexpected_answer().into());
        };
        if let Some(email) = addresses.iter().find(|email| has_key(email)) {
            break email.clone();
        }
        match addresses.into_iter().last() {
            Some(last) => after = last,
            None => return Err(Refusal::NotFound.into()),
        }
    };
    let query = Query::Contacts { email: Some(email), before: None, most: 1 };
    let found = contacts_of(call, host, query).await?.pop();
    found.ok_or_else(|| Refusal::NotFound.into())
}

/// Joins what the contact's ledger knows. One that has not heard of it yet knows nothing.
async fn see<P: Platform>(call: &Call<'_, P>, own: HostContact) -> Result<Seen, Stop> {
    let keys = call.platform.secrets().contact_keys(&own.email);
    let key = keys.first().cloned().unwrap_or_default();
    let mut profile: Option<Profile> = None;
    for key in keys {
        let ledger = call.platform.contact_ledger(&key);
        let Answer::Contact { contact } = call.platform.answer(&ledger, Query::Contact { key }).await? else {
            return Err(unexpected_answer().into());
        };
        profile = match (profile, contact.map(|contact| *contact)) {
            (Some(later), Some(former)) => Some(joined(later, former)),
            (one, other) => one.or(other),
        };
    }
    Ok(Seen { key, own, profile })
}

/// What is kept under the key of today, and what was kept under the former one: the owner stays.
fn joined(later: Profile, former: Profile) -> Profile {
    Profile { owner: former.owner, touch: later.touch.or(former.touch), ..later }
}

fn view(seen: &Seen) -> Value {
    let owner = seen.profile.as_ref().map(|profile| &profile.owner);
    let touch = touch_of(seen).unwrap_or_default();
    let bookings: Vec<Value> = seen.own.bookings.iter().map(meeting).collect();
    json!({
        "key": seen.key,
        "name": name_of(seen),
        "email": seen.own.email,
        "owner": owner.map(|owner| json!({ "folder": owner.folder, "name": owner.name })),
        "last_booking": {
            "at": booked_at(seen),
            "campaign": touch.campaign,
            "source": touch.source,
            "medium": touch.medium,
        },
        "bookings": bookings,
    })
}

fn meeting(booking: &Booking) -> Value {
    json!({
        "id": booking.id,
        "page": booking.page,
        "title": booking.title,
        "start": rfc3339(booking.start),
        "end": rfc3339(booking.end),
        "status": booking.status,
        "outcome": booking.outcome,
        "created_at": rfc3339(booking.created_at),
    })
}

/// The name that was given last.
fn name_of(seen: &Seen) -> &str {
    let own = seen.own.bookings.first().map(|booking| booking.contact.name.as_str());
    seen.profile.as_ref().map(|profile| profile.name.as_str()).or(own).unwrap_or_default()
}

/// As the contact's ledger has it; before that has heard of anything, from the bookings themselves.
fn touch_of(seen: &Seen) -> Option<Touch> {
    match &seen.profile {
        Some(profile) => profile.touch.clone(),
        None => seen.own.bookings.iter().find_map(Touch::of),
    }
}

fn booked_at(seen: &Seen) -> Option<String> {
    let own = seen.own.bookings.first().map(|booking| booking.created_at);
    own.into_iter().chain(seen.profile.as_ref().map(|profile| profile.booked_at)).max().map(rfc3339)
}

fn as_table(host: &HostDefinition, seen: &[Seen]) -> Response {
    let columns = [
        "key",
        "name",
        "email",
        "owner",
        "last_booking_at",
        "last_booking_campaign",
        "last_booking_source",
        "last_booking_medium",
        "bookings",
        "last_booking_page",
        "last_booking_start",
        "last_booking_status",
    ];
    let mut rows = vec![columns.map(str::to_owned).to_vec()];
    rows.extend(seen.iter().map(row));
    let mut response = Response::new(Bytes::from(csv::table(&rows)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"contacts-{}.csv\"", host.folder);
    outcome::set(headers, header::CONTENT_DISPOSITION, &name);
    response
}

fn row(seen: &Seen) -> Vec<String> {
    let newest = seen.own.bookings.first();
    let of_newest = |part: fn(&Booking) -> String| newest.map(part).unwrap_or_default();
    let touch = touch_of(seen).unwrap_or_default();
    vec![
        seen.key.clone(),
        name_of(seen).to_owned(),
        seen.own.email.clone(),
        seen.profile.as_ref().map(|profile| profile.owner.folder.clone()).unwrap_or_default(),
        booked_at(seen).unwrap_or_default(),
        touch.campaign.unwrap_or_default(),
        touch.source.unwrap_or_default(),
        touch.medium.unwrap_or_default(),
        seen.own.bookings.len().to_string(),
        of_newest(|booking| booking.page.clone()),
        of_newest(|booking| rfc3339(booking.start)),
        of_newest(|booking| booking.status.name().to_owned()),
    ]
}

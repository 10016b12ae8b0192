//! `POST /api/bookings`: from a request to a booked meeting.
//!
//! Everything that the rules decide is decided here, and handed to the ledger as a verdict; everything that depends on
//! other bookings is the ledger's. The ledger looks for a known idempotency key before it heeds the verdict.

use crate::call::attempts::count_attempt;
use crate::form::errors::refuse_fields;
use crate::offer::alternatives::OTHER_TIME_MAY_DO;
use base16ct::lower as hex;
use chrono::{DateTime, TimeDelta, Utc};
use http::{StatusCode, header};
use scheduling::booking::{
    Booking, Contact, HostNoted, Origin, Party, Payment, Place, Status, Terms, Visitor,
};
use scheduling::definition::{HostDefinition, Meeting, words_in};
use scheduling::ledger::{Book, IdempotencyKey, NotTaken, Order};
use scheduling::money::Money;
use scheduling::refusal::Refusal;
use scheduling::text::one_line;
use scheduling::token::BookingId;
use scheduling::view;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::calendars;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{FieldError, Refused, SentBefore, Stop};
use crate::call::{Call, FoundMeeting};
use crate::form::body::{Body, claims_form};
use crate::form::errors::Errors;
use crate::form::fields::{self, Wanted};
use crate::form::price;
use crate::form::tracking;
use crate::offer::alternatives;
use crate::offer::stranger::stranger;
use crate::page::{answer, links};
use crate::payments;
use crate::visitor::invited::{self, Invited};
use crate::visitor::{form_page, given_back, turnstile};

/// Characters that an idempotency key may have.
const MOST_KEY_CHARACTERS: usize = 255;
/// The keys that pages make, one for a visit, begin with this.
const VISIT_KEY: &str = "visit-";
/// Characters that such a key has at least: what can be guessed must lead nobody to a booking.
const LEAST_VISIT_KEY_CHARACTERS: usize = 32;

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>) -> Response {
    let is_form = claims_form(call.request);
    let stop = match take(&mut call).await {
        Ok(body) => match find(&call, &body).await {
            Ok(mut found) => {
                let invited = Invited::of_body(&call, &mut found, &body);
                if asks_for_times(&body) || shows_needless_price(&body, &invited) {
                    match invited.check(&call, &found).await {
                        Ok(()) => return form_page::answer(&call, &body, &found, (&invited, None)).await,
                        Err(stop) => stop,
                    }
                } else {
                    match book(&call, &body, &found, &invited).await {
                        Ok(booking) => return booked(&call, is_form, booking).await,
                        Err(stop) => stop,
                    }
                }
            }
            Err(stop) => stop,
        },
        Err(stop) => stop,
    };
    let refused = call.refused(stop);
    match Body::typed(call.request) {
        Some(typed) => give_back(&mut call, &typed, &refused).await,
        None => refused.problem(call.words()),
    }
}

/// Whether a plain form asks for the times that its invitation allows, as that of a page does that shows none, or for
/// later ones.
fn asks_for_times(body: &Body) -> bool {
    let is_empty = || ["start", "contact"].iter().all(|name| body.get(name).is_null());
    let has = |name: &str| !body.get(name).is_null();
    body.is_form && has(invited::NAME) && (is_empty() || has(form_page::FROM))
}

/// Whether a plain form still shows what its page costs, though its invitation makes that free: without a script, only
/// the form that comes back can say so.
fn shows_needless_price(body: &Body, invited: &Invited) -> bool {
    let is_free = invited.invite.as_ref().is_some_and(|invite| invite.free);
    body.is_form && is_free && !body.get(price::NAME).is_null()
}

/// Gives a plain form back with everything that was typed, as far as it was read: as the form, where its page is known.
async fn give_back<P: Platform>(call: &mut Call<'_, P>, typed: &Body, refused: &Refused) -> Response {
    call.speak(typed.text("locale"));
    let Ok(mut found) = find(call, typed).await else {
        return given_back::answer(call, typed, refused).await;
    };
    let is_only = found.meeting().is_some_and(|meeting| meeting.invite_only);
    // Where the page goes without, nothing is left of an invitation that lets nobody book: neither what it narrowed nor
    // what it made free.
    let invited = if invited::is_of_invite(refused.refusal) && !is_only {
        Invited::default()
    } else {
        Invited::of_body(call, &mut found, typed)
    };
    let mut refused = refused.clone();
    if is_only {
        // The form would show times, which only somebody invited may see.
        let barred = invited.refusal.map(|refusal| invited::in_words(Refused::new(refusal), &found));
        if barred.is_some() || invited::is_of_invite(refused.refusal) {
            return given_back::answer(call, typed, &barred.unwrap_or(refused)).await;
        }
    }
    if let (Refusal::PayloadTooLarge, Some(meeting)) = (refused.refusal, found.meeting()) {
        let checked =
            fields::check(typed, meeting, &call.site.tracking_parameters, &call.locale, call.words());
        refused.errors = checked.err().unwrap_or_default();
    }
    form_page::answer(call, typed, &found, (&invited, Some(&refused))).await
}

/// What is checked before anything is known of the page: whose request it is, how large, how many, and whether a person
/// sent it.
async fn take<P: Platform>(call: &mut Call<'_, P>) -> Result<Body, Stop> {
    let body = Body::own(call)?;
    call.speak(body.text("locale"));
    count_attempt(call).await?;
    check_trap(call, &body)?;
    Ok(body)
}

/// Refuses what filled the field that no person sees. A person's browser may do so, too: then the field comes back
/// visible and empty, and whoever leaves it so gets through.
///
/// Time would prove less: pages are published once for everybody, so none can say when it was opened, and a form may be
/// filled by hand in a few seconds.
fn check_trap<P: Platform>(call: &Call<'_, P>, body: &Body) -> Result<(), Stop> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => one_line(text).is_empty(),
        _ => false,
    };
    let left_empty = match body.get("website") {
        Value::Array(texts) => texts.iter().all(is_empty),
        value => is_empty(value),
    };
    if left_empty {
        return Ok(());
    }
    let mut errors = Errors::new(call.words());
    errors.add("website", "endpoint.field.website_filled", &[]);
    Err(Refused { errors: errors.into_list(), ..Refused::new(Refusal::Honeypot) }.into())
}

async fn find<P: Platform>(call: &Call<'_, P>, body: &Body) -> Result<FoundMeeting, Stop> {
    let Value::String(page) = body.one("page") else {
        let key = if body.get("page").is_null() {
            "endpoint.field.page_missing"
        } else {
            "endpoint.field.not_text"
        };
        let mut errors = Errors::new(call.words());
        errors.add("page", key, &[]);
        return Err(refuse_fields(errors.into_list()));
    };
    let page = one_line(page);
    let (host, slug) = page.trim_matches('/').split_once('/').ok_or(Refusal::UnknownPage)?;
    call.meeting(host, slug).await
}

async fn book<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    found: &FoundMeeting,
    invited: &Invited,
) -> Result<Booking, Stop> {
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let key = idempotency_key(call, body);
    let checked = fields::check(body, meeting, &call.site.tracking_parameters, &call.locale, call.words());
    let (key, mut wanted) = match (key, checked) {
        (Ok(key), Ok(wanted)) => (key, wanted),
        (key, checked) => {
            let errors = key.err().into_iter().chain(checked.err().unwrap_or_default());
            return Err(refuse_fields(errors.collect()));
        }
    };
    if !std::iter::once(&wanted.contact.email).chain(&wanted.guests).all(|email| call.site.admits(email)) {
        return Err(Refusal::SandboxOnly.into());
    }
    if body.is_form && wanted.tracking.is_empty() {
        wanted.tracking = tracking::of_referer(call);
    }
    let (start, minutes, zone) =
        (wanted.start.timestamp(), wanted.duration_minutes, wanted.time_zone.clone());
    let wanted = wish(call, (found, invited), key, wanted)?;
    let would_be = wanted.booking.clone();
    match take_time(call, body, &found.host, wanted).await? {
        Ok(booking) => Ok(*booking),
        Err(refusal) => {
            let mut refused = invited::in_words(Refused::new(refusal), found);
            refused.sent_twice = body.is_form.then(|| perhaps_taken(call, &would_be, refusal)).flatten();
            if refusal == Refusal::PriceChanged {
                refused.price = price_of(found, invited, minutes);
            }
            if OTHER_TIME_MAY_DO.contains(&refusal) {
                refused.alternatives =
                    Some(alternatives::near(call, found, start, minutes, &zone, None).await);
            }
            Err(refused.into())
        }
    }
}

/// How a booking stands that a plain form may have made before, for whoever sent it twice.
///
/// Such a form has no key, so one that was sent twice cannot be told from a stranger's in the same name: neither learns
/// whose the booking is, and who made it knows what to think.
fn perhaps_taken<P: Platform>(
    call: &Call<'_, P>,
    would_be: &Booking,
    refusal: Refusal,
) -> Option<SentBefore> {
    use Refusal::{LimitReached, LinkUsed, SlotTaken, TooManyRequests};
    if !matches!(refusal, SlotTaken | LimitReached | LinkUsed | TooManyRequests) {
        return None;
    }
    let is_mailed = call.site.mail.is_some();
    Some(match would_be.status {
        // Nobody is written to about it at once.
        Status::Confirmed if would_be.payment.is_some() && is_mailed => SentBefore::ToPay,
        Status::Confirmed if would_be.payment.is_some() => SentBefore::ToPayHere,
        // It may have to be confirmed first.
        _ if is_mailed => SentBefore::Mailed,
        Status::Requested => SentBefore::Requested,
        _ => SentBefore::Booked,
    })
}

/// Has the ledger take the time: where the site has Turnstile, for a person.
///
/// A token counts once. So a known key gives its answer before the token is looked at, which was used up by the request
/// that this one repeats; and what the rules refuse uses none up. An order with a verdict writes nothing: it only asks
/// for a known key.
async fn take_time<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
    host: &HostDefinition,
    wanted: Book,
) -> Result<Result<Box<Booking>, Refusal>, Stop> {
    if let Some(settings) = call.site.turnstile.as_ref().filter(|_| wanted.verdict.is_none()) {
        if wanted.key.is_some() {
            let by_nobody = Book { verdict: Some(Refusal::CaptchaFailed), ..wanted.clone() };
            match call.ledger(&host.ledger).take(Order::book(by_nobody)).await? {
                Ok(known) => return Ok(Ok(known)),
                Err(NotTaken::Refused(Refusal::CaptchaFailed) | NotTaken::ReadFirst(_)) => {}
                Err(NotTaken::Refused(refusal)) => return Ok(Err(refusal)),
            }
        }
        turnstile::verify(call, settings, body, &wanted).await?;
    }
    let order = |calendars| Order::book(Book { calendars, ..wanted.clone() });
    calendars::take(call, &host.ledger, (Some(host), wanted.calendars.as_ref()), order).await
}

/// The order to the ledger, with the rules' verdict on it.
fn wish<P: Platform>(
    call: &Call<'_, P>,
    (found, invited): (&FoundMeeting, &Invited),
    key: Option<IdempotencyKey>,
    wanted: Wanted,
) -> Result<Book, Stop> {
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let host = &found.host;
    let by_rules = || meeting.rules.verdict(call.now, wanted.start.timestamp(), wanted.duration_minutes);
    let price = price_of(found, invited, wanted.duration_minutes);
    // Nobody owes more, or anything else, than what their page has shown.
    let is_another = price.is_some() && wanted.seen_price != price;
    let verdict = invited.refusal.or_else(by_rules).or_else(|| is_another.then_some(Refusal::PriceChanged));
    let contact_limit = call.site.limits.bookings_per_contact;
    let limits = meeting.rules.count_limits(wanted.start);
    let stranger = stranger(call, (host, meeting), wanted.start);
    // A request holds its time until it is answered, but not beyond the start: then nobody can meet any more.
    let hold = meeting
        .approval_within_minutes
        .map(|minutes| wanted.start.min(to_seconds(call.now) + TimeDelta::minutes(minutes.into())));
    let contact_keys = call.platform.secrets().contact_keys(&wanted.contact.normalised_email());
    let wanted = Wanted { guests: others(&wanted, host), ..wanted };
    let payment = price
        .zip(host.payments.as_ref())
        .map(|(price, payments)| Box::new(Payment::agreed(price, payments.clone(), meeting.refund_until)));
    let booking = Booking { payment, ..new_booking(call, host, meeting, wanted, hold.is_some())? };
    Ok(Book {
        key,
        verdict,
        booking,
        capacity: 1,
        expires_at: hold,
        limits,
        contact_limit: (contact_limit > 0).then_some(contact_limit),
        contact_key: contact_keys.into_iter().next(),
        stranger,
        calendars: calendars::wanted(call.platform, host, meeting),
        invited: invited.for_ledger(),
    })
}

/// What a duration costs now, unless whoever books is invited for free.
fn price_of(found: &FoundMeeting, invited: &Invited, minutes: u32) -> Option<Money> {
    let is_free = invited.invite.as_ref().is_some_and(|invite| invite.free);
    let price = found.meeting()?.prices.get(&minutes).copied();
    price.filter(|_| !is_free && found.host.payments.is_some())
}

/// The guests but for the host, who is there already.
fn others(wanted: &Wanted, host: &HostDefinition) -> Vec<String> {
    let host = Contact::of_email(&host.email).counted_email();
    let is_other = |guest: &&String| Contact::of_email(guest).counted_email() != host;
    wanted.guests.iter().filter(is_other).cloned().collect()
}

/// The booking as it is made, in the terms that its page has now.
fn new_booking<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    meeting: &Meeting,
    wanted: Wanted,
    by_request: bool,
) -> Result<Booking, Stop> {
    Ok(Booking {
        id: BookingId::new(&host.ledger, call.platform.random()?),
        status: if by_request { Status::Requested } else { Status::Confirmed },
        outcome: None,
        page: meeting.page.clone(),
        title: words_in(&meeting.title, &call.locale).to_owned(),
        host: host.folder.clone(),
        start: wanted.start,
        end: wanted.end(),
        buffer: meeting.rules.buffer,
        proposed: None,
        unknown_calendar: false,
        payment: None,
        location: Place::of(&meeting.location, wanted.named_place, call.platform.random()?),
        visitor: Visitor {
            contact: wanted.contact,
            guests: wanted.guests,
            time_zone: wanted.time_zone,
            locale: call.locale.clone(),
            answers: wanted.answers,
        },
        terms: Terms {
            change_until_minutes: meeting.change_until_minutes,
            by_request,
            reminders_minutes: meeting.reminders_minutes.clone(),
            links_in_invitation: meeting.links_in_invitation,
            write_to: meeting.write_to.clone(),
        },
        origin: Origin { tracking: wanted.tracking, associations: meeting.associations.clone() },
        noted: HostNoted::of(host),
        sequence: 0,
        cancel_reason: None,
        created_at: to_seconds(call.now),
        changed_at: to_seconds(call.now),
    })
}

/// The request's key, with a digest of its body. A plain form has none.
///
/// A page sends all that it sends under one key, until it learns that a booking was made. So whatever comes under a
/// visit's key after that answer was lost leads to that booking, though a letter was mended or another time chosen:
/// such a key has no digest, and only its bearer learns of the booking. Under any other key, another body is a mistake.
fn idempotency_key<P: Platform>(
    call: &Call<'_, P>,
    body: &Body,
) -> Result<Option<IdempotencyKey>, FieldError> {
    let Some(value) = call.request.headers().get("idempotency-key") else { return Ok(None) };
    let sound = |key: &&str| {
        (1..=MOST_KEY_CHARACTERS).contains(&key.len())
            && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    let Some(key) = value.to_str().ok().filter(sound) else {
        let most = MOST_KEY_CHARACTERS.to_string();
        let message = call.words().message("endpoint.field.key_malformed", &[("most", &most)]);
        return Err(FieldError { field: "Idempotency-Key".to_owned(), message });
    };
    Ok(Some(IdempotencyKey {
        key: key.to_owned(),
        body_hash: if is_of_visit(key) { String::new() } else { digest(body) },
    }))
}

/// A digest of what a body says, without its token: whoever sends it again has another one, or none.
fn digest(body: &Body) -> String {
    let mut value = body.value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove(turnstile::FIELD);
    }
    hex::encode_string(&Sha256::digest(value.to_string()))
}

fn is_of_visit(key: &str) -> bool {
    key.starts_with(VISIT_KEY) && key.len() >= LEAST_VISIT_KEY_CHARACTERS
}

/// Instants are kept to the second, as programs see them.
fn to_seconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(instant.timestamp(), 0).unwrap_or(instant)
}

/// The answer to what was booked. What is to be paid for says where, if that can be had now; else its page does.
async fn booked<P: Platform>(call: &Call<'_, P>, is_form: bool, booking: Booking) -> Response {
    let (booking, checkout_url) = to_pay(call, booking).await;
    let token = links::token(&booking, call.platform.secrets());
    let path = links::path_with(&booking, &token);
    if is_form {
        let redirect = answer::see_other(&path).map_err(Stop::from);
        return redirect.unwrap_or_else(|stop| call.refused(stop).problem(call.words()));
    }
    let manage_url = format!("{}{path}", call.site.base_url);
    let ics_url = format!("{}{}", call.site.base_url, links::ics_path(&booking, &token));
    let view = view::booking(&booking, Party::Visitor);
    let mut body = json!({ "booking": view, "token": token, "manage_url": manage_url, "ics_url": ics_url });
    if let Some(url) = checkout_url {
        body["checkout_url"] = json!(url);
    }
    let status = match booking.status {
        Status::AwaitingConfirmation | Status::Requested => StatusCode::ACCEPTED,
        Status::AwaitingPayment => StatusCode::OK,
        _ => StatusCode::CREATED,
    };
    let mut response = answer::json(status, &body);
    answer::set(response.headers_mut(), header::LOCATION, &manage_url);
    response
}

/// A booking that waits for its payment, with the address at which it is paid. Asked for again, it may be paid by now.
async fn to_pay<P: Platform>(call: &Call<'_, P>, booking: Booking) -> (Booking, Option<String>) {
    if booking.status != Status::AwaitingPayment {
        return (booking, None);
    }
    match payments::open(call, booking.clone()).await {
        Ok(opened) => opened,
        Err(stop) => {
            call.refused(stop);
            let known = call.ledger(booking.id.ledger()).booking(booking.id.clone()).await;
            (known.ok().flatten().unwrap_or(booking), None)
        }
    }
}

//! `GET /api/host/calendars`, reading one now, leaving an event of it out, and putting a booking's copy back: what is
//! known of a host's calendars, for the bearer of the host's key.

use chrono::{DateTime, Utc};
use http::StatusCode;
use scheduling::calendar::{Astray, Known, Span, Unknown, Wanted};
use scheduling::claim::Claim;
use scheduling::definition::{Calendar, HostDefinition};
use scheduling::ledger::Taken;
use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::view::rfc3339;
use serde_json::{Value, json};

use crate::calendars;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, admitted, origin};
use crate::form::body::Body;
use crate::form::errors::check_names;
use crate::form::start::seen_start;
use crate::host::moved_meanwhile;
use crate::page::{answer, reason};

/// The busy times of a calendar that are told: the next ones.
const MOST_BUSY: usize = 5;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>) -> Result<Response, Stop> {
    let host = admitted::host(call).await?;
    told(call, &host).await
}

/// `POST /api/host/calendars/{name}/read`
pub(crate) async fn read<P: Platform>(call: &Call<'_, P>, name: &str) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let calendar = that_is_read(&host, name)?;
    calendars::read_now(call, &host, std::slice::from_ref(&calendar.name)).await?;
    told(call, &host).await
}

/// `POST /api/host/calendars/{name}/leave-out` and `/count-again`
pub(crate) async fn leave_out<P: Platform>(
    call: &Call<'_, P>,
    name: &str,
    counts: bool,
) -> Result<Response, Stop> {
    let body = Body::own(call)?;
    let host = admitted::host(call).await?;
    let calendar = that_is_read(&host, name)?;
    check_names(&body, call.words(), &["event"])?;
    let event = body.text("event").to_owned();
    call.ledger(&host.ledger).leave_out(calendar.name.clone(), event, counts).await?;
    calendars::read_again(call, &host, calendar).await?;
    told(call, &host).await
}

fn that_is_read<'a>(host: &'a HostDefinition, name: &str) -> Result<&'a Calendar, Refusal> {
    let is_it = |calendar: &&Calendar| calendar.name == name && calendar.tells_busy();
    host.calendars.iter().find(is_it).ok_or(Refusal::NotFound)
}

async fn told<P: Platform>(call: &Call<'_, P>, host: &HostDefinition) -> Result<Response, Stop> {
    let taken = call.ledger(&host.ledger).busy(call.now, None).await?;
    let known = call.ledger(&host.ledger).calendars().await?;
    let all = host.calendars.iter().map(|calendar| {
        let wanted = calendars::today(call.platform, host, calendar);
        let mut told = of_calendar(calendar, &wanted, &taken, (call.words(), call.now));
        if let Some(known) = known.iter().find(|known| calendar.tells_busy() && wanted.is(known)) {
            let is_left_out = |one: &&Unknown| known.left_out.iter().any(|left| left.event == one.event);
            let unknown = known.unknown_events.iter().filter(|one| !is_left_out(one));
            told["unknown_events"] = unknown.map(of_event).collect();
            told["left_out"] = known.left_out.iter().map(of_event).collect();
        }
        told
    });
    let calendars: Vec<Value> = all.collect();
    let astray = call.ledger(&host.ledger).astray().await?;
    let astray: Vec<Value> =
        astray.iter().filter(|astray| is_written_to(host, astray)).map(of_copy).collect();
    Ok(answer::json(StatusCode::OK, &json!({ "calendars": calendars, "astray": astray })))
}

/// An event that makes its calendar unknown, or did.
fn of_event(unknown: &Unknown) -> Value {
    json!({
        "event": unknown.event,
        "cause": unknown.cause,
        "from": in_words(unknown.from),
        "at": unknown.at.and_then(in_words),
    })
}

/// Whether a copy can be put back: its host may have taken the calendar out, or only has it read.
fn is_written_to(host: &HostDefinition, astray: &Astray) -> bool {
    host.calendars.iter().any(|calendar| calendar.name == astray.calendar && calendar.is_written_to())
}

/// A booking whose copy is not where it was put.
fn of_copy(astray: &Astray) -> Value {
    json!({
        "booking": astray.booking,
        "calendar": astray.calendar,
        "since": rfc3339(astray.since),
        "moved_to": astray.moved_to.map(|span| [in_words(span.start), in_words(span.end)]),
        "whole_days": astray.whole_days,
        "taken": astray.is_taken,
    })
}

fn in_words(at: i64) -> Option<String> {
    DateTime::from_timestamp(at, 0).map(rfc3339)
}

/// `POST /api/host/bookings/{id}/put-back` and `/leave-copy`
pub(crate) async fn answer_astray<P: Platform>(
    call: &Call<'_, P>,
    id: &str,
    leaves: bool,
) -> Result<Response, Stop> {
    origin::check_origin(call)?;
    let host = admitted::host(call).await?;
    let body = Body::read(call.request)?;
    check_names(&body, call.words(), &["start", "end"])?;
    let seen = seen_start(&body, "start", call.words())?;
    let end = seen_start(&body, "end", call.words())?;
    let id = BookingId::parse(id).filter(|id| id.ledger() == host.ledger).ok_or(Refusal::NotFound)?;
    let ledger = call.ledger(&host.ledger);
    let done = if leaves {
        let (start, end) = seen.zip(end).ok_or(Refusal::Superseded)?;
        ledger.leave_copy(id, Span { start: start.timestamp(), end: end.timestamp() }).await
    } else {
        let astray = ledger.astray().await?.into_iter().find(|astray| astray.booking == id);
        if astray.is_some_and(|astray| !is_written_to(&host, &astray)) {
            return Err(Refusal::ReceiverGone.into());
        }
        ledger.put_back(id, seen).await
    };
    done.map_err(moved_meanwhile)?;
    told(call, &host).await
}

fn of_calendar(
    calendar: &Calendar,
    wanted: &Wanted,
    taken: &Taken,
    (words, now): (&LocaleWords, DateTime<Utc>),
) -> Value {
    let known = taken.calendars.iter().find(|known| wanted.is(known));
    let mut told = json!({
        "name": calendar.name,
        "kind": calendar.source.kind(),
        "role": calendar.role,
        "state": state(calendar, known, wanted, now),
    });
    if let Some(known) = known.filter(|_| calendar.tells_busy()) {
        let of_it = |claim: &&Claim| claim.calendar.as_ref() == Some(&calendar.name);
        let busy = taken.claims.iter().filter(of_it);
        told["tried_at"] = json!(rfc3339(known.tried_at));
        told["read_at"] = json!(known.read_at.map(rfc3339));
        told["next_read_at"] = json!(rfc3339(known.next_read_at));
        told["known_until"] = json!(known.read_at.and_then(|_| in_words(known.known.end)));
        told["failing_since"] = json!(known.failing_since.map(rfc3339));
        told["reason"] = json!(known.error.as_ref().map(|why| reason::in_words(words, why)));
        told["events"] = json!(known.events);
        told["skipped"] = json!(known.skipped);
        told["busy_count"] = json!(busy.clone().count());
        let next = busy.take(MOST_BUSY);
        told["busy"] = next.map(|claim| json!([in_words(claim.start), in_words(claim.end)])).collect();
    }
    told
}

/// Where a calendar stands.
fn state(calendar: &Calendar, known: Option<&Known>, wanted: &Wanted, now: DateTime<Utc>) -> &'static str {
    let Some(known) = known.filter(|_| calendar.tells_busy()) else {
        return if calendar.tells_busy() { "unread" } else { "written" };
    };
    let at_start = Span { start: known.known.start, end: known.known.start };
    let is_known = known.covers(at_start, wanted.known_for_minutes, now);
    match (known.read_at, known.failing_since) {
        (None, _) => "unread",
        _ if !is_known => "unknown",
        (_, Some(_)) => "failing",
        _ if known.error.is_some() => "partial",
        _ => "ok",
    }
}

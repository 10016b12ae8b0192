//! The host's calendars in other programs: what a page wants to know of them, and when they are read for it.

mod asked;
pub(crate) mod caldav;
#[cfg(feature = "local")]
pub(crate) mod consent;
mod feed;
mod fetch;
pub(crate) mod google;
mod held;
mod kept;
pub(crate) mod microsoft;
mod renewed;
mod sources;
#[cfg(all(test, feature = "local"))]
mod tests;
mod tokens;
#[cfg(feature = "local")]
pub(crate) mod trial;
mod unwritten;

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use scheduling::booking::Booking;
use scheduling::calendar::{Found, Known, NoteBusy, Reading, Span, Wanted};
use scheduling::claim::Claim;
use scheduling::definition::{Calendar, DEFAULT_APPROVAL_MINUTES, HostDefinition, Meeting, WhenUnknown};
use scheduling::ledger::{Calendars, NotTaken, Order, Taken};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;

pub(crate) use self::held::Held;
pub(crate) use self::kept::Kept;
use self::sources::settings;
pub(crate) use self::sources::{keep, look_for, read};
pub(crate) use self::unwritten::{AFTER_FAILURE, Unwritten};
use crate::call::outgoing::Outgoing;
use crate::call::platform::Platform;
use crate::call::stop::{Fault, Stop};
use crate::call::{Call, FoundMeeting};

/// The time that a calendar has to answer while a visitor waits.
const WHILE_WAITED_FOR: Duration = Duration::from_millis(2500);
/// All time that is ever listed, in seconds since 1970.
const EVER: Span = Span { start: 0, end: 253_402_300_800 };

/// What a page wants to know of its host's calendars before a time is taken; `None` where it has none.
pub(crate) fn wanted(
    outgoing: &impl Outgoing,
    host: &HostDefinition,
    meeting: &Meeting,
) -> Option<Calendars> {
    let wanted: Vec<Wanted> =
        of_page(host, meeting).map(|calendar| today(outgoing, host, calendar)).collect();
    let within = meeting.approval_within_minutes.unwrap_or(DEFAULT_APPROVAL_MINUTES);
    (!wanted.is_empty()).then(|| Calendars {
        wanted,
        request_within_minutes: (meeting.when_unknown == WhenUnknown::Request).then_some(within),
        may_read: true,
    })
}

/// A calendar as it is read today.
pub(crate) fn today(outgoing: &impl Outgoing, host: &HostDefinition, calendar: &Calendar) -> Wanted {
    Wanted {
        name: calendar.name.clone(),
        settings: settings(outgoing, host, calendar),
        known_for_minutes: calendar.source.known_for_minutes(),
    }
}

/// Whether all of a page's calendars tell what they hold at a time.
pub(crate) fn are_known(wanted: &Calendars, known: &[Known], time: Span, now: DateTime<Utc>) -> bool {
    wanted.wanted.iter().all(|wanted| {
        let found = known.iter().find(|known| wanted.is(known));
        found.is_some_and(|known| known.covers(time, wanted.known_for_minutes, now))
    })
}

/// What is in the way of the times that a page lists, and until when at most. Where the page refuses what is not known,
/// all that its calendars do not tell is in the way: nobody can have it now.
pub(crate) fn listed(
    outgoing: &impl Outgoing,
    found: &FoundMeeting,
    mut taken: Taken,
    now: DateTime<Utc>,
) -> (Taken, Option<DateTime<Utc>>) {
    let mut until: Option<DateTime<Utc>> = None;
    let refuses = |meeting: &&Meeting| meeting.when_unknown == WhenUnknown::Refuse;
    let Some(meeting) = found.meeting().filter(refuses) else { return (taken, until) };
    for calendar in of_page(&found.host, meeting) {
        let wanted = today(outgoing, &found.host, calendar);
        let known = taken.calendars.iter().find(|known| wanted.is(known));
        let counted =
            known.and_then(|known| Some((known.known, known.counts_until(wanted.known_for_minutes, now)?)));
        let (known, counts_until) = counted.unzip();
        // Where nothing is known, all time is before it.
        let known = known.unwrap_or(Span { start: EVER.end, end: EVER.end });
        for span in [(EVER.start, known.start), (known.end, EVER.end)] {
            taken.claims.push(Claim::of_calendar(wanted.name.clone(), span, (0, 0)));
        }
        until = until.into_iter().chain(counts_until).min();
    }
    (taken, until)
}

/// The names of a page's calendars that are to be read while a visitor waits.
fn stale(wanted: &Calendars, known: &[Known], now: DateTime<Utc>) -> Vec<String> {
    let is_fresh = |wanted: &Wanted| known.iter().any(|known| wanted.is(known) && known.is_fresh(now));
    names(wanted, |wanted| !is_fresh(wanted))
}

/// The names of a page's calendars of which nothing is known, and that were not tried just now.
fn unread(wanted: &Calendars, known: &[Known], now: DateTime<Utc>) -> Vec<String> {
    let is_tried = |known: &Known| known.read_at.is_some() || known.is_fresh(now);
    names(wanted, |wanted| !known.iter().any(|known| wanted.is(known) && is_tried(known)))
}

fn names(wanted: &Calendars, chosen: impl Fn(&Wanted) -> bool) -> Vec<String> {
    wanted.wanted.iter().filter(|wanted| chosen(wanted)).map(|wanted| wanted.name.clone()).collect()
}

/// What is taken in a host's ledger, and in its calendars as they are now: those that a page wants to know are read
/// first, unless they were just now.
pub(crate) async fn taken_now<P: Platform>(
    call: &Call<'_, P>,
    found: &FoundMeeting,
    except: Option<&BookingId>,
) -> Result<Taken, Stop> {
    let taken = call.claims(found, except).await?;
    let wanted = found.meeting().and_then(|meeting| wanted(call.platform, &found.host, meeting));
    let stale = wanted.map_or_else(Vec::new, |wanted| stale(&wanted, &taken.calendars, call.now));
    if stale.is_empty() {
        return Ok(taken);
    }
    read_now(call, &found.host, &stale).await?;
    call.claims(found, except).await
}

/// The same for showing free times, perhaps a little out of date: but a calendar that was never read is read now.
pub(crate) async fn taken_shown<P: Platform>(
    call: &Call<'_, P>,
    found: &FoundMeeting,
) -> Result<Taken, Stop> {
    let shown = call.claims_shown(found).await?;
    let Some(wanted) = found.meeting().and_then(|meeting| wanted(call.platform, &found.host, meeting)) else {
        return Ok(shown);
    };
    if unread(&wanted, &shown.calendars, call.now).is_empty() {
        return Ok(shown);
    }
    // What is shown lags behind the ledger.
    let taken = call.claims(found, None).await?;
    let unread = unread(&wanted, &taken.calendars, call.now);
    if unread.is_empty() {
        return Ok(taken);
    }
    read_now(call, &found.host, &unread).await?;
    call.claims(found, None).await
}

/// Has the ledger take a time, after the calendars that it wants to know first are read. `order` makes the order with
/// those of the page.
pub(crate) async fn take<P: Platform>(
    call: &Call<'_, P>,
    ledger: &str,
    (host, wanted): (Option<&HostDefinition>, Option<&Calendars>),
    order: impl Fn(Option<Calendars>) -> Order<Result<Box<Booking>, NotTaken>>,
) -> Result<Result<Box<Booking>, Refusal>, Stop> {
    let client = call.ledger(ledger);
    let taken = match (client.take(order(wanted.cloned())).await?, host) {
        (Err(NotTaken::ReadFirst(names)), Some(host)) => {
            read_now(call, host, &names).await?;
            let read = wanted.map(|wanted| Calendars { may_read: false, ..wanted.clone() });
            client.take(order(read)).await?
        }
        (taken, _) => taken,
    };
    Ok(taken.map_err(|not_taken| match not_taken {
        NotTaken::Refused(refusal) => refusal,
        NotTaken::ReadFirst(_) => Refusal::CalendarUnreachable,
    }))
}

/// Reads some of a host's calendars, all at once, and has the ledger note what came of it.
pub(crate) async fn read_now<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    names: &[String],
) -> Result<(), Stop> {
    let known = call.ledger(&host.ledger).calendars().await?;
    let chosen = host.calendars.iter().filter(|calendar| names.contains(&calendar.name));
    let read = join_all(chosen.map(|calendar| read_in_turn(call, host, calendar, &known)));
    read.await.into_iter().collect()
}

/// Reads a calendar, unless somebody else has just done so.
async fn read_in_turn<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    calendar: &Calendar,
    known: &[Known],
) -> Result<(), Stop> {
    let (client, platform) = (call.ledger(&host.ledger), call.platform);
    let turn = platform.turn(&host.ledger, &calendar.name).await;
    let now_known = if turn.waited { Some(client.calendars().await?) } else { None };
    let is_it = |known: &&Known| known.name == calendar.name;
    let known = now_known.as_deref().unwrap_or(known).iter().find(is_it);
    if turn.waited && known.is_some_and(|known| known.is_fresh(platform.now())) {
        return Ok(());
    }
    read_and_note(call, host, calendar, known).await
}

/// Reads a calendar, whether or not somebody else has just done so, and has the ledger note what came of it.
pub(crate) async fn read_again<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    calendar: &Calendar,
) -> Result<(), Stop> {
    let known = call.ledger(&host.ledger).calendars().await?;
    let known = known.iter().find(|known| known.name == calendar.name);
    read_and_note(call, host, calendar, known).await
}

async fn read_and_note<P: Platform>(
    call: &Call<'_, P>,
    host: &HostDefinition,
    calendar: &Calendar,
    known: Option<&Known>,
) -> Result<(), Stop> {
    let platform = call.platform;
    let mut noted = read(platform, host, calendar, known, WHILE_WAITED_FOR).await;
    let took = (platform.now() - noted.read_at).to_std().unwrap_or_default();
    if noted.reading.failure().is_some() && took >= WHILE_WAITED_FOR {
        // It had no time to answer. Where nobody waits, it has more.
        noted.next_read_at = noted.read_at;
    }
    if let Some(news) = news(&noted, known) {
        platform.report(&Fault::Operator(news));
    }
    call.ledger(&host.ledger).note_busy(noted).await
}

/// What the operator is told of a reading: once when a calendar fails, once when it is back, and once from when on
/// nobody knows what it holds.
pub(crate) fn news(noted: &NoteBusy, known: Option<&Known>) -> Option<String> {
    let was_failing = known.is_some_and(|known| known.failing_since.is_some());
    let error = known.and_then(|known| known.error.as_ref());
    let said = match &noted.reading {
        Reading::Failed(reason) | Reading::Refused(reason) if !was_failing => {
            format!("cannot be read: {reason}")
        }
        Reading::Found(found) if found.unknown_because.as_ref().is_some_and(|why| error != Some(why)) => {
            known_in_part(found)
        }
        Reading::Found(_) | Reading::Unchanged if was_failing => "can be read again".to_owned(),
        _ => return None,
    };
    Some(format!("the calendar {} of {} {said}", noted.calendar, noted.ledger))
}

fn known_in_part(found: &Found) -> String {
    let why = found.unknown_because.as_deref().unwrap_or_default();
    match DateTime::from_timestamp(found.known_until, 0) {
        Some(until) if found.known_until > found.asked.start => {
            format!("is known only until {}: {why}", until.format("%Y-%m-%dT%H:%MZ"))
        }
        _ => format!("is read, but not known: {why}"),
    }
}

/// The calendars whose busy times a page does not offer.
fn of_page<'a>(host: &'a HostDefinition, meeting: &'a Meeting) -> impl Iterator<Item = &'a Calendar> {
    host.calendars.iter().filter(|calendar| meeting.calendars.contains(&calendar.name))
}

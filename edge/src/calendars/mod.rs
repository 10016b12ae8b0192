//! The host's calendars in other programs: what a page wants to know of them, and how they are read.

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
#[cfg(all(test, feature = "local"))]
mod tests;
mod tokens;
#[cfg(feature = "local")]
pub(crate) mod trial;
mod unwritten;

use std::time::Duration;

use base16ct::lower as hex;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use scheduling::availability::LONGEST_MEETING_MINUTES;
use scheduling::booking::Booking;
use scheduling::calendar::{Booked, Found, Known, NoteBusy, Question, Reading, Span, Wanted};
use scheduling::claim::Claim;
use scheduling::definition::{
    Buffer, Calendar, CalendarSource, DEFAULT_APPROVAL_MINUTES, HostDefinition, Meeting, WhenUnknown,
};
use scheduling::ledger::{Calendars, NotTaken, Order, Taken};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::zone::Zone;
use sha2::{Digest, Sha256};

use self::asked::Asked;
pub(crate) use self::kept::Kept;
use crate::call::outgoing::Outgoing;
use crate::call::platform::{Clock, Platform};
use crate::call::stop::{Fault, Stop};
use crate::call::{Call, FoundMeeting};

pub(crate) use self::held::Held;
pub(crate) use self::unwritten::{AFTER_FAILURE, Unwritten};

/// The time that a calendar has to answer while a visitor waits.
const WHILE_WAITED_FOR: Duration = Duration::from_millis(2500);
/// The longest stretch that is read, in days.
const MOST_DAYS: i64 = 400;
/// Days that are read beyond the last that can be booked: what has not changed is read whole once a day.
const DAYS_BEYOND: i64 = 3;
/// A copy is looked for so far beyond what is read, in seconds: some thirty years.
const LOOKED_FOR: i64 = 1_000_000_000;
/// All time that is ever listed, in seconds since 1970.
const EVER: Span = Span { start: 0, end: 253_402_300_800 };
/// A calendar that is asked itself is read so often.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// Why a calendar that is no longer of another kind makes no room.
const NO_ROOMS: &str =
    "a calendar of kind `caldav` makes no video rooms: put an address in the page's `location`";

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

/// Reads a calendar. What fails is part of what came of it.
pub(crate) async fn read(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    calendar: &Calendar,
    known: Option<&Known>,
    deadline: Duration,
) -> NoteBusy {
    let read_at = platform.now();
    let left_out = known.map_or(&[][..], |known| known.left_out.as_slice()).iter();
    let left_out: Vec<String> = left_out.filter_map(|unknown| unknown.event.clone()).collect();
    let question = question(host, calendar, read_at);
    let question = left_out.iter().fold(question, |question, event| question.leaving_out(event));
    let asked = Asked { question, calendar };
    let settings = settings(platform, host, calendar);
    let known = known.filter(|known| known.settings == settings);
    let mut renewed = None;
    let every_so_often = |reading| (reading, EVERY);
    let read = match &calendar.source {
        CalendarSource::Feed { secret } => feed::read(platform, &asked, secret, known, deadline).await,
        CalendarSource::Caldav { url, user, secret } => {
            let way = caldav::Way { url, user, secret };
            caldav::read(platform, &asked, &way, known, deadline).await.map(every_so_often)
        }
        CalendarSource::Google { id, secret } => {
            let way = google::Way { id, secret, is_written_to: calendar.is_written_to() };
            google::read(platform, &asked, &way, deadline).await.map(every_so_often)
        }
        CalendarSource::Microsoft { user, id, secret } => {
            let way = microsoft::Way { user: user.as_deref(), id: id.as_deref(), secret };
            let kept = known.and_then(|known| known.renewed.as_deref());
            let (reading, given) = microsoft::read(platform, &asked, &way, kept, deadline).await;
            renewed = given;
            reading.map(every_so_often)
        }
    };
    let (reading, pause) = read.unwrap_or_else(|unread| {
        let pause = unread.pause(platform.now());
        (unread.into(), pause)
    });
    // So that those of many hosts are not read at once.
    let spread = TimeDelta::seconds(i64::from(platform.jitter()) * 60 / 1000);
    NoteBusy {
        ledger: host.ledger.clone(),
        calendar: calendar.name.clone(),
        settings,
        read_at,
        next_read_at: read_at + pause + spread,
        host: calendar.tells_busy().then(|| (host.folder.clone(), calendar.source.known_for_minutes())),
        renewed,
        deletion_cancels: calendar.deletion_cancels,
        left_out,
        reading,
    }
}

/// Has a calendar hold a booking's copy, or nothing of that booking.
pub(crate) async fn keep(
    platform: &(impl Clock + Outgoing),
    calendar: &Calendar,
    (booking, copy): (&BookingId, Held<'_>),
    deadline: Duration,
) -> Result<Kept, Unwritten> {
    match &calendar.source {
        CalendarSource::Feed { .. } => Err(Unwritten::because("a feed cannot be written to")),
        CalendarSource::Caldav { url, user, secret } => {
            let way = caldav::Way { url, user, secret };
            caldav::keep(platform, &way, (booking, copy), deadline).await?;
            Ok(match copy.text() {
                Some(copy) if copy.wants_room() => Kept::WithoutRoom(NO_ROOMS.to_owned()),
                _ => Kept::AsWanted,
            })
        }
        CalendarSource::Google { id, secret } => {
            let way = google::Way { id, secret, is_written_to: true };
            google::keep(platform, &way, (booking, copy), deadline).await
        }
        CalendarSource::Microsoft { user, id, secret } => {
            let way = microsoft::Way { user: user.as_deref(), id: id.as_deref(), secret };
            microsoft::keep(platform, &way, (booking, copy), deadline).await
        }
    }
}

/// Looks for a booking's copy by itself, wherever in a calendar it lies: where it stands, or `None` if it is not there.
pub(crate) async fn look_for(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    calendar: &Calendar,
    booking: &BookingId,
    deadline: Duration,
) -> Result<Option<Booked>, Unwritten> {
    let mut question = question(host, calendar, platform.now());
    (question.from, question.until) = (question.from - LOOKED_FOR, question.until + LOOKED_FOR);
    let answer = match &calendar.source {
        CalendarSource::Feed { .. } => return Err(Unwritten::because("a feed tells only what it has")),
        CalendarSource::Caldav { url, user, secret } => {
            let way = caldav::Way { url, user, secret };
            caldav::look_for(platform, &way, (booking, question), deadline).await?
        }
        CalendarSource::Google { id, secret } => {
            let way = google::Way { id, secret, is_written_to: true };
            google::look_for(platform, &way, (booking, question), deadline).await?
        }
        CalendarSource::Microsoft { user, id, secret } => {
            let way = microsoft::Way { user: user.as_deref(), id: id.as_deref(), secret };
            microsoft::look_for(platform, &way, (booking, question), deadline).await?
        }
    };
    let Some(answer) = answer else { return Ok(None) };
    let is_cancelled = answer.skipped.cancelled > 0;
    match answer.bookings.into_iter().find(|booked| booked.booking == *booking) {
        // The time that is read it does not touch, and it takes none of it.
        Some(booked) => Ok(Some(Booked { blocks: false, ..booked })),
        None if is_cancelled && answer.unknown.is_empty() => Ok(None),
        None => Err(Unwritten::because("when the event is cannot be read")),
    }
}

/// A digest of all that a reading depends on beside what the calendar holds: its address among it, which is a secret.
fn settings(outgoing: &impl Outgoing, host: &HostDefinition, calendar: &Calendar) -> String {
    let Buffer { before_minutes, after_minutes } = calendar.keep_free;
    let (way, secret) = match &calendar.source {
        CalendarSource::Feed { secret } => (vec![], secret),
        CalendarSource::Caldav { url, user, secret } => (vec!["caldav", url, user], secret),
        CalendarSource::Google { id, secret } => (vec!["google", id], secret),
        CalendarSource::Microsoft { user, id, secret } => {
            let [user, id] = [user, id].map(|text| text.as_deref().unwrap_or_default());
            (vec!["microsoft", user, id], secret)
        }
    };
    let secret = outgoing.secret(secret).unwrap_or_default();
    let zones = [calendar.time_zone.as_ref().map_or("", Zone::name), host.time_zone.name()];
    let mut digest = Sha256::new();
    let addresses = std::iter::once(&host.email).chain(&calendar.addresses).map(String::as_str);
    let source = way.into_iter().chain([secret.as_str()]);
    for text in source.chain(zones).chain(addresses) {
        digest.update(text);
        digest.update([0]);
    }
    let tentative = u32::from(calendar.tentative_blocks);
    for number in [tentative, calendar.whole_days as u32, before_minutes, after_minutes] {
        digest.update(number.to_be_bytes());
    }
    hex::encode_string(&digest.finalize()[..8])
}

/// The calendars whose busy times a page does not offer.
fn of_page<'a>(host: &'a HostDefinition, meeting: &'a Meeting) -> impl Iterator<Item = &'a Calendar> {
    host.calendars.iter().filter(|calendar| meeting.calendars.contains(&calendar.name))
}

/// What is asked of a calendar: all the time that can be booked, and some around it.
fn question(host: &HostDefinition, calendar: &Calendar, now: DateTime<Utc>) -> Question {
    let last = host.meetings.values().filter_map(|meeting| Some(meeting.rules.dates_at(now)?.1)).max();
    let today = host.time_zone.to_wall_time(now).date();
    let days = last.map_or(0, |last| (last - today).num_days()).min(MOST_DAYS) + DAYS_BEYOND;
    let from = now - TimeDelta::minutes(LONGEST_MEETING_MINUTES.into());
    let until = now + TimeDelta::days(days);
    let mut question = Question::new(from.timestamp(), until.timestamp(), host.time_zone.clone());
    question.calendar_zone.clone_from(&calendar.time_zone);
    question.tentative_blocks = calendar.tentative_blocks;
    question.whole_days = calendar.whole_days;
    let addresses = std::iter::once(&host.email).chain(&calendar.addresses);
    addresses.fold(question, |question, address| question.invited_at(address))
}

//! A calendar of any kind: read, written to, and asked for one event.

use std::time::Duration;

use base16ct::lower as hex;
use chrono::{DateTime, TimeDelta, Utc};
use scheduling::availability::LONGEST_MEETING_MINUTES;
use scheduling::calendar::{Booked, Known, NoteBusy, Question};
use scheduling::definition::{Buffer, Calendar, CalendarSource, HostDefinition};
use scheduling::token::BookingId;
use scheduling::zone::Zone;
use sha2::{Digest, Sha256};

use super::asked::Asked;
use super::held::Held;
use super::kept::Kept;
use super::unwritten::Unwritten;
use super::{caldav, feed, google, microsoft};
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;

/// The longest stretch that is read, in days.
const MOST_DAYS: i64 = 400;
/// Days that are read beyond the last that can be booked: what has not changed is read whole once a day.
const DAYS_BEYOND: i64 = 3;
/// A copy is looked for so far beyond what is read, in seconds: some thirty years.
const LOOKED_FOR: i64 = 1_000_000_000;
/// A calendar that is asked itself is read so often.
const EVERY: TimeDelta = TimeDelta::minutes(10);
/// Why a calendar of that kind makes no room, should the content ask it for one in spite of `check`.
const NO_ROOMS: &str =
    "a calendar of kind `caldav` makes no video rooms: put an address in the page's `location`";

/// The way to a calendar.
enum Way<'a> {
    /// The name of the secret that is its address.
    Feed(&'a str),
    Caldav(caldav::Way<'a>),
    Google(google::Way<'a>),
    Microsoft(microsoft::Way<'a>),
}

impl<'a> Way<'a> {
    fn to(calendar: &'a Calendar) -> Self {
        match &calendar.source {
            CalendarSource::Feed { secret } => Way::Feed(secret),
            CalendarSource::Caldav { url, user, secret } => Way::Caldav(caldav::Way { url, user, secret }),
            CalendarSource::Google { id, secret } => {
                Way::Google(google::Way { id, secret, is_written_to: calendar.is_written_to() })
            }
            CalendarSource::Microsoft { user, id, secret } => {
                let (user, id) = (user.as_deref(), id.as_deref());
                Way::Microsoft(microsoft::Way { user, id, secret })
            }
        }
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
    let read = match Way::to(calendar) {
        Way::Feed(secret) => feed::read(platform, &asked, secret, known, deadline).await,
        Way::Caldav(way) => caldav::read(platform, &asked, &way, known, deadline).await.map(every_so_often),
        Way::Google(way) => google::read(platform, &asked, &way, deadline).await.map(every_so_often),
        Way::Microsoft(way) => {
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
    match Way::to(calendar) {
        Way::Feed(_) => Err(Unwritten::because("a feed cannot be written to")),
        Way::Caldav(way) => {
            caldav::keep(platform, &way, (booking, copy), deadline).await?;
            Ok(match copy.text() {
                Some(copy) if copy.wants_room() => Kept::WithoutRoom(NO_ROOMS.to_owned()),
                _ => Kept::AsWanted,
            })
        }
        Way::Google(way) => google::keep(platform, &way, (booking, copy), deadline).await,
        Way::Microsoft(way) => microsoft::keep(platform, &way, (booking, copy), deadline).await,
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
    let asked = (booking, question);
    let answer = match Way::to(calendar) {
        Way::Feed(_) => return Err(Unwritten::because("a feed tells only what it has")),
        Way::Caldav(way) => caldav::look_for(platform, &way, asked, deadline).await,
        Way::Google(way) => google::look_for(platform, &way, asked, deadline).await,
        Way::Microsoft(way) => microsoft::look_for(platform, &way, asked, deadline).await,
    };
    let Some(answer) = answer? else { return Ok(None) };
    let is_cancelled = answer.skipped.cancelled > 0;
    match answer.bookings.into_iter().find(|booked| booked.booking == *booking) {
        // The time that is read it does not touch, and it takes none of it.
        Some(booked) => Ok(Some(Booked { blocks: false, ..booked })),
        None if is_cancelled && answer.unknown.is_empty() => Ok(None),
        None => Err(Unwritten::because("when the event is cannot be read")),
    }
}

/// A digest of all that a reading depends on beside what the calendar holds: its address among it, which is a secret.
pub(super) fn settings(outgoing: &impl Outgoing, host: &HostDefinition, calendar: &Calendar) -> String {
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

//! Trying a calendar before anything depends on it: a reading as the endpoint makes it, and an event that is written
//! and taken out again.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Booking, Contact, HostNoted, Origin, Place, Status, Terms, Visitor};
use scheduling::calendar::{Known, Reading};
use scheduling::definition::{Buffer, Calendar, HostDefinition};
use scheduling::invitation::{BookingCopy, Feed};
use scheduling::locale::LocaleWords;
use scheduling::token::BookingId;

use super::{Held, keep};
use crate::call::outgoing::Outgoing;
use crate::call::platform::Clock;
use crate::call::stop::Fault;

/// The time that a calendar has to answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// What the event is called that is written and taken out again.
pub const TITLE: &str = "Daymark: only a test";
const DESCRIPTION: &str =
    "Daymark has tried whether it can write to this calendar. You can delete this event.";
/// It is over when it is written, so that nobody is busy then. Minutes.
const BEGAN_AGO: i64 = 60;
const LASTS: i64 = 15;

/// Why a trial of writing did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwell {
    /// The event could not be written, for this reason.
    NotWritten(String),
    /// It was written, and could not be taken out again, for this reason: it begins at that time.
    Left(String, DateTime<Utc>),
}

/// Reads a calendar now, and whole: with what a ledger knows of it, as far as that lets Daymark in.
pub async fn read(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    calendar: &Calendar,
    known: Option<&Known>,
) -> Reading {
    let known = known.map(|known| Known { validator: None, ..known.clone() });
    super::read(platform, host, calendar, known.as_ref(), DEADLINE).await.reading
}

/// What is wrong with a reading, in the words of the log, which follow the calendar's name.
pub fn doubt(reading: &Reading) -> Option<String> {
    match reading {
        Reading::Failed(reason) | Reading::Refused(reason) => Some(format!("cannot be read: {reason}")),
        Reading::Found(found) if found.unknown_because.is_some() => Some(super::known_in_part(found)),
        Reading::Found(_) | Reading::Unchanged | Reading::Gone => None,
    }
}

/// Writes an event to a calendar, and takes it out again.
///
/// # Errors
///
/// There is no randomness for the event's id.
pub async fn write(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    calendar: &Calendar,
) -> Result<Result<(), Unwell>, Fault> {
    let id = BookingId::new(&host.ledger, platform.random()?);
    let copy = event(host, &id, platform.now());
    let written = keep(platform, calendar, (&id, Held::Copy(&copy)), DEADLINE).await;
    // What was not answered may have been written all the same.
    let taken_out = keep(platform, calendar, (&id, Held::Nothing), DEADLINE).await;
    Ok(match (written, taken_out) {
        (Err(unwritten), _) => Err(Unwell::NotWritten(unwritten.reason)),
        (Ok(_), Err(unwritten)) => Err(Unwell::Left(unwritten.reason, copy.start())),
        (Ok(_), Ok(_)) => Ok(()),
    })
}

fn event(host: &HostDefinition, id: &BookingId, now: DateTime<Utc>) -> BookingCopy {
    let start = now - TimeDelta::minutes(BEGAN_AGO) - TimeDelta::seconds(now.timestamp() % 900);
    let booking = Booking {
        id: id.clone(),
        status: Status::Confirmed,
        outcome: None,
        page: String::new(),
        title: String::new(),
        host: host.folder.clone(),
        start,
        end: start + TimeDelta::minutes(LASTS),
        buffer: Buffer::default(),
        proposed: None,
        unknown_calendar: false,
        payment: None,
        location: Place::Ask(String::new()),
        visitor: Visitor {
            contact: Contact::of_email(&host.email),
            guests: Vec::new(),
            time_zone: host.time_zone.clone(),
            locale: String::new(),
            answers: BTreeMap::new(),
        },
        terms: Terms {
            change_until_minutes: 0,
            by_request: false,
            reminders_minutes: Vec::new(),
            links_in_invitation: false,
            write_to: None,
        },
        origin: Origin::default(),
        noted: HostNoted::of(host),
        sequence: 0,
        cancel_reason: None,
        created_at: now,
        changed_at: now,
    };
    let words = LocaleWords::default();
    let mut copy = Feed { host_name: &host.name, words: &words, base_url: "" }.copy(booking);
    TITLE.clone_into(&mut copy.summary);
    DESCRIPTION.clone_into(&mut copy.description);
    copy
}

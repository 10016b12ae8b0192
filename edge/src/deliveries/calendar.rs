//! Reading a calendar whose time has come, as today's content has it.

use std::time::Duration;

use scheduling::calendar::{Found, Known, NoteBusy, Reading};
use scheduling::definition::{Calendar, HostDefinition};
use scheduling::token::BookingId;

use crate::calendars;
use crate::call::outgoing::Outgoing;
use crate::call::platform::{Clock, Definitions};
use crate::call::today::Today;

pub(crate) use crate::calendars::news as calendar_news;

/// The time that a calendar has to answer when nobody waits.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a calendar that a ledger knows. One that its host has taken out of the content is let go.
pub async fn read_calendar(platform: &(impl Clock + Definitions + Outgoing), known: &Known) -> NoteBusy {
    let host = match Today::of(platform, &known.ledger).await {
        Ok(today) => today.host,
        Err(fault) => return noted(platform, known, Reading::Failed(fault.to_string())),
    };
    let read = match &host {
        Some(host) => read_calendar_of(platform, host, &known.name, Some(known)).await,
        None => None,
    };
    read.unwrap_or_else(|| noted(platform, known, Reading::Gone))
}

/// Reads a calendar of a host; `None` where they have none of that name.
pub(crate) async fn read_calendar_of(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    name: &str,
    known: Option<&Known>,
) -> Option<NoteBusy> {
    let calendar = host.calendars.iter().find(|calendar| calendar.name == name)?;
    let mut noted = calendars::read(platform, host, calendar, known, TIMEOUT).await;
    if let (Reading::Found(found), Some(known)) = (&mut noted.reading, known) {
        look_for(platform, (host, calendar), &known.missed, found).await;
    }
    Some(noted)
}

/// Looks by themselves for copies that were missing, and are not among what was found. Where one cannot be looked for,
/// nothing is known of it.
async fn look_for(
    platform: &(impl Clock + Outgoing),
    (host, calendar): (&HostDefinition, &Calendar),
    missed: &[BookingId],
    found: &mut Found,
) {
    for id in missed {
        if found.bookings.iter().any(|booked| booked.booking == *id) {
            continue;
        }
        match calendars::look_for(platform, host, calendar, id, TIMEOUT).await {
            Ok(Some(booked)) => found.bookings.push(booked),
            Ok(None) => found.gone.push(id.clone()),
            Err(_) => return,
        }
    }
}

fn noted(clock: &impl Clock, known: &Known, reading: Reading) -> NoteBusy {
    NoteBusy {
        ledger: known.ledger.clone(),
        calendar: known.name.clone(),
        settings: known.settings.clone(),
        read_at: clock.now(),
        next_read_at: clock.now() + calendars::AFTER_FAILURE,
        host: None,
        renewed: None,
        deletion_cancels: false,
        left_out: Vec::new(),
        reading,
    }
}

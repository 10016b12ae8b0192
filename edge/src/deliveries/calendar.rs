//! Reading a calendar whose time has come, as today's content has it.

use scheduling::calendar::{Known, NoteBusy, Reading};

use crate::calendars;
use crate::call::outgoing::Outgoing;
use crate::call::platform::{Clock, Definitions};
use crate::call::today::Today;

/// The time that a calendar has to answer when nobody waits, in seconds.
const TIMEOUT_SECONDS: u32 = 30;

/// Reads a calendar that a ledger knows. One that its host has taken out of the content is let go.
pub async fn read_calendar(platform: &(impl Clock + Definitions + Outgoing), known: &Known) -> NoteBusy {
    let noted = |reading| NoteBusy {
        ledger: known.ledger.clone(),
        calendar: known.name.clone(),
        read_at: platform.now(),
        next_read_at: platform.now() + calendars::AFTER_FAILURE,
        reading,
    };
    let host = match Today::of(platform, &known.ledger).await {
        Ok(today) => today.host,
        Err(fault) => return noted(Reading::Failed(fault.to_string())),
    };
    let calendar =
        host.as_ref().and_then(|host| host.calendars.iter().find(|calendar| calendar.name == known.name));
    match (&host, calendar) {
        (Some(host), Some(calendar)) => {
            calendars::read(platform, host, calendar, Some(known), TIMEOUT_SECONDS).await
        }
        _ => noted(Reading::Gone),
    }
}

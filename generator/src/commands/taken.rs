//! What is taken of a page's times, by the bookings and calendars in a folder of data.

use std::path::Path;

use chrono::{DateTime, Utc};
use scheduling::calendar::Span;
use scheduling::claim::Claim;
use scheduling::definition::{Calendar, HostDefinition, Meeting};
use scheduling::ledger::{Question, Taken};

use crate::failure::Failure;

/// What is in the way of a page's times.
pub(super) fn of_page(
    data: &Path,
    host: &HostDefinition,
    meeting: &Meeting,
    now: DateTime<Utc>,
) -> Result<Taken, Failure> {
    check_data(data)?;
    let (query, reading) = Question::busy(meeting.rules.claims_from(now), None).send();
    let answer = edge::local::peek(data, &host.ledger, &query, now)?;
    let mut taken = reading.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?;
    let counts =
        |claim: &Claim| claim.calendar.as_ref().is_none_or(|calendar| meeting.calendars.contains(calendar));
    taken.claims.retain(counts);
    Ok(taken)
}

/// Checks that a folder is one that a server keeps bookings in.
pub(super) fn check_data(data: &Path) -> Result<(), Failure> {
    // Only a server makes it, when it starts: `token` leaves a secret in any folder.
    if !data.join("ledgers").is_dir() {
        let data = data.display();
        return Err(Failure::saying(format!(
            "{data} has no bookings in it: name the folder that `serve --data` writes to."
        )));
    }
    Ok(())
}

/// What is said where a calendar does not tell whether the host is busy at some of these times.
pub(super) fn unknown(
    taken: &Taken,
    host: &HostDefinition,
    meeting: &Meeting,
    times: &[Span],
    now: DateTime<Utc>,
) -> Option<String> {
    let tells = |calendar: &&Calendar| {
        let known = taken.calendars.iter().find(|known| known.name == calendar.name);
        let minutes = calendar.source.known_for_minutes();
        known.is_some_and(|known| times.iter().all(|time| known.covers(*time, minutes, now)))
    };
    let mut calendars = host.calendars.iter().filter(|calendar| meeting.calendars.contains(&calendar.name));
    let silent = calendars.find(|calendar| !tells(calendar))?;
    Some(format!("the calendar \"{}\" does not tell whether {} is busy then", silent.name, host.name))
}

/// What is said where nobody looked.
pub(super) fn not_considered(meeting: &Meeting) -> String {
    let what =
        if meeting.calendars.is_empty() { "Existing bookings" } else { "Existing bookings and calendars" };
    format!("{what} were not considered: add `--data <folder>` to include them.")
}

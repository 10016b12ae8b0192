//! What is taken of a page's times, by the bookings and calendars in a folder of data.

use std::path::Path;

use chrono::{DateTime, Utc};
use scheduling::claim::Claim;
use scheduling::definition::{HostDefinition, Meeting};
use scheduling::ledger::{Question, Taken};

use crate::failure::Failure;

/// What is in the way of a page's times.
pub(super) fn of_page(
    data: &Path,
    host: &HostDefinition,
    meeting: &Meeting,
    now: DateTime<Utc>,
) -> Result<Taken, Failure> {
    let (query, reading) = Question::busy(meeting.rules.claims_from(now), None).send();
    let answer = edge::local::peek(data, &host.ledger, &query, now)?;
    let mut taken = reading.read(answer).map_err(|mismatched| Failure::saying(mismatched.to_string()))?;
    let counts =
        |claim: &Claim| claim.calendar.as_ref().is_none_or(|calendar| meeting.calendars.contains(calendar));
    taken.claims.retain(counts);
    Ok(taken)
}

/// What is said where nobody looked.
pub(super) fn not_considered(meeting: &Meeting) -> String {
    let what =
        if meeting.calendars.is_empty() { "Existing bookings" } else { "Existing bookings and calendars" };
    format!("{what} were not considered: add `--data <folder>` to include them.")
}

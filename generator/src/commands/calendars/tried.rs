//! What a calendar says when it is tried, in words.

use std::fmt::Write as _;

use edge::connecting::{self, TITLE, Unwell};
use edge::{Clock, Outgoing};
use scheduling::calendar::{Found, Known, Reading};
use scheduling::definition::{Calendar, HostDefinition};
use tokio::runtime::{Builder, Runtime};

use crate::commands::words::counted;
use crate::failure::Failure;

const DAY: i64 = 86_400;

/// What runs one request after the other.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// Reads a calendar: what it says; or what is wrong, in words that follow its name.
pub(super) fn read(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    (calendar, known): (&Calendar, Option<&Known>),
) -> Result<Result<String, String>, Failure> {
    let reading = runtime()?.block_on(connecting::read(platform, host, calendar, known));
    let said = match (&reading, connecting::doubt(&reading)) {
        (_, Some(doubt)) => Err(doubt),
        (Reading::Found(found), None) => Ok(found_in_words(found, platform.now().timestamp())),
        (_, None) => Ok("nothing has changed".to_owned()),
    };
    Ok(said)
}

fn found_in_words(found: &Found, now: i64) -> String {
    let days = usize::try_from((found.asked.end - now + DAY / 2) / DAY).unwrap_or_default();
    let mut text = format!("{} in the next {}", counted(found.busy.len(), "busy time"), counted(days, "day"));
    if !found.bookings.is_empty() {
        let _ = write!(text, ", and {} of Daymark’s", counted(found.bookings.len(), "booking"));
    }
    let (skipped, doubled) = skipped_in_words(&found.skipped);
    if !skipped.is_empty() {
        let _ = write!(text, ". Not counted: {}", skipped.join(", "));
    }
    if let Some(count) = doubled {
        let _ = write!(text, ". In an unknown time zone, so busy in the calendar’s and in yours: {count}");
    }
    text
}

/// What was passed over, as the desk words it; and how many events are in zones that nobody knows, which count.
fn skipped_in_words(skipped: &str) -> (Vec<String>, Option<&str>) {
    let (mut words, mut doubled) = (Vec::new(), None);
    for pair in skipped.split(' ').collect::<Vec<_>>().chunks(2) {
        match *pair {
            ["unknown_zones", count] => doubled = Some(count),
            ["free", count] => words.push(format!("{count} shown as free")),
            ["left_out", count] => words.push(format!("{count} left out by you")),
            ["whole_days", "1"] => words.push("1 whole day".to_owned()),
            ["unreadable", count] => words.push(format!("{count} that cannot be read")),
            [name, count] => words.push(format!("{count} {}", name.replace('_', " "))),
            _ => {}
        }
    }
    (words, doubled)
}

/// Writes an event to a calendar, and takes it out again: what came of it; or what is wrong, as one or more sentences.
pub(super) fn write(
    platform: &(impl Clock + Outgoing),
    host: &HostDefinition,
    calendar: &Calendar,
) -> Result<Result<String, String>, Failure> {
    let name = &calendar.name;
    let tried = runtime()?.block_on(connecting::write(platform, host, calendar));
    let tried = tried.map_err(|fault| Failure::saying(fault.to_string()))?;
    Ok(match tried {
        Ok(()) => Ok("bookings can be written there: an event was written, and removed again".to_owned()),
        Err(Unwell::NotWritten(reason)) => {
            Err(format!("{name} cannot be written to: {reason}. Mend that, or choose the role `busy`."))
        }
        Err(Unwell::Left(reason, start)) => {
            let at = host.time_zone.to_wall_time(start).format("%Y-%m-%d at %H:%M");
            Err(format!(
                "an event was written to {name}, but could not be removed: {reason}. Delete it there: it is “{TITLE}” \
                 on {at}. Bookings that are cancelled would stay there as well: mend that, or choose the role `busy`."
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_over_is_worded_as_at_the_desk() {
        let (words, doubled) = skipped_in_words("free 3 whole_days 1 unreadable 2 unknown_zones 4");
        assert_eq!(words, ["3 shown as free", "1 whole day", "2 that cannot be read"]);
        assert_eq!(doubled, Some("4"));
        assert_eq!(skipped_in_words(""), (vec![], None));
    }
}

//! What a calendar says when it is tried, in words.

use edge::connecting::{self, TITLE, Unwell};
use edge::{Clock, Outgoing};
use publishing::render::Theme;
use scheduling::calendar::{Found, Reading};
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
    theme: &Theme,
    host: &HostDefinition,
    calendar: &Calendar,
) -> Result<Result<String, String>, Failure> {
    let reading = runtime()?.block_on(connecting::read(platform, host, calendar));
    let said = match (&reading, connecting::doubt(&reading)) {
        (_, Some(doubt)) => Err(doubt),
        (Reading::Found(found), None) => Ok(found_in_words(found, theme, platform.now().timestamp())),
        (_, None) => Ok("nothing has changed".to_owned()),
    };
    Ok(said)
}

fn found_in_words(found: &Found, theme: &Theme, now: i64) -> String {
    let days = usize::try_from((found.asked.end - now) / DAY).unwrap_or_default();
    let mut text = format!("{} in the next {}", counted(found.busy.len(), "busy time"), counted(days, "day"));
    if !found.bookings.is_empty() {
        text += &format!(", and {} of Daymark’s", counted(found.bookings.len(), "booking"));
    }
    let skipped = skipped_in_words(&found.skipped, theme);
    if skipped.is_empty() { text } else { format!("{text}. Not counted: {skipped}") }
}

/// What was passed over, in the words that the desk has for it.
fn skipped_in_words(skipped: &str, theme: &Theme) -> String {
    let parts: Vec<&str> = skipped.split(' ').collect();
    let words = |pair: &[&str]| match (pair, theme.words("en")) {
        ([name, count], Some(words)) => {
            Some(words.message(&format!("script.calendars.{name}"), &[("count", count)]))
        }
        _ => None,
    };
    parts.chunks(2).filter_map(words).collect::<Vec<_>>().join(", ")
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

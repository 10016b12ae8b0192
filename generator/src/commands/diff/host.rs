//! What changes with a host, for all of their pages.

use std::cmp::Ordering;

use publishing::content::{Host, Site};
use scheduling::definition::{Calendar, CalendarSource, HostDefinition, Role, WholeDays};

use super::lines::{around, moved, path, yes};

/// The same host in the content before: the one with the same bookings, or else the one at the same links.
pub(super) fn former<'a>(before: &'a Site, after: &Site, new: &Host) -> Option<&'a Host> {
    let HostDefinition { folder, ledger, .. } = &new.definition;
    let is_at = |host: &&Host| host.definition.folder == *folder;
    let is_elsewhere = |old: &Host| with_ledger(after, &old.definition.ledger).is_some();
    with_ledger(before, ledger).or_else(|| before.hosts.iter().find(is_at).filter(|old| !is_elsewhere(old)))
}

fn with_ledger<'a>(site: &'a Site, ledger: &str) -> Option<&'a Host> {
    site.hosts.iter().find(|host| host.definition.ledger == ledger)
}

/// Both are taken apart whole, so that a new part is either compared, or said to be none of visitors' business.
pub(super) fn host_changes(before: &Host, after: &Host) -> Vec<String> {
    let mut lines = Vec::new();
    let Host { definition, was, photo, about, pages: _ } = after;
    let HostDefinition {
        folder,
        ledger,
        name,
        email,
        time_zone: _,   // of the pages' rules
        key_version: _, // for the host's own devices and programs
        invites_version,
        webhooks: _,
        calendars,
        payments: _, // of the pages with a price
        meetings: _,
    } = definition;
    let old = &before.definition;
    if old.folder != *folder {
        let here = if was.contains(&old.folder) { "lead" } else { "do not lead" };
        lines.push(format!("was /{}/; old links {here} here", old.folder));
    }
    if old.ledger != *ledger {
        lines.push(format!(
            "all bookings are left behind: the ledger is `{ledger}`, and was `{}`",
            old.ledger
        ));
    }
    let others = |was: &[String], own: &str| -> Vec<String> {
        was.iter().filter(|was| *was != own).map(|was| format!("/{was}/")).collect()
    };
    let others = [others(&before.was, folder), others(was, &old.folder)].map(|folders| folders.join(", "));
    moved(&mut lines, "old links that lead here", &others[0], &others[1]);
    moved(&mut lines, "name", &old.name, name);
    moved(&mut lines, "email", &old.email, email);
    if path(before.photo.as_ref()) != path(photo.as_ref()) {
        lines.push("the photo has changed".to_owned());
    }
    if before.about != *about {
        lines.push("what the host says about themselves has changed".to_owned());
    }
    match invites_version.cmp(&old.invites_version) {
        Ordering::Greater => lines.push("all invitations are withdrawn".to_owned()),
        Ordering::Less => lines.push(format!(
            "all invitations are withdrawn, and those of `invites_version = {invites_version}` count again"
        )),
        Ordering::Equal => {}
    }
    calendar_changes(&mut lines, &old.calendars, calendars);
    lines
}

fn calendar_changes(lines: &mut Vec<String>, before: &[Calendar], after: &[Calendar]) {
    for new in after {
        match before.iter().find(|old| old.name == new.name) {
            Some(old) => changes_of_calendar(lines, old, new),
            None => moved(lines, &format!("calendar {}", new.name), "", &place(&new.source)),
        }
    }
    for old in before.iter().filter(|old| !after.iter().any(|new| new.name == old.name)) {
        moved(lines, &format!("calendar {}", old.name), &place(&old.source), "");
    }
}

/// Both are taken apart whole, too.
fn changes_of_calendar(lines: &mut Vec<String>, old: &Calendar, new: &Calendar) {
    let Calendar {
        name,
        source,
        role,
        time_zone,
        tentative_blocks,
        whole_days,
        keep_free,
        addresses,
        deletion_cancels,
    } = new;
    moved(lines, &format!("calendar {name}"), &place(&old.source), &place(source));
    let is = |role: Role| match role {
        Role::Busy => "read",
        Role::Write => "written to",
        Role::Both => "read and written to",
    };
    moved(lines, &format!("calendar {name} is"), is(old.role), is(*role));
    let zones =
        [&old.time_zone, time_zone].map(|zone| zone.as_ref().map_or(String::new(), ToString::to_string));
    moved(lines, &format!("time zone of calendar {name}"), &zones[0], &zones[1]);
    let busy = |busy: bool| if busy { "busy" } else { "free" };
    let tentative = [old.tentative_blocks, *tentative_blocks].map(busy);
    moved(lines, &format!("tentative events in calendar {name}"), tentative[0], tentative[1]);
    let days = |days: WholeDays| match days {
        WholeDays::AsMarked => "as marked",
        WholeDays::Busy => "busy",
        WholeDays::Free => "free",
    };
    moved(lines, &format!("whole days in calendar {name}"), days(old.whole_days), days(*whole_days));
    let free = [old.keep_free, *keep_free].map(around);
    moved(lines, &format!("time kept free around calendar {name}"), &free[0], &free[1]);
    let invited = format!("events in calendar {name} are not busy if declined by");
    moved(lines, &invited, &old.addresses.join(", "), &addresses.join(", "));
    let cancels = [old.deletion_cancels, *deletion_cancels].map(yes);
    moved(lines, &format!("deleting an event in calendar {name} cancels"), cancels[0], cancels[1]);
}

/// The way to a calendar, by the name of its secret where that says which it is.
fn place(source: &CalendarSource) -> String {
    let parts = match source {
        CalendarSource::Feed { secret } => vec![secret.as_str()],
        CalendarSource::Caldav { url, user, secret: _ } => vec![url.as_str(), user],
        CalendarSource::Google { id, secret } => vec![id.as_str(), secret],
        CalendarSource::Microsoft { user, id, secret } => {
            [user, id].into_iter().flatten().chain([secret]).map(String::as_str).collect()
        }
    };
    format!("{}, {}", source.kind(), parts.join(", "))
}

//! Links: no two of them may lead to one place, and none to a place that is the site's own.

use std::collections::BTreeMap;

use scheduling::paths::RESERVED;

use super::find::HostFiles;
use super::host::HostSettings;
use crate::content::toml::source::whole_file;
use crate::diagnostics::{Diagnostic, Place};

/// Errors in the folders of hosts, the folders that they had, and their ledgers.
pub(crate) fn check(hosts: &[HostSettings], files: &[HostFiles], locales: &[String]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for host in files {
        if let Some(whose) = taken_by_site(&host.folder, locales) {
            let message = format!("`/{}/` is {whose}", host.folder);
            diagnostics.push(mistake(&host.folder, None, message, "rename the folder"));
        }
    }
    let mut former: BTreeMap<&str, &str> = BTreeMap::new();
    let mut ledgers: BTreeMap<&str, &HostSettings> = BTreeMap::new();
    for host in hosts {
        if let Some(other) = ledgers.insert(&host.ledger, host) {
            let (host, other) = if host.ledger_place.is_some() { (host, other) } else { (other, host) };
            let message = format!("two hosts have the ledger `{}`", host.ledger);
            let help = format!("the other is `{}`; their bookings would be mixed up", other.folder);
            diagnostics.push(mistake(&host.folder, host.ledger_place.as_ref(), message, &help));
        }
        let mut free = Vec::new();
        for (was, place) in &host.was {
            match check_former(host, was, place, files, locales) {
                Some(mistake) => diagnostics.push(mistake),
                None => free.push((was.as_str(), place)),
            }
            if let Some(other) = former.insert(was, &host.folder) {
                let message = format!("two hosts have `{was}` in `was`");
                let help = format!("the other is `{other}`; a link can lead to only one of them");
                diagnostics.push(mistake(&host.folder, Some(place), message, &help));
            }
        }
        if host.ledger_place.is_none() {
            diagnostics.extend(without_ledger(host, &free));
        }
    }
    diagnostics
}

/// A folder that was renamed has the bookings of its former name only where the ledger keeps that name: without it, all
/// times that are booked would be offered again.
fn without_ledger(host: &HostSettings, former: &[(&str, &Place)]) -> Option<Diagnostic> {
    let (was, place) = former.first()?;
    let message = format!("this host was `{was}` before, but `ledger` does not say whose bookings it has");
    let which = match former {
        [_] => format!("`ledger = \"{was}\"`"),
        _ => "`ledger` with the first name that the folder had".to_owned(),
    };
    let help = format!(
        "to keep the bookings, add {which}; for another host who takes over old links, `ledger = \"{}\"`",
        host.folder
    );
    Some(mistake(&host.folder, Some(place), message, &help))
}

fn check_former(
    host: &HostSettings,
    was: &str,
    place: &Place,
    files: &[HostFiles],
    locales: &[String],
) -> Option<Diagnostic> {
    if let Some(whose) = taken_by_site(was, locales) {
        let message = format!("this host cannot have been `{was}` before: `/{was}/` is {whose}");
        return Some(mistake(&host.folder, Some(place), message, "remove it from `was`"));
    }
    let taken = files.iter().any(|other| other.folder == was);
    taken.then(|| {
        let message = format!("this host was `{was}` before, but that folder still exists");
        mistake(&host.folder, Some(place), message, "remove the folder, or take its name out of `was`")
    })
}

/// The owner of a first folder of links that no host can have.
pub(crate) fn taken_by_site(folder: &str, locales: &[String]) -> Option<&'static str> {
    if RESERVED.contains(&folder) {
        return Some("reserved for the site itself");
    }
    locales.iter().any(|locale| locale.eq_ignore_ascii_case(folder)).then_some("reserved for a locale")
}

/// What a folder of links is to another host, if that host was renamed.
pub(crate) fn taken_by_host(folder: &str, host: &HostSettings) -> Option<String> {
    if host.was.iter().any(|(was, _)| was == folder) {
        return Some(format!("a former name of `{}`", host.folder));
    }
    (host.ledger == folder).then(|| format!("the name of the ledger of `{}`", host.folder))
}

fn mistake(folder: &str, place: Option<&Place>, message: String, help: &str) -> Diagnostic {
    let mut mistake = whole_file(format!("{folder}/host.toml"), message);
    mistake.place = place.cloned();
    mistake.help(help);
    mistake
}

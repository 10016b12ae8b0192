//! `generator diff <git ref>`: what changes for visitors between the content of a commit and the content as it is now.

mod lines;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use publishing::content::{self, Picture, Site};
use publishing::diagnostics::visible;
use scheduling::definition::HostDefinition;

use self::lines::{moved, title};
use self::page::{Setting, Shown, page_changes};
use super::checkout::Checkout;
use super::words::counted;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `diff`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// A commit, a branch or a tag, such as origin/main
    #[arg(value_name = "GIT REF")]
    pub commit: String,
}

/// Prints the changes to standard output, in Markdown.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let after = sources.load_site(&theme, printer)?;
    let folder = Checkout::of(&sources.content, &arguments.commit)?;
    let loaded = content::load(folder.content(), &sources.load_options(&theme));
    let Some(before) = loaded.site else {
        return Err(Failure::drawn(format!(
            "the content of {} has errors, so it cannot be compared:\n{}",
            visible(&arguments.commit),
            loaded.diagnostics.without_doubts().draw(&sources.drawing(printer))
        )));
    };
    let locale = after.definition.locales.first().map_or("en", String::as_str);
    let words = theme.words(locale).cloned().unwrap_or_default();
    let changes = changes(&before, &after, &Setting { now: sources.clock.now(), words });
    printer.answer(&in_words(&changes, &arguments.commit));
    Ok(())
}

/// Changes, by the page or host that they are on.
type Changes = BTreeMap<String, Vec<String>>;

fn in_words(changes: &Changes, commit: &str) -> String {
    if changes.is_empty() {
        return format!("Nothing has changed for visitors since {commit}.");
    }
    let mut text = format!(
        "{} for visitors since {commit}:\n",
        if changes.len() == 1 {
            "One page has changed".to_owned()
        } else {
            format!("{} have changed", counted(changes.len(), "page"))
        }
    );
    for (place, lines) in changes {
        let _ = writeln!(text, "\n**{place}**");
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    text
}

fn changes(before: &Site, after: &Site, setting: &Setting) -> Changes {
    let mut changes = Changes::new();
    site_changes(before, after, &mut changes);
    host_changes(before, after, &mut changes);
    let (old, new) = (shown(before), shown(after));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        let lines = match (old.get(name), new.get(name)) {
            (None, Some(new)) => vec![format!("new page: {}", title(&new.meeting.title))],
            (Some(old), None) => vec![format!("removed page: {}", title(&old.meeting.title))],
            (Some(old), Some(new)) => page_changes(old, new, setting),
            (None, None) => Vec::new(),
        };
        if !lines.is_empty() {
            changes.insert(format!("/{name}/"), lines);
        }
    }
    changes
}

fn site_changes(before: &Site, after: &Site, changes: &mut Changes) {
    let (old, new) = (&before.definition, &after.definition);
    let mut lines = Vec::new();
    moved(&mut lines, "title", &old.title, &new.title);
    moved(&mut lines, "address", &old.base_url, &new.base_url);
    moved(&mut lines, "languages", &old.locales.join(", "), &new.locales.join(", "));
    if before.privacy != after.privacy {
        lines.push("the privacy text has changed".to_owned());
    }
    if path(before.logo.as_ref()) != path(after.logo.as_ref()) {
        lines.push("the logo has changed".to_owned());
    }
    if before.theme != after.theme {
        lines.push("colours or fonts have changed".to_owned());
    }
    if !lines.is_empty() {
        changes.insert("/".to_owned(), lines);
    }
}

fn host_changes(before: &Site, after: &Site, changes: &mut Changes) {
    for new in &after.hosts {
        let folder = &new.definition.folder;
        let Some(old) = before.hosts.iter().find(|old| old.definition.folder == *folder) else { continue };
        let mut lines = Vec::new();
        if path(old.photo.as_ref()) != path(new.photo.as_ref()) {
            lines.push("the photo has changed".to_owned());
        }
        if old.about != new.about {
            lines.push("what the host says about themselves has changed".to_owned());
        }
        if !lines.is_empty() {
            changes.insert(format!("/{folder}/"), lines);
        }
    }
}

/// The path of a picture, which changes with the picture.
fn path(picture: Option<&Picture>) -> Option<&str> {
    picture.map(|picture| picture.path.as_str())
}

fn shown(site: &Site) -> BTreeMap<&str, Shown<'_>> {
    let pages = site.hosts.iter().flat_map(|host| {
        host.pages.iter().filter_map(move |page| {
            let meeting = host.definition.meetings.get(&page.slug)?;
            let HostDefinition { name: host_name, payments, .. } = &host.definition;
            Some((meeting.page.as_str(), Shown { meeting, page, host_name, payments: payments.as_ref() }))
        })
    });
    pages.collect()
}

#[cfg(test)]
mod tests;

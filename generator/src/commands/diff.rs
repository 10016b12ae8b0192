//! `generator diff <git ref>`: what changes for visitors between the content of a commit and the content as it is now.

mod host;
mod lines;
mod page;
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use publishing::content::{self, Host, Page, Site};
use publishing::diagnostics::visible;
use scheduling::definition::HostDefinition;

use self::host::{former, host_changes};
use self::lines::title;
use self::page::{Setting, Shown, page_changes};
use self::site::site_changes;
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
    let mut add = |place: String, lines: Vec<String>| {
        if !lines.is_empty() {
            changes.entry(place).or_default().extend(lines);
        }
    };
    add("/".to_owned(), site_changes(before, after));
    let mut still_there = BTreeSet::new();
    for new in &after.hosts {
        let old = former(before, after, new);
        if let Some(old) = old {
            still_there.insert(&old.definition.folder);
            add(format!("/{}/", new.definition.folder), host_changes(old, new));
        }
        let (were, are) = (old.map_or_else(BTreeMap::new, pages), pages(new));
        let slugs: BTreeSet<&str> = were.keys().chain(are.keys()).copied().collect();
        for slug in slugs {
            let (old, new) = (were.get(slug), are.get(slug));
            let Some(page) = new.or(old) else { continue };
            let lines = match (old, new) {
                (Some(old), Some(new)) => page_changes(old, new, setting),
                (None, _) => vec![format!("new page: {}", title(&page.meeting.title))],
                (_, None) => vec![removed(page)],
            };
            add(place(page), lines);
        }
    }
    for host in before.hosts.iter().filter(|host| !still_there.contains(&host.definition.folder)) {
        for page in pages(host).values() {
            add(place(page), vec![removed(page)]);
        }
    }
    changes
}

/// A host's pages, by the last part of their links.
fn pages<'a>(host: &'a Host) -> BTreeMap<&'a str, Shown<'a>> {
    let HostDefinition { meetings, payments, .. } = &host.definition;
    let shown = |page: &'a Page| Shown { meeting: &meetings[&page.slug], page, payments: payments.as_ref() };
    host.pages.iter().map(|page| (page.slug.as_str(), shown(page))).collect()
}

fn place(page: &Shown<'_>) -> String {
    format!("/{}/", page.meeting.page)
}

fn removed(page: &Shown<'_>) -> String {
    format!("removed page: {}", title(&page.meeting.title))
}

#[cfg(test)]
mod tests;

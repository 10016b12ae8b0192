//! `generator check`: every mistake and every doubt of the content; writes nothing.

use std::path::Path;

use publishing::content::{self, LoadOptions, Site};
use publishing::diagnostics::{Diagnostics, Drawing};
use publishing::render::Theme;

use super::words::{counted, prices};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The text to print, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The text, with a line break at its end.
    pub text: String,
    /// 0 where the site can be published, 1 where mistakes keep it from that.
    pub exit_code: u8,
}

/// Reports to standard error.
pub fn execute(sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let report = report(&sources.content, &sources.load_options(&theme), &sources.drawing(printer), &theme);
    printer.show(&report.text);
    if report.exit_code == 0 { Ok(()) } else { Err(Failure::default()) }
}

/// Reads the content, drafts too, and says what is wrong with it, and what each page with a price costs: nobody who
/// forgets that yen have no cents finds out from a visitor.
pub fn report(root: &Path, options: &LoadOptions, drawing: &Drawing, theme: &Theme) -> Report {
    let options = LoadOptions { drafts: true, ..options.clone() };
    let loaded = content::load(root, &options);
    let exit_code = u8::from(loaded.site.is_none());
    let doubt = loaded.site.as_ref().and_then(Site::doubt);
    let diagnostics = Diagnostics::new(loaded.diagnostics.iter().cloned().chain(doubt).collect());
    let costs = loaded.site.as_ref().map(|site| costs(site, theme)).unwrap_or_default();
    let said = match loaded.site {
        Some(site) if diagnostics.is_empty() => format!("{}: no errors or warnings\n", size_of(&site)),
        _ => diagnostics.draw(drawing),
    };
    Report { text: format!("{costs}{said}"), exit_code }
}

/// A line for each page with a price, as visitors read it in the site's first locale.
fn costs(site: &Site, theme: &Theme) -> String {
    let locale = site.definition.locales.first().map_or("en", String::as_str);
    let words = theme.words(locale).cloned().unwrap_or_default();
    let meetings = site.hosts.iter().flat_map(|host| host.definition.meetings.values());
    let priced = meetings.filter(|meeting| !meeting.prices.is_empty());
    let lines = priced.map(|meeting| format!("{}: {}\n", meeting.page, prices(meeting, &words)));
    lines.collect::<Vec<_>>().concat()
}

/// The size of a site in words, as in "2 hosts with 4 pages".
fn size_of(site: &Site) -> String {
    let pages: usize = site.hosts.iter().map(|host| host.pages.len()).sum();
    format!("{} with {}", counted(site.hosts.len(), "host"), counted(pages, "page"))
}

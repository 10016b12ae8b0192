//! `generator check`: every mistake and every doubt of the content; writes nothing.

use std::path::Path;

use publishing::content::{self, LoadOptions, Site};
use publishing::diagnostics::{Diagnostics, Drawing};

use super::words::counted;
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
    let report = report(&sources.content, &sources.load_options(&theme), &sources.drawing(printer));
    printer.show(&report.text);
    if report.exit_code == 0 { Ok(()) } else { Err(Failure::default()) }
}

/// Reads the content, drafts too, and says what is wrong with it.
pub fn report(root: &Path, options: &LoadOptions, drawing: &Drawing) -> Report {
    let options = LoadOptions { drafts: true, ..options.clone() };
    let loaded = content::load(root, &options);
    let exit_code = u8::from(loaded.site.is_none());
    let doubt = loaded.site.as_ref().and_then(Site::doubt);
    let diagnostics = Diagnostics::new(loaded.diagnostics.iter().cloned().chain(doubt).collect());
    match loaded.site {
        Some(site) if diagnostics.is_empty() => {
            Report { text: format!("{}: no errors or warnings\n", size_of(&site)), exit_code }
        }
        _ => Report { text: diagnostics.draw(drawing), exit_code },
    }
}

/// The size of a site in words, as in "2 hosts with 4 pages".
fn size_of(site: &Site) -> String {
    let pages: usize = site.hosts.iter().map(|host| host.pages.len()).sum();
    format!("{} with {}", counted(site.hosts.len(), "host"), counted(pages, "page"))
}

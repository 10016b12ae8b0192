//! `generator build`: content/ to dist/.

use std::sync::Arc;

use publishing::content::Site;
use publishing::output::{self, Written};
use publishing::render::{Theme, plan};

use super::words::counted;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// Publishes, and says what was done.
pub fn execute(sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = Arc::new(sources.load_site_with_doubts(&theme, printer)?);
    let written = publish(sources, &theme, &site)?;
    printer.tell(&format!("{}: {}", sources.output.display(), in_words(written)));
    Ok(())
}

/// Makes the output folder hold the site.
pub fn publish(sources: &Sources, theme: &Theme, site: &Arc<Site>) -> Result<Written, Failure> {
    output::check_folders(&sources.output, &sources.content)?;
    let jobs = plan::jobs(theme, site, sources.clock.now());
    Ok(output::write(&sources.output, &jobs)?)
}

/// The result of a build in words, as in "3 files written, 24 unchanged, 1 removed".
pub fn in_words(written: Written) -> String {
    let Written { written, unchanged, removed } = written;
    let removed = if removed == 0 { String::new() } else { format!(", {removed} removed") };
    format!("{} written, {unchanged} unchanged{removed}", counted(written, "file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_told_in_one_line() {
        let check = |written, unchanged, removed, expected: &str| {
            assert_eq!(in_words(Written { written, unchanged, removed }), expected);
        };
        check(1, 0, 0, "1 file written, 0 unchanged");
        check(3, 24, 1, "3 files written, 24 unchanged, 1 removed");
    }
}

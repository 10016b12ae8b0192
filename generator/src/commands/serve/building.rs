//! One build while serving: a failure's text has everything that keeps the content from being published.

use std::sync::Arc;

use edge::local::checkout;
use publishing::content::Site;

use crate::commands::build;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The outcome of a build.
pub(super) struct Built {
    /// The last site that had no mistake.
    pub(super) site: Option<Arc<Site>>,
    /// The errors that keep the content from being published, as terminal and browser show them.
    pub(super) mistakes: String,
}

/// Builds. A failure's text has everything that is wrong; doubts are told.
pub(super) fn build_once(sources: &Sources, printer: Printer) -> Result<Arc<Site>, Failure> {
    let theme = sources.load_theme()?;
    let loaded = sources.load_content(&theme)?;
    let said = loaded.diagnostics.draw(&sources.drawing(printer));
    let Some(site) = loaded.site else {
        return Err(Failure::drawn(said));
    };
    if !said.is_empty() {
        printer.show(&said);
    }
    let site = Arc::new(site);
    let written = build::publish(sources, &theme, &site)?;
    printer.tell(&format!("{}: {}", sources.output.display(), build::in_words(written)));
    Ok(site)
}

/// What is said where the stand-in takes payments, as Stripe's key is not set.
pub(super) fn stand_in(home: &str, site: &Site) -> Option<String> {
    let mut payments = site.hosts.iter().filter_map(|host| host.definition.payments.as_ref());
    let is_needed = payments.any(checkout::is_needed);
    is_needed.then(|| format!("Payments go to the stand-in of Stripe, {home}/dev/checkout: no money moves."))
}

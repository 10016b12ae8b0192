//! Building again: when a file changes, and when the date changes in a host's zone, as pages hold the dates from today
//! on.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use edge::local::App;
use publishing::content::Site;

use super::building::build_once;
use super::watching::Watched;
use crate::printer::Printer;
use crate::sources::Sources;

/// The interval at which the date is checked, and whether the folders are still those that are watched. It is short,
/// because a sleeping machine does not count the time, and because nothing says that a folder is there again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The rebuilding of a running server.
pub(super) struct Follower {
    pub(super) sources: Sources,
    pub(super) printer: Printer,
    pub(super) app: Arc<App>,
    /// The last site that had no mistake.
    pub(super) site: Option<Arc<Site>>,
    /// The mistakes of the last build.
    pub(super) mistakes: String,
}

impl Follower {
    /// Builds again whenever there is a reason. Never ends.
    pub(super) async fn follow(&mut self, mut watched: Option<Watched>) {
        let mut dates = self.dates();
        loop {
            tokio::select! {
                () = changed(watched.as_mut()) => {}
                () = tokio::time::sleep(LOOK_EVERY) => {
                    let is_renewed = watched.as_mut().is_some_and(Watched::renew);
                    if !is_renewed && self.dates() == dates {
                        continue;
                    }
                }
            }
            self.build().await;
            dates = self.dates();
        }
    }

    async fn build(&mut self) {
        let (sources, printer) = (self.sources.clone(), self.printer);
        let built = tokio::task::spawn_blocking(move || build_once(&sources, printer)).await;
        match built.unwrap_or_else(|cause| Err(cause.into())) {
            Ok(site) => {
                self.site = Some(site);
                self.mistakes.clear();
                match self.app.definitions_changed() {
                    Ok(()) => self.app.announce_reload(),
                    Err(fault) => self.printer.log(&fault.to_string()),
                }
            }
            Err(failure) => {
                // The last good site stays.
                self.mistakes = failure.shown();
                self.printer.show(&self.mistakes);
                self.app.announce_mistakes(&self.mistakes);
            }
        }
    }

    /// Today's date at each host.
    fn dates(&self) -> Vec<NaiveDate> {
        let now = self.sources.clock.now();
        let hosts = self.site.iter().flat_map(|site| &site.hosts);
        hosts.map(|host| host.definition.time_zone.to_wall_time(now).date()).collect()
    }
}

/// Done when files have changed and then stayed as they are for a moment; never where none are watched.
async fn changed(watched: Option<&mut Watched>) {
    match watched {
        Some(watched) => watched.changed().await,
        None => std::future::pending().await,
    }
}

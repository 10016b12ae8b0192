//! Building again: when a file changes, and when the date changes in a host's zone, as pages hold the dates from today
//! on. Where no files are watched, also every few minutes after a build that failed: nothing tells that a full disk has
//! room again.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use edge::local::App;
use publishing::content::Site;

use super::building::{build_once, stand_in};
use super::watching::Watched;
use crate::printer::Printer;
use crate::sources::Sources;

/// The interval at which the date is checked, and whether the folders are still those that are watched. It is short,
/// because a sleeping machine does not count the time, and because nothing says that a folder is there again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The seconds from one attempt to the next of a build that failed: at the clock's multiples of them.
pub(super) const RETRY_SECONDS: i64 = 300;

/// The rebuilding of a running server.
pub(super) struct Follower {
    pub(super) sources: Sources,
    pub(super) printer: Printer,
    pub(super) app: Arc<App>,
    /// The last site that had no mistake.
    pub(super) site: Option<Arc<Site>>,
    /// The mistakes of the last build.
    pub(super) mistakes: String,
    /// The server's own address, where a stand-in of Stripe is there.
    pub(super) stand_in: Option<String>,
    /// Whether a build that failed is tried again by itself: in production.
    pub(super) retries: bool,
}

/// What a build is made for: another one calls for another build.
#[derive(PartialEq)]
struct Occasion {
    /// Today's date at each host.
    dates: Vec<NaiveDate>,
    /// The number of the attempt's stretch of time, after a build that failed.
    attempt: Option<i64>,
}

impl Follower {
    /// Builds again whenever there is a reason. Never ends.
    pub(super) async fn follow(&mut self, mut watched: Option<Watched>) {
        let mut occasion = self.occasion();
        loop {
            tokio::select! {
                () = changed(watched.as_mut()) => {}
                () = tokio::time::sleep(LOOK_EVERY) => {
                    let is_renewed = watched.as_mut().is_some_and(Watched::renew);
                    if !is_renewed && self.occasion() == occasion {
                        continue;
                    }
                }
            }
            self.build().await;
            occasion = self.occasion();
        }
    }

    async fn build(&mut self) {
        let (sources, printer) = (self.sources.clone(), self.printer);
        let built = tokio::task::spawn_blocking(move || build_once(&sources, printer)).await;
        match built.unwrap_or_else(|cause| Err(cause.into())) {
            Ok(site) => {
                let told = |site: &Site| stand_in(self.stand_in.as_ref()?, site);
                if let (None, Some(said)) = (self.site.as_deref().and_then(told), told(&site)) {
                    self.printer.tell(&said);
                }
                self.site = Some(site);
                self.mistakes.clear();
                match self.app.definitions_changed() {
                    Ok(()) => self.app.announce_reload(),
                    Err(fault) => self.printer.log(&fault.to_string()),
                }
            }
            Err(failure) => {
                // The last good site stays.
                let mistakes = failure.shown();
                // Of attempts that fail in the same way, the log has one.
                if !self.retries || mistakes != self.mistakes {
                    self.printer.show(&mistakes);
                }
                self.mistakes = mistakes;
                self.app.announce_mistakes(&self.mistakes);
            }
        }
    }

    fn occasion(&self) -> Occasion {
        let now = self.sources.clock.now();
        let hosts = self.site.iter().flat_map(|site| &site.hosts);
        let has_failed = self.retries && !self.mistakes.is_empty();
        Occasion {
            dates: hosts.map(|host| host.definition.time_zone.to_wall_time(now).date()).collect(),
            attempt: has_failed.then(|| now.timestamp().div_euclid(RETRY_SECONDS)),
        }
    }
}

/// Done when files have changed and then stayed as they are for a moment; never where none are watched.
async fn changed(watched: Option<&mut Watched>) {
    match watched {
        Some(watched) => watched.changed().await,
        None => std::future::pending().await,
    }
}

//! Building again: when a file changes, and when the date changes in a host's zone, as pages hold the dates from today
//! on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use edge::local::App;
use notify::{EventHandler, RecommendedWatcher, RecursiveMode, Watcher};
use publishing::content::Site;
use tokio::sync::mpsc::{self, Receiver};

use super::building::build_once;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// Editors write a file in several steps: a build begins when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(15);
/// The interval at which the date is checked. It is short, because a sleeping machine does not count the time.
const DATE_EVERY: Duration = Duration::from_secs(20);

/// Files that are watched, for as long as this is kept.
pub(super) struct Watched {
    _watcher: RecommendedWatcher,
    changes: Receiver<()>,
}

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

/// Begins to watch content and theme. Before the first build, so that no edit falls between the two.
pub(super) fn watch(sources: &Sources) -> Result<Watched, Failure> {
    // One message says all: that something changed.
    let (sender, changes) = mpsc::channel(1);
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    };
    let mut watcher = watcher(handler)?;
    for folder in [&sources.content, &sources.theme] {
        watch_folder(&mut watcher, folder)?;
    }
    Ok(Watched { _watcher: watcher, changes })
}

impl Follower {
    /// Builds again whenever there is a reason. Never ends.
    pub(super) async fn follow(&mut self, mut watched: Option<Watched>) {
        let mut dates = self.dates();
        loop {
            tokio::select! {
                () = changed(watched.as_mut()) => {}
                () = tokio::time::sleep(DATE_EVERY) => {
                    if self.dates() == dates {
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
                    Err(fault) => self.printer.fail(&fault.to_string()),
                }
            }
            Err(failure) => {
                // The last good site stays.
                self.mistakes = failure.text.unwrap_or_default();
                self.printer.tell(&self.mistakes);
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

/// Done when files have changed and then stayed as they are for a moment.
async fn changed(watched: Option<&mut Watched>) {
    let Some(watched) = watched else { return std::future::pending().await };
    if watched.changes.recv().await.is_none() {
        return std::future::pending().await;
    }
    while let Ok(Some(())) = tokio::time::timeout(QUIET, watched.changes.recv()).await {}
}

fn watcher(handler: impl EventHandler) -> Result<RecommendedWatcher, Failure> {
    notify::recommended_watcher(handler)
        .map_err(|cause| Failure::saying(format!("files cannot be watched: {cause}")))
}

fn watch_folder(watcher: &mut RecommendedWatcher, folder: &Path) -> Result<(), Failure> {
    watcher
        .watch(folder, RecursiveMode::Recursive)
        .map_err(|cause| Failure::saying(format!("{} cannot be watched: {cause}", folder.display())))
}

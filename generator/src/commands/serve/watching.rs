//! What is watched: all that a build reads, wherever links lead, and whatever becomes of the folders meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, Receiver, Sender};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::sources::Sources;

/// Editors write a file in several steps: a build begins when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(15);
/// Links and folders are looked for so deep: content is three folders deep, and a theme hardly more.
const DEEPEST: usize = 6;

/// Files that are watched, for as long as this is kept.
pub(super) struct Watched {
    folders: [PathBuf; 2],
    /// The folders that are watched now, by what each was when that began.
    places: BTreeMap<PathBuf, Place>,
    watcher: RecommendedWatcher,
    changes: Receiver<()>,
}

/// A folder as it was: a digest of the folders in it, each with its identity. A watcher loses sight of one that is
/// removed and there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    digest: u64,
    /// Whether the folders in it are watched, too.
    mode: RecursiveMode,
}

impl Watched {
    /// Begins to watch content and theme. Before the first build, so that no edit falls between the two.
    pub(super) fn begin(sources: &Sources) -> Result<Self, Failure> {
        // One message says all: that something changed.
        let (sender, changes) = mpsc::channel(1);
        let watcher = watcher(sender)?;
        let folders = [sources.content.clone(), sources.theme.clone()];
        let mut new = Self { folders, places: BTreeMap::new(), watcher, changes };
        for folder in new.folders.clone() {
            new.watch(&folder, RecursiveMode::Recursive).map_err(|cause| {
                Failure::saying(format!("{} cannot be watched: {cause}", folder.display()))
            })?;
        }
        new.renew();
        Ok(new)
    }

    /// Done when files have changed and then stayed as they are for a moment.
    pub(super) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            return std::future::pending().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.changes.recv()).await {}
    }

    /// Watches what is there now: a folder that was removed and is there again, another that a link leads to by now.
    /// Returns true if that differs from what was watched, so that edits may have been missed.
    pub(super) fn renew(&mut self) -> bool {
        let now = self.places_now();
        let gone: Vec<PathBuf> = self
            .places
            .iter()
            .filter(|(path, place)| now.get(*path) != Some(*place))
            .map(|(path, _)| path.clone())
            .collect();
        let mut is_renewed = !gone.is_empty();
        for path in gone {
            self.places.remove(&path);
            let _ = self.watcher.unwatch(&path);
        }
        for (path, place) in now {
            // What cannot be watched is tried again at the next look.
            is_renewed |= !self.places.contains_key(&path) && self.watch(&path, place.mode).is_ok();
        }
        is_renewed
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) -> notify::Result<()> {
        let Some(place) = place(path, mode) else { return Err(notify::Error::path_not_found()) };
        self.watcher.watch(path, mode)?;
        self.places.insert(path.to_owned(), place);
        Ok(())
    }

    /// The folders, and where the links in them lead.
    fn places_now(&self) -> BTreeMap<PathBuf, Place> {
        let linked = self.folders.iter().flat_map(|folder| linked(folder));
        let own = self.folders.iter().map(|folder| (folder.clone(), RecursiveMode::Recursive));
        linked.chain(own).filter_map(|(path, mode)| Some((path.clone(), place(&path, mode)?))).collect()
    }
}

/// Where the links in a folder lead, if that is outside of it. Of a file it is its folder: editors replace files.
fn linked(folder: &Path) -> Vec<(PathBuf, RecursiveMode)> {
    let Ok(whole) = fs::canonicalize(folder) else { return Vec::new() };
    let entries = WalkDir::new(folder).max_depth(DEEPEST).into_iter().flatten();
    let targets = entries.filter(walkdir::DirEntry::path_is_symlink).filter_map(|link| {
        let target = fs::canonicalize(link.path()).ok()?;
        let is_file = fs::metadata(&target).ok()?.is_file();
        let watched = if is_file {
            (target.parent()?.to_owned(), RecursiveMode::NonRecursive)
        } else {
            (target, RecursiveMode::Recursive)
        };
        (!watched.0.starts_with(&whole)).then_some(watched)
    });
    targets.collect()
}

fn place(path: &Path, mode: RecursiveMode) -> Option<Place> {
    if !fs::metadata(path).ok()?.is_dir() {
        return None;
    }
    let mut digest = DefaultHasher::new();
    let depth = if mode == RecursiveMode::Recursive { DEEPEST } else { 0 };
    let folders = WalkDir::new(path).follow_root_links(true).max_depth(depth).sort_by_file_name().into_iter();
    for folder in folders.flatten().filter(|entry| entry.file_type().is_dir()) {
        folder.path().hash(&mut digest);
        folder.metadata().ok().map(|metadata| identity(&metadata)).hash(&mut digest);
    }
    Some(Place { digest: digest.finish(), mode })
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

fn watcher(sender: Sender<()>) -> Result<RecommendedWatcher, Failure> {
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    };
    notify::recommended_watcher(handler)
        .map_err(|cause| Failure::saying(format!("files cannot be watched: {cause}")))
}

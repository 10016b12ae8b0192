//! dist/: what is written, what is kept, what is deleted.
//!
//! [`write()`] makes a folder hold exactly the files of a plan, and touches as little as it can: a file whose fingerprint the last
//! build's manifest holds is not even rendered, one that would not change is not written, and every other is replaced
//! atomically. Files that no build made are never touched. A build that is cut off leaves a manifest that names all it may have
//! written, so that the next one puts everything right.

mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use crate::render::{Job, RenderFault};
use manifest::{Entry, Manifest};

/// What the endpoint alone reads; it is written after everything else, as it names what is there.
pub const ENDPOINT_FOLDER: &str = "_edge";

const LOCK: &str = "_edge/build.lock";

/// What a build did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files written, new or changed.
    pub written: usize,
    /// Files that were as they should be.
    pub unchanged: usize,
    /// Files of an earlier build that are no longer part of the site.
    pub removed: usize,
}

/// Why the output is not as planned.
#[derive(Debug, thiserror::Error)]
pub enum OutputFault {
    /// A file is in the way that no build made.
    #[error("{} is in the way, and was not made by a build. Move it away, or choose another folder with `--output`.", .0.display())]
    Foreign(PathBuf),
    /// Content would be written over.
    #[error("the output folder {} and the content folder {} cannot contain one another. Choose another output folder with `--output`.", output.display(), content.display())]
    OverContent {
        /// The folder asked for.
        output: PathBuf,
        /// Where the content is.
        content: PathBuf,
    },
    /// Bookings and the secret would be published.
    #[error("the data folder {} and the output folder {} cannot contain one another: bookings and the secret would be published. Choose another data folder with `--data`.", data.display(), output.display())]
    OverData {
        /// Where bookings would be kept.
        data: PathBuf,
        /// The folder that is published.
        output: PathBuf,
    },
    /// Another build is under way.
    #[error("another build is writing to {}. Wait for it to finish.", .0.display())]
    Locked(PathBuf),
    /// The system refused.
    #[error("{} could not be written: {cause}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// A template could not be rendered.
    #[error("the theme could not be rendered: {0}")]
    Render(#[from] RenderFault),
}

/// Refuses an output folder that lies in the content, or around it.
pub fn check_folders(output: &Path, content: &Path) -> Result<(), OutputFault> {
    let (whole_output, whole_content) = (whole(output), whole(content));
    if whole_output.starts_with(&whole_content) || whole_content.starts_with(&whole_output) {
        return Err(OutputFault::OverContent { output: output.to_owned(), content: content.to_owned() });
    }
    Ok(())
}

/// Refuses a data folder that lies in the output folder, which is served to everybody, or around it.
pub fn check_data(data: &Path, output: &Path) -> Result<(), OutputFault> {
    let (whole_data, whole_output) = (whole(data), whole(output));
    if whole_data.starts_with(&whole_output) || whole_output.starts_with(&whole_data) {
        return Err(OutputFault::OverData { data: data.to_owned(), output: output.to_owned() });
    }
    Ok(())
}

/// The path without links and without `..`, also where its last parts are not there yet.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut whole = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => _ = whole.pop(),
            _ => whole.push(component),
        }
        whole = fs::canonicalize(&whole).unwrap_or(whole);
    }
    whole
}

/// Makes `folder` hold the files of the plan.
pub fn write(folder: &Path, jobs: &[Job]) -> Result<Written, OutputFault> {
    let _lock = lock(folder)?;
    let earlier = Manifest::read(folder);
    let work: Vec<Work<'_>> =
        jobs.par_iter().map(|job| Work::of(folder, job, &earlier)).collect::<Result<_, _>>()?;
    let planned: BTreeSet<&Path> = jobs.iter().map(|job| job.path.as_path()).collect();
    let obsolete: Vec<&PathBuf> =
        earlier.files.keys().filter(|path| !planned.contains(path.as_path())).collect();
    let to_do = work.iter().filter(|work| work.kept.is_none()).count();
    if to_do == 0 && obsolete.is_empty() {
        return Ok(Written { unchanged: jobs.len(), ..Written::default() });
    }

    let promised = work.iter().filter(|work| work.kept.is_none()).map(|work| &work.job.path);
    earlier.promising(promised).write(folder)?;
    make_folders(folder, work.iter().filter(|work| work.kept.is_none()))?;
    let (of_endpoint, public): (Vec<_>, Vec<_>) =
        work.into_iter().partition(|work| work.job.path.starts_with(ENDPOINT_FOLDER));
    let mut files = BTreeMap::new();
    let mut written = Written::default();
    for part in [public, of_endpoint] {
        let done: Vec<Done> = part.par_iter().map(|work| work.carry_out(folder)).collect::<Result<_, _>>()?;
        for (work, done) in part.iter().zip(done) {
            *(if done.is_written { &mut written.written } else { &mut written.unchanged }) += 1;
            files.insert(work.job.path.clone(), done.entry);
        }
    }
    for path in obsolete {
        written.removed += usize::from(remove(folder, path)?);
    }
    Manifest::of(files).write(folder)?;
    Ok(written)
}

/// One job, and whether the file is there already.
struct Work<'a> {
    job: &'a Job,
    /// What the manifest says of the file, if it is still so.
    kept: Option<Entry>,
    exists: bool,
    /// A build may have been cut off while it wrote this file.
    was_promised: bool,
}

struct Done {
    entry: Entry,
    is_written: bool,
}

impl<'a> Work<'a> {
    fn of(folder: &Path, job: &'a Job, earlier: &Manifest) -> Result<Self, OutputFault> {
        let path = folder.join(&job.path);
        let entry = earlier.files.get(&job.path);
        let was_promised = entry.is_some_and(|entry| entry.fingerprint.is_none());
        let Ok(found) = fs::symlink_metadata(&path) else {
            return Ok(Self { job, kept: None, exists: false, was_promised });
        };
        let Some(entry) = entry else {
            return Err(OutputFault::Foreign(path));
        };
        let untouched = || {
            found.is_file()
                && found.len() == entry.size
                && found.modified().is_ok_and(|time| earlier.is_not_before(time))
        };
        let same = entry.fingerprint == Some(job.fingerprint) && untouched();
        Ok(Self { job, kept: same.then(|| entry.clone()), exists: found.is_file(), was_promised })
    }

    fn carry_out(&self, folder: &Path) -> Result<Done, OutputFault> {
        if let Some(entry) = &self.kept {
            return Ok(Done { entry: entry.clone(), is_written: false });
        }
        let bytes = (self.job.render)()?;
        let path = folder.join(&self.job.path);
        let same = self.exists && fs::read(&path).is_ok_and(|there| there == bytes);
        if !same {
            replace(&path, &bytes)?;
        } else if self.was_promised {
            let _ = fs::remove_file(beside(&path));
        }
        let entry = Entry { fingerprint: Some(self.job.fingerprint), size: bytes.len() as u64 };
        Ok(Done { entry, is_written: !same })
    }
}

/// Writes a file beside its place and moves it there, so that nobody ever reads half of one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), OutputFault> {
    let beside = beside(path);
    let moved = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    moved.map_err(|cause| {
        // What is left of it would be published, and would keep a full disk full.
        let _ = fs::remove_file(&beside);
        unwritable(path)(cause)
    })
}

/// Where a file is written before it is moved to its place; a name that nobody else gives.
fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("daymark-new")
}

fn make_folders<'a>(folder: &Path, work: impl Iterator<Item = &'a Work<'a>>) -> Result<(), OutputFault> {
    let folders: BTreeSet<&Path> = work.filter_map(|work| work.job.path.parent()).collect();
    for parent in folders {
        let path = folder.join(parent);
        fs::create_dir_all(&path).map_err(unwritable(&path))?;
    }
    Ok(())
}

/// Deletes a file of an earlier build, and the folders that this leaves empty. Whether it was there.
fn remove(folder: &Path, path: &Path) -> Result<bool, OutputFault> {
    // The manifest is a file that anybody may have written: it deletes nothing outside of the folder.
    if path.components().any(|component| !matches!(component, Component::Normal(_))) {
        return Ok(false);
    }
    let whole = folder.join(path);
    let was_there = match fs::remove_file(&whole) {
        Ok(()) => true,
        // Also what a build that was cut off had only promised.
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => false,
        Err(cause) => return Err(unwritable(&whole)(cause)),
    };
    let _ = fs::remove_file(beside(&whole));
    for parent in path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
        if fs::remove_dir(folder.join(parent)).is_err() {
            break;
        }
    }
    Ok(was_there)
}

fn lock(folder: &Path) -> Result<File, OutputFault> {
    let path = folder.join(LOCK);
    let parent = folder.join(ENDPOINT_FOLDER);
    fs::create_dir_all(&parent).map_err(unwritable(&parent))?;
    let file = File::options().create(true).append(true).open(&path).map_err(unwritable(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OutputFault::Locked(folder.to_owned())),
        Err(TryLockError::Error(cause)) => Err(unwritable(&path)(cause)),
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> OutputFault {
    move |cause| OutputFault::Unwritable { path: path.to_owned(), cause }
}

impl Manifest {
    /// Whether a file that was last written at `time` was written by the build that made this manifest, or earlier.
    fn is_not_before(&self, time: SystemTime) -> bool {
        self.written_at.is_some_and(|written_at| time <= written_at)
    }
}

#[cfg(test)]
mod tests;

//! dist/: what is written, what is kept, what is deleted.
//!
//! [`write()`] makes a folder hold exactly the files of a plan, and touches as little as it can: a file whose
//! fingerprint the last build's manifest holds is not even rendered, one that would not change is not written, and
//! every other is replaced atomically. Files that no build made are never touched. A build that is cut off leaves a
//! manifest that names all it may have written, so that the next one puts everything right.

mod fault;
mod files;
mod folders;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::render::Job;
use fault::unwritable;
use files::{beside, lock, remove, replace};
use manifest::{Entry, Manifest};

pub use fault::OutputFault;
pub use files::ENDPOINT_FOLDER;
pub use folders::{check_data, check_folders};

/// The result of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files written, new or changed.
    pub written: usize,
    /// Files that were as they should be.
    pub unchanged: usize,
    /// Files of an earlier build that are no longer part of the site.
    pub removed: usize,
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
    /// The manifest's entry for the file, if it is still right.
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

fn make_folders<'a>(folder: &Path, work: impl Iterator<Item = &'a Work<'a>>) -> Result<(), OutputFault> {
    let folders: BTreeSet<&Path> = work.filter_map(|work| work.job.path.parent()).collect();
    for parent in folders {
        let path = folder.join(parent);
        fs::create_dir_all(&path).map_err(unwritable(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! The files of the output folder, one at a time: replaced as a whole, or removed; and the lock that one build has at a
//! time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::fault::{OutputFault, unwritable};

/// The folder that only the endpoint reads. It is written last, because it names the other files.
pub const ENDPOINT_FOLDER: &str = "_edge";

const LOCK: &str = "_edge/build.lock";

/// Writes a file beside its place and moves it there, so that nobody ever reads half of one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), OutputFault> {
    let beside = beside(path);
    let moved = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    moved.map_err(|cause| {
        // A leftover file would be published, and would keep a full disk full.
        let _ = fs::remove_file(&beside);
        unwritable(path)(cause)
    })
}

/// The path to which a file is written before it is moved into place; no other program uses such a name.
pub(super) fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("daymark-new")
}

/// Deletes a file of an earlier build, and the folders that this leaves empty. Whether it was there.
pub(super) fn remove(folder: &Path, path: &Path) -> Result<bool, OutputFault> {
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

/// Takes the lock, for as long as the file is kept.
pub(super) fn lock(folder: &Path) -> Result<File, OutputFault> {
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

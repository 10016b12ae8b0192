//! Whether a database's file is still the one that was opened: SQLite goes on writing into a file that somebody removed
//! or replaced, and all of it is gone once the file is closed.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use scheduling::sql::SqlFault;

/// A database's file and the log beside it, as they were seen last.
pub(super) struct InPlace {
    file: PathBuf,
    log: PathBuf,
    seen_file: Option<Seen>,
    seen_log: Option<Seen>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// Device and number on it.
    identity: Option<(u64, u64)>,
    bytes: u64,
}

impl InPlace {
    /// Looks at the files of an open database.
    pub(super) fn of(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let mut place = Self { file: file.to_owned(), log: log.into(), seen_file: None, seen_log: None };
        place.note();
        place
    }

    /// Notes how the files are now, after writing to them.
    pub(super) fn note(&mut self) {
        self.seen_file = look(&self.file).ok().flatten();
        self.seen_log = look(&self.log).ok().flatten();
    }

    /// A fault if the file or its log was removed, replaced, or cut short.
    pub(super) fn check(&self) -> Result<(), SqlFault> {
        let is_in_place = || Ok(self.file_is_in_place()? && self.log_is_in_place()?);
        match is_in_place() {
            Ok(true) => Ok(()),
            Ok(false) => Err(disturbed(&self.file)),
            Err(cause) => Err(cannot(&self.file, &cause)),
        }
    }

    /// Whether the file itself is as it was: then what its log holds can still be saved.
    pub(super) fn file_is_in_place(&self) -> io::Result<bool> {
        let Some(seen) = self.seen_file else { return Ok(true) };
        Ok(look(&self.file)?.is_some_and(|now| now.identity == seen.identity && now.bytes >= seen.bytes))
    }

    /// A log may become shorter: it is emptied into the file now and then.
    fn log_is_in_place(&self) -> io::Result<bool> {
        let Some(seen) = self.seen_log else { return Ok(true) };
        Ok(look(&self.log)?.is_some_and(|now| now.identity == seen.identity))
    }
}

/// The fault of a file that was there.
pub(super) fn disturbed(file: &Path) -> SqlFault {
    SqlFault::Corrupt(format!(
        "{} or its -wal file was removed, replaced or cut short while Daymark was using it. Stop Daymark, and restore a \
         backup.",
        file.display()
    ))
}

/// The fault of a file without a byte in it: Daymark never leaves one.
pub(super) fn emptied(file: &Path) -> SqlFault {
    SqlFault::Corrupt(format!(
        "{} is empty. Stop Daymark, and restore a backup. If nothing was ever booked there, remove the file.",
        file.display()
    ))
}

/// The fault of a file that cannot be looked at.
pub(super) fn cannot(file: &Path, cause: &io::Error) -> SqlFault {
    SqlFault::Other(format!("{}: {cause}", file.display()))
}

fn look(path: &Path) -> io::Result<Option<Seen>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(Seen { identity: identity(&metadata), bytes: metadata.len() })),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

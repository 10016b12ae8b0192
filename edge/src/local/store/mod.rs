//! The store: ledgers and records in SQLite files of one data folder.

pub(super) mod data_folder;
mod in_place;
pub(super) mod ledgers;
pub(super) mod private;
pub(super) mod read_only;
pub(super) mod records;
pub(super) mod shared;
mod sqlite;
mod writer;

use std::io;
use std::num::NonZeroUsize;

/// Whether a file or connection could not be opened because too many are open: of this process (`EMFILE`), or of the
/// whole machine (`ENFILE`).
pub(super) fn is_out_of_handles(cause: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(cause.raw_os_error(), Some(EMFILE | ENFILE))
}

/// Threads that read ledgers at once, and as many that read files: what they read is mostly in memory, so that more
/// threads would only hold more of it.
pub(super) fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 4)
}

//! The store: ledgers and records in SQLite files of one data folder.

pub(super) mod data_folder;
pub(super) mod ledgers;
pub(super) mod read_only;
pub(super) mod records;
pub(super) mod shared;
mod sqlite;
mod writer;

use std::num::NonZeroUsize;

/// Threads that read ledgers at once, and as many that read files: what they read is mostly in memory, so that more
/// threads would only hold more of it.
pub(super) fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 4)
}

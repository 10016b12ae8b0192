//! Promises of the repository about itself: documents, the order of rooms, the length of lines, what it is built from.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod arrows;
mod documents;
mod lines;
mod mail_links;
mod supply;

use std::fs;
use std::path::{Path, PathBuf};

/// The text of a file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

/// The repository's own folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

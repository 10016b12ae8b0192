//! The faults of writing.

use std::io;
use std::path::{Path, PathBuf};

use crate::render::RenderFault;

/// A reason why the output is not as planned.
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
        /// The content folder.
        content: PathBuf,
    },
    /// Bookings and the secret would be published.
    #[error("the data folder {} and the output folder {} cannot contain one another: bookings and the secret would be published. Choose another data folder with `--data`.", data.display(), output.display())]
    OverData {
        /// The folder where bookings would be stored.
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
        /// The system's message.
        cause: io::Error,
    },
    /// A template could not be rendered.
    #[error("the theme could not be rendered: {0}")]
    Render(#[from] RenderFault),
}

/// The fault for a path that the system refused.
pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> OutputFault {
    move |cause| OutputFault::Unwritable { path: path.to_owned(), cause }
}

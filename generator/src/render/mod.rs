//! From a site to the files of dist/: the plan of what there is to render, and the rendering of each.

use std::path::PathBuf;

/// One file of dist/: where it goes, what it depends on, and how it is made.
pub struct Job {
    /// Relative to the output folder.
    pub path: PathBuf,
    /// A digest of everything that the bytes depend on; cheap to compute. The same fingerprint means the same bytes.
    pub fingerprint: [u8; 16],
    /// Makes the bytes.
    pub render: Render,
}

/// Makes a file's bytes.
pub type Render = Box<dyn Fn() -> Result<Vec<u8>, RenderFault> + Send + Sync>;

/// A template that cannot be rendered: the theme's mistake, not the content's.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct RenderFault {
    /// The template or file.
    pub path: String,
    /// What went wrong.
    pub cause: String,
}

//! A file that can be made.

use std::path::PathBuf;

use super::fault::RenderFault;

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

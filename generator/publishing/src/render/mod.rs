//! From a site to the files of dist/: the plan of what there is to render, and the rendering of each.
//!
//! [`Theme::load`] reads the theme once: templates, words, styles and scripts. [`Theme::plan`] lists every file of a site as
//! a [`Job`], without rendering any; whoever writes the files renders those whose fingerprint changed.

mod assets;
mod endpoint;
mod lists;
mod markdown;
mod meeting;
mod place;
mod plan;
mod public;
mod script;
mod theme;
mod times;
mod words;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use assets::THEME_TOKENS;
pub use theme::Theme;

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

/// Something in the theme that cannot be read or rendered: the theme's mistake, not the content's.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct RenderFault {
    /// The template or file.
    pub path: String,
    /// What went wrong.
    pub cause: String,
}

impl RenderFault {
    fn new(path: impl Into<String>, cause: &(impl ToString + ?Sized)) -> Self {
        Self { path: path.into(), cause: cause.to_string() }
    }
}

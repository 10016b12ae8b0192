//! From a site to the files of dist/: the plan of what there is to render, and the rendering of each.
//!
//! [`Theme::load`] reads the theme once: templates, words, styles and scripts. [`plan::jobs`] lists every file of a
//! site as a [`Job`], without rendering any; whoever writes the files renders those whose fingerprint changed.

mod fault;
mod job;
mod letter;
mod machine;
mod pages;
mod place;
pub mod plan;
mod preview;
mod theme;
mod work;

#[cfg(test)]
mod tests;

pub use fault::RenderFault;
pub use job::{Job, Render};
pub use theme::Theme;
pub use theme::assets::THEME_TOKENS;

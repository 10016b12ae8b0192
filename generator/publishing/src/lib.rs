//! Daymark's publishing: a content folder and a theme, to the files of a static site.

pub mod content;
pub mod diagnostics;
pub mod output;
pub mod render;

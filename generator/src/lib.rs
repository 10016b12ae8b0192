//! Daymark's generator: content to site, and the command line around it.

pub mod cli;
pub mod commands;
pub mod content;
pub mod diagnostics;
pub mod output;
pub mod printer;
pub mod render;

//! Daymark's command line: it publishes content, serves it, and explains it.

pub mod cli;
pub mod commands;
pub mod failure;
pub mod printer;
pub mod qr;
pub mod sources;

//! Output: JSON, and HTML from shells, with a booking in words.

pub(crate) mod answer;
pub(crate) mod details;
pub(crate) mod links;
pub(crate) mod reason;
pub(crate) mod shell;

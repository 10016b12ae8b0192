//! The files that machines read.

pub(super) mod endpoint;
pub(super) mod public;

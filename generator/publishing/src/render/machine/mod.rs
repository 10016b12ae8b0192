//! The files that machines read.

pub(super) mod endpoint;
pub(super) mod oembed;
pub(super) mod openapi;
pub(super) mod public;
pub(super) mod twin;

//! The pages that people see.

pub(super) mod desk;
mod entries;
pub(super) mod host;
pub(super) mod index;
mod markdown;
pub(super) mod meeting;
pub(super) mod moved;
pub(super) mod not_found;
pub(super) mod picture;
pub(super) mod times;

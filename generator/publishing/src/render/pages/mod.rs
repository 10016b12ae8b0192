//! The pages that people see.

pub(super) mod desk;
pub(super) mod entries;
pub(super) mod host;
pub(super) mod index;
mod linked_data;
pub(super) mod markdown;
pub(super) mod meeting;
pub(super) mod moved;
pub(super) mod not_found;
pub(super) mod picture;
pub(super) mod price;
pub(super) mod times;

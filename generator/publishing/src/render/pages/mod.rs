//! The pages that people see.

pub(super) mod lists;
mod markdown;
pub(super) mod meeting;
pub(super) mod times;

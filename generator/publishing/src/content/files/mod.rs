//! The kinds of files: found, read, and resolved.

pub(super) mod bookable;
mod copies;
pub(super) mod description;
pub(super) mod destinations;
pub(super) mod find;
pub(super) mod host;
pub(super) mod links;
pub(super) mod meeting;
pub(super) mod page;
mod page_calendars;
pub(super) mod picture;
pub(super) mod price;
pub(super) mod site_file;
pub(super) mod translation;

//! The parts of a web server that do not depend on the application: files, compression, caches, limits, the mailbox.

pub(super) mod announcements;
pub(super) mod answer_cache;
pub(super) mod client_address;
pub(super) mod compression;
pub(super) mod files;
pub(super) mod mailbox;
pub(super) mod rate_limit;
pub(super) mod reload_script;

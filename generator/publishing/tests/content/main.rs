//! Reading content/ from outside: whole folders, and all that is said about them.
#![expect(
    clippy::expect_used,
    clippy::format_collect,
    reason = "a test says where it stopped, and may be slow"
)]

mod any_bytes;
mod broken;
mod calendars;
mod files;
mod keys;
mod mail;
mod pictures;
mod prices;
mod sample;
mod video_rooms;

use std::path::Path;

use publishing::content::{LoadOptions, Loaded, load};

/// Loads a folder as of 24 November 2026, with a theme in English and Japanese.
fn load_at(root: &Path) -> Loaded {
    load(root, &options())
}

/// Options that make what is said depend on the files alone.
fn options() -> LoadOptions {
    LoadOptions {
        now: "2026-11-24T09:00:00Z".parse().expect("a time"),
        locales: vec!["en".to_owned(), "ja".to_owned()],
        mailbox: false,
        theme_tokens: ["accent", "background", "text"].map(str::to_owned).to_vec(),
        ..LoadOptions::default()
    }
}

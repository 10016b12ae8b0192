//! The commands as they are run: arguments in; texts, files and an exit code out.
#![expect(clippy::expect_used, reason = "a test that cannot go on says where")]

mod build;
mod calendars;
mod content;
mod desk;
mod diff;
mod erase;
mod explain;
mod export;
mod import;
mod invitation;
mod link;
mod prices;
mod propose;
mod serve;
mod token;
mod usage;
mod webhook;

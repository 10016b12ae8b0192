//! The commands: a file for each, with its arguments and what it does.

pub mod build;
pub mod calendars;
pub mod check;
mod checkout;
pub mod completions;
pub mod diff;
pub mod erase;
pub mod explain;
pub mod export;
mod hosts;
pub mod import;
mod invitation;
pub mod link;
mod meetings;
pub mod new;
mod private;
pub mod propose;
mod secret;
pub mod serve;
mod sharing;
mod taken;
mod time;
pub mod token;
pub mod webhook;
mod words;

//! The local adapter: pages, endpoint and ledgers in one process, with axum and SQLite.

mod app;
pub mod checkout;
mod clock;
mod courier;
mod definitions;
mod environment;
mod locked;
mod outgoing;
mod platform;
mod postman;
mod server;
mod store;
mod turns;
mod web;

pub use app::{App, Options, Report};
pub use clock::Clock;
pub use definitions::check_definitions;
pub use outgoing::Sender;
pub use server::serve;
pub use store::data_folder::secrets;
pub use store::read_only::peek;

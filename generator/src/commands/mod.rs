//! What each command does.

pub mod check;
pub mod new;

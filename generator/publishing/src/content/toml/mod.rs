//! TOML with its places: read, explained where it is none, and its keys known.

pub(super) mod front_matter;
pub(super) mod keys;
pub(super) mod reader;
pub(super) mod secret_shapes;
pub(super) mod source;
pub(super) mod suggest;
mod syntax;
mod typed;

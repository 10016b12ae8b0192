//! Input: bodies, their fields, and the errors in them.

pub(crate) mod body;
pub(crate) mod errors;
pub(crate) mod fields;
pub(crate) mod numbers;
pub(crate) mod phone;
pub(crate) mod price;
pub(crate) mod questions;
pub(crate) mod reason;
pub(crate) mod start;
pub(crate) mod tracking;

//! Values that content is made of, each read and checked.

pub(super) mod base_url;
pub(super) mod calendars;
pub(super) mod embed;
pub(super) mod hours;
pub(super) mod mail;
pub(super) mod payment;
pub(super) mod questions;
pub(super) mod secrets;
pub(super) mod turnstile;
pub(super) mod values;
pub(super) mod webhooks;
pub(super) mod words;
pub(super) mod zones;

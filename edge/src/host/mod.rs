//! A host's requests: bookings and their answers, those that are alike, contacts, deliveries, the session of a device,
//! the calendar feed.

pub(crate) mod alike;
pub(crate) mod bookings;
pub(crate) mod change;
pub(crate) mod contacts;
pub(crate) mod decide_page;
pub(crate) mod deliveries;
pub(crate) mod devices;
pub(crate) mod feed;
mod outcome;
pub(crate) mod session;
pub(crate) mod sign_in;

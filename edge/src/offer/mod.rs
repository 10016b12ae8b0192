//! Free times, and the page that offers them.

pub(crate) mod alternatives;
pub(crate) mod booked_page;
pub(crate) mod days;
pub(crate) mod starts;
pub(crate) mod stranger;

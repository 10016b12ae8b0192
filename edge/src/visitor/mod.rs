//! A visitor's requests: free times, a booking, and every change of it by the bearer of its token.

pub(crate) mod availability;
pub(crate) mod book;
pub(crate) mod booking_page;
pub(crate) mod cancel;
pub(crate) mod confirm;
pub(crate) mod erasing;
mod form_page;
mod given_back;
pub(crate) mod invitation;
mod invited;
pub(crate) mod move_page;
pub(crate) mod pay;
pub(crate) mod read;
pub(crate) mod reminders;
pub(crate) mod reschedule;
mod turnstile;

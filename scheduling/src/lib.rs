//! The domain of Daymark.

pub mod availability;
pub mod booking;
pub mod claim;
pub mod definition;
pub mod hours;
pub mod ledger;
pub mod locale;
pub mod outbox;
pub mod refusal;
pub mod sql;
pub mod token;
pub mod zone;

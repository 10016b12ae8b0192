//! The writing of dates, times and counts in a locale, and the choice of a reader's locale.
//!
//! The theme's locale files own all of the words; the code only fills patterns in. Used by the generator for pages and
//! by the endpoint for the booking's page, so that both write a date alike. Nothing else knows a language.

mod choice;
mod dates;
mod money;
mod plurals;
mod words;

pub use choice::choice;
pub use dates::DateWords;
pub use money::MoneyWords;
pub use plurals::PluralForm;
pub use words::{LocaleWords, fill};

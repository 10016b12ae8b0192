//! Mail addresses and senders, as they are typed, compared and written; and the bodies that a provider's API takes.

mod address;
mod body;
mod domain;
mod link;
mod sender;

pub(crate) use address::MOST_CHARACTERS;
pub use address::{MailAddress, Unwritable, normalised};
pub use body::{Filled, OF_LINES, PLACEHOLDERS, fill_body, fill_text, says_nothing, texts, unfilled};
pub use link::{in_text, mailto};
pub use sender::{Sender, UnreadableSender};

//! The options of reading content.

use chrono::{DateTime, Utc};
use scheduling::definition::LocaleCode;

/// What content is read beside.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Whether drafts are part of the site.
    pub drafts: bool,
    /// Where the site will be, instead of what its file says.
    pub base_url: Option<String>,
    /// The time: some doubts depend on today's date.
    pub now: DateTime<Utc>,
    /// The locales that the theme has words in. Empty: not checked.
    pub locales: Vec<LocaleCode>,
    /// The custom properties of the theme that a site may set, without the leading `--`. Empty: not checked.
    pub theme_tokens: Vec<String>,
    /// Whether mail stays in a mailbox on this machine where the site names no provider.
    pub mailbox: bool,
}

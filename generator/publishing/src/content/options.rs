//! The options of reading content.

use chrono::{DateTime, Utc};
use scheduling::definition::LocaleCode;

/// The surroundings in which content is read.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// True if drafts are part of the site.
    pub drafts: bool,
    /// The site's address, instead of the one in its file.
    pub base_url: Option<String>,
    /// The time: some doubts depend on today's date.
    pub now: DateTime<Utc>,
    /// The locales that the theme has words in. Empty: not checked.
    pub locales: Vec<LocaleCode>,
    /// The custom properties of the theme that a site may set, without the leading `--`. Empty: not checked.
    pub theme_tokens: Vec<String>,
    /// True if email stays in a mailbox on this machine when the site sets no provider.
    pub mailbox: bool,
}

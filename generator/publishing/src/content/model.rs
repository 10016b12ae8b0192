//! A site, resolved: what the content says once every file is read and no mistake is left.

use std::collections::BTreeMap;
use std::path::PathBuf;

use scheduling::definition::{HostDefinition, LocaleCode, SiteDefinition, Words};
use serde::Serialize;

use crate::content::toml::source::whole_file_doubt;
use crate::diagnostics::Diagnostic;

/// Everything that publishing needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The part that the endpoint reads, too. Its `words` are empty until the theme's locales are loaded.
    pub definition: SiteDefinition,
    /// Custom properties that the site sets over the theme's, without the leading `--`: `accent` to `#8a2be2`.
    pub theme: BTreeMap<String, String>,
    /// One sentence on what happens with a visitor's data, shown beside the form.
    pub privacy: Option<Words>,
    /// True if the content says whether strangers are bounded.
    pub says_of_strangers: bool,
    /// The logo, in place of the title.
    pub logo: Option<Picture>,
    /// The hosts, sorted by folder.
    pub hosts: Vec<Host>,
}

impl Site {
    /// What is probably not meant, though every file is sound: without email, no visitor can show that an address is
    /// theirs.
    pub fn doubt(&self) -> Option<Diagnostic> {
        if self.definition.mail.is_some() || self.says_of_strangers {
            return None;
        }
        let message = "this site sends no email, so visitors cannot confirm that an address is theirs";
        let mut doubt = whole_file_doubt("site.toml".to_owned(), message);
        doubt
            .help("one network address can book only 3 meetings of a page in an hour, and a tenth of a week")
            .help("add `[mail]`: then visitors beyond that are asked to confirm by email")
            .help(
                "or set `bound_strangers` in `[limits]`: `true` to keep it so, `false` to let everyone book as much \
                as they like",
            );
        Some(doubt)
    }
}

/// A host with the host's pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// The part that the endpoint reads, too.
    pub definition: HostDefinition,
    /// Former folders, which redirect here.
    pub was: Vec<String>,
    /// The host's photo.
    pub photo: Option<Picture>,
    /// What the host says about themselves, as Markdown.
    pub about: Option<Words>,
    /// The host's pages, sorted by slug. Drafts are left out before this is made, unless asked for.
    pub pages: Vec<Page>,
}

/// A picture: of a description, a host, or the site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    /// Its path on the site.
    pub path: String,
    /// The file that it is made from.
    pub file: PathBuf,
    /// Its width as pages show it, in pixels.
    pub width: usize,
    /// Its height, likewise.
    pub height: usize,
}

/// The parts of a meeting that only the published page needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The last part of its link, and its key in `HostDefinition::meetings`.
    pub slug: String,
    /// The description, as Markdown, in each locale that has a file of its own: there the page's own where it has none.
    pub description: BTreeMap<LocaleCode, String>,
    /// The pictures of its descriptions, by their addresses there.
    pub pictures: BTreeMap<String, Picture>,
    /// True if lists of pages show it.
    pub listed: bool,
    /// Not to be published, except with `--drafts`.
    pub draft: bool,
    /// The form sends itself where the visitor's device knows name and address.
    pub auto_submit: bool,
    /// The files that it is made from, relative to the content folder; the first is the page's own.
    pub sources: Vec<PathBuf>,
}

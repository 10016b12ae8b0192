//! The files of dist/ that paths are served from.

use std::path::PathBuf;

use scheduling::paths;

use crate::content::Site;

/// The file that a path is served from, relative to dist/.
pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(format!("{}index.html", path.trim_start_matches('/')))
}

/// A file beside the page of a path, relative to dist/.
pub(crate) fn beside(path: &str, file: &str) -> PathBuf {
    PathBuf::from(format!("{}{file}", path.trim_start_matches('/')))
}

/// The path of a page as plain text, in Markdown: beside its folder.
pub(crate) fn text(path: &str) -> String {
    format!("{}.md", path.trim_end_matches('/'))
}

/// The page for what is not there, below a locale's folder: servers of static files take the nearest.
pub(crate) fn not_found(site: &Site, locale: &str) -> PathBuf {
    let folder = paths::page(&site.definition.locales, locale, "");
    PathBuf::from(format!("{}404.html", folder.trim_start_matches('/')))
}

/// The site's first locale, which has no folder of its own.
pub(crate) fn default_locale(site: &Site) -> &str {
    site.definition.default_locale()
}

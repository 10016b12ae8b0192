//! The places of pages: their paths in each locale, and the files that hold them.

use std::path::PathBuf;

use crate::content::Site;

/// The path of a page in a locale: `/aiko/intro/`, or `/ja/aiko/intro/` where the locale is not the site's first. `page` is empty for the index.
pub(crate) fn path(site: &Site, locale: &str, page: &str) -> String {
    let mut path = String::with_capacity(page.len() + 8);
    path.push('/');
    if !is_default(site, locale) {
        path.push_str(locale);
        path.push('/');
    }
    if !page.is_empty() {
        path.push_str(page);
        path.push('/');
    }
    path
}

/// The file that a path is served from, relative to dist/.
pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(format!("{}index.html", path.trim_start_matches('/')))
}

/// The page for what is not there, below a locale's folder: servers of static files take the nearest.
pub(crate) fn not_found(site: &Site, locale: &str) -> PathBuf {
    PathBuf::from(format!("{}404.html", path(site, locale, "").trim_start_matches('/')))
}

/// The site's first locale, which has no folder of its own.
pub(crate) fn default_locale(site: &Site) -> &str {
    site.definition.default_locale()
}

fn is_default(site: &Site, locale: &str) -> bool {
    locale == default_locale(site)
}

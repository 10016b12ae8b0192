//! The page for what is not there.

use scheduling::paths;
use serde::Serialize;

use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work};

/// The page for addresses below a locale's folder where nothing is. In all the site's languages, its own first: such an
/// address says little of its reader's.
pub(crate) fn page(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let others = work.locales().into_iter().filter(|other| *other != locale).map(|other| OtherLocale {
        locale: other,
        home: paths::page(&work.site.definition.locales, other, ""),
        words: &work.locale(other).words.tree,
    });
    let page = NotFound { frame: work.bare_frame(locale), others: others.collect() };
    work.render(locale, "404.html", &page)
}

#[derive(Serialize)]
struct NotFound<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    others: Vec<OtherLocale<'a>>,
}

/// The text of a page in another language than its own.
#[derive(Serialize)]
struct OtherLocale<'a> {
    locale: &'a str,
    home: String,
    words: &'a toml::Table,
}

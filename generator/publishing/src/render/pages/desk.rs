//! The host's desk.

use scheduling::paths::DESK;

use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work};

/// The host's own pages: one file, the same for every host, filled by its script. Not to be found by searching.
pub(crate) fn page(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let frame = Frame {
        style: &work.assets.desk_style.path,
        script: work.assets.desk_script_path(locale),
        canonical: String::new(),
        ..work.frame(locale, DESK, &work.locales())
    };
    work.render(locale, "desk.html", &frame)
}

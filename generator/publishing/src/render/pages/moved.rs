//! The page that leads from an old folder to the new one.

use serde::Serialize;

use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work};

/// A page at a former address, which leads to the new one.
pub(crate) fn page(work: &Work, locale: &str, to: &str) -> Result<Vec<u8>, RenderFault> {
    work.render(locale, "moved.html", &Moved { frame: work.bare_frame(locale), to })
}

#[derive(Serialize)]
struct Moved<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    to: &'a str,
}

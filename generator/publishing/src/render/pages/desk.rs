//! The host's desk.

use scheduling::paths;
use serde::Serialize;

use crate::render::fault::RenderFault;
use crate::render::theme::bundles::DESK;
use crate::render::work::{Frame, Work};

#[derive(Serialize)]
struct Desk<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    /// Whether a host can get a link to sign in by email.
    mail: bool,
}

/// The host's own pages: one file, the same for every host, filled by its script. Not to be found by searching.
pub(crate) fn page(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let frame = Frame {
        style: work.assets.style_path(DESK),
        script: work.assets.script_path(DESK, locale),
        canonical: String::new(),
        ..work.frame(locale, paths::DESK, &work.locales())
    };
    work.render(locale, "desk.html", &Desk { frame, mail: work.site.definition.mail.is_some() })
}

//! A host's page.

use chrono::NaiveDate;
use serde::Serialize;

use super::entries::{HostEntry, entry_of_host};
use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work};

/// A host's page: the host's listed meetings.
pub(crate) fn page(
    work: &Work,
    locale: &str,
    index: usize,
    today: NaiveDate,
) -> Result<Vec<u8>, RenderFault> {
    let host = &work.site.hosts[index];
    let frame = work.frame(locale, &host.definition.folder, &work.locales());
    let host = entry_of_host(work, locale, host, today);
    work.render(locale, "host.html", &HostPage { frame, host })
}

#[derive(Serialize)]
struct HostPage<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    host: HostEntry<'a>,
}

//! The site's index.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::entries::{HostEntry, entry_of_host};
use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work, today_of};

/// The index: every listed page, by host.
pub(crate) fn page(work: &Work, locale: &str, now: DateTime<Utc>) -> Result<Vec<u8>, RenderFault> {
    let hosts = work.site.hosts.iter().map(|host| entry_of_host(work, locale, host, today_of(host, now)));
    let hosts: Vec<HostEntry<'_>> = hosts.filter(|host| !host.meetings.is_empty()).collect();
    let frame = work.frame(locale, "", &work.locales());
    work.render(locale, "index.html", &Index { frame, hosts })
}

#[derive(Serialize)]
struct Index<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    hosts: Vec<HostEntry<'a>>,
}

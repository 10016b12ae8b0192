//! The site's index.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::entries::{HostEntry, entry_of_host};
use super::linked_data::{self, Thing};
use crate::render::fault::RenderFault;
use crate::render::preview::Preview;
use crate::render::work::{Frame, Work, today_of};

/// The index: every listed page, by host.
pub(crate) fn page(work: &Work, locale: &str, now: DateTime<Utc>) -> Result<Vec<u8>, RenderFault> {
    let hosts = work.site.hosts.iter().map(|host| entry_of_host(work, locale, host, today_of(host, now)));
    let hosts: Vec<HostEntry<'_>> = hosts.filter(|host| !host.meetings.is_empty()).collect();
    let frame = work.frame(locale, "", &work.locales());
    let linked_data = linked_data::json(Thing::Organization {
        name: &work.site.definition.title,
        url: &frame.canonical,
        logo: work.site.logo.as_ref().map(|logo| work.address(&logo.path)),
    });
    let frame = Frame { preview: preview(work, locale).address(work), linked_data, ..frame };
    work.render(locale, "index.html", &Index { frame, hosts })
}

/// The picture of a link to it.
pub(crate) fn preview(work: &Work, locale: &str) -> Preview {
    Preview {
        site: String::new(),
        title: work.site.definition.title.clone(),
        who: String::new(),
        what: work.locale(locale).words.flat.message("page.list.lead", &[]),
    }
}

#[derive(Serialize)]
struct Index<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    hosts: Vec<HostEntry<'a>>,
}

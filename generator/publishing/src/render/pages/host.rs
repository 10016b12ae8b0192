//! A host's page.

use chrono::NaiveDate;
use scheduling::definition::words_in;
use serde::Serialize;

use super::entries::{HostEntry, entry_of_host};
use super::linked_data::{self, Thing};
use super::markdown;
use crate::render::fault::RenderFault;
use crate::render::preview::Preview;
use crate::render::work::{Frame, Work};

/// The part of what hosts say about themselves that search engines show, in characters.
const ABOUT_LETTERS: usize = 160;

/// A host's page: who it is, and the host's listed meetings.
pub(crate) fn page(
    work: &Work,
    locale: &str,
    index: usize,
    today: NaiveDate,
) -> Result<Vec<u8>, RenderFault> {
    let host = &work.site.hosts[index];
    let about = host.about.as_ref().map(|about| words_in(about, locale));
    let frame = work.frame(locale, &host.definition.folder, &work.locales());
    let entry = entry_of_host(work, locale, host, today);
    let offers = entry.meetings.iter().map(|meeting| {
        let service = Thing::Service {
            name: meeting.title,
            description: &meeting.excerpt,
            potential_action: Box::new(Thing::ReserveAction { target: work.address(&meeting.path) }),
        };
        Thing::offer(service, meeting.price_range)
    });
    let person = Thing::Person {
        name: &host.definition.name,
        url: &frame.canonical,
        image: host.photo.as_ref().map(|photo| work.address(&photo.path)),
        description: about.map(|about| markdown::to_excerpt(about, ABOUT_LETTERS)),
        makes_offer: offers.collect(),
    };
    let linked_data = linked_data::json(Thing::ProfilePage { main_entity: Box::new(person) });
    let frame = Frame { preview: preview(work, locale, index).address(work), linked_data, ..frame };
    let about = about.map(markdown::without_pictures_to_html);
    work.render(locale, "host.html", &HostPage { frame, host: entry, about })
}

/// The picture of a link to it.
pub(crate) fn preview(work: &Work, locale: &str, index: usize) -> Preview {
    let words = &work.locale(locale).words.flat;
    let name = &work.site.hosts[index].definition.name;
    Preview {
        site: work.site.definition.title.clone(),
        title: words.message("page.host.title", &[("host", name)]),
        who: String::new(),
        what: words.message("page.list.lead", &[]),
    }
}

#[derive(Serialize)]
struct HostPage<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    host: HostEntry<'a>,
    /// What the host says about themselves, as HTML.
    about: Option<String>,
}

//! A meeting page for sites that show links as more than links (oEmbed 1.0).

use scheduling::definition::words_in;
use scheduling::html::escape;
use scheduling::paths;
use serde::Serialize;

use crate::render::fault::RenderFault;
use crate::render::pages::meeting;
use crate::render::preview;
use crate::render::work::Work;

/// The frame's size until somebody makes it another, in pixels: the file is the same for whoever asks.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 720;

/// `oembed.json` of a page: a frame where the site lets others frame it, else a link with its picture.
pub(crate) fn file(work: &Work, locale: &str, at: (usize, usize)) -> Result<Vec<u8>, RenderFault> {
    let definition = &work.site.definition;
    let host = &work.site.hosts[at.0];
    let page = &host.pages[at.1];
    let Some(meeting) = host.definition.meetings.get(&page.slug) else {
        return Err(RenderFault::new(&page.slug, "the page has no meeting"));
    };
    let address =
        |name: &str| format!("{}{}", definition.base_url, paths::page(&definition.locales, locale, name));
    let title = work.locale(locale).words.flat.message(
        "page.meeting.title",
        &[("title", words_in(&meeting.title, locale)), ("host", &host.definition.name)],
    );
    let frame = || {
        let (src, title) = (escape(&address(&meeting.page)), escape(&title));
        format!(
            "<iframe src=\"{src}\" title=\"{title}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" style=\"border:0\" loading=\"lazy\"></iframe>"
        )
    };
    let is_framed = !definition.embed_parents.is_empty();
    let answer = Answer {
        version: "1.0",
        kind: if is_framed { "rich" } else { "link" },
        html: is_framed.then(frame),
        width: is_framed.then_some(WIDTH),
        height: is_framed.then_some(HEIGHT),
        author_name: &host.definition.name,
        author_url: address(&host.definition.folder),
        provider_name: &definition.title,
        provider_url: address(""),
        thumbnail_url: meeting::preview(work, locale, at).address(work),
        thumbnail_width: preview::SIZE.0,
        thumbnail_height: preview::SIZE.1,
        title: &title,
    };
    serde_json::to_vec(&answer).map_err(|fault| RenderFault::new("oembed.json", &fault))
}

#[derive(Serialize)]
struct Answer<'a> {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    author_name: &'a str,
    author_url: String,
    provider_name: &'a str,
    provider_url: String,
    thumbnail_url: String,
    thumbnail_width: u16,
    thumbnail_height: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

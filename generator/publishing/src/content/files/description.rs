//! Reading a description: the pictures that it shows, and where its links lead.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::picture;
use crate::content::model::Picture;
use crate::content::toml::reader::{MOST_DIAGNOSTICS, Reader};
use crate::content::toml::source::Source;
use crate::diagnostics::Diagnostic;

/// The Markdown that descriptions are written in.
pub(crate) const MARKDOWN: Options =
    Options::ENABLE_STRIKETHROUGH.union(Options::ENABLE_SMART_PUNCTUATION).union(Options::ENABLE_TABLES);

/// A link of a description, and where it stands in its file.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub file: String,
    pub range: Range<usize>,
    pub locale: String,
    pub address: String,
}

/// What a description needs and says beside its words.
#[derive(Debug, Default)]
pub(crate) struct Description {
    /// By their addresses in the Markdown.
    pub pictures: BTreeMap<String, Picture>,
    pub links: Vec<Link>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the description that a file's text has from one byte on.
pub(crate) fn read(root: &Path, source: &Source, begin: usize, locale: &str) -> Description {
    let mut description = Description::default();
    let mut reader = Reader::new(source, begin);
    let folder = source.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let body = &source.text[begin..];
    let mut wrong = 0;
    for (event, range) in Parser::new_ext(body, MARKDOWN).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                let address = dest_url.into_string();
                if description.pictures.contains_key(&address) {
                    continue;
                }
                if wrong == MOST_DIAGNOSTICS {
                    // It would only be counted, and looking for it takes time.
                    reader.mistake(range, "");
                    continue;
                }
                match picture::read(root, folder, &address) {
                    Ok(picture) => drop(description.pictures.insert(address, picture)),
                    Err(cause) => {
                        let diagnostic = reader.mistake(place_of(&address, body, range), cause.message);
                        diagnostic.label(cause.label).help(cause.help);
                        wrong += 1;
                    }
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let address = dest_url.into_string();
                let Range { start, end } = place_of(&address, body, range);
                let (file, locale) = (source.file.clone(), locale.to_owned());
                description.links.push(Link { file, range: begin + start..begin + end, locale, address });
            }
            _ => {}
        }
    }
    description.diagnostics = reader.into_diagnostics();
    description
}

/// The address within an image or a link, where it stands there as it is.
fn place_of(address: &str, body: &str, whole: Range<usize>) -> Range<usize> {
    match body[whole.clone()].rfind(address).filter(|_| !address.is_empty()) {
        Some(at) => whole.start + at..whole.start + at + address.len(),
        None => whole,
    }
}

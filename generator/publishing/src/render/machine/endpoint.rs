//! Files that only the endpoint reads, below `_edge/`: the definitions, and the shells that it fills in.

use std::collections::BTreeMap;

use scheduling::locale::LocaleWords;
use serde::Serialize;

use crate::render::fault::RenderFault;
use crate::render::work::{Frame, Work};

/// The theme's own accent, as `base.css` has it.
const ACCENT: &str = "#0b6e63";

/// `_edge/site.json`: the site's definition, with the words that the endpoint says. Also how money is written where
/// nobody takes any: what was booked before may have cost something.
pub(crate) fn site(work: &Work) -> Result<Vec<u8>, RenderFault> {
    let mut definition = work.site.definition.clone();
    let words = definition.locales.iter().map(|code| {
        let words = &work.locale(code).words;
        (code.clone(), LocaleWords { messages: words.below("endpoint."), ..words.flat.clone() })
    });
    definition.words = words.collect();
    json("_edge/site.json", &definition)
}

/// `_edge/hosts/<host>.json`: a host's definition.
pub(crate) fn host(work: &Work, index: usize) -> Result<Vec<u8>, RenderFault> {
    json("_edge/hosts", &work.site.hosts[index].definition)
}

/// `_edge/shells/<locale>.json`: each template of the endpoint, rendered but for what only the endpoint knows.
pub(crate) fn shells(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let frame = work.bare_frame(locale);
    let privacy = work.site.privacy.as_ref().map(|privacy| scheduling::definition::words_in(privacy, locale));
    let accent = work.site.theme.get("accent").map_or(ACCENT, String::as_str);
    let context = Shell { frame, privacy, accent };
    let mut shells = BTreeMap::new();
    for name in &work.theme.shells {
        shells.insert(name.as_str(), work.locale(locale).render(&format!("endpoint/{name}"), &context)?);
    }
    json("_edge/shells", &shells)
}

#[derive(Serialize)]
struct Shell<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    privacy: Option<&'a str>,
    /// Mails have no style sheet to take it from.
    accent: &'a str,
}

fn json(path: &str, value: &impl Serialize) -> Result<Vec<u8>, RenderFault> {
    serde_json::to_vec(value).map_err(|fault| RenderFault::new(path, &fault))
}

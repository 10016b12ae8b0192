//! The destinations of links in descriptions: those within the site must lead to one of its pages.

use std::collections::BTreeSet;
use std::path::Path;

use scheduling::paths::{self, RESERVED, as_published};
use url::Url;

use super::description::Link;
use super::find;
use super::site_file::SiteSettings;
use crate::content::model::Host;
use crate::content::toml::reader::MOST_DIAGNOSTICS;
use crate::content::toml::source::{Source, whole_file_doubt};
use crate::content::toml::suggest::nearest;
use crate::diagnostics::Diagnostic;

/// Files beside the pages that a link may lead to.
const FILES: [&str; 2] = ["/robots.txt", "/sitemap.xml"];

/// Doubts on links to pages of the site that there are not. `links` are each with the page that it stands on, and those
/// of one file together.
pub(crate) fn check(
    root: &Path,
    links: &[(String, Link)],
    site: &SiteSettings,
    hosts: &[Host],
) -> Vec<Diagnostic> {
    let Ok(base) = Url::parse(&site.base_url) else { return Vec::new() };
    let known = pages(site, hosts);
    let missing = |(page, link): &(String, Link)| missing(&base, page, link, site, &known);
    let mut doubts = Vec::new();
    for links in links.chunk_by(|(_, one), (_, other)| one.file == other.file) {
        let mut found = links.iter().filter_map(|link| Some((&link.1, missing(link)?))).peekable();
        let Some((first, _)) = found.peek() else { continue };
        let Ok(source) = find::read(root, &first.file) else { continue };
        let shown = found.by_ref().take(MOST_DIAGNOSTICS);
        doubts.extend(shown.map(|(link, path)| doubt(&source, link, &path, &known)));
        let beyond = found.count();
        if beyond > 0 {
            let message = format!("{beyond} more links of this file lead to no page");
            doubts.push(whole_file_doubt(source.file, message));
        }
    }
    doubts
}

/// The path of every page of the site, in all languages, and where pages were before.
fn pages(site: &SiteSettings, hosts: &[Host]) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for locale in &site.locales {
        let path = |page: &str| paths::page(&site.locales, locale, page);
        known.insert(path(""));
        for host in hosts {
            let in_locale = || host.pages.iter().filter(|page| page.description.contains_key(locale));
            for folder in std::iter::once(&host.definition.folder).chain(&host.was) {
                known.insert(path(folder));
                known.extend(in_locale().map(|page| path(&format!("{folder}/{}", page.slug))));
            }
        }
    }
    known
}

/// The path on the site that a link leads to, if no page is there.
fn missing(
    base: &Url,
    page: &str,
    link: &Link,
    site: &SiteSettings,
    known: &BTreeSet<String>,
) -> Option<String> {
    let own = base.join(&paths::page(&site.locales, &link.locale, page)).ok()?;
    let target = own.join(&link.address).ok().filter(|target| target.origin() == base.origin())?;
    let path = target.path();
    let is_reserved = path.split('/').nth(1).is_some_and(|first| RESERVED.contains(&first));
    if is_reserved || FILES.contains(&path) {
        return None;
    }
    let published = as_published(path.strip_suffix("index.html").unwrap_or(path), &site.locales);
    let is_known = published.is_some_and(|path| known.contains(&path));
    (!is_known).then(|| path.to_owned())
}

fn doubt(source: &Source, link: &Link, path: &str, known: &BTreeSet<String>) -> Diagnostic {
    let mut doubt = whole_file_doubt(link.file.clone(), format!("this site has no page at `{path}`"));
    doubt.place = Some(source.place(&link.range));
    if let Some(likely) = nearest(path, known.iter().map(String::as_str)) {
        doubt.label(format!("did you mean `{likely}`?"));
    }
    doubt.help("a link may also be relative to this page: `../intro/` is the page beside it");
    doubt
}

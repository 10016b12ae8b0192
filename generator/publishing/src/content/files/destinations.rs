//! The destinations of links in descriptions: those within the site must lead to one of its pages.

use std::collections::BTreeSet;

use scheduling::paths::{self, RESERVED, as_published};
use url::Url;

use super::description::Link;
use super::site_file::SiteSettings;
use crate::content::model::Host;
use crate::content::toml::source::whole_file_doubt;
use crate::content::toml::suggest::nearest;
use crate::diagnostics::Diagnostic;

/// Files beside the pages that a link may lead to.
const FILES: [&str; 2] = ["/robots.txt", "/sitemap.xml"];

/// Doubts on links to pages of the site that there are not. `links` are each with the page that it stands on.
pub(crate) fn check(links: &[(String, Link)], site: &SiteSettings, hosts: &[Host]) -> Vec<Diagnostic> {
    let known = pages(site, hosts);
    links.iter().filter_map(|(page, link)| doubt(page, link, site, &known)).collect()
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

fn doubt(page: &str, link: &Link, site: &SiteSettings, known: &BTreeSet<String>) -> Option<Diagnostic> {
    let base = Url::parse(&site.base_url).ok()?;
    let own = base.join(&paths::page(&site.locales, &link.locale, page)).ok()?;
    let target = own.join(&link.address).ok().filter(|target| target.origin() == base.origin())?;
    let path = target.path();
    let is_reserved = path.split('/').nth(1).is_some_and(|first| RESERVED.contains(&first));
    if is_reserved || FILES.contains(&path) {
        return None;
    }
    let published = as_published(path.strip_suffix("index.html").unwrap_or(path), &site.locales);
    if published.as_ref().is_some_and(|path| known.contains(path)) {
        return None;
    }
    let mut doubt = whole_file_doubt(link.file.clone(), format!("this site has no page at `{path}`"));
    doubt.place = Some(link.place.clone());
    if let Some(likely) = nearest(path, known.iter().map(String::as_str)) {
        doubt.label(format!("did you mean `{likely}`?"));
    }
    doubt.help("a link may also be relative to this page: `../intro/` is the page beside it");
    Some(doubt)
}

//! Files for machines: robots.txt, the sitemap, the list of pages for desks, and the headers that static hosts send.

use std::fmt::Write as _;

use scheduling::definition::{Meeting, words_in};
use scheduling::paths;
use scheduling::web::{Framing, caching, content_policy, protecting_headers};
use serde_json::json;

use crate::content::{Host, Page};
use crate::render::fault::RenderFault;
use crate::render::pages::price;
use crate::render::theme::assets;
use crate::render::theme::bundles::SHARED;
use crate::render::work::Work;

/// `robots.txt`
pub(crate) fn robots(work: &Work) -> String {
    let (base_url, openapi) = (&work.site.definition.base_url, paths::OPENAPI);
    format!(
        "User-agent: *\nAllow: {openapi}\nDisallow: /api/\nDisallow: /booking/\nSitemap: {base_url}/sitemap.xml\n"
    )
}

/// `_headers`, as Cloudflare and others read it.
pub(crate) fn headers(work: &Work) -> String {
    let definition = &work.site.definition;
    let served = definition.served();
    let mut text = String::from("/*\n");
    for (name, value) in protecting_headers(Framing::Parents, &served) {
        let _ = writeln!(text, "  {name}: {value}");
    }
    text.push_str("  Cache-Control: no-cache\n");
    let shared = |code: &String| SHARED.map(|bundle| assets::shared_path(&work.site, code, bundle));
    let shared = definition.locales.iter().flat_map(shared);
    for path in std::iter::once("/assets/*".to_owned()).chain(shared) {
        let _ = writeln!(text, "{path}\n  ! Cache-Control\n  Cache-Control: {}", caching(&path));
    }
    // Programs read it under its own address; whoever searches is to find the page.
    text.push_str("/*.md\n  Content-Type: text/markdown; charset=utf-8\n  X-Robots-Tag: noindex\n");
    let policy = content_policy(Framing::Desk, &served);
    for code in &definition.locales {
        let desk = paths::page(&definition.locales, code, paths::DESK);
        let _ = writeln!(text, "{desk}*\n  ! Content-Security-Policy\n  Content-Security-Policy: {policy}");
    }
    text
}

/// `host/pages.json`: what is listed, with its links, for the desks of the site's hosts. It says nothing that the index
/// does not say; an unlisted page is told to its own host alone, who has signed in.
pub(crate) fn pages(work: &Work, locale: &str) -> Result<Vec<u8>, RenderFault> {
    let definition = &work.site.definition;
    let address = |code: &String, page: &str| {
        format!("{}{}", definition.base_url, paths::page(&definition.locales, code, page))
    };
    let listed = |host: &Host| -> Vec<serde_json::Value> {
        let pages = host.pages.iter().filter(|page| page.listed);
        let pages = pages.filter_map(|page| Some((page, host.definition.meetings.get(&page.slug)?)));
        let entry = |(page, meeting): (&Page, &Meeting)| {
            let link = |code: &String| (code.clone(), json!(address(code, &meeting.page)));
            let mut entry = json!({
                "page": meeting.page,
                "title": words_in(&meeting.title, locale),
                "durations": meeting.rules.durations_minutes,
                "invite_only": meeting.invite_only,
                "links": page.description.keys().map(link).collect::<serde_json::Map<_, _>>(),
            });
            if let Some(price) = price::of_page(&work.locale(locale).words, meeting) {
                entry["price"] = json!(price);
            }
            entry
        };
        pages.map(entry).collect()
    };
    let hosts =
        work.site.hosts.iter().map(|host| (host, listed(host))).filter(|(_, pages)| !pages.is_empty());
    let hosts: Vec<_> = hosts
        .map(|(host, pages)| {
            let definition = &host.definition;
            json!({ "folder": definition.folder, "name": definition.name, "pages": pages })
        })
        .collect();
    serde_json::to_vec(&json!({ "hosts": hosts }))
        .map_err(|fault| RenderFault::new("host/pages.json", &fault))
}

/// `sitemap.xml`: what is listed, in every language that it is written in.
pub(crate) fn sitemap(work: &Work) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    let locales = work.locales();
    let has_listed = |host: &&Host| host.pages.iter().any(|page| page.listed);
    let hosts: Vec<&Host> = work.site.hosts.iter().filter(has_listed).collect();
    if !hosts.is_empty() {
        push_urls(&mut text, work, "", &locales);
    }
    for host in hosts {
        push_urls(&mut text, work, &host.definition.folder, &locales);
        for page in host.pages.iter().filter(|page| page.listed) {
            let locales: Vec<&str> = page.description.keys().map(String::as_str).collect();
            push_urls(&mut text, work, &format!("{}/{}", host.definition.folder, page.slug), &locales);
        }
    }
    text.push_str("</urlset>\n");
    text
}

fn push_urls(text: &mut String, work: &Work, page: &str, locales: &[&str]) {
    let address = |code: &str| {
        let address = format!(
            "{}{}",
            work.site.definition.base_url,
            paths::page(&work.site.definition.locales, code, page)
        );
        address.replace('&', "&amp;").replace('<', "&lt;")
    };
    for code in locales {
        let _ = write!(text, "<url><loc>{}</loc>", address(code));
        for other in locales.iter().filter(|_| locales.len() > 1) {
            let _ = write!(
                text,
                "<xhtml:link rel=\"alternate\" hreflang=\"{other}\" href=\"{}\"/>",
                address(other)
            );
        }
        text.push_str("</url>\n");
    }
}

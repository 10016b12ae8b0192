//! The work of rendering a site: what every file is made from, and what every page shows around its own content.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use scheduling::definition;
use scheduling::paths;
use serde::Serialize;

use super::fault::RenderFault;
use super::theme::assets::Assets;
use super::theme::bundles::PAGE;
use super::theme::{Locale, Parts, Theme};
use crate::content::{Host, Picture, Site};

/// The sources of every file of a site.
pub(crate) struct Work {
    pub(crate) theme: Arc<Parts>,
    pub(crate) site: Arc<Site>,
    pub(crate) assets: Assets,
}

/// The frame that every page shows around its own content.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Frame<'a> {
    pub(crate) locale: &'a str,
    pub(crate) site_title: &'a str,
    /// The site's logo, in place of its title.
    pub(crate) logo: Option<&'a Picture>,
    /// The path of the index in this locale.
    pub(crate) home: String,
    pub(crate) style: &'a str,
    pub(crate) script: &'a str,
    /// The page's own address; empty where it is not to be found by searching.
    pub(crate) canonical: String,
    /// The address of the picture that networks show of a link to it; empty where there is none.
    pub(crate) preview: String,
    /// The page as linked data (schema.org, JSON-LD), safe within HTML; empty where there is none.
    pub(crate) linked_data: String,
    /// The page in each of its languages, where there are several.
    pub(crate) languages: Vec<Language>,
    /// The check that a person sends a form, where there is one.
    pub(crate) turnstile: Option<Turnstile<'a>>,
}

/// Cloudflare's Turnstile, as pages show it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Turnstile<'a> {
    site_key: &'a str,
    action: &'a str,
}

/// A page in one of its languages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Language {
    code: String,
    /// The language's own name for itself.
    name: String,
    path: String,
    address: String,
    current: bool,
}

impl Work {
    pub(super) fn of(theme: &Theme, site: &Arc<Site>) -> Self {
        let assets = Assets::of(&theme.parts, site);
        Self { theme: theme.parts.clone(), site: site.clone(), assets }
    }

    pub(crate) fn locale(&self, code: &str) -> &Locale {
        self.theme.locale(code)
    }

    /// The frame of the page with that name, which is there in those locales. `page` is empty for the index.
    pub(crate) fn frame<'a>(&'a self, locale: &'a str, page: &str, locales: &[&str]) -> Frame<'a> {
        let base_url = &self.site.definition.base_url;
        let language = |code: &&str| {
            let path = paths::page(&self.site.definition.locales, code, page);
            let name = self.locale(code).words.flat.message("page.language", &[]);
            Language {
                code: (*code).to_owned(),
                name,
                address: format!("{base_url}{path}"),
                path,
                current: *code == locale,
            }
        };
        let languages = if locales.len() > 1 { locales.iter().map(language).collect() } else { Vec::new() };
        let canonical = format!("{base_url}{}", paths::page(&self.site.definition.locales, locale, page));
        Frame { canonical, languages, ..self.bare_frame(locale) }
    }

    /// The frame of a page that has no address of its own.
    pub(crate) fn bare_frame<'a>(&'a self, locale: &'a str) -> Frame<'a> {
        Frame {
            locale,
            site_title: &self.site.definition.title,
            logo: self.site.logo.as_ref(),
            home: paths::page(&self.site.definition.locales, locale, ""),
            style: self.assets.style_path(PAGE),
            script: self.assets.script_path(PAGE, locale),
            canonical: String::new(),
            preview: String::new(),
            linked_data: String::new(),
            languages: Vec::new(),
            turnstile: self.site.definition.turnstile.as_ref().map(|turnstile| Turnstile {
                site_key: &turnstile.site_key,
                action: definition::Turnstile::ACTION,
            }),
        }
    }

    /// The address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.site.definition.base_url)
    }

    /// The site's locales.
    pub(crate) fn locales(&self) -> Vec<&str> {
        self.site.definition.locales.iter().map(String::as_str).collect()
    }

    /// A page, rendered from a template.
    pub(super) fn render(
        &self,
        locale: &str,
        template: &str,
        context: &impl Serialize,
    ) -> Result<Vec<u8>, RenderFault> {
        self.locale(locale).render(template, context).map(String::into_bytes)
    }
}

/// The date where a host is: what the host's pages are made for.
pub(super) fn today_of(host: &Host, now: DateTime<Utc>) -> NaiveDate {
    host.definition.time_zone.to_wall_time(now).date()
}

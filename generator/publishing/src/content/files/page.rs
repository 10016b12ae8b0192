//! Reading all of a page: its own file, and its words in other locales.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use scheduling::definition::Meeting;

use super::description::{self, Description, Link};
use super::find::{self, PageFiles};
use super::host::HostSettings;
use super::meeting::{self, Around};
use super::site_file::SiteSettings;
use super::translation;
use crate::content::fields::secrets;
use crate::content::model::Page;
use crate::content::toml::front_matter::{self, PartsMissing};
use crate::content::toml::reader::Reader;
use crate::content::toml::source::{Source, whole_file, whole_file_doubt};
use crate::content::toml::suggest::listed;
use crate::diagnostics::Diagnostic;

/// A page, where it could be read, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct PageRead {
    pub page: Option<(Page, Meeting)>,
    /// The links of its descriptions.
    pub links: Vec<Link>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The surroundings in which a page's files are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageContext<'a> {
    pub root: &'a Path,
    pub site: &'a SiteSettings,
    pub host: &'a HostSettings,
    /// Today, in the host's zone.
    pub today: NaiveDate,
}

/// Reads a page's files.
pub(crate) fn read(context: &PageContext<'_>, files: &PageFiles) -> PageRead {
    let file = files.file(&context.host.folder);
    let source = match find::read(context.root, &file) {
        Ok(source) => source,
        Err(diagnostic) => return PageRead { page: None, links: Vec::new(), diagnostics: vec![*diagnostic] },
    };
    let mut read = read_own(context, &files.slug, &source);
    read_translations(context, files, &mut read);
    read
}

/// Reads a page's own file, without its other locales.
pub(crate) fn read_own(context: &PageContext<'_>, slug: &str, source: &Source) -> PageRead {
    let locale = context.site.locales.first().map_or("en", String::as_str);
    let (requests, knows_payments) = (context.site.requests, context.site.sound && context.host.sound);
    let around = Around { host: context.host, slug, locale, today: context.today, requests, knows_payments };
    let mut diagnostics = Vec::new();
    let read = read_parts(source, &mut diagnostics, |reader, toml| meeting::read(reader, toml, &around));
    let mut links = Vec::new();
    let page = read.and_then(|(read, begin)| {
        let Description { pictures, links: own, diagnostics: said } =
            description::read(context.root, source, begin, locale);
        diagnostics.extend(said);
        links = own;
        let read = read?;
        let page = Page {
            slug: slug.to_owned(),
            description: BTreeMap::from([(locale.to_owned(), source.lines_from(begin))]),
            pictures,
            listed: read.listed,
            draft: read.draft,
            auto_submit: read.auto_submit,
            sources: vec![PathBuf::from(&source.file)],
        };
        Some((page, read.meeting))
    });
    PageRead { page, links, diagnostics }
}

fn read_translations(context: &PageContext<'_>, files: &PageFiles, read: &mut PageRead) {
    let folder = &context.host.folder;
    let (default, others) =
        context.site.locales.split_first().map_or(("en", &[][..]), |(first, others)| (first, others));
    for locale in &files.locales {
        let file = files.translation(folder, locale);
        if !others.contains(locale) {
            if context.site.sound {
                read.diagnostics.push(unknown_locale(file, locale, &files.slug, default, others));
            }
            continue;
        }
        match find::read(context.root, &file) {
            Ok(source) => read_translation(context.root, &source, locale, read),
            Err(diagnostic) => read.diagnostics.push(*diagnostic),
        }
    }
    let untranslated = others.iter().filter(|locale| !files.locales.contains(locale));
    read.diagnostics.extend(untranslated.filter(|_| context.site.sound).map(|locale| {
        let mut doubt = whole_file_doubt(files.file(folder), format!("this page has no text in `{locale}`"));
        doubt.help(format!(
            "write it in `{}`; until then, visitors see the `{default}` text",
            files.translation(folder, locale)
        ));
        doubt
    }));
}

fn read_translation(root: &Path, source: &Source, locale: &str, read: &mut PageRead) {
    let Some((page, meeting)) = &mut read.page else { return };
    page.sources.push(PathBuf::from(&source.file));
    let parts = read_parts(source, &mut read.diagnostics, |reader, toml| {
        translation::read(reader, toml, locale, meeting);
    });
    let Some(((), begin)) = parts else { return };
    let own = meeting.locales.first().and_then(|first| page.description.get(first)).cloned();
    meeting.locales.push(locale.to_owned());
    if source.text[begin..].trim().is_empty() {
        let own = own.unwrap_or_default();
        if !own.trim().is_empty() {
            let message = format!("the description has no text in `{locale}`");
            let mut doubt = whole_file_doubt(source.file.clone(), message);
            doubt.help("visitors see the text in the site's first locale");
            read.diagnostics.push(doubt);
        }
        page.description.insert(locale.to_owned(), own);
        return;
    }
    page.description.insert(locale.to_owned(), source.lines_from(begin));
    let description = description::read(root, source, begin, locale);
    page.pictures.extend(description.pictures);
    read.links.extend(description.links);
    read.diagnostics.extend(description.diagnostics);
}

/// Reads a file as the words, in the site's second locale, of a page that asks where to meet and one question.
pub(crate) fn check_translation(context: &PageContext<'_>, source: &Source) -> Vec<Diagnostic> {
    const PAGE: &str = "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { ask = \"Where?\" }\n\
        [[questions]]\nid = \"topic\"\nlabel = \"Topic\"\nkind = \"choice\"\n\
        options = [{ id = \"friend\", label = \"From a friend\" }]\n+++\n";
    let Ok(own) = Source::new("page.md".to_owned(), PAGE.as_bytes().to_vec()) else { return Vec::new() };
    let mut read = read_own(context, "page", &own);
    let locale = context.site.locales.last().map_or("en", String::as_str);
    read_translation(context.root, source, locale, &mut read);
    read.diagnostics
}

/// Tells a file's parts apart, and has its TOML read. Returns what was read, and the byte at which the Markdown begins.
fn read_parts<'s, T>(
    source: &'s Source,
    diagnostics: &mut Vec<Diagnostic>,
    read: impl FnOnce(&mut Reader<'s>, &'s str) -> T,
) -> Option<(T, usize)> {
    match front_matter::split(&source.text) {
        Ok(parts) => {
            let mut reader = Reader::new(source, parts.front_matter.start);
            secrets::check(&mut reader);
            let read = read(&mut reader, &source.text[parts.front_matter]);
            diagnostics.extend(reader.into_diagnostics());
            Some((read, parts.body.start))
        }
        Err(missing) => {
            let mut reader = Reader::new(source, 0);
            secrets::check(&mut reader);
            explain_missing(&mut reader, missing);
            diagnostics.extend(reader.into_diagnostics());
            None
        }
    }
}

fn explain_missing(reader: &mut Reader<'_>, missing: PartsMissing) {
    const EXAMPLE: &str = "a page begins like this:\n+++\ntitle = \"Introductory call\"\ndurations = [30]\n+++\nThe description.";
    let first_line = 0..reader.source().text.lines().next().map_or(0, str::len);
    match missing {
        PartsMissing::Unopened => {
            reader.mistake(first_line, "this page does not begin with a `+++` line").help_lines(EXAMPLE);
        }
        PartsMissing::OpenedAsYaml => {
            reader
                .mistake(first_line, "this page does not begin with a `+++` line")
                .label("this begins YAML; Daymark reads TOML between `+++` lines")
                .help_lines(EXAMPLE);
        }
        PartsMissing::Unclosed => {
            reader
                .mistake(first_line, "no second `+++` line closes this one")
                .help("write `+++` on a line of its own between the page's keys and its description");
        }
    }
}

fn unknown_locale(file: String, locale: &str, slug: &str, default: &str, others: &[String]) -> Diagnostic {
    if locale == default {
        let mut mistake = whole_file(file, format!("the `{default}` text belongs in the page's own file"));
        mistake
            .help(format!("`{default}` is the first of the site's `locales`: write its text in `{slug}.md`"));
        return mistake;
    }
    let mut mistake = whole_file(file, format!("`{locale}` is not one of this site's locales"));
    let known = listed(std::iter::once(default).chain(others.iter().map(String::as_str)), "and");
    mistake.help(format!("the `locales` in `site.toml` are {known}"));
    mistake
}

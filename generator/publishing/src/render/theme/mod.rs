//! The theme, read once: a template engine and words for each locale, and the assets' sources.

pub(super) mod assets;
pub(super) mod bundles;
pub(super) mod fonts;
mod scripts;
mod squeeze;
pub(super) mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scheduling::definition::LocaleCode;
use scheduling::locale::{LocaleWords, choice, fill};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::{Context, Kwargs, State, Tera, Value};

use crate::render::fault::RenderFault;
use bundles::Bundles;
use fonts::Fonts;
use words::Words;

/// A theme's folder, read.
#[derive(Clone)]
pub struct Theme {
    pub(super) parts: Arc<Parts>,
}

/// The parts of a theme.
pub(crate) struct Parts {
    pub(crate) locales: BTreeMap<LocaleCode, Locale>,
    /// The styles of each bundle.
    pub(crate) styles: BTreeMap<String, String>,
    pub(crate) fonts: Fonts,
    /// The names of the templates that the endpoint fills in, without their folder.
    pub(crate) shells: Vec<String>,
    /// A digest of every file.
    pub(crate) digest: [u8; 32],
}

/// A locale: its words, and the templates and the script with those words in them.
pub(crate) struct Locale {
    pub(crate) words: Words,
    /// The script of each bundle that has one, minified.
    pub(crate) scripts: BTreeMap<String, String>,
    templates: Tera,
}

impl Theme {
    /// Reads a theme's folder.
    pub fn load(folder: &Path) -> Result<Self, RenderFault> {
        let mut digest = Sha256::new();
        let mut read = |part: &str, extension: &str| -> Result<Vec<(String, String)>, RenderFault> {
            let files = read_folder(&folder.join(part), extension)?;
            for (name, text) in &files {
                digest.update([part, "/", name, "\0", text, "\0"].concat());
            }
            Ok(files)
        };
        let templates = read("templates", "html")?;
        let texts = read("templates", "txt")?;
        let (styles, scripts) = (read("styles", "css")?, read("scripts", "js")?);
        read("locales", "toml")?;
        let bundles = read_file(&folder.join(bundles::FILE))?;
        digest.update(&bundles);
        let mut fonts = Vec::new();
        for (name, path) in files_below(&folder.join("fonts"), &fonts::KINDS) {
            let bytes =
                std::fs::read(&path).map_err(|fault| RenderFault::new(path.display().to_string(), &fault))?;
            digest.update(&bytes);
            fonts.push((name, bytes));
        }
        let digest = digest.finalize().into();
        let bundles = Bundles::of(&bundles, &styles, &scripts)?;

        let mut locales = BTreeMap::new();
        for code in folder_names(&folder.join("locales"))? {
            let words = Words::load(&folder.join("locales").join(&code))?;
            locales.insert(code, Locale::new(words, &templates, &texts, &bundles)?);
        }
        if locales.is_empty() {
            return Err(RenderFault::new(folder.join("locales").display().to_string(), "there is no locale"));
        }
        let shells = templates
            .iter()
            .chain(&texts)
            .filter_map(|(name, _)| name.strip_prefix("endpoint/"))
            .map(str::to_owned)
            .collect();
        let parts = Parts { locales, styles: bundles.styles, fonts: Fonts::of(fonts)?, shells, digest };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The locales that it has words in.
    pub fn locales(&self) -> Vec<LocaleCode> {
        self.parts.locales.keys().cloned().collect()
    }

    /// A locale's patterns and messages.
    pub fn words(&self, locale: &str) -> Option<&LocaleWords> {
        self.parts.locales.get(locale).map(|locale| &locale.words.flat)
    }
}

impl Parts {
    /// A locale of the theme, or the nearest, or any. Content is checked against [`Theme::locales`] before.
    pub(crate) fn locale(&self, code: &str) -> &Locale {
        let nearest = self.locales.get(code).or_else(|| self.locales.get(choice(code, self.locales.keys())?));
        nearest
            .or_else(|| self.locales.values().next())
            .unwrap_or_else(|| unreachable!("load refuses a theme without locales"))
    }
}

impl Locale {
    fn new(
        words: Words,
        templates: &[(String, String)],
        texts: &[(String, String)],
        bundles: &Bundles,
    ) -> Result<Self, RenderFault> {
        let mut scripts = BTreeMap::new();
        for (name, bundle) in &bundles.scripts {
            scripts.insert(name.clone(), bundle.in_words(&words)?);
        }
        let mut tera = Tera::new();
        tera.register_filter("fill", fill_filter);
        tera.global_context().insert("words", &words.tree);
        tera.add_raw_templates(
            templates.iter().map(|(name, text)| (name.as_str(), without_indentation(text))),
        )
        .map_err(|fault| RenderFault::new("templates", &fault))?;
        // Plain text keeps its lines as they are.
        tera.add_raw_templates(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
            .map_err(|fault| RenderFault::new("templates", &fault))?;
        Ok(Self { words, scripts, templates: tera })
    }

    /// Renders a template with a context.
    pub(crate) fn render(&self, template: &str, context: &impl Serialize) -> Result<String, RenderFault> {
        Context::from_serialize(context)
            .and_then(|context| self.templates.render(template, &context))
            .map_err(|fault| RenderFault::new(template, &fault))
    }
}

/// `{{ words.page.title | fill(host=name) }}`: a message with its placeholders filled in.
#[expect(clippy::needless_pass_by_value, reason = "the engine calls filters so")]
fn fill_filter(message: &str, values: Kwargs, _: &State<'_>) -> String {
    fill(message, |placeholder| {
        values.get::<Value>(placeholder).ok().flatten().map(|value| value.to_string())
    })
}

/// A folder's files with an extension, by their paths in it, sorted. A folder that is missing has none.
fn read_folder(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, RenderFault> {
    let files = files_below(folder, &[extension]).into_iter();
    files.map(|(name, path)| Ok((name, read_file(&path)?))).collect()
}

/// The files below a folder that have one of the extensions, by their paths in it, sorted.
fn files_below(folder: &Path, extensions: &[&str]) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let entries = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        let Ok(entry) = entry else { continue };
        let path = entry.path();
        let is_wanted = path.extension().is_some_and(|found| extensions.iter().any(|kind| found == *kind));
        if !entry.file_type().is_file() || !is_wanted {
            continue;
        }
        let name: PathBuf = path.strip_prefix(folder).unwrap_or(path).components().collect();
        files.push((name.to_string_lossy().replace('\\', "/"), path.to_owned()));
    }
    files
}

fn read_file(path: &Path) -> Result<String, RenderFault> {
    std::fs::read_to_string(path).map_err(|fault| RenderFault::new(path.display().to_string(), &fault))
}

fn folder_names(folder: &Path) -> Result<Vec<String>, RenderFault> {
    let entries =
        std::fs::read_dir(folder).map_err(|fault| RenderFault::new(folder.display().to_string(), &fault))?;
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// A template without what only its reader needs: indentation, and the lines that hold nothing but a tag.
fn without_indentation(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    for line in template.lines().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(line);
        if !(line.starts_with("{%") && line.ends_with("%}")) {
            text.push('\n');
        }
    }
    text
}

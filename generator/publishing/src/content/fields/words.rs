//! Text for visitors that stands in a TOML file: one text, or a table with one for each locale.

use scheduling::definition::{LocaleCode, Words};

use crate::content::toml::keys::Keys;
use crate::content::toml::reader::{Reader, Value};
use crate::content::toml::suggest::listed;

/// How many lines a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    /// Markdown.
    Many,
}

/// Reads a text in the locales of the site, of which the first is needed.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    keys: &'static Keys,
    lines: Lines,
    locales: &[LocaleCode],
) -> Option<Words> {
    let default = locales.first()?;
    if Reader::is_text(value) {
        return Some(Words::from([(default.clone(), text(reader, value, lines)?)]));
    }
    if !Reader::is_table(value) {
        return reader.wrong_type(value, "one text, or a table with one for each locale");
    }
    let mut words = Words::new();
    for (locale, value) in reader.entries(value, keys) {
        if !locales.iter().any(|known| known == locale.value) {
            let known = listed(locales.iter().map(String::as_str), "and");
            reader
                .mistake(locale.span, format!("`{}` is not one of this site's locales", locale.value))
                .help(format!("its `locales` are {known}"));
        } else if let Some(text) = text(reader, &value, lines) {
            words.insert(locale.value.to_owned(), text);
        }
    }
    for locale in locales.iter().filter(|locale| !words.contains_key(*locale)) {
        let message = format!("`{}` has no text in `{locale}`", value.name);
        if locale == default {
            reader
                .mistake(value.span(), message)
                .help("the text in the first of the site's `locales` is required");
        } else {
            reader.doubt(value.span(), message).help(format!("visitors see the `{default}` text"));
        }
    }
    Some(words)
}

fn text(reader: &mut Reader<'_>, value: &Value<'_>, lines: Lines) -> Option<String> {
    if lines == Lines::One {
        return reader.line(value).map(|text| text.value.to_owned());
    }
    let text = reader.text(value)?;
    if text.value.trim().is_empty() {
        // Says that it is empty, and what it could be.
        return reader.line(value).map(|text| text.value.to_owned());
    }
    // However a checkout has ended the file's lines.
    Some(text.value.trim().replace("\r\n", "\n"))
}

//! Reading TOML with its places: tables whose keys are known, values of the right type, and a mistake for all else.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Keys};
use super::secret_shapes;
use super::source::{Source, whole_file, whole_file_doubt};
use super::suggest::listed;
use crate::diagnostics::{Diagnostic, Place, Severity, shortened};

/// Diagnostics kept of one file: a file with more has another problem than its keys.
pub(crate) const MOST_DIAGNOSTICS: usize = 100;

/// Reads one file's TOML, and collects what is wrong with it.
pub(crate) struct Reader<'s> {
    source: &'s Source,
    /// The byte of the file at which the TOML begins.
    offset: usize,
    diagnostics: Vec<Diagnostic>,
    /// The number of errors and warnings beyond those that are kept.
    beyond: usize,
    /// Takes what is said of those.
    discarded: Diagnostic,
}

/// A table whose keys are known.
#[derive(Clone)]
pub(crate) struct Section<'t> {
    table: &'t DeTable<'t>,
    keys: &'static Keys,
    /// Its place; `None` for the file's own table.
    span: Option<Range<usize>>,
}

/// A value, and what it is called in messages.
#[derive(Clone)]
pub(crate) struct Value<'t> {
    /// Its key.
    pub name: Cow<'t, str>,
    /// True for one value of the list that the key holds.
    pub listed: bool,
    pub example: &'static str,
    pub item: &'t Spanned<DeValue<'t>>,
}

/// Something that was read, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A text that was read.
pub(crate) type Text<'t> = Placed<&'t str>;

impl<T> Placed<T> {
    pub(crate) fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }
}

impl Value<'_> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.item.span()
    }
}

impl<'t> Section<'t> {
    /// The value of a key that the table's list of keys has.
    pub(crate) fn get(&self, key: &'static str) -> Option<Value<'t>> {
        debug_assert!(self.keys.has(key), "{key} is in no list of keys");
        let item = self.table.get(key)?;
        Some(Value { name: Cow::Borrowed(key), listed: false, example: self.keys.example(key), item })
    }

    /// The place of a key, not of its value.
    pub(crate) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Source, offset: usize) -> Self {
        let discarded = whole_file_doubt(String::new(), "");
        Self { source, offset, diagnostics: Vec::new(), beyond: 0, discarded }
    }

    pub(crate) fn source(&self) -> &'s Source {
        self.source
    }

    /// All that was found, in no order. Of a secret nothing else is said than that it is one.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        if self.beyond > 0 {
            let message = format!("{} more lines of this file have errors or warnings", self.beyond);
            let severity = self.discarded.severity;
            diagnostics.push(Diagnostic { severity, ..whole_file(self.source.file.clone(), message) });
        }
        for diagnostic in &mut diagnostics {
            for help in &mut diagnostic.help {
                *help = self.source.without_private(std::mem::take(help));
            }
        }
        for secret in self.source.secrets().iter().take(MOST_DIAGNOSTICS) {
            let secret = self.source.place(secret);
            let overlaps = |place: &Place| {
                place.line == secret.line && place.start < secret.end && secret.start < place.end
            };
            diagnostics.retain(|diagnostic| {
                diagnostic.message == secret_shapes::MESSAGE
                    || !diagnostic.place.as_ref().is_some_and(overlaps)
            });
        }
        diagnostics
    }

    /// True once an error was found; warnings do not count.
    pub(crate) fn has_mistakes(&self) -> bool {
        let mut all = self.diagnostics.iter().chain(std::iter::once(&self.discarded));
        all.any(|diagnostic| diagnostic.severity == Severity::Mistake)
    }

    /// Adds a mistake at a place in the TOML.
    pub(crate) fn mistake(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Mistake, Some(self.in_file(span)), message.into())
    }

    /// Adds a mistake at a place that is not to be shown.
    pub(crate) fn secret_mistake(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let hidden = self.in_file(span.clone());
        self.mistake_hiding(span, message.into(), Some(&hidden))
    }

    /// Adds a mistake on a line of which a stretch is not to be shown.
    fn mistake_hiding(
        &mut self,
        span: Range<usize>,
        message: String,
        hidden: Option<&Range<usize>>,
    ) -> &mut Diagnostic {
        self.push(Severity::Mistake, Some(self.in_file(span)), hidden, message)
    }

    /// Adds a doubt at a place in the TOML.
    pub(crate) fn doubt(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Doubt, Some(self.in_file(span)), message.into())
    }

    /// Adds a mistake at a place in the file.
    pub(crate) fn mistake_at(&mut self, range: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Mistake, Some(range), message.into())
    }

    /// Adds a doubt about the whole file.
    pub(crate) fn doubt_in_file(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Doubt, None, message.into())
    }

    /// True if a stretch of the TOML contains a secret.
    pub(crate) fn holds_secret(&self, span: &Range<usize>) -> bool {
        let place = self.in_file(span.clone());
        self.source.secrets().iter().any(|secret| secret.start < place.end && place.start < secret.end)
    }

    /// A place in the TOML, for diagnostics that are made once every file is read.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        self.source.place_hiding(&self.in_file(span.clone()), None)
    }

    /// The line that a place in the TOML stands in.
    pub(crate) fn line_of(&self, span: &Range<usize>) -> usize {
        self.source.line_of(span.start + self.offset)
    }

    fn in_file(&self, span: Range<usize>) -> Range<usize> {
        span.start + self.offset..span.end + self.offset
    }

    fn add(&mut self, severity: Severity, range: Option<Range<usize>>, message: String) -> &mut Diagnostic {
        self.push(severity, range, None, message)
    }

    fn push(
        &mut self,
        severity: Severity,
        range: Option<Range<usize>>,
        hidden: Option<&Range<usize>>,
        message: String,
    ) -> &mut Diagnostic {
        if self.diagnostics.len() >= MOST_DIAGNOSTICS {
            self.beyond += 1;
            self.discarded.help.clear();
            self.discarded.severity = self.discarded.severity.min(severity);
            return &mut self.discarded;
        }
        let file = self.source.file.clone();
        let place = range.map(|range| self.source.place_hiding(&range, hidden));
        let diagnostic = Diagnostic {
            severity,
            file,
            place,
            message: shortened(self.source.without_private(message)),
            label: String::new(),
            help: Vec::new(),
        };
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}

/// Tables.
impl Reader<'_> {
    /// A file's own table.
    pub(crate) fn root<'t>(&mut self, table: &'t DeTable<'t>, keys: &'static Keys) -> Section<'t> {
        self.refuse_unknown_keys(table, keys);
        Section { table, keys, span: None }
    }

    /// A value as a table with known keys.
    pub(crate) fn section<'t>(&mut self, value: &Value<'t>, keys: &'static Keys) -> Option<Section<'t>> {
        let table = self.table(value)?;
        self.refuse_unknown_keys(table, keys);
        Some(Section { table, keys, span: Some(value.span()) })
    }

    /// A value as a list of tables with known keys, whether written as `[[name]]` or as a list.
    pub(crate) fn sections<'t>(&mut self, value: &Value<'t>, keys: &'static Keys) -> Vec<Section<'t>> {
        let elements = self.list(value).unwrap_or_default();
        elements.iter().filter_map(|element| self.section(element, keys)).collect()
    }

    /// A value as a table whose keys the author names: each key, and its value.
    pub(crate) fn entries<'t>(
        &mut self,
        value: &Value<'t>,
        keys: &'static Keys,
    ) -> Vec<(Placed<&'t str>, Value<'t>)> {
        let Some(table) = self.table(value) else { return Vec::new() };
        let example = keys.list.first().map_or("", |(_, example)| example);
        let entry = |(key, item): (&'t Spanned<Cow<'t, str>>, &'t Spanned<DeValue<'t>>)| {
            let name = key.get_ref().as_ref();
            (Placed::new(name, key.span()), Value { name: Cow::Borrowed(name), listed: false, example, item })
        };
        let mut entries: Vec<_> = table.iter().map(entry).collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    fn table<'t>(&mut self, value: &Value<'t>) -> Option<&'t DeTable<'t>> {
        match value.item.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(value, "a table"),
        }
    }

    fn refuse_unknown_keys(&mut self, table: &DeTable<'_>, keys: &'static Keys) {
        for (key, item) in table.iter().filter(|(key, _)| !keys.has(key.get_ref())) {
            if self.diagnostics.len() >= MOST_DIAGNOSTICS {
                self.beyond += 1;
                self.discarded.severity = Severity::Mistake;
                continue;
            }
            let name = key.get_ref().as_ref();
            let is_secret = secret_shapes::is_name_of_secret(name);
            let hidden = is_secret.then(|| self.in_file(item.span()));
            let diagnostic =
                self.mistake_hiding(key.span(), format!("unknown key `{name}`"), hidden.as_ref());
            if let Some(likely) = keys.takes_for(name) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            if keys.is_translation() && keys::MEETING.has(name) {
                diagnostic.help("this key belongs in the page itself; a translation holds only text");
            }
            if let Some(header) = keys.has_swallowed(name) {
                diagnostic
                    .help(format!("write it above `{header}`: everything below that header belongs to it"));
            }
            diagnostic.help(format!("known keys: {}", listed(keys.names(), "and")));
            if is_secret {
                diagnostic.help("give secrets to Daymark as environment variables, never in the content");
            }
        }
    }

    /// A key that must be there.
    pub(crate) fn required<'t>(&mut self, section: &Section<'t>, key: &'static str) -> Option<Value<'t>> {
        let value = section.get(key);
        let misspelt = || {
            section
                .table
                .keys()
                .take(MOST_DIAGNOSTICS)
                .any(|other| section.keys.takes_for(other.get_ref()) == Some(key))
        };
        if value.is_none() && !misspelt() {
            let message = format!("`{key}` is missing");
            let span = section.span.clone().map(|span| self.in_file(span));
            self.add(Severity::Mistake, span, message)
                .help(format!("for example: `{key} = {}`", section.keys.example(key)));
        }
        value
    }
}

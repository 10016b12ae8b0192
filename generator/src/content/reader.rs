//! Reading TOML with its places: tables whose keys are known, values of the right type, and a mistake for all else.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Keys};
use super::secrets;
use super::source::{Source, whole_file, whole_file_doubt};
use super::suggest::listed;
use crate::diagnostics::{Diagnostic, Place, Severity, shortened};

/// Diagnostics kept of one file: a file with more has another problem than its keys.
const MOST_DIAGNOSTICS: usize = 100;

/// Values that a list may hold.
const MOST_VALUES: usize = 1000;

/// Reads one file's TOML, and collects what is wrong with it.
pub(super) struct Reader<'s> {
    source: &'s Source,
    /// Where the TOML begins in the file.
    offset: usize,
    diagnostics: Vec<Diagnostic>,
    /// How many more mistakes and doubts there are than are kept.
    beyond: usize,
    /// Takes what is said of those.
    discarded: Diagnostic,
}

/// A table whose keys are known.
#[derive(Clone)]
pub(super) struct Section<'t> {
    table: &'t DeTable<'t>,
    keys: &'static Keys,
    /// Where it stands; `None` for the file's own table.
    span: Option<Range<usize>>,
}

/// A value, and what it is called in messages.
#[derive(Clone)]
pub(super) struct Value<'t> {
    /// Its key.
    pub name: Cow<'t, str>,
    /// Whether it is one of the list that the key holds.
    listed: bool,
    example: &'static str,
    item: &'t Spanned<DeValue<'t>>,
}

/// Something that was read, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A text that was read.
pub(super) type Text<'t> = Placed<&'t str>;

impl<T> Placed<T> {
    pub(super) fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }
}

impl Value<'_> {
    pub(super) fn span(&self) -> Range<usize> {
        self.item.span()
    }
}

impl<'t> Section<'t> {
    /// The value of a key that the table's list of keys has.
    pub(super) fn get(&self, key: &'static str) -> Option<Value<'t>> {
        debug_assert!(self.keys.has(key), "{key} is in no list of keys");
        let item = self.table.get(key)?;
        Some(Value { name: Cow::Borrowed(key), listed: false, example: self.keys.example(key), item })
    }

    /// Where a key stands, not its value.
    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s Source, offset: usize) -> Self {
        let discarded = whole_file_doubt(String::new(), "");
        Self { source, offset, diagnostics: Vec::new(), beyond: 0, discarded }
    }

    pub(super) fn source(&self) -> &'s Source {
        self.source
    }

    /// All that was found, in no order. Of a secret nothing else is said than that it is one.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        if self.beyond > 0 {
            let message = format!("there are {} more such lines in this file", self.beyond);
            let severity = self.discarded.severity;
            diagnostics.push(Diagnostic { severity, ..whole_file(self.source.file.clone(), message) });
        }
        for secret in self.source.secrets().iter().take(MOST_DIAGNOSTICS) {
            let secret = self.source.place(secret);
            let overlaps = |place: &Place| {
                place.line == secret.line && place.start < secret.end && secret.start < place.end
            };
            diagnostics.retain(|diagnostic| {
                diagnostic.message == secrets::MESSAGE || !diagnostic.place.as_ref().is_some_and(overlaps)
            });
        }
        diagnostics
    }

    /// Whether a mistake was found so far; doubts do not count.
    pub(super) fn has_mistakes(&self) -> bool {
        let mut all = self.diagnostics.iter().chain(std::iter::once(&self.discarded));
        all.any(|diagnostic| diagnostic.severity == Severity::Mistake)
    }

    /// Adds a mistake at a place in the TOML.
    pub(super) fn mistake(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Mistake, Some(self.in_file(span)), message.into())
    }

    /// Adds a mistake at a place that is not to be shown.
    pub(super) fn secret_mistake(
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
    pub(super) fn doubt(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Doubt, Some(self.in_file(span)), message.into())
    }

    /// Adds a mistake at a place in the file.
    pub(super) fn mistake_at(&mut self, range: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Mistake, Some(range), message.into())
    }

    /// Adds a doubt about the whole file.
    pub(super) fn doubt_in_file(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Doubt, None, message.into())
    }

    /// Whether a secret stands in a place of the TOML.
    pub(super) fn holds_secret(&self, span: &Range<usize>) -> bool {
        let place = self.in_file(span.clone());
        self.source.secrets().iter().any(|secret| secret.start < place.end && place.start < secret.end)
    }

    /// A place in the TOML, for diagnostics that are made once every file is read.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        self.source.place_hiding(&self.in_file(span.clone()), None)
    }

    /// The line that a place in the TOML stands in.
    pub(super) fn line_of(&self, span: &Range<usize>) -> usize {
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
            message: shortened(message),
            label: String::new(),
            help: Vec::new(),
        };
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}

/// Parsing, and tables.
impl<'s> Reader<'s> {
    /// Parses the TOML. What is not TOML is a mistake, and nothing else is then looked at.
    pub(super) fn parse(&mut self, toml: &'s str) -> Option<DeTable<'s>> {
        let (table, errors) = DeTable::parse_recoverable(toml);
        super::syntax::explain_all(self, toml, &errors);
        errors.is_empty().then(|| table.into_inner())
    }

    /// A file's own table.
    pub(super) fn root<'t>(&mut self, table: &'t DeTable<'t>, keys: &'static Keys) -> Section<'t> {
        self.refuse_unknown_keys(table, keys);
        Section { table, keys, span: None }
    }

    /// A value as a table with known keys.
    pub(super) fn section<'t>(&mut self, value: &Value<'t>, keys: &'static Keys) -> Option<Section<'t>> {
        let table = self.table(value)?;
        self.refuse_unknown_keys(table, keys);
        Some(Section { table, keys, span: Some(value.span()) })
    }

    /// A value as a list of tables with known keys, whether written as `[[name]]` or as a list.
    pub(super) fn sections<'t>(&mut self, value: &Value<'t>, keys: &'static Keys) -> Vec<Section<'t>> {
        let elements = self.list(value).unwrap_or_default();
        elements.iter().filter_map(|element| self.section(element, keys)).collect()
    }

    /// A value as a table whose keys the author names: each key, and its value.
    pub(super) fn entries<'t>(
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
            let is_secret = secrets::is_name_of_secret(name);
            let hidden = is_secret.then(|| self.in_file(item.span()));
            let diagnostic =
                self.mistake_hiding(key.span(), format!("unknown key `{name}`"), hidden.as_ref());
            if let Some(likely) = keys.takes_for(name) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            if keys.is_translation() && keys::MEETING.has(name) {
                diagnostic
                    .help("this key stands in the page itself; here stand only words in another language");
            }
            diagnostic.help(format!("known keys: {}", listed(keys.names(), "and")));
            if is_secret {
                diagnostic.help("secrets are given to Daymark as environment variables, never in content");
            }
        }
    }
}

/// Values.
impl Reader<'_> {
    /// A key that must be there.
    pub(super) fn required<'t>(&mut self, section: &Section<'t>, key: &'static str) -> Option<Value<'t>> {
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

    /// A text.
    pub(super) fn text<'t>(&mut self, value: &Value<'t>) -> Option<Text<'t>> {
        match value.item.get_ref() {
            DeValue::String(text) => Some(Placed::new(text.as_ref(), value.span())),
            _ => self.wrong_type(value, "a text in quotes"),
        }
    }

    /// A text of one line that says something.
    pub(super) fn line<'t>(&mut self, value: &Value<'t>) -> Option<Text<'t>> {
        let text = self.text(value)?;
        if text.value.trim().is_empty() {
            self.mistake(text.span, format!("{} is empty", value.called()))
                .help(format!("for example: `{}`", value.example_line()));
            return None;
        }
        if let Some(control) = text.value.chars().find(|character| character.is_control()) {
            let what = if control == '\n' { "a line break" } else { "a control character" };
            self.mistake(text.span, format!("{} has {what} in it", value.called()))
                .help("write it on one line");
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, value: &Value<'_>) -> Option<bool> {
        match value.item.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type(value, "`true` or `false`"),
        }
    }

    /// A whole number within bounds, both included. `what` says what it counts: `minutes`.
    pub(super) fn whole(&mut self, value: &Value<'_>, least: u32, most: u32, what: &str) -> Option<u32> {
        let DeValue::Integer(integer) = value.item.get_ref() else {
            return self.wrong_type(value, "a whole number");
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let within = number.and_then(|number| u32::try_from(number).ok());
        let within = within.filter(|number| (least..=most).contains(number));
        if within.is_none() {
            let message = format!("`{}` is out of range for `{}`", integer.as_str(), value.name);
            self.mistake(value.span(), message).label(format!("from {least} to {most} {what}"));
        }
        within
    }

    /// Whether a value is the number zero.
    pub(super) fn is_zero(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Integer(integer) if integer.as_str() == "0")
    }

    /// A list.
    pub(super) fn list<'t>(&mut self, value: &Value<'t>) -> Option<Vec<Value<'t>>> {
        let DeValue::Array(array) = value.item.get_ref() else { return self.wrong_type(value, "a list") };
        if array.len() > MOST_VALUES {
            self.mistake(value.span(), format!("`{}` holds more than {MOST_VALUES} values", value.name));
            return None;
        }
        let element = |item| Value { name: value.name.clone(), listed: true, example: value.example, item };
        Some(array.iter().map(element).collect())
    }

    /// A list of texts.
    pub(super) fn texts<'t>(&mut self, value: &Value<'t>) -> Vec<Text<'t>> {
        let elements = self.list(value).unwrap_or_default();
        elements.iter().filter_map(|element| self.text(element)).collect()
    }

    /// A text, or a date that was written without quotes.
    pub(super) fn text_or_date<'t>(&mut self, value: &Value<'t>) -> Option<Placed<Cow<'t, str>>> {
        match value.item.get_ref() {
            DeValue::Datetime(date) if date.time.is_none() && date.offset.is_none() => {
                Some(Placed::new(Cow::Owned(date.to_string()), value.span()))
            }
            DeValue::String(text) => Some(Placed::new(Cow::Borrowed(text.as_ref()), value.span())),
            _ => self.wrong_type(value, "a date in quotes"),
        }
    }

    /// Whether a value is a text, so that what may be a text or a table can be told apart.
    pub(super) fn is_text(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::String(_))
    }

    /// Whether a value is a table.
    pub(super) fn is_table(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Table(_))
    }

    /// Whether a value is a list.
    pub(super) fn is_list(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Array(_))
    }

    /// Whether a value is a list with nothing in it.
    pub(super) fn is_empty_list(value: &Value<'_>) -> bool {
        matches!(value.item.get_ref(), DeValue::Array(array) if array.is_empty())
    }

    /// Says that a value is of the wrong type.
    pub(super) fn wrong_type<T>(&mut self, value: &Value<'_>, expected: &str) -> Option<T> {
        let found = name_of_type(value.item.get_ref());
        self.mistake(value.span(), format!("{} should be {expected}", value.called()))
            .label(format!("this is {found}"))
            .help(format!("for example: `{}`", value.example_line()));
        None
    }
}

impl Value<'_> {
    /// What it is called in messages.
    fn called(&self) -> String {
        if self.listed { format!("each of `{}`", self.name) } else { format!("`{}`", self.name) }
    }

    /// The key with an example of its value.
    pub(super) fn example_line(&self) -> String {
        format!("{} = {}", quoted_key(&self.name), self.example)
    }
}

/// A key as TOML wants it: in quotes where it has more than letters, digits, hyphens and underscores.
fn quoted_key(key: &str) -> Cow<'_, str> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(bare) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(format!("\"{key}\""))
}

fn name_of_type(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or a time without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

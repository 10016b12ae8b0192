//! Mistakes and doubts of page authors: the file, the line itself, a caret, and help.
//!
//! A *mistake* keeps the site from being published; a *doubt* is published, and probably not what the author meant.
//! Everything is collected, sorted, and drawn as rustc draws its errors.

use std::collections::BTreeSet;
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The site cannot be published with it.
    Mistake,
    /// It can, but probably should not.
    Doubt,
}

/// One stretch of one line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line's number; the first is 1.
    pub line: usize,
    /// The beginning of the stretch, in bytes from the line's start.
    pub start: usize,
    /// Its end, in bytes from the line's start.
    pub end: usize,
    /// The line itself, without its line break, and with secrets made unreadable.
    pub text: String,
}

/// One mistake or doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The severity of a diagnostic.
    pub severity: Severity,
    /// The file, relative to the content folder, with `/` between its parts; empty for the content folder itself.
    pub file: String,
    /// The place in the file; `None` for the whole file.
    pub place: Option<Place>,
    /// The message, as one sentence without a full stop.
    pub message: String,
    /// A few words beside the caret; may be empty.
    pub label: String,
    /// Advice, in paragraphs.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Says a few words beside the caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = shortened(label.into());
        self
    }

    /// Adds a paragraph of help.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help.push(shortened(help.into()));
        self
    }

    fn sort_key(&self) -> (&str, Option<&Place>, Severity, &str) {
        (&self.file, self.place.as_ref(), self.severity, &self.message)
    }
}

/// Options for drawing diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// True if colours are wanted: on a terminal, unless `NO_COLOR` is set.
    pub colour: bool,
    /// The content folder as the author named it, so that `content/aiko/host.toml:3:1` can be clicked. Empty: paths
    /// relative to it.
    pub root: String,
}

/// All that is to be said about some content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Puts them into their order: by file, then by place.
    pub fn new(mut all: Vec<Diagnostic>) -> Self {
        all.sort_by(|left, right| left.sort_key().cmp(&right.sort_key()));
        all.dedup();
        Self(all)
    }

    /// Each of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// True if there are no errors or warnings.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of errors.
    pub fn mistakes(&self) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Mistake).count()
    }

    /// The number of warnings.
    pub fn doubts(&self) -> usize {
        self.0.len() - self.mistakes()
    }

    /// All of them as text, with the summary as last line; empty where there is nothing to say.
    pub fn draw(&self, drawing: &Drawing) -> String {
        if self.is_empty() {
            return String::new();
        }
        let renderer = if drawing.colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for diagnostic in &self.0 {
            text.push_str(&renderer.render(&[group_of(diagnostic, &drawing.root)]));
            text.push_str("\n\n");
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    /// Their number, as in "3 errors and 1 warning in 2 files".
    pub fn summary(&self) -> String {
        let files = self.0.iter().map(|diagnostic| &diagnostic.file).collect::<BTreeSet<_>>().len();
        let counts = [counted(self.mistakes(), "error"), counted(self.doubts(), "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        if counts.is_empty() {
            return "no errors or warnings".to_owned();
        }
        format!("{} in {}", counts.join(" and "), counted(files, "file").unwrap_or_default())
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.draw(&Drawing::default()))
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A text that quotes the author's words, cut where those are endless.
pub(crate) fn shortened(mut text: String) -> String {
    const LONGEST: usize = 1000;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn group_of<'a>(diagnostic: &'a Diagnostic, root: &str) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Mistake => Level::ERROR,
        Severity::Doubt => Level::WARNING,
    };
    let path = path_of(&diagnostic.file, root);
    let title = level.primary_title(diagnostic.message.as_str());
    let group = match &diagnostic.place {
        None => title.element(Origin::path(path)),
        Some(place) => {
            let caret = AnnotationKind::Primary.span(place.start..place.end);
            let caret =
                if diagnostic.label.is_empty() { caret } else { caret.label(diagnostic.label.as_str()) };
            title.element(
                Snippet::source(place.text.as_str()).line_start(place.line).path(path).annotation(caret),
            )
        }
    };
    group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(help.as_str())))
}

fn path_of(file: &str, root: &str) -> String {
    let root = root.trim_end_matches('/');
    match (root, file) {
        ("", "") => ".".to_owned(),
        ("", file) => file.to_owned(),
        (root, "") => root.to_owned(),
        (root, file) => format!("{root}/{file}"),
    }
}

fn counted(count: usize, noun: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    }
}

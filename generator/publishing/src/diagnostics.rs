//! Mistakes and doubts of page authors: the file, the line itself, a caret, and help.
//!
//! A *mistake* keeps the site from being published; a *doubt* is published, and probably not what the author meant.
//! Everything is collected, sorted, and drawn as rustc draws its errors.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Places that are named of doubts of one kind.
const MOST_PLACES: usize = 5;

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
        self.help.push(shortened(visible(&help.into()).into_owned()));
        self
    }

    /// Adds help of several lines, which are none of the author's.
    pub fn help_lines(&mut self, help: &'static str) -> &mut Self {
        self.help.push(help.to_owned());
        self
    }

    /// The words, but for what differs from place to place: what is quoted, and numbers.
    fn kind(&self) -> Vec<String> {
        let common = |text: &str| {
            let outside_quotes = text.split('`').step_by(2);
            outside_quotes
                .map(|part| part.replace(|letter: char| letter.is_ascii_digit(), ""))
                .collect::<Vec<_>>()
                .join("`")
        };
        std::iter::once(&self.message).chain(&self.help).map(|text| common(text)).collect()
    }

    /// What it quotes where another of its kind quotes something else.
    fn difference(&self, other: &Self) -> Option<&str> {
        let quoted =
            |text: &'_ str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let (own, others) = (quoted(&self.message), quoted(&other.message));
        let at = own.iter().zip(&others).position(|(own, other)| own != other)?;
        self.message.split('`').nth(2 * at + 1)
    }

    /// Its place as it can be clicked: `content/aiko/intro.md:3:1`.
    fn address(&self, root: &str) -> String {
        let path = path_of(&self.file, root);
        let column = |place: &Place| place.text.get(..place.start).map_or(0, |text| text.chars().count()) + 1;
        self.place
            .as_ref()
            .map_or_else(|| path.clone(), |place| format!("{path}:{}:{}", place.line, column(place)))
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

    /// The errors alone: what keeps a command from doing its work.
    #[must_use]
    pub fn without_doubts(&self) -> Self {
        let mistakes = self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Mistake);
        Self(mistakes.cloned().collect())
    }

    /// All of them as text, with the summary as last line; empty where there is nothing to say. Of the warnings of one
    /// kind, the first is shown, with their number and where the first few of them are.
    pub fn draw(&self, drawing: &Drawing) -> String {
        if self.is_empty() {
            return String::new();
        }
        let renderer = if drawing.colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        let doubts = self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Doubt);
        let mut alike: BTreeMap<Vec<String>, Vec<&Diagnostic>> = BTreeMap::new();
        doubts.for_each(|doubt| alike.entry(doubt.kind()).or_default().push(doubt));
        for diagnostic in &self.0 {
            let alike = match diagnostic.severity {
                Severity::Doubt => match alike.remove(&diagnostic.kind()) {
                    Some(alike) => alike,
                    // It was named with the first of its kind.
                    None => continue,
                },
                Severity::Mistake => Vec::new(),
            };
            let (message, label) = (visible(&diagnostic.message), visible(&diagnostic.label));
            let shown = Shown {
                message: &message,
                label: &label,
                text: diagnostic.place.as_ref().map(|place| drawable(&place.text)).unwrap_or_default(),
                others: others(&alike, &drawing.root),
            };
            text.push_str(&renderer.render(&[group_of(diagnostic, &drawing.root, &shown)]));
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

/// A text in which nothing acts on a terminal or a log: control characters, line breaks, and marks that turn the
/// direction of writing are written as escapes, `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) { visible.extend(letter.escape_default()) } else { visible.push(letter) }
    }
    Cow::Owned(visible)
}

/// The same for text of several lines: its line breaks and tabs stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter| acts(letter) && !matches!(letter, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| line.split('\t').map(visible).collect::<Vec<_>>().join("\t"));
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

fn acts(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') || turns_direction(letter)
}

fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line of a file as it can be drawn, with every character as long as it was, so that the caret stays in place. The
/// renderer itself shows the ASCII controls.
fn drawable(line: &str) -> String {
    let shown = |letter: char| match letter {
        _ if letter.is_ascii() || !acts(letter) => letter,
        _ if letter.len_utf8() == 2 => '·',
        _ => char::REPLACEMENT_CHARACTER,
    };
    line.chars().map(shown).collect()
}

/// What is drawn of a diagnostic.
struct Shown<'a> {
    message: &'a str,
    label: &'a str,
    text: String,
    /// Where others of its kind are, in words.
    others: Option<String>,
}

/// The number of doubts of one kind, and the first places.
fn others(alike: &[&Diagnostic], root: &str) -> Option<String> {
    if alike.len() < 2 {
        return None;
    }
    let place = |doubt: &&Diagnostic| match alike.first().and_then(|first| doubt.difference(first)) {
        Some(quoted) => format!("{} (`{}`)", doubt.address(root), visible(quoted)),
        None => doubt.address(root),
    };
    let places: Vec<String> = alike.iter().take(MOST_PLACES).map(place).collect();
    let more = match alike.len().saturating_sub(MOST_PLACES) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("{} places have this: {}{more}", alike.len(), places.join(", ")))
}

fn group_of<'a>(diagnostic: &'a Diagnostic, root: &str, shown: &'a Shown<'a>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Mistake => Level::ERROR,
        Severity::Doubt => Level::WARNING,
    };
    let path = path_of(&diagnostic.file, root);
    let title = level.primary_title(shown.message);
    let group = match &diagnostic.place {
        None => title.element(Origin::path(path)),
        Some(place) => {
            let caret = AnnotationKind::Primary.span(place.start..place.end);
            let caret = if shown.label.is_empty() { caret } else { caret.label(shown.label) };
            title.element(
                Snippet::source(shown.text.as_str()).line_start(place.line).path(path).annotation(caret),
            )
        }
    };
    let helps = diagnostic.help.iter().map(|help| Level::HELP.message(help.as_str()));
    group.elements(helps).elements(shown.others.iter().map(|others| Level::NOTE.message(others.as_str())))
}

fn path_of(file: &str, root: &str) -> String {
    let root = root.trim_end_matches('/');
    let path = match (root, file) {
        ("", "") => ".".to_owned(),
        ("", file) => file.to_owned(),
        (root, "") => root.to_owned(),
        (root, file) => format!("{root}/{file}"),
    };
    visible(&path).into_owned()
}

fn counted(count: usize, noun: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        for (text, expected) in [
            ("plain, 日本語, é", "plain, 日本語, é"),
            ("\u{1b}[2Jx\u{7}", "\\u{1b}[2Jx\\u{7}"),
            ("a\nerror: fake", "a\\nerror: fake"),
            ("a\r\tb", "a\\r\\tb"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}fdp.\u{2066}", "\\u{202e}fdp.\\u{2066}"),
            ("\u{2028}\u{85}\u{7f}", "\\u{2028}\\u{85}\\u{7f}"),
        ] {
            assert_eq!(visible(text), expected);
        }
        assert_eq!(visible_lines("a\n\tb\u{1b}\nc"), "a\n\tb\\u{1b}\nc");
    }

    fn diagnostic(severity: Severity, file: &str, message: &str) -> Diagnostic {
        Diagnostic {
            severity,
            file: file.to_owned(),
            place: None,
            message: message.to_owned(),
            label: String::new(),
            help: Vec::new(),
        }
    }

    #[test]
    fn whatever_names_and_values_hold_is_drawn_visibly() {
        let evil = "x\u{1b}[31m\nerror: fake\u{9b}\u{202e}";
        let mut one = diagnostic(Severity::Mistake, evil, &format!("unknown key `{evil}`"));
        one.place = Some(Place { line: 3, start: 0, end: 1, text: "k\u{9b}\u{1b}\u{202e} = 1".to_owned() });
        one.label(evil).help(format!("did you mean `{evil}`?"));
        let two = diagnostic(Severity::Doubt, evil, evil);
        let drawn =
            Diagnostics::new(vec![one, two]).draw(&Drawing { colour: false, root: "content".to_owned() });
        assert!(!drawn.contains(|letter| acts(letter) && letter != '\n'), "{drawn:?}");
        assert!(!drawn.lines().any(|line| line.starts_with("error: fake")), "{drawn}");
        assert!(drawn.contains("content/x\\u{1b}[31m\\nerror: fake\\u{9b}\\u{202e}"), "{drawn}");
    }

    #[test]
    fn doubts_of_one_kind_are_one_paragraph() {
        let mut all: Vec<Diagnostic> = (1..=7)
            .map(|number| {
                let mut doubt = diagnostic(
                    Severity::Doubt,
                    &format!("aiko/p{number}.md"),
                    &format!("this page has no text in `l{number}`"),
                );
                doubt.help(format!("write it in `aiko/p{number}.ja.md`"));
                doubt
            })
            .collect();
        all[1].place = Some(Place { line: 3, start: 2, end: 3, text: "é a".to_owned() });
        all.push(diagnostic(Severity::Doubt, "aiko/p3.md", "this is another"));
        all.push(diagnostic(Severity::Mistake, "aiko/p8.md", "no title"));
        all.push(diagnostic(Severity::Mistake, "aiko/p9.md", "no title"));
        let all = Diagnostics::new(all);
        let expected = "\
warning: this page has no text in `l1`
--> content/aiko/p1.md
 = help: write it in `aiko/p1.ja.md`
 = note: 7 places have this: content/aiko/p1.md, content/aiko/p2.md:3:2 (`l2`), content/aiko/p3.md (`l3`), content/aiko/p4.md (`l4`), content/aiko/p5.md (`l5`), and 2 more

warning: this is another
--> content/aiko/p3.md

error: no title
--> content/aiko/p8.md

error: no title
--> content/aiko/p9.md

2 errors and 8 warnings in 9 files
";
        assert_eq!(all.draw(&Drawing { colour: false, root: "content".to_owned() }), expected);
        assert_eq!(all.without_doubts().summary(), "2 errors in 2 files");
    }
}

//! Fills shells: HTML baked by the generator, in which the endpoint writes the parts that only it knows.
//!
//! - `⟦name⟧` is replaced by the field's text, as text: escaped, whatever it holds.
//! - `⟦endpoint.booking.title⟧` is the locale's message of that key, with the fields for its placeholders.
//! - `⟦#name⟧ … ⟦/name⟧` is written for each item of the list, with the item's fields; for a flag that is set, once.
//! - `⟦^name⟧ … ⟦/name⟧` is written if the list is empty, or the flag not set.
//!
//! A field that nothing sets is empty, so a host's own theme may leave out or move what it likes.

use scheduling::html::push_escaped;
use scheduling::locale::{LocaleWords, fill as fill_message};

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// The values that fill a shell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(&'static str, Value)>);

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    List(Vec<Fields>),
}

impl Fields {
    /// Sets a text.
    pub(crate) fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.push((name, Value::Text(text.into())));
        self
    }

    /// Sets a list.
    pub(crate) fn list(mut self, name: &'static str, items: Vec<Fields>) -> Self {
        self.0.push((name, Value::List(items)));
        self
    }

    /// Sets a flag.
    pub(crate) fn flag(self, name: &'static str, set: bool) -> Self {
        self.list(name, if set { vec![Fields::default()] } else { Vec::new() })
    }

    /// Sets a text, with a flag of the same name around it: a section that is written only if there is one.
    pub(crate) fn optional(self, name: &'static str, text: Option<String>) -> Self {
        self.list(name, text.map(|text| Fields::default().text("value", text)).into_iter().collect())
    }
}

/// Fills a shell of HTML.
pub(crate) fn fill(shell: &str, fields: &Fields, words: &LocaleWords) -> String {
    fill_with(push_escaped, shell, fields, words)
}

/// Fills a shell of plain text.
pub(crate) fn fill_text(shell: &str, fields: &Fields, words: &LocaleWords) -> String {
    fill_with(String::push_str, shell, fields, words)
}

fn fill_with(push: fn(&mut String, &str), shell: &str, fields: &Fields, words: &LocaleWords) -> String {
    let mut filled = Filled { text: String::with_capacity(shell.len() + 1024), push };
    write(&mut filled, shell, &[fields], words);
    filled.text
}

/// The output so far, and the way a field's text is added to it.
struct Filled {
    text: String,
    push: fn(&mut String, &str),
}

fn write(filled: &mut Filled, shell: &str, scopes: &[&Fields], words: &LocaleWords) {
    let mut rest = shell;
    while let Some((before, name, after)) = next_marker(rest) {
        filled.text.push_str(before);
        rest = after;
        let mut letters = name.chars();
        match letters.next() {
            Some(kind @ ('#' | '^')) => {
                let (section, after) = split_section(after, letters.as_str());
                write_section(filled, section, (kind, letters.as_str()), scopes, words);
                rest = after;
            }
            Some('/') => {}
            _ => (filled.push)(&mut filled.text, &text_of(name, scopes, words)),
        }
    }
    filled.text.push_str(rest);
}

fn write_section(
    filled: &mut Filled,
    section: &str,
    (kind, name): (char, &str),
    scopes: &[&Fields],
    words: &LocaleWords,
) {
    let items: &[Fields] = match find(name, scopes) {
        Some(Value::List(items)) => items,
        _ => &[],
    };
    if kind == '^' && items.is_empty() {
        write(filled, section, scopes, words);
    }
    for item in items.iter().filter(|_| kind == '#') {
        let scopes: Vec<&Fields> = scopes.iter().copied().chain(std::iter::once(item)).collect();
        write(filled, section, &scopes, words);
    }
}

/// The text before the next marker, its name, and the text after it.
fn next_marker(shell: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = shell.split_once(OPEN)?;
    let (name, after) = rest.split_once(CLOSE)?;
    Some((before, name.trim(), after))
}

/// A section's content, and the text after its end. A section does not hold another of its own name.
fn split_section<'a>(shell: &'a str, name: &str) -> (&'a str, &'a str) {
    shell.split_once(&format!("{OPEN}/{name}{CLOSE}")).unwrap_or((shell, ""))
}

fn text_of(name: &str, scopes: &[&Fields], words: &LocaleWords) -> String {
    if name.starts_with("endpoint.") {
        let pattern = words.messages.get(name).map_or(name, String::as_str);
        return fill_message(pattern, |placeholder| match find(placeholder, scopes) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        });
    }
    match find(name, scopes) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// A field of the innermost scope that has it.
fn find<'a>(name: &str, scopes: &[&'a Fields]) -> Option<&'a Value> {
    let fields = scopes.iter().rev().flat_map(|fields| fields.0.iter().rev());
    fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shell: &str, expected: &str) {
        let mut words = LocaleWords::default();
        words.messages.insert("endpoint.greeting".to_owned(), "Dear {name}, {unknown}".to_owned());
        let item = |label: &str| Fields::default().text("label", label);
        let fields = Fields::default()
            .text("name", "<b>\"Ann\" & 'Bo'</b>")
            .text("marker", "⟦name⟧")
            .list("items", vec![item("one"), item("two")])
            .flag("yes", true)
            .flag("no", false);
        assert_eq!(fill(shell, &fields, &words), expected);
    }

    #[test]
    fn fields_are_text_whatever_they_hold() {
        check("<p>⟦name⟧</p>", "<p>&lt;b&gt;&quot;Ann&quot; &amp; &#39;Bo&#39;&lt;/b&gt;</p>");
        check("⟦marker⟧", "⟦name⟧");
        check("⟦nothing⟧.", ".");
        check("⟦items⟧.", ".");
        check("an open ⟦ alone", "an open ⟦ alone");
    }

    #[test]
    fn messages_take_the_fields() {
        check("⟦endpoint.greeting⟧", "Dear &lt;b&gt;&quot;Ann&quot; &amp; &#39;Bo&#39;&lt;/b&gt;, {unknown}");
        check("⟦endpoint.missing⟧", "endpoint.missing");
    }

    #[test]
    fn sections_repeat_or_vanish() {
        check(
            "⟦#items⟧<li>⟦label⟧ ⟦name⟧⟦/items⟧",
            "<li>one &lt;b&gt;&quot;Ann&quot; &amp; &#39;Bo&#39;&lt;/b&gt;<li>two &lt;b&gt;&quot;Ann&quot; &amp; &#39;Bo&#39;&lt;/b&gt;",
        );
        check("⟦#yes⟧y⟦#no⟧n⟦/no⟧⟦^no⟧not n⟦/no⟧⟦/yes⟧⟦^yes⟧not y⟦/yes⟧", "ynot n");
        check("⟦#unknown⟧x⟦/unknown⟧⟦^unknown⟧none⟦/unknown⟧", "none");
    }
}

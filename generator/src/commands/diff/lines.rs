//! Lines of Markdown, in which nothing that a host writes acts as Markdown.

use publishing::content::Picture;
use scheduling::definition::{Buffer, Words};
use scheduling::text::one_line;

use crate::commands::words::span;

/// A line where something changes: `notice: 1h → 4h`.
pub(super) fn moved(lines: &mut Vec<String>, what: &str, before: &str, after: &str) {
    let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { plain(text) };
    if before != after {
        lines.push(format!("{what}: {} → {}", shown(before), shown(after)));
    }
}

pub(super) fn title(words: &Words) -> String {
    plain(words.values().next().map_or("", String::as_str))
}

pub(super) fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Time that is kept free: `5m before, 15m after`.
pub(super) fn around(Buffer { before_minutes, after_minutes }: Buffer) -> String {
    format!("{} before, {} after", span(before_minutes), span(after_minutes))
}

/// The path of a picture, which changes with the picture.
pub(super) fn path(picture: Option<&Picture>) -> Option<&str> {
    picture.map(|picture| picture.path.as_str())
}

/// Whether what follows an ampersand makes it one letter with it, as in `&amp;`.
fn is_entity(rest: &str) -> bool {
    let named = |name: &str| name.trim_start_matches('#').chars().all(char::is_alphanumeric);
    rest.split_once(';').is_some_and(|(name, _)| !name.is_empty() && named(name))
}

/// Text of which Markdown makes nothing but its words. Within words, underscores are none of its marks.
pub(super) fn plain(text: &str) -> String {
    let text = one_line(text);
    let mut escaped = String::with_capacity(text.len());
    let mut is_in_word = false;
    for (at, letter) in text.char_indices() {
        let next = text[at + letter.len_utf8()..].chars().next().unwrap_or(' ');
        let is_mark = match letter {
            '_' => !(is_in_word && next.is_alphanumeric()),
            '&' => is_entity(&text[at + 1..]),
            _ => "\\`*[]<>~".contains(letter),
        };
        if is_mark {
            escaped.push('\\');
        }
        escaped.push(letter);
        is_in_word = letter.is_alphanumeric();
    }
    escaped
}

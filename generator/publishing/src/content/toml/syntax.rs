//! Syntax errors, explained to people who have never heard of TOML.

use std::ops::Range;

use toml::de::{DeTable, Error};

use super::reader::Reader;

/// Syntax errors reported of one file: what follows the first few rarely means anything.
const MOST: usize = 5;

impl<'s> Reader<'s> {
    /// Parses the TOML. What is not TOML is a mistake, and nothing else is then looked at.
    pub(crate) fn parse(&mut self, toml: &'s str) -> Option<DeTable<'s>> {
        let (table, errors) = DeTable::parse_recoverable(toml);
        explain_all(self, toml, &errors);
        errors.is_empty().then(|| table.into_inner())
    }
}

/// Adds a mistake for each syntax error that is not merely the consequence of another.
fn explain_all(reader: &mut Reader<'_>, toml: &str, errors: &[Error]) {
    let mut errors: Vec<Wrong<'_>> = errors.iter().map(|error| Wrong::new(toml, error)).collect();
    errors.sort_by_key(|wrong| wrong.span.start);
    let mut last_line = None;
    let mut reported = 0;
    let (mut line, mut counted) = (0, 0);
    for wrong in errors {
        line += toml.get(counted..wrong.span.start).unwrap_or_default().matches('\n').count();
        counted = wrong.span.start;
        let follows = last_line.is_some_and(|last| line <= last + 1);
        last_line = Some(line);
        if !follows && reported < MOST {
            explain(reader, &wrong);
            reported += 1;
        }
    }
}

/// A syntax error in its surroundings.
struct Wrong<'t> {
    toml: &'t str,
    /// The parser's own message.
    said: &'t str,
    span: Range<usize>,
}

impl<'t> Wrong<'t> {
    fn new(toml: &'t str, error: &'t Error) -> Self {
        let span = error.span().unwrap_or(toml.len()..toml.len());
        // The parser reports what is missing at a line's end after it: this means the line before.
        let at_line_end = span.is_empty() && toml[..span.start].ends_with('\n');
        let start = if at_line_end { span.start - 1 } else { span.start };
        Self { toml, said: error.message(), span: start..span.end.max(start) }
    }

    /// From the place to the end of its line.
    fn rest_of_line(&self) -> &'t str {
        self.toml[self.span.start..].lines().next().unwrap_or_default()
    }

    /// The whole line.
    fn line(&self) -> &'t str {
        let start = self.toml[..self.span.start].rfind('\n').map_or(0, |index| index + 1);
        self.toml[start..].lines().next().unwrap_or_default()
    }

    /// The value at the place, without the comment after it.
    fn written(&self) -> &'t str {
        let written = self.toml.get(self.span.clone()).unwrap_or_default();
        let written = if written.contains(char::is_alphabetic) { self.rest_of_line() } else { written };
        written.split(" #").next().unwrap_or_default().trim()
    }
}

fn explain(reader: &mut Reader<'_>, wrong: &Wrong<'_>) {
    match wrong.said.split(", expected").next().unwrap_or_default() {
        "string values must be quoted" | "invalid float" | "invalid datetime" | "invalid boolean" => {
            explain_value(reader, wrong);
        }
        "missing comma between array elements" | "unclosed array" | "unexpected `=` in array" => {
            explain_list(reader, wrong);
        }
        "unclosed inline table" => {
            let begin = wrong.toml[..wrong.span.start].rfind('{').unwrap_or(wrong.span.start);
            let brace = Wrong { span: begin..begin + 1, ..*wrong };
            say(
                reader,
                &brace,
                "this table is not closed",
                "a table ends with `}` and has commas between its keys",
            );
        }
        "key with no value" | "invalid unquoted key" => explain_key(reader, wrong),
        "unexpected key or value" => explain_rest(reader, wrong),
        "duplicate key" => {
            let key = &wrong.toml[wrong.span.clone()];
            say(reader, wrong, &format!("`{key}` appears twice"), "remove one of the two");
        }
        "invalid basic string" | "invalid literal string" if wrong.rest_of_line().is_empty() => {
            say(
                reader,
                wrong,
                "this text is not closed",
                "text ends on the line it began on, with the same quote",
            );
        }
        "unclosed table" | "unclosed array table" => {
            say(
                reader,
                wrong,
                "this table's name is not closed",
                "write `[hours]` for a table and `[[dates]]` for one that repeats",
            );
        }
        "missing escaped value" => {
            say(
                reader,
                wrong,
                "only certain letters can follow `\\` in text",
                "write `\\\\` for a backslash, or use single quotes: `'C:\\path'`",
            );
        }
        "unexpected leading zero" => {
            say(reader, wrong, "a number cannot begin with a zero", "remove the zero");
        }
        said if said.starts_with("invalid date") => {
            say(reader, wrong, "there is no such date", "write year, month and day: `\"2026-12-24\"`");
        }
        _ => {
            reader
                .mistake(wrong.span.clone(), "this is not TOML")
                .label(wrong.said)
                .help("these keys are written in TOML, which https://toml.io explains");
        }
    }
}

fn explain_value(reader: &mut Reader<'_>, wrong: &Wrong<'_>) {
    let written = wrong.written();
    match written.to_lowercase().as_str() {
        "" => say(
            reader,
            wrong,
            "there is no value after `=`",
            "write text `\"in quotes\"`, a number, a list `[30, 60]`, or `true`",
        ),
        "yes" | "no" | "on" | "off" | "true" | "false" => {
            say(
                reader,
                wrong,
                &format!("`{written}` is not a value"),
                "write `true` or `false`, in lower case",
            );
        }
        _ if written.contains(['“', '”', '„', '‘', '’', '«', '»', '「']) => {
            say(reader, wrong, "TOML does not accept these quotes", "use straight quotes: `\"in quotes\"`");
        }
        _ if written.chars().all(|character| character.is_ascii_digit() || character == ' ') => {
            say(
                reader,
                wrong,
                "a comma is missing here",
                "put commas between the values of a list: `[30, 60]`",
            );
        }
        _ => {
            let plain = written.trim_end_matches([']', '}', ',', '"']).trim_end();
            let help = if plain.is_empty() || plain.starts_with('.') {
                "write it `\"in quotes\"`".to_owned()
            } else {
                format!("write `\"{plain}\"`")
            };
            say(reader, wrong, "text needs quotes", &help);
        }
    }
}

fn explain_list(reader: &mut Reader<'_>, wrong: &Wrong<'_>) {
    let begins_key =
        wrong.rest_of_line().split_once('=').is_some_and(|(key, _)| !key.contains(['"', '{', ',']));
    let ends = wrong.said.starts_with("unclosed") || begins_key || wrong.rest_of_line().starts_with('[');
    let begin = wrong.toml[..wrong.span.start].rfind('[').filter(|_| ends || wrong.rest_of_line().is_empty());
    match begin {
        Some(begin) => {
            let bracket = Wrong { span: begin..begin + 1, ..*wrong };
            say(
                reader,
                &bracket,
                "this list is not closed",
                "a list ends with `]` and has commas between its values",
            );
        }
        None => say(
            reader,
            wrong,
            "a comma is missing here",
            "put commas between the values of a list: `[\"a\", \"b\"]`",
        ),
    }
}

fn explain_key(reader: &mut Reader<'_>, wrong: &Wrong<'_>) {
    let line = wrong.line().trim();
    match line.split_once('=') {
        Some((key, _)) => {
            let key = key.trim();
            let message = format!("`{key}` cannot be a key as it is");
            let help = format!(
                "a key with anything but letters, digits, hyphens and underscores needs quotes: `\"{}\" =`",
                key.trim_matches('"')
            );
            let help = if key.contains(' ') {
                "keys use underscores, not spaces: `start_every`".to_owned()
            } else {
                help
            };
            say(reader, wrong, &message, &help);
        }
        None if line.contains(':') => {
            say(
                reader,
                wrong,
                "a key and its value are separated by `=`",
                "write `title = \"Introductory call\"`, not `title: …`",
            );
        }
        None => say(
            reader,
            wrong,
            "this line has no `=`",
            "write keys as `title = \"Introductory call\"`; comments begin with `#`",
        ),
    }
}

fn explain_rest(reader: &mut Reader<'_>, wrong: &Wrong<'_>) {
    let help = match wrong.rest_of_line().trim_start().chars().next() {
        Some(',') => "lines do not end with a comma",
        _ if wrong.line().contains('\'') => "put text with an apostrophe between double quotes: `\"it's\"`",
        _ if wrong.line().matches('"').count() > 2 => "write a quote inside text as `\\\"`",
        _ => "put each key on a line of its own; comments begin with `#`",
    };
    say(reader, wrong, "there is something after the value", help);
}

fn say(reader: &mut Reader<'_>, wrong: &Wrong<'_>, message: &str, help: &str) {
    reader.mistake(wrong.span.clone(), message).help(help);
}

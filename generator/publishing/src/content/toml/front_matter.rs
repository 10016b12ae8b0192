//! A page's two parts: the TOML between two lines of `+++`, and the Markdown after them.

use std::ops::Range;

/// The line before and after the front matter.
const FENCE: &str = "+++";

/// The parts of a page, in bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The line that opens the front matter.
    pub fence: Range<usize>,
    /// The TOML.
    pub front_matter: Range<usize>,
    /// The Markdown.
    pub body: Range<usize>,
}

/// A page whose parts cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartsMissing {
    /// It does not begin with `+++`.
    Unopened,
    /// It begins with `---`, as pages of other generators do.
    OpenedAsYaml,
    /// No second `+++` closes the front matter.
    Unclosed,
}

/// Tells a page's parts apart. Lines may end with `\n` or `\r\n`; spaces after a fence do no harm.
pub(crate) fn split(text: &str) -> Result<Parts, PartsMissing> {
    let mut lines = lines_of(text);
    let fence = lines.next().unwrap_or(0..0);
    match text[fence.clone()].trim_end() {
        FENCE => {}
        "---" => return Err(PartsMissing::OpenedAsYaml),
        _ => return Err(PartsMissing::Unopened),
    }
    let close = lines.find(|line| text[line.clone()].trim_end() == FENCE).ok_or(PartsMissing::Unclosed)?;
    Ok(Parts { front_matter: fence.end..close.start, body: close.end..text.len(), fence: 0..FENCE.len() })
}

/// Each line with its line break.
fn lines_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_inclusive('\n').scan(0, |start, line| {
        let range = *start..*start + line.len();
        *start = range.end;
        Some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, &str), PartsMissing>) {
        let parts = split(text).map(|parts| (&text[parts.front_matter], &text[parts.body]));
        assert_eq!(parts, expected, "{text:?}");
    }

    #[test]
    fn parts_stand_between_fences() {
        check("+++\na = 1\n+++\nHello.\n", Ok(("a = 1\n", "Hello.\n")));
        check("+++\n+++", Ok(("", "")));
        check("+++\n+++\n+++\n", Ok(("", "+++\n")));
        check("+++ \r\na = 1\r\n+++\t\r\nHello.", Ok(("a = 1\r\n", "Hello.")));
        check("+++\na = '+++'\n+++\n", Ok(("a = '+++'\n", "")));
    }

    #[test]
    fn missing_fences_are_told_apart() {
        check("", Err(PartsMissing::Unopened));
        check("\n+++\n+++\n", Err(PartsMissing::Unopened));
        check(" +++\n+++\n", Err(PartsMissing::Unopened));
        check("Hello.", Err(PartsMissing::Unopened));
        check("---\na: 1\n---\n", Err(PartsMissing::OpenedAsYaml));
        check("+++\na = 1\n", Err(PartsMissing::Unclosed));
        check("+++", Err(PartsMissing::Unclosed));
    }
}

//! HTML that scripts write: one element a line in the source, without the line breaks in what browsers get.

/// The parts of a template, between which values stand, without the line breaks and the indentation that only its
/// reader needs: between elements, and between elements and values, they are nothing; within a tag or a text they are a
/// space.
pub(super) fn without_line_breaks(parts: &[&str]) -> Vec<String> {
    let mut squeezed = Vec::with_capacity(parts.len());
    let mut place = Place::Outside;
    for part in parts {
        let mut text = String::with_capacity(part.len());
        let mut rest = *part;
        while let Some(letter) = rest.chars().next() {
            let space = rest.len() - rest.trim_start().len();
            if space > 0 {
                let spaces;
                (spaces, rest) = rest.split_at(space);
                if !spaces.contains('\n') {
                    text.push_str(spaces);
                    continue;
                }
                let is_needed = match place {
                    Place::Outside => {
                        !(is_edge(text.chars().last(), '>') || is_edge(rest.chars().next(), '<'))
                    }
                    Place::Tag => !rest.starts_with('>'),
                    Place::Quoted(_) => true,
                };
                text.push_str(if is_needed { " " } else { "" });
                continue;
            }
            place = place.after(letter);
            text.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
        squeezed.push(text);
    }
    squeezed
}

/// Whether an element or a value is next to it.
fn is_edge(neighbour: Option<char>, bracket: char) -> bool {
    neighbour.is_none_or(|letter| letter == bracket)
}

/// Where a letter of HTML stands.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    Tag,
    Quoted(char),
}

impl Place {
    fn after(self, letter: char) -> Self {
        match (self, letter) {
            (Place::Outside, '<') => Place::Tag,
            (Place::Tag, '>') => Place::Outside,
            (Place::Tag, '"' | '\'') => Place::Quoted(letter),
            (Place::Quoted(open), letter) if open == letter => Place::Tag,
            (place, _) => place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expected: &[&str]) {
        assert_eq!(without_line_breaks(parts), expected);
    }

    #[test]
    fn between_elements_and_values_a_line_break_is_nothing() {
        check(&["\n    <p>\n        <b>a</b>\n    </p>\n"], &["<p><b>a</b></p>"]);
        check(&["\n    ", "\n    <b>", "</b>\n    ", "\n"], &["", "<b>", "</b>", ""]);
        check(&["<b>a</b> <i>b</i>"], &["<b>a</b> <i>b</i>"]);
    }

    #[test]
    fn within_a_tag_or_a_text_it_is_a_space() {
        check(
            &["<input\n    name=\"", "\"\n    value=\"", "\"\n>"],
            &["<input name=\"", "\" value=\"", "\">"],
        );
        check(&["<p>two\n    lines</p>"], &["<p>two lines</p>"]);
        check(&["<p title=\"a >\n  b\">"], &["<p title=\"a > b\">"]);
    }
}

//! Styles without what only their readers need.

/// Leaves out of styles what only readers need: comments that have lines of their own, indentation, and empty lines.
/// Whatever else could be left out is worth little after compression.
fn squeeze(source: &str) -> String {
    let mut squeezed = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        let starts_comment = line.starts_with("/*");
        if starts_comment || in_comment {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() {
            squeezed.push_str(line);
            squeezed.push('\n');
        }
    }
    squeezed
}

/// The same for styles, in which spaces around punctuation and last semicolons mean nothing either, but in quotes. A
/// `+` keeps its spaces: sums need them.
pub(super) fn squeeze_styles(source: &str) -> String {
    let mut squeezed = String::with_capacity(source.len());
    for line in squeeze(source).lines() {
        let mut quote = None;
        for letter in line.chars() {
            if quote.is_none() {
                if letter == ' ' && squeezed.ends_with(['{', '}', ':', ';', ',', '>', '~']) {
                    continue;
                }
                if matches!(letter, '{' | '}' | '>' | '~' | '!') && squeezed.ends_with(' ') {
                    squeezed.pop();
                }
                if letter == '}' && squeezed.ends_with(';') {
                    squeezed.pop();
                }
            }
            if matches!(letter, '"' | '\'') {
                quote = match quote {
                    None => Some(letter),
                    Some(open) => Some(open).filter(|open| *open != letter),
                };
            }
            squeezed.push(letter);
        }
        if !line.ends_with(['{', '}', ':', ';', ',']) {
            squeezed.push(' ');
        }
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeezing_leaves_out_what_only_readers_need() {
        let source = "/* A comment\n * of two lines. */\na {\n\n    b: c; /* kept */\n}\n/* one */\n";
        assert_eq!(squeeze(source), "a {\nb: c; /* kept */\n}\n");
    }

    #[test]
    fn styles_are_squeezed_but_in_quotes() {
        let source = "/* Why. */\n.a > :is(.b, .c):hover {\n    color: light-dark(#fff, #111);\n    grid:\n        1 / 2;\n}\n.d::after { content: \" > · ; \"; left: calc(1px + 2px) !important; }\n";
        assert_eq!(
            squeeze_styles(source),
            ".a>:is(.b,.c):hover{color:light-dark(#fff,#111);grid:1 / 2}.d::after{content:\" > · ; \";left:calc(1px + 2px)!important}"
        );
    }
}

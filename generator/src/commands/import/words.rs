//! Texts from elsewhere: as one line, as Markdown, as addresses and numbers.

use std::fmt::Write as _;

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};
use scheduling::text::{one_line, several_lines};
use url::Url;

/// Elements of which nothing is kept. Pictures from elsewhere are errors in content.
const SKIPPED: [&str; 8] = ["script", "style", "img", "svg", "iframe", "video", "audio", "object"];

/// Markdown that reads as the HTML does, without its pictures.
pub(super) fn from_html(html: &str) -> String {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..Options::default()
    };
    let converter = HtmlToMarkdown::builder().options(options).skip_tags(SKIPPED.to_vec()).build();
    // What no parser of HTML can read, there is not: the text as it is, at worst.
    let markdown = converter.convert(html).unwrap_or_else(|_| from_plain(html));
    several_lines(&without_pictures(&markdown))
}

/// Markdown as it was written elsewhere, without pictures: a link to each stays. HTML in it is converted.
pub(super) fn from_markdown(text: &str) -> String {
    if has_html(text) { from_html(text) } else { several_lines(&without_pictures(text)) }
}

/// Markdown that reads as the plain text does, with its lines.
pub(super) fn from_plain(text: &str) -> String {
    let text = several_lines(text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut markdown = String::with_capacity(text.len() + 16);
    for (at, line) in lines.iter().enumerate() {
        markdown.push_str(&escaped(line));
        let next = lines.get(at + 1).copied().unwrap_or_default();
        // A line that ends stays one: Markdown would join it with the next.
        if !line.is_empty() && !next.is_empty() && !is_item(next) {
            markdown.push('\\');
        }
        if at + 1 < lines.len() {
            markdown.push('\n');
        }
    }
    markdown
}

/// One line; `None` if nothing is left of it.
pub(super) fn line(text: &str) -> Option<String> {
    let line = one_line(text);
    (!line.is_empty()).then_some(line)
}

/// A web address that content takes, as it is written there.
pub(super) fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = ["http", "https"].contains(&url.scheme())
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    let written = url.as_str().replace('{', "%7B").replace('}', "%7D").replace('|', "%7C");
    let written = if url.path() == "/" && url.query().is_none() && url.fragment().is_none() {
        written.trim_end_matches('/').to_owned()
    } else {
        written
    };
    plain.then_some(written)
}

/// A phone number that content takes, as it is written there.
pub(super) fn phone(text: &str) -> Option<String> {
    let text = scheduling::text::plain(text);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = |letter: char| letter.is_ascii_digit() || "+ -()./".contains(letter);
    (digits >= 3 && text.chars().all(plain)).then_some(text)
}

/// Whether some tag of HTML stands in a text.
fn has_html(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name: &str =
            rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && rest[name.len()..].starts_with(['>', ' ', '/'])
            && rest.contains('>')
    })
}

fn without_pictures(markdown: &str) -> String {
    markdown.replace("![", "[")
}

/// A line that begins an item of a list, and so begins anew by itself.
fn is_item(line: &str) -> bool {
    let numbered = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_number = numbered.len() < line.len() && (numbered.starts_with(". ") || numbered.starts_with(") "));
    is_number || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")
}

/// A line of which Markdown makes nothing but its words, its links, and an item of a list.
fn escaped(line: &str) -> String {
    let (item, rest) = match line.strip_prefix("* ").or_else(|| line.strip_prefix("• ")) {
        Some(rest) => ("- ", rest),
        None => line.strip_prefix("- ").map_or(("", line), |rest| ("- ", rest)),
    };
    let mut text = String::from(item);
    if item.is_empty() && (rest.starts_with(['#', '>', '+', '-', '=', '~'])) {
        text.push('\\');
    }
    for (at, word) in rest.split(' ').enumerate() {
        if at > 0 {
            text.push(' ');
        }
        let bare = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let is_link = ["https://", "http://"].iter().any(|scheme| bare.starts_with(scheme))
            && !bare.contains(['<', '>'])
            && Url::parse(bare).is_ok();
        if is_link {
            let _ = write!(text, "<{bare}>{}", &word[bare.len()..]);
            continue;
        }
        for letter in word.chars() {
            if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '&' | '|' | '~') {
                text.push('\\');
            }
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_reads_as_it_did() {
        for (plain, expected) in [
            ("One.\nTwo.\n\nThree.", "One.\\\nTwo.\n\nThree."),
            ("We do:\n- this\n* that\n• more", "We do:\n- this\n- that\n- more"),
            ("1. first\n2. second", "1. first\n2. second"),
            ("# 1 in *sales* & <b>more</b>", "\\# 1 in \\*sales\\* \\& \\<b>more\\</b>"),
            ("---\n+++", "\\---\\\n\\+++"),
            ("See https://example.com/a_b.", "See <https://example.com/a_b>."),
            ("![x](https://example.com/x.png)", "!\\[x\\](https://example.com/x.png)"),
            ("  indented\r\n\tagain ", "indented\\\nagain"),
            ("", ""),
        ] {
            assert_eq!(from_plain(plain), expected, "{plain:?}");
        }
    }

    #[test]
    fn html_becomes_markdown_without_pictures_and_scripts() {
        for (html, expected) in [
            (
                "<p>A <b>first</b> talk.</p><ul><li>one</li><li>two</li></ul>",
                "A **first** talk.\n\n- one\n- two",
            ),
            ("Hello<br>there<img src=x onerror=alert(1)><script>alert(1)</script>", "Hello  \nthere"),
            ("<a href=\"https://example.com/\">Here</a> &amp; there", "[Here](https://example.com/) & there"),
        ] {
            assert_eq!(from_markdown(html), expected, "{html:?}");
        }
    }

    #[test]
    fn markdown_stays_as_it_is() {
        for text in ["**Bold** and 1 < 2", "- a\n- b", "a <https://example.com/> b"] {
            assert_eq!(from_markdown(text), text);
        }
        assert_eq!(
            from_markdown("![desk](https://example.com/desk.png)"),
            "[desk](https://example.com/desk.png)"
        );
    }

    #[test]
    fn addresses_are_of_the_web_and_whole() {
        for (text, expected) in [
            ("https://meet.example.com/mara", Some("https://meet.example.com/mara")),
            (" https://meet.example.com ", Some("https://meet.example.com")),
            ("https://meet.example.com/{id}", Some("https://meet.example.com/%7Bid%7D")),
            ("https://例え.jp/部屋", Some("https://xn--r8jz45g.jp/%E9%83%A8%E5%B1%8B")),
            ("https://mara:secret@example.com/", None),
            ("javascript:alert(1)", None),
            ("Room 3", None),
        ] {
            assert_eq!(web_address(text).as_deref(), expected, "{text}");
        }
        assert_eq!(phone("+49 30 1234567").as_deref(), Some("+49 30 1234567"));
        assert_eq!(phone("＋８１ ３ 1234").as_deref(), Some("+81 3 1234"));
        assert_eq!(phone("ask me"), None);
    }
}

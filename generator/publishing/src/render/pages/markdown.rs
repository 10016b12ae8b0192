//! Descriptions: Markdown to HTML. HTML inside Markdown is shown as text, and only links that lead to pages, mail and
//! phones are links, so that what a host writes can look like nothing but a description.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

use crate::content::{MARKDOWN, Picture};
use crate::render::letter::is_wide;

/// The schemes that links may have; those without any stay within the site.
const SCHEMES: [&str; 4] = ["https:", "http:", "mailto:", "tel:"];

/// A description as HTML. Headings begin below the page's own; `pictures` are by their addresses in it.
pub(crate) fn to_html(markdown: &str, pictures: &BTreeMap<String, Picture>) -> String {
    let events = joined(Parser::new_ext(markdown, MARKDOWN)).into_iter().map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: below(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: safe_address(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let picture = pictures.get(dest_url.as_ref()).map(|picture| picture.path.clone().into());
            let dest_url = picture.unwrap_or_else(|| safe_address(dest_url));
            Event::Start(Tag::Image { link_type, dest_url, title, id })
        }
        other => other,
    });
    let mut text = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut text, events);
    with_sizes(text, pictures.values())
}

/// Markdown without pictures as HTML: what stands for one in words is all that is shown of it.
pub(crate) fn without_pictures_to_html(markdown: &str) -> String {
    to_html(markdown, &BTreeMap::new())
}

/// Markdown that can be read apart from its site, below a title of its own: headings begin at the second level, and
/// pictures and links within the site have whole addresses.
pub(crate) fn to_standing_alone(
    markdown: &str,
    pictures: &BTreeMap<String, Picture>,
    base_url: &str,
) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut copied = 0;
    for (event, range) in Parser::new_ext(markdown, MARKDOWN).into_offset_iter() {
        let source = &markdown[range.clone()];
        let (at, length, whole) = match event {
            Event::Start(Tag::Heading { level, .. })
                if source.starts_with('#') && level != HeadingLevel::H6 =>
            {
                (range.start, 0, "#".to_owned())
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let Some(picture) = pictures.get(dest_url.as_ref()) else { continue };
                let Some(at) = source.rfind(dest_url.as_ref()) else { continue };
                (range.start + at, dest_url.len(), format!("{base_url}{}", picture.path))
            }
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with('/') => {
                let Some(at) = source.rfind(&format!("({dest_url}")) else { continue };
                (range.start + at + 1, dest_url.len(), format!("{base_url}{dest_url}"))
            }
            _ => continue,
        };
        // A picture within a link lies before the link's own address: what is behind is passed over.
        if at >= copied {
            text.push_str(&markdown[copied..at]);
            text.push_str(&whole);
            copied = at + length;
        }
    }
    text.push_str(&markdown[copied..]);
    text
}

/// HTML whose pictures have their sizes, so that nothing moves when they come, and come when they are about to be seen.
/// What looks like a picture is one: HTML of an author's is text by now.
fn with_sizes<'p>(mut html: String, pictures: impl Iterator<Item = &'p Picture>) -> String {
    for Picture { path, width, height, .. } in pictures {
        // One picture may be named in several ways: what has its size already is not given it again.
        let plain = format!("<img src=\"{path}\" alt=");
        let sized = format!(
            "<img src=\"{path}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" decoding=\"async\" alt="
        );
        html = html.replace(&plain, &sized);
    }
    html
}

/// The first words of a description, as plain text of at most that many characters, for what lists and search engines
/// show. The words in place of a picture are none of them.
pub(crate) fn to_excerpt(markdown: &str, most: usize) -> String {
    let mut text = String::new();
    for event in joined(first_block(without_pictures(Parser::new(markdown)))) {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak if !text.is_empty() => text.push(' '),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most).collect();
    let whole_words = cut.rfind(' ').map_or(cut.as_str(), |space| &cut[..space]);
    format!("{}…", whole_words.trim_end_matches([',', '.', ';', ':', '、', '。']))
}

/// The events up to the end of the first paragraph or heading that has words.
fn first_block<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let (mut has_words, mut is_over) = (false, false);
    events.take_while(move |event| {
        let goes_on = !is_over;
        has_words |= matches!(event, Event::Text(words) | Event::Code(words) if !words.trim().is_empty());
        is_over |= has_words && matches!(event, Event::End(TagEnd::Paragraph | TagEnd::Heading(_)));
        goes_on
    })
}

/// The events without pictures, and without the words in place of them.
fn without_pictures<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut depth = 0_usize;
    events.filter(move |event| {
        let was_inside = depth > 0;
        match event {
            Event::Start(Tag::Image { .. }) => depth += 1,
            Event::End(TagEnd::Image) => depth -= 1,
            _ => {}
        }
        depth == 0 && !was_inside
    })
}

/// The events, without the line breaks between two letters of a script that has no spaces: each would be a gap. What
/// stands between a letter and its line's end without being text (emphasis, links) does not count.
fn joined<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let mut joined = Vec::new();
    let mut last = None;
    // Breaks after a wide letter, until the next letter says what they are.
    let mut undecided = Vec::new();
    for event in events {
        match &event {
            Event::SoftBreak if last.is_some_and(is_wide) => undecided.push(joined.len()),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                if let Some(first) = text.trim_start().chars().next() {
                    let breaks = std::mem::take(&mut undecided);
                    if is_wide(first) {
                        for at in breaks {
                            joined[at] = Event::Text(CowStr::Borrowed(""));
                        }
                    }
                }
                last = text.trim_end().chars().next_back().or(last);
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell)
            | Event::HardBreak => {
                last = None;
                undecided.clear();
            }
            _ => {}
        }
        joined.push(event);
    }
    joined
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn safe_address(address: CowStr<'_>) -> CowStr<'_> {
    let scheme = address.find([':', '/', '?', '#']).filter(|at| address[*at..].starts_with(':'));
    let allowed = |at: usize| SCHEMES.iter().any(|scheme| address[..=at].eq_ignore_ascii_case(scheme));
    if scheme.is_none_or(allowed) { address } else { CowStr::Borrowed("#") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(to_html(markdown, &BTreeMap::new()), expected);
    }

    #[test]
    fn markdown_becomes_html() {
        check("A **first** call.", "<p>A <strong>first</strong> call.</p>\n");
        check("お聞かせ\nください。\nand\n次", "<p>お聞かせください。\nand\n次</p>\n");
        check("ください。\n**手伝い**\nを", "<p>ください。<strong>手伝い</strong>を</p>\n");
        check(
            "ください**ね**\n*`手伝い`*\nand",
            "<p>ください<strong>ね</strong><em><code>手伝い</code></em>\nand</p>\n",
        );
        check("ください。\n\n手伝い", "<p>ください。</p>\n<p>手伝い</p>\n");
        check("ください。  \n手伝い", "<p>ください。<br />\n手伝い</p>\n");
        check("ください。\n_ 手", "<p>ください。\n_ 手</p>\n");
        check("# Title\n\n## Part", "<h2>Title</h2>\n<h3>Part</h3>\n");
    }

    #[test]
    fn html_is_text() {
        check("a <b onclick=x>c</b>", "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>\n");
        check("<form action=/x>\n", "&lt;form action=/x&gt;\n");
    }

    #[test]
    fn links_lead_to_pages_mail_and_phones_only() {
        check("[a](https://example.com)", "<p><a href=\"https://example.com\">a</a></p>\n");
        check("[a](/jonas/#x:y)", "<p><a href=\"/jonas/#x:y\">a</a></p>\n");
        check("[a](TEL:+4930)", "<p><a href=\"TEL:+4930\">a</a></p>\n");
        check("[a](JavaScript:alert)", "<p><a href=\"#\">a</a></p>\n");
        check("[a](data:text/html,x)", "<p><a href=\"#\">a</a></p>\n");
    }

    #[test]
    fn pictures_have_their_sizes_and_come_late() {
        let picture = |path: &str, width, height| Picture {
            path: format!("/assets/{path}"),
            file: "aiko/desk.jpg".into(),
            width,
            height,
        };
        let pictures = BTreeMap::from([
            ("my%20desk.jpg".to_owned(), picture("my-desk.0123456789.jpg", 1600, 900)),
            ("plan.png".to_owned(), picture("plan.abcdef0123.png", 20, 30)),
            ("./plan.png".to_owned(), picture("plan.abcdef0123.png", 20, 30)),
        ]);
        let html = to_html(
            "![My \"desk\" <b> *here*](my%20desk.jpg \"At work\")\n\n[![](plan.png)](/jonas/)\n\n![again](./plan.png)\n",
            &pictures,
        );
        assert_eq!(
            html,
            "<p><img src=\"/assets/my-desk.0123456789.jpg\" width=\"1600\" height=\"900\" loading=\"lazy\" decoding=\"async\" alt=\"My “desk” &lt;b&gt; here\" title=\"At work\" /></p>\n\
             <p><a href=\"/jonas/\"><img src=\"/assets/plan.abcdef0123.png\" width=\"20\" height=\"30\" loading=\"lazy\" decoding=\"async\" alt=\"\" /></a></p>\n\
             <p><img src=\"/assets/plan.abcdef0123.png\" width=\"20\" height=\"30\" loading=\"lazy\" decoding=\"async\" alt=\"again\" /></p>\n"
        );
    }

    #[test]
    fn markdown_can_stand_alone() {
        let desk = Picture {
            path: "/assets/desk.0123456789.jpg".to_owned(),
            file: "aiko/desk.jpg".into(),
            width: 24,
            height: 16,
        };
        let pictures = BTreeMap::from([("desk.jpg".to_owned(), desk)]);
        let alone = |markdown| to_standing_alone(markdown, &pictures, "https://meet.example.com");
        assert_eq!(
            alone(
                "# One\n\n###### Six\n\n![desk.jpg](desk.jpg \"At work\"), then [more](/jonas/) and [away](https://example.org/).\n"
            ),
            "## One\n\n###### Six\n\n![desk.jpg](https://meet.example.com/assets/desk.0123456789.jpg \"At work\"), \
             then [more](https://meet.example.com/jonas/) and [away](https://example.org/).\n"
        );
        assert_eq!(alone("`# One` and \\# two"), "`# One` and \\# two");
    }

    #[test]
    fn excerpts_have_no_pictures() {
        assert_eq!(to_excerpt("![A desk](desk.jpg)\n\nA first call.", 80), "A first call.");
        assert_eq!(to_excerpt("![A desk](desk.jpg)\nA first ![a](b.png)call.\n\nMore.", 80), "A first call.");
        assert_eq!(to_excerpt("![A desk](desk.jpg)", 80), "");
    }

    #[test]
    fn excerpts_end_at_a_word() {
        assert_eq!(
            to_excerpt("A **first** `call`,\nwithout more.\n\nAnd so on.", 80),
            "A first call, without more."
        );
        assert_eq!(to_excerpt("A first call, without more.", 15), "A first call…");
        assert_eq!(to_excerpt("最初のご相談です。ご契約", 9), "最初のご相談です…");
    }

    /// What an author wrote is rendered at once, however it looks.
    #[test]
    fn no_description_takes_long() {
        let mut bodies: Vec<(String, String)> = (' '..='~')
            .chain("\t\u{a0}é漢、。‘“…\u{200b}\u{202e}😀".chars())
            .map(|letter| (format!("lines of {letter:?}"), format!("{letter}\n").repeat(20_000)))
            .collect();
        for piece in [
            "漢\n_\n",
            "漢\n*",
            "漢\n]\n",
            "[漢\n",
            "**漢\n",
            "~~\n漢",
            "`\n",
            "`漢\n``",
            "_ _\n",
            "*a_ ",
            "[a](b\n",
            "![",
            "[a]: b\n",
            "[a\n",
            "<a\n",
            "<!--",
            "<![CDATA[",
            "<?",
            "&#",
            "\\\n",
            "> ",
            ">\n",
            "- ",
            "-\n  ",
            "1. ",
            "# ",
            "|a\n",
            "a|b\n-|-\n",
            "***a ",
            "a**",
            "][",
            "](",
            "![[]()",
            "\"'",
            "--",
            "...",
            "x\n===\n",
            "```\n",
            "~~~a\n",
            "    a\n",
            "a  \n",
        ] {
            bodies.push((format!("{piece:?} again and again"), piece.repeat(40_000 / piece.len())));
            let ends = "]>*_)".repeat(4_000);
            bodies.push((format!("{piece:?}, then its end"), piece.repeat(20_000 / piece.len()) + &ends));
        }
        for (what, body) in bodies {
            let begun = acceptance::cpu_time();
            to_html(&body, &BTreeMap::new());
            to_excerpt(&body, 160);
            let taken = acceptance::cpu_time().saturating_sub(begun);
            assert!(taken < std::time::Duration::from_secs(1), "{what}: {taken:?}");
        }
    }
}

//! Text as people paste it, against Unicode's own properties.

use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use scheduling::text::{balanced, one_line, plain, several_lines};

fn every_character() -> impl Iterator<Item = char> {
    (0..=0x0010_ffff).filter_map(char::from_u32)
}

#[test]
fn what_programs_ignore_and_controls_are_dropped_where_nothing_needs_them() {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    for letter in every_character() {
        let dropped = ignorable.contains(letter) || letter.is_control() && !letter.is_whitespace();
        if dropped {
            assert_eq!(one_line(&format!("a{letter}b")), "ab", "U+{:04X}", u32::from(letter));
            assert_eq!(plain(&format!("a{letter}b")), "ab", "U+{:04X}", u32::from(letter));
            assert_eq!(one_line(&letter.to_string()), "", "U+{:04X}", u32::from(letter));
        }
    }
    // What neither is a property's nor has anything to see: annotations, and what is no character.
    for letter in ['\u{fff9}', '\u{fffa}', '\u{fffb}', '\u{fffe}', '\u{ffff}', '\u{fdd0}', '\u{10ffff}'] {
        assert_eq!(one_line(&format!("a{letter}b")), "ab", "U+{:04X}", u32::from(letter));
    }
}

#[test]
fn everything_else_is_kept() {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    for letter in every_character().filter(|letter| !letter.is_control() && !ignorable.contains(*letter)) {
        let code = u32::from(letter);
        let none =
            code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code) || (0xfff9..=0xfffb).contains(&code);
        let separates = matches!(letter, '\u{2028}' | '\u{2029}');
        if !none && !separates {
            assert_eq!(one_line(&format!("a{letter}b")), format!("a{letter}b"), "U+{code:04X}");
        }
    }
}

#[test]
fn decimal_digits_of_every_script_are_plain() {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let mut count = 0;
    for letter in every_character() {
        let is_digit = categories.get(letter) == GeneralCategory::DecimalNumber;
        let read = plain(&letter.to_string());
        let became = read.len() == 1 && read.as_bytes()[0].is_ascii_digit();
        // A set that is newer than these properties may be known here already.
        if is_digit {
            assert!(became, "U+{:04X} became {read:?}", u32::from(letter));
            assert_eq!(read.parse::<u32>().unwrap(), count % 10, "U+{:04X}", u32::from(letter));
            count += 1;
        } else if became {
            assert_eq!(categories.get(letter), GeneralCategory::Unassigned, "U+{:04X}", u32::from(letter));
        }
    }
    assert!(count >= 650, "{count}");
}

#[test]
fn emoji_stay_whole() {
    let pictographs = CodePointSetData::new::<ExtendedPictographic>();
    for letter in every_character().filter(|letter| pictographs.contains(*letter) && *letter != '\u{1f3f4}') {
        for whole in [
            format!("{letter}\u{fe0f}"),
            format!("{letter}\u{200d}{letter}"),
            format!("{letter}\u{fe0f}\u{200d}{letter}\u{fe0f}"),
        ] {
            assert_eq!(one_line(&whole), whole, "{whole}");
        }
    }
    for whole in ["👩🏽‍🚀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "❤️‍🔥", "1️⃣", "#️⃣", "🇯🇵", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "©️", "🏴‍☠️"]
    {
        assert_eq!(one_line(whole), whole);
        assert_eq!(several_lines(whole), whole);
    }
}

#[test]
fn letters_that_join_keep_what_joins_them() {
    for whole in [
        "می\u{200c}خواهم",
        "نامه\u{200c}ای",
        "ه\u{200d}",
        "क्\u{200d}ष",
        "क्\u{200c}ष",
        "അവന്\u{200d}",
        "ශ්\u{200d}රී",
        "র\u{200d}\u{9cd}য",
        "葛\u{e0100}飾",
        "辻\u{e0101}",
        "神\u{fe00}",
        "ᠠ\u{180b}",
        "\u{1112}\u{1160}",
        "\u{5d0}\u{5b4}\u{34f}\u{5b7}",
    ] {
        assert_eq!(one_line(whole), whole, "{}", whole.escape_unicode());
    }
    for (text, expected) in [
        ("Ma\u{200d}ra", "Mara"),
        ("Ma\u{200c}ra", "Mara"),
        ("\u{200d}م", "م"),
        ("م\u{200c} ن", "م ن"),
        ("a\u{fe0f}b", "ab"),
        ("あ\u{fe0e}", "あ"),
        ("1\u{fe0f}2", "12"),
        ("م\u{200d}\u{200d}\u{200d}ن", "م\u{200d}ن"),
        ("中\u{200d}国", "中国"),
        ("a\u{e0067}\u{e0062}\u{e007f}", "a"),
        ("🏴\u{e0067}\u{e0062}", "🏴"),
        ("🏴\u{e0067}\u{e007f}", "🏴"),
        ("a\u{e0100}", "a"),
    ] {
        assert_eq!(one_line(text), expected, "{}", text.escape_unicode());
    }
}

#[test]
fn lines_and_blanks() {
    for (text, line, lines) in [
        ("  a  ", "a", "a"),
        ("\u{a0}\u{3000}a b\u{202f}\u{2009}", "a b", "a b"),
        (
            "a\nb\r\nc\rd\u{b}e\u{c}f\u{85}g\u{2028}h\u{2029}i",
            "a b c d e f g h i",
            "a\nb\nc\nd\ne\nf\ng\nh\ni",
        ),
        ("a\tb", "a b", "a\tb"),
        ("\n\n", "", ""),
        ("\u{2800}\u{200f}\u{2067}\u{2069}\n\u{200b}", "", ""),
        ("⠓\u{2800}⠓", "⠓\u{2800}⠓", "⠓\u{2800}⠓"),
        ("\u{200f}שלום!\u{200e}", "שלום!", "\u{200f}שלום!\u{200e}"),
    ] {
        assert_eq!(
            (one_line(text).as_str(), several_lines(text).as_str()),
            (line, lines),
            "{}",
            text.escape_unicode()
        );
    }
}

#[test]
fn directions_end_where_their_line_does() {
    for (text, expected) in [
        ("plain", "plain"),
        ("\u{202b}a\u{202c}", "\u{202b}a\u{202c}"),
        ("\u{2067}a\u{2069}b", "\u{2067}a\u{2069}b"),
        ("\u{202b}a", "\u{202b}a\u{202c}"),
        ("\u{2067}a\nb", "\u{2067}a\u{2069}\nb"),
        ("a\u{202c}b\u{2069}c", "abc"),
        ("\u{202d}1\u{202c}\u{202e}b", "\u{202a}1\u{202c}\u{202b}b\u{202c}"),
        ("\u{2068}\u{202b}a\u{2069}b\u{202c}", "\u{2068}\u{202b}a\u{202c}\u{2069}b"),
        ("\u{202b}\u{2067}a\u{202c}b", "\u{202b}\u{2067}ab\u{2069}\u{202c}"),
        ("\u{200f}a\u{61c}", "\u{200f}a\u{61c}"),
    ] {
        assert_eq!(balanced(text), expected, "{}", text.escape_unicode());
        assert_eq!(balanced(expected), expected);
    }
    let deep = format!("{}a{}", "\u{2067}".repeat(500), "\u{2069}".repeat(500));
    assert_eq!(balanced(&deep), format!("{}a{}", "\u{2067}".repeat(8), "\u{2069}".repeat(8)));
}

mod any {
    use proptest::prelude::*;

    use super::*;

    fn marked() -> impl Strategy<Value = String> {
        let marks = prop::sample::select(
            "a\n\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200f}"
                .chars()
                .collect::<Vec<_>>(),
        );
        prop::collection::vec(marks, 0..60).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_is_left_open(text in marked()) {
            for line in balanced(&text).split('\n') {
                let mut open = Vec::new();
                for letter in line.chars() {
                    match letter {
                        '\u{202a}' | '\u{202b}' => open.push('\u{202c}'),
                        '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
                        '\u{202c}' | '\u{2069}' => prop_assert_eq!(open.pop(), Some(letter)),
                        _ => {}
                    }
                }
                prop_assert!(open.is_empty());
            }
        }

        #[test]
        fn what_is_clean_stays_as_it_is(text in "\\PC{0,40}|(\\PC|\u{200d}|\u{fe0f}|\u{200b}|\n){0,40}") {
            let line = one_line(&text);
            prop_assert_eq!(one_line(&line), line);
            let lines = several_lines(&text);
            prop_assert_eq!(several_lines(&lines), lines.clone());
            prop_assert_eq!(balanced(&balanced(&lines)), balanced(&lines));
        }
    }
}

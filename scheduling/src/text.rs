//! Text as people type and paste it. What nobody can see is dropped, white space of every kind is white space, and the
//! direction of an answer ends where the answer does.
//!
//! Programs put in characters that nobody typed: phones wrap numbers in marks of direction, web pages and office
//! programs leave spaces of no width, chats leave variation selectors. Nobody can find them in a field, so they are no
//! reason to refuse what stands there.

/// The deepest that directions are nested, far beyond what anybody writes. Deeper ones are left out.
const DEEPEST_DIRECTION: usize = 8;

/// The zero of each set of decimal digits (`General_Category` Nd, Unicode 17); its other nine follow it.
const ZEROS: [u32; 72] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40,
    0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da,
    0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60,
    0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The digits of mathematics: five sets of ten, one after the other.
const MATHEMATICAL_DIGITS: std::ops::RangeInclusive<u32> = 0x1d7ce..=0x1d7ff;

/// One line of text, such as a name: without what cannot be seen, and without blanks at its ends. Line breaks and tabs
/// are spaces.
pub fn one_line(text: &str) -> String {
    seen(text, false).trim_matches(is_blank).to_owned()
}

/// Whether text has a letter, a digit or an emoji, as any name has: marks alone, or what stands for a character that
/// was lost, name nobody.
pub fn names_something(text: &str) -> bool {
    text.chars().any(|letter| letter.is_alphanumeric() || is_pictograph(letter))
}

/// Text of several lines: the same, but with its lines, its tabs, and its marks of direction. Empty if it has nothing
/// to see. Who shows it beside other text has it [`balanced`].
pub fn several_lines(text: &str) -> String {
    let text = seen(text, true);
    if text.chars().all(|letter| is_blank(letter) || is_direction(letter)) {
        return String::new();
    }
    text.trim_matches(is_blank).to_owned()
}

/// A number of any kind, to be read by a program: only what can be seen, with plain digits, letters of full width as
/// those of ASCII, each white space as a space, and each dash as `-`.
pub fn plain(text: &str) -> String {
    let shown = text.chars().filter(|letter| !is_unseen(*letter) || is_break(*letter) || *letter == '\t');
    let plain = |letter: char| match letter {
        letter if letter.is_whitespace() => ' ',
        letter if is_dash(letter) => '-',
        letter => digit(letter).unwrap_or_else(|| narrow(letter)),
    };
    shown.map(plain).collect::<String>().trim_matches(is_blank).to_owned()
}

/// Text in which every direction that is set is ended in its line, so that it cannot reach what stands around it (UAX
/// 9: a direction ends with its paragraph, but what shows several lines as one has no paragraphs). What ends nothing is
/// left out. A forced order of letters (U+202D, U+202E) becomes a mere direction: letters stand in their own order.
pub fn balanced(text: &str) -> String {
    let mut balanced = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            balanced.push('\n');
        }
        push_balanced(&mut balanced, line);
    }
    balanced
}

/// A direction that is set, by the character that ends it.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Embedding,
    Isolate,
}

impl Direction {
    fn end(self) -> char {
        match self {
            Direction::Embedding => '\u{202c}',
            Direction::Isolate => '\u{2069}',
        }
    }
}

fn push_balanced(balanced: &mut String, line: &str) {
    let mut open: Vec<Direction> = Vec::new();
    let end_from = |open: &mut Vec<Direction>, depth: usize, balanced: &mut String| {
        while open.len() > depth {
            let ended = open.pop().filter(|_| open.len() < DEEPEST_DIRECTION);
            balanced.extend(ended.map(Direction::end));
        }
    };
    for letter in line.chars() {
        let (begun, letter) = match letter {
            '\u{202a}' | '\u{202d}' => (Direction::Embedding, '\u{202a}'),
            '\u{202b}' | '\u{202e}' => (Direction::Embedding, '\u{202b}'),
            '\u{2066}'..='\u{2068}' => (Direction::Isolate, letter),
            '\u{202c}' => {
                if open.last() == Some(&Direction::Embedding) {
                    let depth = open.len() - 1;
                    end_from(&mut open, depth, balanced);
                }
                continue;
            }
            '\u{2069}' => {
                if let Some(depth) = open.iter().rposition(|direction| *direction == Direction::Isolate) {
                    end_from(&mut open, depth, balanced);
                }
                continue;
            }
            letter => {
                balanced.push(letter);
                continue;
            }
        };
        if open.len() < DEEPEST_DIRECTION {
            balanced.push(letter);
        }
        open.push(begun);
    }
    end_from(&mut open, 0, balanced);
}

/// Text without what cannot be seen, but for what changes how its neighbours are shown. With `lines`, it has lines,
/// tabs and marks of direction.
fn seen(text: &str, lines: bool) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let after = rest.clone().next();
        let shown = match letter {
            '\r' if after == Some('\n') => continue,
            letter if is_break(letter) => {
                if lines {
                    '\n'
                } else {
                    ' '
                }
            }
            '\t' => {
                if lines {
                    '\t'
                } else {
                    ' '
                }
            }
            letter if !is_unseen(letter) => letter,
            letter if lines && is_direction(letter) => letter,
            letter if shapes(before, letter, after) => letter,
            _ => continue,
        };
        seen.push(shown);
        before = Some(shown);
        if shown == '\u{1f3f4}' {
            let tags = region_tags(rest.as_str());
            seen.push_str(tags);
            rest = rest.as_str()[tags.len()..].chars();
        }
    }
    seen
}

/// A full-width form of an ASCII character as that character.
pub(crate) fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    }
}

/// Characters that end a line (UAX 14: CR, LF, NL and BK).
fn is_break(letter: char) -> bool {
    matches!(letter, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// White space, and what has a width but nothing in it.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{16fe4}' | '\u{1d159}')
}

/// Marks of direction: of one place, of an embedding, of an isolate (UAX 9).
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that are not seen: controls, those that programs ignore where they cannot show them
/// (`Default_Ignorable_Code_Point`, which covers what Unicode may still add), marks of annotations, and those that are
/// none.
pub(crate) fn is_unseen(letter: char) -> bool {
    letter.is_control() || is_ignorable(letter) || is_noncharacter(letter)
}

fn is_ignorable(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_noncharacter(letter: char) -> bool {
    matches!(letter, '\u{fdd0}'..='\u{fdef}') || u32::from(letter) & 0xfffe == 0xfffe
}

/// Whether an unseen character changes how its neighbours are shown: what joins letters or keeps them apart in scripts
/// whose letters join, what joins emoji, what chooses one of several shapes, and what fills a syllable of Hangul.
fn shapes(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let (previous, next) = (before.unwrap_or(' '), after.unwrap_or(' '));
    match letter {
        '\u{200c}' => joins(previous) && joins(next),
        // At a word's end, too: it then shows a letter in its joined shape, or the half of a consonant.
        '\u{200d}' => joins(previous) || ends_pictograph(previous) && is_pictograph(next),
        '\u{34f}' => has_points(previous) && has_points(next),
        '\u{fe00}'..='\u{fe0f}' => {
            has_variants(previous) || matches!(previous, '0'..='9' | '#' | '*') && next == '\u{20e3}'
        }
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(previous),
        '\u{180b}'..='\u{180f}' => matches!(previous, '\u{1820}'..='\u{18aa}'),
        '\u{115f}' | '\u{1160}' => is_jamo(previous) || is_jamo(next),
        _ => false,
    }
}

/// Letters and marks of the scripts whose letters join: from Arabic to Myanmar, those of Southeast Asia, Mongolian, and
/// their later blocks.
fn joins(letter: char) -> bool {
    let joined = matches!(letter,
        '\u{600}'..='\u{109f}' | '\u{1700}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}');
    joined && !is_unseen(letter)
}

/// Letters and points of Hebrew and Arabic, whose order a joiner of graphemes keeps.
fn has_points(letter: char) -> bool {
    matches!(letter, '\u{591}'..='\u{5f4}' | '\u{610}'..='\u{6ed}') && !is_unseen(letter)
}

/// Emoji, and what may follow one as part of it.
fn ends_pictograph(letter: char) -> bool {
    is_pictograph(letter) || matches!(letter, '\u{20e3}' | '\u{fe0f}')
}

/// Emoji, with their colours of skin and hair.
fn is_pictograph(letter: char) -> bool {
    matches!(letter,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}'
        | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}' | '\u{1fc00}'..='\u{1fffd}')
}

/// Characters that have more than one shape: symbols, ideographs, punctuation of Asia, and scripts of which Unicode
/// lists some. Letters of others have none.
fn has_variants(letter: char) -> bool {
    let has_one = matches!(letter, '\u{3041}'..='\u{30ff}' | '\u{ac00}'..='\u{d7ff}') || is_unseen(letter);
    let other = is_pictograph(letter)
        || matches!(letter, '\u{1000}'..='\u{109f}' | '\u{a840}'..='\u{a87f}' | '\u{10ac0}'..='\u{10aff}')
        || letter >= '\u{2018}';
    other && !has_one && !is_blank(letter)
}

fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{2fd5}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

fn is_jamo(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{115e}' | '\u{1161}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// The tags after a black flag that make it a region's, such as Scotland's (UTS 51, ED-14a); empty if there are none.
fn region_tags(text: &str) -> &str {
    let region = |letter: char| matches!(letter, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let tags = text.find(|letter| !region(letter)).unwrap_or(text.len());
    let ended = text[tags..].starts_with('\u{e007f}') && (3..=6).contains(&text[..tags].chars().count());
    if ended { &text[..tags + '\u{e007f}'.len_utf8()] } else { "" }
}

/// Dashes and minus signs of every width, and the long vowel mark that Japanese keyboards write for one.
fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2796}'
                | '\u{30fc}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff70}'
    )
}

/// The plain digit of a decimal digit in any script.
fn digit(letter: char) -> Option<char> {
    let code = u32::from(letter);
    let value = if MATHEMATICAL_DIGITS.contains(&code) {
        (code - MATHEMATICAL_DIGITS.start()) % 10
    } else {
        let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last()?;
        Some(code - zero).filter(|value| *value < 10)?
    };
    char::from_digit(value, 10)
}

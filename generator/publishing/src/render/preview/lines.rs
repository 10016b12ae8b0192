//! Lines: where text is broken so that it fits.

use std::ops::Range;

use crate::render::letter::is_wide;
use crate::render::theme::fonts::Letter;

/// What no line of Japanese begins with.
const NOT_FIRST: &str =
    "、。，．・：；？！）」』】〕〉》”’ーゝゞ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…‥";
/// What none ends with.
const NOT_LAST: &str = "（「『【〔〈《“‘";

/// The width of letters, in ems.
pub(super) fn width(letters: &[Letter]) -> f32 {
    letters.iter().map(|letter| letter.advance).sum()
}

/// Letters in lines of about the same length, as few as they need where none is wider than `most` ems.
pub(super) fn balanced(letters: &[Letter], most: f32) -> Vec<Range<usize>> {
    let mut lines = broken(letters, most);
    let longest_word = words(letters).map(|word| width(&letters[word])).fold(0.0, f32::max);
    let mut narrower = most * 0.96;
    while narrower >= longest_word && narrower > most / 2.0 {
        let tried = broken(letters, narrower);
        if tried.len() > lines.len() {
            break;
        }
        lines = tried;
        narrower *= 0.96;
    }
    lines
}

/// The words: the stretches within which no line ends.
fn words(letters: &[Letter]) -> impl Iterator<Item = Range<usize>> {
    let mut begin = 0;
    (1..=letters.len()).filter_map(move |end| {
        let ends = end == letters.len() || may_break(letters[end - 1].letter, letters[end].letter);
        ends.then(|| std::mem::replace(&mut begin, end)..end)
    })
}

/// As much on each line as fits; a word that is longer than a line is broken anywhere.
fn broken(letters: &[Letter], most: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut begin = 0;
    while begin < letters.len() {
        let (mut end, mut taken, mut last_break) = (begin, 0.0, None);
        while end < letters.len() {
            taken += letters[end].advance;
            if taken > most && letters[end].letter != ' ' && end > begin {
                break;
            }
            end += 1;
            if end < letters.len() && may_break(letters[end - 1].letter, letters[end].letter) {
                last_break = Some(end);
            }
        }
        if end < letters.len() {
            end = last_break.unwrap_or(end);
        }
        let seen = letters[begin..end].iter().rposition(|letter| letter.letter != ' ');
        lines.push(begin..begin + seen.map_or(0, |last| last + 1));
        begin = end;
    }
    lines
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    matches!(before, ' ' | '-' | '–' | '—' | '/') || is_wide(before) || is_wide(after)
}

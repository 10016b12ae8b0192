//! Letters, as layouts tell them apart.

/// True for ideographs, kana and their punctuation, which are written without spaces; Hangul is written with them.
pub(crate) fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff9f}' | '\u{20000}'..='\u{3fffd}')
}

//! Counts, lists, spans of time and opening hours, as commands write them.

use scheduling::hours::Opening;

/// A number of things in words: `1 file`, `2 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Numbers in a row: `15, 30`.
pub(super) fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Minutes as content writes them: `45m`, `4h`, `2d`.
pub(super) fn span(minutes: u32) -> String {
    match minutes {
        minutes if minutes >= 1440 && minutes.is_multiple_of(1440) => format!("{}d", minutes / 1440),
        minutes if minutes >= 60 && minutes.is_multiple_of(60) => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}

/// Opening hours: `09:00-12:00, 13:00-17:00`. `closed` is said where there are none.
pub(super) fn hours(openings: &[Opening], closed: &str) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let opening = |opening: &Opening| format!("{}-{}", time(opening.start), time(opening.end));
    if openings.is_empty() {
        return closed.to_owned();
    }
    openings.iter().map(opening).collect::<Vec<_>>().join(", ")
}

//! Counts, lists, spans of time and opening hours, as commands write them.

use scheduling::definition::{Meeting, RefundUntil};
use scheduling::hours::Opening;
use scheduling::locale::LocaleWords;

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

/// What a duration of a page costs, as visitors read it.
pub(super) fn price(meeting: &Meeting, minutes: u32, words: &LocaleWords) -> String {
    meeting.prices.get(&minutes).map_or_else(|| "free".to_owned(), |money| words.money(money))
}

/// What a page costs, as visitors read it: `¥5,000`, or each duration's price where they differ; nothing for a page
/// that is free.
pub(super) fn prices(meeting: &Meeting, words: &LocaleWords) -> String {
    if meeting.prices.is_empty() {
        return String::new();
    }
    let durations = &meeting.rules.durations_minutes;
    let mut prices: Vec<String> = durations.iter().map(|minutes| price(meeting, *minutes, words)).collect();
    prices.dedup();
    if let [same] = prices.as_slice() {
        return same.clone();
    }
    let of_duration = |minutes: &u32| format!("{} ({minutes} minutes)", price(meeting, *minutes, words));
    durations.iter().map(of_duration).collect::<Vec<_>>().join(", ")
}

/// Until when visitors who cancel get their money back; nothing for a page that is free.
pub(super) fn refund(meeting: &Meeting) -> String {
    match meeting.refund_until {
        _ if meeting.prices.is_empty() => String::new(),
        RefundUntil::Never => "never".to_owned(),
        RefundUntil::Always => "always".to_owned(),
        RefundUntil::Minutes(minutes) => format!("until {} before", span(minutes)),
    }
}

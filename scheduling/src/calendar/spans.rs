//! Busy times, merged.

use serde::{Deserialize, Serialize};

use crate::order::{Pair, merged};

/// The most spans that are gathered before they are merged.
const MOST_LOOSE: usize = 1 << 14;

/// A time that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "[i64; 2]", into = "[i64; 2]")]
pub struct Span {
    /// The first instant, in seconds since 1970.
    pub start: i64,
    /// The instant after the last, in seconds since 1970.
    pub end: i64,
}

impl From<[i64; 2]> for Span {
    fn from([start, end]: [i64; 2]) -> Self {
        Self { start, end }
    }
}

impl From<Span> for [i64; 2] {
    fn from(span: Span) -> Self {
        [span.start, span.end]
    }
}

/// The times inside a window that are taken.
#[derive(Debug)]
pub(super) struct Spans {
    window: Span,
    /// Starts with their ends.
    found: Vec<Pair>,
    merge_at: usize,
}

impl Spans {
    pub(super) fn new(window: Span) -> Self {
        Self { window, found: Vec::new(), merge_at: MOST_LOOSE }
    }

    /// Adds what lies in the window. True if anything does.
    pub(super) fn add(&mut self, start: i64, end: i64) -> bool {
        let (start, end) = (start.max(self.window.start), end.min(self.window.end));
        let is_inside = start < end;
        if is_inside {
            self.found.push((start, end));
            if self.found.len() >= self.merge_at {
                self.merge();
                self.merge_at = self.found.len() * 2 + MOST_LOOSE;
            }
        }
        is_inside
    }

    /// The spans in order; none touches another.
    pub(super) fn finish(mut self) -> Vec<Span> {
        self.merge();
        self.found.into_iter().map(|(start, end)| Span { start, end }).collect()
    }

    fn merge(&mut self) {
        self.found = merged(std::mem::take(&mut self.found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one_span_and_what_is_outside_is_none() {
        let mut spans = Spans::new(Span { start: 100, end: 200 });
        for (start, end, is_inside) in [
            (150, 160, true),
            (90, 110, true),
            (110, 120, true),
            (155, 157, true),
            (190, 900, true),
            (80, 100, false),
            (200, 210, false),
            (130, 130, false),
            (140, 135, false),
        ] {
            assert_eq!(spans.add(start, end), is_inside);
        }
        let expected = [(100, 120), (150, 160), (190, 200)].map(|(start, end)| Span { start, end });
        assert_eq!(spans.finish(), expected);
    }
}

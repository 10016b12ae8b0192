//! What a calendar is asked, and whether what is known of it will do where it has not changed.

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::calendar::{Answer, Found, Known, Question, Reading, Span};
use scheduling::definition::Calendar;

/// So often a calendar is read whole, though it says that it has not changed: time has gone on.
const WHOLE_EVERY: TimeDelta = TimeDelta::hours(20);
/// What is known may end so much before what is asked, and the calendar need not be read whole.
const MOST_SHORT: TimeDelta = TimeDelta::days(2);
/// The most bytes of an answer.
pub(super) const MOST_BYTES: usize = 10 << 20;

/// What is asked of a calendar.
pub(super) struct Asked<'a> {
    pub(super) question: Question,
    pub(super) calendar: &'a Calendar,
}

impl Asked<'_> {
    /// What to ask with whether the calendar has changed; `None` where it is to be read whole in any case.
    pub(super) fn validator<'k>(&self, known: Option<&'k Known>, now: DateTime<Utc>) -> Option<&'k str> {
        let known = known?;
        let is_recent = |whole_at: DateTime<Utc>| (now - whole_at).abs() < WHOLE_EVERY;
        let least_end = self.question.until - MOST_SHORT.num_seconds();
        let will_do = known.whole_at.is_some_and(is_recent) && known.known.end >= least_end;
        known.validator.as_deref().filter(|_| will_do)
    }

    /// What was read of the calendar, and is valid while it says the same.
    pub(super) fn found(&self, answer: Answer, validator: Option<String>) -> Reading {
        let stretch = Span { start: self.question.from, end: self.question.until };
        Reading::Found(Box::new(Found::of(answer, stretch, self.calendar.keep_free, validator)))
    }
}

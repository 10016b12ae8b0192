//! Time that is taken: claims, the number of them that a limit allows, and the rule by which two meetings of a host are
//! in each other's way (rule 6 of [`crate::availability`]): written here once, for the engine and for the ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::Buffer;

/// Time that is taken in one ledger, as availability needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The page that it came from.
    pub page: String,
    /// The start, in seconds since 1970.
    pub start: i64,
    /// The end, in seconds since 1970.
    pub end: i64,
    /// Kept free before, in seconds.
    pub before: i64,
    /// Kept free after, in seconds.
    pub after: i64,
    /// Live bookings in it.
    pub seats_taken: u32,
    /// Bookings that it has room for.
    pub capacity: u32,
    /// The instant at which its last seat dies, in seconds since 1970; `None` if one is taken for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The name of the host's calendar that says so, in another program; `None` for a booking of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

impl Claim {
    /// A time that a calendar says is busy: no page's, and nobody can join it.
    pub fn of_calendar(calendar: String, (start, end): (i64, i64), (before, after): (i64, i64)) -> Self {
        let [page, calendar] = [String::new(), calendar];
        Self {
            page,
            start,
            end,
            before,
            after,
            seats_taken: 1,
            capacity: 1,
            expires_at: None,
            calendar: Some(calendar),
        }
    }
}

/// At most `most` of the page's bookings may start from `from` until before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountLimit {
    /// The first instant counted.
    pub from: DateTime<Utc>,
    /// The instant after the last.
    pub until: DateTime<Utc>,
    /// The most bookings.
    pub most: u32,
}

/// The stretch that a claim keeps a meeting with those buffers from touching: its first instant, and the instant after
/// its last (seconds since 1970).
///
/// The gap between two meetings must be as long as the longer of the earlier one's buffer after and the later one's
/// buffer before. So the blocked stretch is wider than the claim by that much on either side.
pub fn blocked_span(claim: &Claim, buffer: &Buffer) -> (i64, i64) {
    let (before, after) = (i64::from(buffer.before_minutes) * 60, i64::from(buffer.after_minutes) * 60);
    (claim.start - after.max(claim.before), claim.end + before.max(claim.after))
}

/// Returns true if a meeting from `start` until `end` (seconds since 1970) with those buffers is in the claim's way.
pub fn conflicts(claim: &Claim, start: i64, end: i64, buffer: &Buffer) -> bool {
    let (blocked_from, blocked_until) = blocked_span(claim, buffer);
    start < blocked_until && blocked_from < end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A claim of 10:00 to 11:00 (as minutes 600 to 660) with those buffers, and a meeting beside it.
    #[track_caller]
    fn check(claim_buffers: (i64, i64), meeting: (i64, i64), own_buffers: (u32, u32), expected: bool) {
        let claim = Claim {
            page: "aiko/intro".to_owned(),
            start: 600 * 60,
            end: 660 * 60,
            before: claim_buffers.0 * 60,
            after: claim_buffers.1 * 60,
            seats_taken: 1,
            capacity: 1,
            expires_at: None,
            calendar: None,
        };
        let buffer = Buffer { before_minutes: own_buffers.0, after_minutes: own_buffers.1 };
        assert_eq!(conflicts(&claim, meeting.0 * 60, meeting.1 * 60, &buffer), expected);
    }

    #[test]
    fn meetings_may_touch_where_nobody_wants_a_buffer() {
        check((0, 0), (660, 690), (0, 0), false);
        check((0, 0), (570, 600), (0, 0), false);
        check((0, 0), (659, 690), (0, 0), true);
        check((0, 0), (570, 601), (0, 0), true);
        check((0, 0), (615, 630), (0, 0), true);
        check((0, 0), (540, 720), (0, 0), true);
    }

    #[test]
    fn the_gap_is_the_longer_of_both_buffers_and_not_their_sum() {
        check((0, 15), (670, 700), (10, 0), true);
        check((0, 15), (675, 705), (10, 0), false);
        check((0, 10), (670, 700), (15, 0), true);
        check((0, 10), (675, 700), (15, 0), false);
        check((20, 0), (550, 580), (0, 5), false);
        check((20, 0), (551, 581), (0, 5), true);
    }

    #[test]
    fn buffers_that_look_away_from_each_other_do_not_count() {
        check((30, 0), (660, 690), (0, 30), false);
        check((0, 30), (570, 600), (30, 0), false);
    }
}

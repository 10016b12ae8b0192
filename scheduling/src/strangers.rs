//! Strangers: visitors whose address has proven nothing, and how much of a host's time they may hold.
//!
//! An address has *proven* itself when somebody pressed a button behind a link that only an email to it carries. Until
//! then it may be anybody's, made up by the hundred. So what all of them hold together is bounded by a [`Share`] of
//! what a page offers. Beyond it a stranger's booking is held for a while, and stands once it is confirmed by the link
//! in its email.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Bookings that a page takes of strangers in an hour. A page seldom meets more new people than that.
const MOST_AN_HOUR: u32 = 3;
/// Bookings of strangers that a page holds in any case: a tenth of few times would be none.
const ALWAYS_TAKEN: u32 = 3;
/// One part in so many of what is offered in seven days may be held by strangers.
const PARTS: u32 = 10;
/// Bookings of one network that may wait to be confirmed at once. They hold time, though not for good.
const MOST_WAITING: u32 = 3;
/// Bookings of one network that are asked to be confirmed in an hour, whatever becomes of them. Each leaves a little on
/// the disk for a while.
const MOST_ASKED_AN_HOUR: u32 = 10;
/// Minutes within which a booking is confirmed by the link in its email.
pub const CONFIRM_WITHIN_MINUTES: i64 = 30;

/// When a booking that was made at an instant, and begins at another one, is to be confirmed by.
pub fn confirmed_by(made_at: DateTime<Utc>, start: DateTime<Utc>) -> DateTime<Utc> {
    start.min(made_at + TimeDelta::minutes(CONFIRM_WITHIN_MINUTES))
}

/// What a page offers in seven days, and the stretch of time in which strangers may hold a part of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The first instant of the stretch.
    pub from: DateTime<Utc>,
    /// The instant after its last.
    pub until: DateTime<Utc>,
    /// Starts that the page offers in seven days when nothing is booked.
    pub starts_offered: u32,
    /// Bookings that it takes then: fewer, if it limits them.
    pub bookings_offered: u32,
    /// Minutes from one start to the next.
    pub start_every_minutes: u32,
    /// The page's shortest meeting, in minutes.
    pub shortest_minutes: u32,
}

/// What is known of somebody who books, unless they have proven their address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    /// The share of all strangers; of their network alone, where nobody can prove anything.
    pub share: Share,
    /// A digest of the network that the request came from.
    pub network: Option<String>,
    /// Whether they can prove their address: the site sends email.
    pub can_prove: bool,
}

/// What strangers hold already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Starts that their bookings in the share's stretch take away, with any of the host's pages.
    pub(crate) starts: i64,
    /// Their bookings of the page in that stretch.
    pub(crate) bookings: i64,
    /// Their bookings of the page that were made in the last hour, live or not.
    pub(crate) made_lately: i64,
    /// Bookings of the network that wait to be confirmed.
    pub(crate) waiting: i64,
    /// Those of the network that were asked to be confirmed in the last hour, whatever became of them.
    pub(crate) asked_lately: i64,
}

/// What becomes of a stranger's booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// It is taken as it is.
    Taken,
    /// It is held until it is confirmed by the link in its email.
    Asked,
    /// It is refused: too much comes from there.
    Refused,
}

impl Share {
    /// How many starts a meeting of that length takes away, with the gap that it keeps on either side (in seconds):
    /// those from its own until it is over, and those before it.
    pub(crate) fn starts_taken(&self, length: i64, gap: i64) -> i64 {
        self.starts_before(gap) + self.steps(length + gap)
    }

    /// How many starts before a meeting would have the shortest one run into it, or into its gap (in seconds).
    pub(crate) fn starts_before(&self, gap: i64) -> i64 {
        self.steps(i64::from(self.shortest_minutes) * 60 + gap) - 1
    }

    /// The distance from one start to the next, in seconds.
    pub(crate) fn every(&self) -> i64 {
        i64::from(self.start_every_minutes.max(1)) * 60
    }

    fn steps(&self, span: i64) -> i64 {
        (span + self.every() - 1) / self.every()
    }

    /// Whether strangers may hold one booking more, which takes so many starts away.
    pub(crate) fn has_room(&self, held: &Held, starts: i64) -> bool {
        let has_few = self.starts_offered < ALWAYS_TAKEN * PARTS;
        let most_bookings = (self.bookings_offered / PARTS).max(ALWAYS_TAKEN);
        let most_starts = self.starts_offered / PARTS;
        held.bookings < i64::from(most_bookings)
            && (has_few || held.starts + starts <= i64::from(most_starts))
    }
}

impl Stranger {
    /// What becomes of one booking more, which takes so many starts away.
    pub(crate) fn course(&self, held: &Held, starts: i64) -> Course {
        if held.made_lately < i64::from(MOST_AN_HOUR) && self.share.has_room(held, starts) {
            return Course::Taken;
        }
        let may_ask =
            held.waiting < i64::from(MOST_WAITING) && held.asked_lately < i64::from(MOST_ASKED_AN_HOUR);
        if self.can_prove && may_ask { Course::Asked } else { Course::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: i64 = 30 * 60;
    const QUARTER: i64 = 15 * 60;

    fn share(starts_offered: u32, bookings_offered: u32) -> Share {
        Share {
            from: DateTime::UNIX_EPOCH,
            until: DateTime::UNIX_EPOCH + TimeDelta::days(13),
            starts_offered,
            bookings_offered,
            start_every_minutes: 30,
            shortest_minutes: 30,
        }
    }

    #[test]
    fn a_meeting_takes_every_start_away_that_would_touch_it() {
        let of = |length, gap| share(76, 76).starts_taken(length, gap);
        assert_eq!(of(HALF, 0), 1);
        assert_eq!(of(QUARTER, 0), 1);
        assert_eq!(of(2 * HALF, 0), 2);
        assert_eq!(of(HALF, QUARTER), 3, "its own, and one on either side");
        let quarters = Share { start_every_minutes: 15, ..share(76, 76) };
        assert_eq!(
            quarters.starts_taken(HALF, 0),
            3,
            "its own, one that it covers, and one that runs into it"
        );
        let whole_days = Share { shortest_minutes: 480, ..share(76, 76) };
        assert_eq!(whole_days.starts_taken(480 * 60, 0), 31);
    }

    #[test]
    fn strangers_hold_a_tenth_and_of_few_times_three() {
        let has_room = |share: Share, starts, bookings, wanted| {
            share.has_room(&Held { starts, bookings, ..Held::default() }, wanted)
        };
        assert!(has_room(share(76, 76), 6, 6, 1));
        assert!(!has_room(share(76, 76), 7, 7, 1));
        assert!(!has_room(share(76, 76), 6, 6, 2), "a longer meeting does not fit any more");
        assert!(!has_room(share(76, 76), 7, 0, 1), "nor where other pages have taken the time");
        assert!(has_room(share(29, 29), 60, 2, 30), "few times: three, whatever they take");
        assert!(!has_room(share(29, 29), 3, 3, 1));
        assert!(has_room(share(0, 0), 0, 2, 1));
        assert!(has_room(share(200, 5), 2, 2, 1), "a page with a limit has few, too");
        assert!(!has_room(share(200, 5), 3, 3, 1));
        assert!(!has_room(share(200, 40), 4, 4, 1));
    }

    #[test]
    fn whoever_comes_when_the_share_is_used_up_is_asked_to_confirm() {
        let stranger = |can_prove| Stranger { share: share(76, 76), network: None, can_prove };
        let course = |can_prove, held| stranger(can_prove).course(&held, 1);
        let lately = |made_lately| Held { made_lately, ..Held::default() };
        assert_eq!(course(true, lately(2)), Course::Taken);
        assert_eq!(course(true, lately(3)), Course::Asked, "three an hour");
        let full = Held { starts: 7, bookings: 7, ..Held::default() };
        assert_eq!(course(true, full), Course::Asked);
        assert_eq!(course(true, Held { waiting: 2, ..full }), Course::Asked);
        assert_eq!(course(true, Held { waiting: 3, ..full }), Course::Refused, "three of a network at once");
        assert_eq!(course(true, Held { asked_lately: 9, ..full }), Course::Asked);
        assert_eq!(course(true, Held { asked_lately: 10, ..full }), Course::Refused, "ten in an hour");
        assert_eq!(course(true, Held { waiting: 3, asked_lately: 10, ..lately(0) }), Course::Taken);
        assert_eq!(course(false, full), Course::Refused, "nobody can prove anything");
        assert_eq!(course(false, lately(2)), Course::Taken);
    }

    #[test]
    fn a_booking_is_confirmed_within_half_an_hour_and_before_it_begins() {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        assert_eq!(confirmed_by(at(0), at(600)), at(30));
        assert_eq!(confirmed_by(at(0), at(20)), at(20));
    }
}

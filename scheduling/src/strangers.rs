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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The first instant of the stretch.
    pub from: DateTime<Utc>,
    /// The instant after its last.
    pub until: DateTime<Utc>,
    /// When the page has meetings in that stretch: from the first start until the last end, in seconds since 1970.
    pub hours: Vec<(i64, i64)>,
    /// Starts that the page offers in seven days when nothing is booked.
    pub starts_offered: u32,
    /// Bookings that it takes then: fewer, if it limits them.
    pub bookings_offered: u32,
    /// Minutes from one start to the next.
    pub start_every_minutes: u32,
    /// The page's shortest meeting, in minutes.
    pub shortest_minutes: u32,
    /// The longer of the page's buffers, in minutes.
    pub gap_minutes: u32,
}

/// What is known of somebody who books, unless they have proven their address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    /// The share of all strangers; of their network alone, where nobody can prove anything.
    pub share: Share,
    /// Their shares of the host's other pages: a meeting takes those pages' times, too.
    pub others: Vec<Share>,
    /// A digest of the network that the request came from.
    pub network: Option<String>,
    /// Whether they can prove their address: the site sends email.
    pub can_prove: bool,
}

/// A meeting that a stranger holds, or asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meeting {
    /// Its start, in seconds since 1970.
    pub(crate) start: i64,
    /// Its end.
    pub(crate) end: i64,
    /// It is on the page that is booked, not on another of the host's.
    pub(crate) is_here: bool,
}

/// What strangers hold already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Their meetings that are still to come, with the host.
    pub(crate) meetings: Vec<Meeting>,
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
    /// How many of the page's starts a meeting takes away, with the gap that it keeps on either side (in seconds):
    /// those from its own until it is over, and those before it that would have the shortest meeting run into it. None
    /// where the page has no meetings then.
    fn starts_taken(&self, meeting: &Meeting, gap: i64) -> i64 {
        let gap = gap.max(i64::from(self.gap_minutes) * 60);
        let touches =
            |(first, until): &(i64, i64)| meeting.start - gap < *until && *first < meeting.end + gap;
        if !self.hours.iter().any(touches) {
            return 0;
        }
        let before = self.steps(i64::from(self.shortest_minutes) * 60 + gap) - 1;
        before + self.steps(meeting.end - meeting.start + gap)
    }

    fn steps(&self, span: i64) -> i64 {
        let every = i64::from(self.start_every_minutes.max(1)) * 60;
        (span + every - 1) / every
    }

    /// Those of some meetings that begin in the stretch.
    fn within<'a>(&self, meetings: &'a [Meeting]) -> impl Iterator<Item = &'a Meeting> {
        let stretch = self.from.timestamp()..self.until.timestamp();
        meetings.iter().filter(move |meeting| stretch.contains(&meeting.start))
    }

    /// Whether the page keeps its starts, but for the part that strangers may hold.
    fn keeps_starts(&self, held: &[Meeting], wanted: &Meeting, gap: i64) -> bool {
        let wanted = self.starts_taken(wanted, gap);
        let taken: i64 = self.within(held).map(|meeting| self.starts_taken(meeting, gap)).sum();
        wanted == 0 || taken + wanted <= i64::from(self.starts_offered / PARTS)
    }

    /// Whether strangers may hold one meeting more on the page itself. Its first three they may in any case, be its
    /// times ever so few; not three in each week.
    fn has_room(&self, held: &[Meeting], wanted: &Meeting, gap: i64) -> bool {
        let is_early = held.iter().filter(|meeting| meeting.is_here).count() < ALWAYS_TAKEN as usize;
        let has_few = self.starts_offered < ALWAYS_TAKEN * PARTS;
        let bookings = self.within(held).filter(|meeting| meeting.is_here).count();
        (is_early || bookings < (self.bookings_offered / PARTS) as usize)
            && (is_early && has_few || self.keeps_starts(held, wanted, gap))
    }
}

impl Stranger {
    /// What becomes of one booking more, which keeps that gap on either side (in seconds).
    pub(crate) fn course(&self, held: &Held, wanted: &Meeting, gap: i64) -> Course {
        if held.made_lately < i64::from(MOST_AN_HOUR) && self.has_room(&held.meetings, wanted, gap) {
            return Course::Taken;
        }
        self.course_beyond(held)
    }

    /// What becomes of a booking that is one too many to be taken as it is.
    pub(crate) fn course_beyond(&self, held: &Held) -> Course {
        let may_ask =
            held.waiting < i64::from(MOST_WAITING) && held.asked_lately < i64::from(MOST_ASKED_AN_HOUR);
        if self.can_prove && may_ask { Course::Asked } else { Course::Refused }
    }

    /// Whether strangers may hold one meeting more, with all of the host's pages in mind.
    pub(crate) fn has_room(&self, held: &[Meeting], wanted: &Meeting, gap: i64) -> bool {
        let is_early = held.len() < ALWAYS_TAKEN as usize;
        self.share.has_room(held, wanted, gap)
            && (is_early || self.others.iter().all(|other| other.keeps_starts(held, wanted, gap)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: i64 = 30 * 60;
    const QUARTER: i64 = 15 * 60;
    const DAY: i64 = 24 * 60 * 60;

    fn share(starts_offered: u32, bookings_offered: u32) -> Share {
        Share {
            from: DateTime::UNIX_EPOCH,
            until: DateTime::UNIX_EPOCH + TimeDelta::days(13),
            hours: vec![(0, 13 * DAY)],
            starts_offered,
            bookings_offered,
            start_every_minutes: 30,
            shortest_minutes: 30,
            gap_minutes: 0,
        }
    }

    fn lasting(length: i64) -> Meeting {
        Meeting { start: 0, end: length, is_here: true }
    }

    #[test]
    fn a_meeting_takes_every_start_away_that_would_touch_it() {
        let of = |length, gap| share(76, 76).starts_taken(&lasting(length), gap);
        assert_eq!(of(HALF, 0), 1);
        assert_eq!(of(QUARTER, 0), 1);
        assert_eq!(of(2 * HALF, 0), 2);
        assert_eq!(of(HALF, QUARTER), 3, "its own, and one on either side");
        let quarters = Share { start_every_minutes: 15, ..share(76, 76) };
        assert_eq!(
            quarters.starts_taken(&lasting(HALF), 0),
            3,
            "its own, one that it covers, and one that runs into it"
        );
        let whole_days = Share { shortest_minutes: 480, ..share(76, 76) };
        assert_eq!(whole_days.starts_taken(&lasting(480 * 60), 0), 31);
        let apart = Share { gap_minutes: 15, ..share(76, 76) };
        assert_eq!(apart.starts_taken(&lasting(HALF), 0), 3, "the page's own buffer");
        let later = Share { hours: vec![(DAY, 2 * DAY)], ..share(76, 76) };
        assert_eq!(later.starts_taken(&lasting(HALF), 0), 0, "the page has no meetings then");
    }

    /// So many half hours on the page, in a row.
    fn held(count: i64) -> Vec<Meeting> {
        (0..count)
            .map(|number| Meeting { start: number * HALF, end: (number + 1) * HALF, is_here: true })
            .collect()
    }

    fn elsewhere(meetings: &[Meeting]) -> Vec<Meeting> {
        meetings.iter().map(|meeting| Meeting { is_here: false, ..*meeting }).collect()
    }

    #[test]
    fn strangers_hold_a_tenth_and_of_few_times_three() {
        let has_room = |share: Share, held: &[Meeting], length| share.has_room(held, &lasting(length), 0);
        assert!(has_room(share(76, 76), &held(6), HALF));
        assert!(!has_room(share(76, 76), &held(7), HALF));
        assert!(!has_room(share(76, 76), &held(6), 2 * HALF), "a longer meeting does not fit any more");
        assert!(
            !has_room(share(76, 76), &elsewhere(&held(7)), HALF),
            "nor where other pages have taken the time"
        );
        assert!(has_room(share(29, 29), &held(2), 30 * HALF), "few times: three, whatever they take");
        assert!(!has_room(share(29, 29), &held(3), HALF));
        assert!(has_room(share(0, 0), &held(2), HALF));
        assert!(has_room(share(200, 5), &held(2), HALF), "a page with a limit has few, too");
        assert!(!has_room(share(200, 5), &held(3), HALF));
        assert!(!has_room(share(200, 40), &held(4), HALF));
        let later: Vec<Meeting> = held(3)
            .iter()
            .map(|meeting| Meeting {
                start: meeting.start + 20 * DAY,
                end: meeting.end + 20 * DAY,
                ..*meeting
            })
            .collect();
        assert!(!has_room(share(200, 5), &later, HALF), "three in all, not in each week");
        assert!(has_room(share(200, 40), &later, HALF));
    }

    #[test]
    fn short_meetings_do_not_take_a_long_pages_times() {
        let long = Share { shortest_minutes: 90, ..share(60, 60) };
        let stranger = |others| Stranger { share: share(600, 600), others, network: None, can_prove: true };
        assert!(stranger(Vec::new()).has_room(&held(3), &lasting(HALF), 0));
        assert!(
            stranger(vec![long.clone()]).has_room(&held(1), &lasting(HALF), 0),
            "three starts, then three more"
        );
        assert!(
            stranger(vec![long.clone()]).has_room(&held(2), &lasting(HALF), 0),
            "the first three in any case"
        );
        assert!(!stranger(vec![long]).has_room(&held(3), &lasting(HALF), 0));
    }

    #[test]
    fn whoever_comes_when_the_share_is_used_up_is_asked_to_confirm() {
        let stranger =
            |can_prove| Stranger { share: share(76, 76), others: Vec::new(), network: None, can_prove };
        let course = |can_prove, held: Held| stranger(can_prove).course(&held, &lasting(HALF), 0);
        let lately = |made_lately| Held { made_lately, ..Held::default() };
        let full = || Held { meetings: held(7), ..Held::default() };
        assert_eq!(course(true, lately(2)), Course::Taken);
        assert_eq!(course(true, lately(3)), Course::Asked, "three an hour");
        assert_eq!(course(true, full()), Course::Asked);
        assert_eq!(course(true, Held { waiting: 2, ..full() }), Course::Asked);
        assert_eq!(
            course(true, Held { waiting: 3, ..full() }),
            Course::Refused,
            "three of a network at once"
        );
        assert_eq!(course(true, Held { asked_lately: 9, ..full() }), Course::Asked);
        assert_eq!(course(true, Held { asked_lately: 10, ..full() }), Course::Refused, "ten in an hour");
        assert_eq!(course(true, Held { waiting: 3, asked_lately: 10, ..lately(0) }), Course::Taken);
        assert_eq!(course(false, full()), Course::Refused, "nobody can prove anything");
        assert_eq!(course(false, lately(2)), Course::Taken);
    }

    #[test]
    fn a_booking_is_confirmed_within_half_an_hour_and_before_it_begins() {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        assert_eq!(confirmed_by(at(0), at(600)), at(30));
        assert_eq!(confirmed_by(at(0), at(20)), at(20));
    }
}

//! The engine and the ledger agree: a start that the engine offers at an instant can be booked at that instant, or
//! moved to, and any other is refused. `PROPTEST_CASES` makes the run longer.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scheduling::availability::{self, Window};
use scheduling::booking::{Party, Status};
use scheduling::claim::Claim;
use scheduling::definition::{Buffer, DateWindow, Limit, Rules};
use scheduling::hours::WeeklyHours;
use scheduling::ledger::{Answer, Book, Command, Query, Reply, Reschedule, answer, apply};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::zone::Zone;

use crate::support::{Memory, book, booking_of, cancel_at, id};

const PAGES: [&str; 2] = ["aiko/intro", "aiko/review"];

/// Four days around the change of offset of Berlin on 2027-03-28, from the Friday before.
fn first_midnight() -> DateTime<Utc> {
    "2027-03-26T00:00:00Z".parse().unwrap()
}

#[derive(Clone, Debug)]
enum Action {
    /// Asks for a start, offered or not: quarters of an hour after the first midnight.
    Ask {
        page: usize,
        quarter: i64,
        duration: usize,
    },
    /// Asks for one that is offered: the one at that part of the list.
    AskOffered {
        page: usize,
        part: f64,
        duration: usize,
    },
    /// Asks for another time for a booking, offered or not.
    Move {
        number: u8,
        quarter: i64,
    },
    Cancel {
        number: u8,
    },
    Wait {
        minutes: i64,
    },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        4 => (0..2usize, 0..384i64, 0..2usize).prop_map(|(page, quarter, duration)| Action::Ask { page, quarter, duration }),
        4 => (0..2usize, 0.0..1.0, 0..2usize).prop_map(|(page, part, duration)| Action::AskOffered { page, part, duration }),
        3 => (0..20u8, 0..384i64).prop_map(|(number, quarter)| Action::Move { number, quarter }),
        1 => (0..20u8).prop_map(|number| Action::Cancel { number }),
        1 => (1..400i64).prop_map(|minutes| Action::Wait { minutes }),
    ];
    prop::collection::vec(action, 1..20)
}

/// Rules of a page: hours by day and over the night of the change, buffers, limits, notice.
fn rules() -> impl Strategy<Value = Rules> {
    let zone = prop::sample::select(vec!["Europe/Berlin", "Asia/Tokyo", "America/St_Johns"]);
    let durations = prop::sample::select(vec![[15, 30], [30, 60], [45, 30], [60, 15]]);
    let every = prop::sample::select(vec![15, 20, 30, 60]);
    let buffers = (prop::sample::select(vec![0, 5, 15, 60]), prop::sample::select(vec![0, 10, 30, 1440]));
    let limits = (prop::option::of(1..4u32), prop::option::of(1..6u32));
    (zone, durations, every, buffers, limits, 0..120u32).prop_map(
        |(zone, durations, every, (before_minutes, after_minutes), (per_day, per_week), notice)| Rules {
            time_zone: Zone::named(zone).unwrap(),
            page_hours: None,
            host_hours: WeeklyHours(std::array::from_fn(|_| {
                vec![(60, 250).into(), (540, 720).into(), (780, 1440).into()]
            })),
            page_dates: Vec::new(),
            host_dates: Vec::new(),
            holidays: BTreeMap::new(),
            durations_minutes: durations.to_vec(),
            start_every_minutes: every,
            notice_minutes: notice,
            window: DateWindow { days: Some(3), from: None, until: None },
            buffer: Buffer { before_minutes, after_minutes },
            limit: Limit { per_day, per_week },
        },
    )
}

/// A ledger, the rules of its two pages, and the time.
struct Scene {
    sql: Memory,
    rules: [Rules; 2],
    now: DateTime<Utc>,
    booked: u8,
}

impl Scene {
    fn windows(&mut self, page: usize) -> Vec<Window> {
        self.windows_without(page, None)
    }

    /// The windows as if a booking were not there.
    fn windows_without(&mut self, page: usize, except: Option<BookingId>) -> Vec<Window> {
        let rules = &self.rules[page];
        let query = Query::Busy { from: rules.claims_from(self.now), except };
        let claims: Vec<Claim> = match answer(&mut self.sql, &query, self.now).unwrap() {
            Answer::Busy { claims, .. } => claims,
            other => panic!("not claims: {other:?}"),
        };
        rules.windows(&availability::Query {
            now: self.now,
            with_notice: true,
            dates: None,
            page: PAGES[page],
            claims: &claims,
        })
    }

    /// All starts of that duration that are offered now.
    fn starts(&mut self, page: usize, minutes: u32) -> Vec<i64> {
        let every = self.rules[page].start_every_minutes;
        self.windows(page).into_iter().flat_map(|window| window.starts(every, minutes)).collect()
    }

    /// Asks for a meeting as the endpoint does.
    fn ask(&mut self, page: usize, start: i64, minutes: u32) -> Reply {
        let rules = &self.rules[page];
        self.booked += 1;
        let mut asked: Book = book(self.booked, 0, 1);
        asked.booking.page = PAGES[page].to_owned();
        asked.booking.start = DateTime::from_timestamp(start, 0).unwrap();
        asked.booking.end = asked.booking.start + TimeDelta::minutes(minutes.into());
        asked.booking.buffer = rules.buffer;
        asked.booking.visitor.contact.email = format!("contact{}@example.com", self.booked);
        asked.verdict = rules.verdict(self.now, start, minutes);
        asked.limits = rules.count_limits(asked.booking.start);
        apply(&mut self.sql, &Command::Book(Box::new(asked), None), self.now).unwrap()
    }

    /// Asks for another time for a booking, as the endpoint does, and holds the reply against what is offered.
    fn check_move(&mut self, number: u8, start: i64) -> Result<(), TestCaseError> {
        let Some(booking) = booking_of(&mut self.sql, number) else { return Ok(()) };
        if booking.status != Status::Confirmed || booking.end <= self.now {
            return Ok(());
        }
        let page = usize::from(booking.page != PAGES[0]);
        let minutes = u32::try_from((booking.end - booking.start).num_minutes()).unwrap();
        let every = self.rules[page].start_every_minutes;
        let windows = self.windows_without(page, Some(booking.id.clone()));
        let offered = windows.iter().any(|window| window.offers(start, every, minutes));
        let rules = &self.rules[page];
        let instant = DateTime::from_timestamp(start, 0).unwrap();
        let asked = Reschedule {
            from: None,
            id: booking.id.clone(),
            by: Party::Host,
            verdict: rules.verdict(self.now, start, minutes),
            start: instant,
            end: instant + TimeDelta::minutes(minutes.into()),
            buffer: rules.buffer,
            capacity: 1,
            limits: rules.count_limits(instant),
            approval_within_minutes: None,
            stranger: None,
            proves: false,
            calendars: None,
        };
        let reply = apply(&mut self.sql, &Command::Reschedule(asked, None), self.now).unwrap();
        let moved = matches!(reply, Reply::Changed { .. });
        let stays = instant == booking.start;
        prop_assert_eq!(moved, offered || stays, "{:?} to {}: {:?}", booking, start, reply);
        Ok(())
    }

    /// Asks for a start, offered or not, and holds the reply against what is offered.
    fn check(&mut self, page: usize, start: i64, minutes: u32) -> Result<(), TestCaseError> {
        let every = self.rules[page].start_every_minutes;
        let offered = self.windows(page).iter().any(|window| window.offers(start, every, minutes));
        let listed = self.starts(page, minutes).contains(&start);
        prop_assert_eq!(offered, listed, "`offers` and `starts` at {}", start);
        let reply = self.ask(page, start, minutes);
        let booked = matches!(reply, Reply::Booked { .. });
        prop_assert_eq!(booked, offered, "{} at {} for {}: {:?}", PAGES[page], start, minutes, reply);
        if let Reply::Refused { refusal } = reply {
            let of_availability = [
                Refusal::NoticeTooShort,
                Refusal::OutsideWindow,
                Refusal::SlotNotOffered,
                Refusal::LimitReached,
                Refusal::SlotTaken,
            ];
            prop_assert!(of_availability.contains(&refusal), "{:?}", refusal);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_offered_can_be_booked_and_nothing_else(one in rules(), other in rules(), actions in actions()) {
        // Both pages are one host's, and in one zone.
        let other = Rules { time_zone: one.time_zone.clone(), ..other };
        let midnight = first_midnight().timestamp();
        let mut scene =
            Scene { sql: Memory::migrated(), rules: [one, other], now: first_midnight(), booked: 0 };
        for action in actions {
            match action {
                Action::Ask { page, quarter, duration } => {
                    let minutes = scene.rules[page].durations_minutes[duration];
                    scene.check(page, midnight + quarter * 900, minutes)?;
                }
                Action::AskOffered { page, part, duration } => {
                    let minutes = scene.rules[page].durations_minutes[duration];
                    let starts = scene.starts(page, minutes);
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short list")]
                    let place = (part * starts.len() as f64) as usize;
                    if let Some(start) = starts.get(place) {
                        scene.check(page, *start, minutes)?;
                    }
                }
                Action::Move { number, quarter } => scene.check_move(number, midnight + quarter * 900)?,
                Action::Cancel { number } => {
                    cancel_at(&mut scene.sql, &id(number), Party::Host, scene.now);
                }
                Action::Wait { minutes } => scene.now += TimeDelta::minutes(minutes),
            }
        }
    }
}

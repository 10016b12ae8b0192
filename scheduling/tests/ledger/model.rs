//! The ledger against a naive model, over random sequences of commands: a list of bookings, searched from end to end.
//!
//! The model knows nothing of claims, indexes or SQL, and says rule 6 in its own words. Replies and busy times must be
//! the same after every command, and no two live claims may be in each other's way.
//! `PROPTEST_CASES` makes the run longer.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scheduling::booking::{Booking, Outcome, Status};
use scheduling::definition::Buffer;
use scheduling::ledger::{Book, Cancel, Claim, Command, CountLimit, Party, Reply, Reschedule, apply};
use scheduling::refusal::Refusal;

use crate::support::{By, Memory, at, book, busy, id, key};

/// What is done to the ledger. Times are in minutes.
#[derive(Clone, Debug)]
enum Action {
    Book { page: usize, start: i64, lasts: i64, contact: u8, key: Option<u8>, body: u8, refused: bool },
    Cancel { number: u8, by: Party },
    Move { number: u8, start: i64, lasts: i64, by: Party, refused: bool },
    Expire { number: u8, after: i64 },
    Wait { minutes: i64 },
}

/// A page, as far as the ledger sees it.
struct Page {
    name: &'static str,
    before_minutes: u32,
    after_minutes: u32,
    capacity: u32,
    /// Stretches in minutes, and how many may start there.
    limits: &'static [(i64, i64, u32)],
    contact_limit: Option<u32>,
}

/// Pages of one host that differ in all that matters.
static PAGES: [Page; 3] = [
    Page {
        name: "aiko/intro",
        before_minutes: 0,
        after_minutes: 15,
        capacity: 1,
        limits: &[(0, 300, 2), (0, 600, 3)],
        contact_limit: None,
    },
    Page {
        name: "aiko/review",
        before_minutes: 30,
        after_minutes: 5,
        capacity: 1,
        limits: &[],
        contact_limit: Some(2),
    },
    Page {
        name: "aiko/group",
        before_minutes: 0,
        after_minutes: 0,
        capacity: 2,
        limits: &[(0, 600, 4)],
        contact_limit: None,
    },
];

#[derive(Default)]
struct Model {
    bookings: Vec<Modelled>,
    keys: Vec<(String, String, String, i64, Reply)>,
}

struct Modelled {
    booking: Booking,
    /// The minute from which its seat is dead.
    dead_from: Option<i64>,
}

impl Model {
    fn live(&self, now: i64) -> impl Iterator<Item = &Booking> {
        self.bookings
            .iter()
            .filter(move |held| held.dead_from.is_none_or(|minute| now < minute))
            .map(|held| &held.booking)
            .filter(|booking| booking.status == Status::Confirmed)
    }

    fn book(&mut self, asked: &Book, now: i64) -> Reply {
        let booking = &asked.booking;
        if let Some(key) = &asked.key {
            let known =
                self.keys.iter().rev().find(|(page, known, ..)| (page, known) == (&booking.page, &key.key));
            if let Some((_, _, body, made_at, reply)) = known
                && now < made_at + 24 * 60
            {
                let same = *body == key.body_hash;
                return if same { reply.clone() } else { refused(Refusal::IdempotencyKeyReused) };
            }
        } else if self.live(now).any(|other| {
            other.contact == booking.contact && other.page == booking.page && other.start == booking.start
        }) {
            return Reply::AlreadyBooked;
        }
        if let Some(refusal) = self.why_not(asked, now) {
            return refused(refusal);
        }
        let held = Modelled { booking: booking.clone(), dead_from: None };
        self.bookings.push(held);
        let reply = Reply::Booked { booking: Box::new(booking.clone()) };
        if let Some(key) = &asked.key {
            self.keys.push((
                booking.page.clone(),
                key.key.clone(),
                key.body_hash.clone(),
                now,
                reply.clone(),
            ));
        }
        reply
    }

    fn why_not(&self, asked: &Book, now: i64) -> Option<Refusal> {
        let booking = &asked.booking;
        if asked.verdict.is_some() {
            return asked.verdict;
        }
        let started_within = |limit: &CountLimit| {
            self.live(now)
                .filter(|other| other.page == booking.page)
                .filter(|other| limit.from <= other.start && other.start < limit.until)
                .count()
        };
        if asked.limits.iter().any(|limit| started_within(limit) >= limit.most as usize) {
            return Some(Refusal::LimitReached);
        }
        let ahead =
            self.live(now).filter(|other| other.contact == booking.contact && other.end > at(now)).count();
        if asked.contact_limit.is_some_and(|most| ahead >= most as usize) {
            return Some(Refusal::TooManyRequests);
        }
        let together = self.live(now).filter(|other| same_session(other, booking)).count();
        if together > 0 && together < asked.capacity as usize {
            return None;
        }
        self.live(now).any(|other| in_the_way(other, booking)).then_some(Refusal::SlotTaken)
    }

    fn cancel(&mut self, asked: &Cancel, now: i64) -> Reply {
        let Some(held) = self.bookings.iter_mut().find(|held| held.booking.id == asked.id) else {
            return refused(Refusal::NotFound);
        };
        let booking = &mut held.booking;
        let over_from = if asked.by == Party::Host { booking.end } else { booking.start };
        if booking.status == Status::Cancelled {
            return refused(Refusal::AlreadyCancelled);
        }
        if at(now) >= over_from {
            return refused(Refusal::AlreadyOver);
        }
        let minutes_left = (booking.start - at(now)).num_minutes();
        if asked.by == Party::Visitor && minutes_left <= i64::from(booking.change_until_minutes) {
            return refused(Refusal::ChangeTooLate);
        }
        booking.status = Status::Cancelled;
        booking.outcome = Some(Outcome::Cancelled);
        booking.sequence += 1;
        booking.cancel_reason.clone_from(&asked.reason);
        booking.changed_at = at(now);
        Reply::Changed { booking: Box::new(booking.clone()) }
    }

    fn reschedule(&mut self, asked: &Reschedule, now: i64) -> Reply {
        let Some(place) = self.bookings.iter().position(|held| held.booking.id == asked.id) else {
            return refused(Refusal::NotFound);
        };
        let held = &self.bookings[place];
        let booking = &held.booking;
        let stays = (booking.start, booking.end) == (asked.start, asked.end);
        if booking.status == Status::Cancelled {
            return refused(Refusal::AlreadyCancelled);
        }
        if !stays {
            let over_from = if asked.by == Party::Host { booking.end } else { booking.start };
            if at(now) >= over_from {
                return refused(Refusal::AlreadyOver);
            }
            let minutes_left = (booking.start - at(now)).num_minutes();
            if asked.by == Party::Visitor && minutes_left <= i64::from(booking.change_until_minutes) {
                return refused(Refusal::ChangeTooLate);
            }
        }
        if held.dead_from.is_some_and(|minute| now >= minute) {
            return refused(Refusal::HoldExpired);
        }
        if stays {
            return Reply::Changed { booking: Box::new(booking.clone()) };
        }
        let mut wanted = book(0, 0, 1);
        wanted.booking = Booking {
            start: asked.start,
            end: asked.end,
            buffer: asked.buffer,
            sequence: booking.sequence + 1,
            changed_at: at(now),
            ..booking.clone()
        };
        (wanted.verdict, wanted.capacity) = (asked.verdict, asked.capacity);
        wanted.limits.clone_from(&asked.limits);
        // As if it were not there, and then as for a new booking.
        let taken_out = self.bookings.remove(place);
        let refusal = self.why_not(&wanted, now);
        self.bookings.insert(place, taken_out);
        if let Some(refusal) = refusal {
            return refused(refusal);
        }
        self.bookings[place].booking = wanted.booking.clone();
        Reply::Changed { booking: Box::new(wanted.booking) }
    }

    /// The page of a booking, on whose terms it is moved; any, where there is no such booking.
    fn page_of(&self, number: u8) -> &'static Page {
        let held = self.bookings.iter().find(|held| held.booking.id == id(number));
        let page = held.and_then(|held| PAGES.iter().find(|page| page.name == held.booking.page));
        page.unwrap_or(&PAGES[0])
    }

    /// Live bookings, those of one session together: start, end and page with how many there are.
    fn sessions(&self, now: i64) -> BTreeMap<(i64, i64, String), u32> {
        let mut sessions = BTreeMap::new();
        for booking in self.live(now) {
            let session = (booking.start.timestamp(), booking.end.timestamp(), booking.page.clone());
            *sessions.entry(session).or_default() += 1;
        }
        sessions
    }
}

fn refused(refusal: Refusal) -> Reply {
    Reply::Refused { refusal }
}

fn same_session(one: &Booking, other: &Booking) -> bool {
    (&one.page, one.start, one.end) == (&other.page, other.start, other.end)
}

/// Rule 6: they overlap, or the gap between them is shorter than the longer of the earlier one's buffer after and the
/// later one's buffer before.
fn in_the_way(one: &Booking, other: &Booking) -> bool {
    let (earlier, later) = if one.start <= other.start { (one, other) } else { (other, one) };
    let gap_minutes = (later.start - earlier.end).num_minutes();
    let kept_minutes = earlier.buffer.after_minutes.max(later.buffer.before_minutes);
    gap_minutes < i64::from(kept_minutes)
}

/// The same rule for two claims, which are never each other's session.
fn claims_in_the_way(one: &Claim, other: &Claim) -> bool {
    let (earlier, later) = if one.start <= other.start { (one, other) } else { (other, one) };
    later.start - earlier.end < earlier.after.max(later.before)
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let booked = (0..3usize, 0..40i64, 1..5i64, 0..3u8, prop::option::weighted(0.3, 0..3u8), 0..2u8, 0..12u8)
        .prop_map(|(page, start, lasts, contact, key, body, luck)| Action::Book {
            page,
            start: start * 15,
            lasts: lasts * 15,
            contact,
            key,
            body,
            refused: luck == 0,
        });
    let by = prop::sample::select(vec![Party::Visitor, Party::Host]);
    let action = prop_oneof![
        12 => booked,
        4 => (0..24u8, by.clone()).prop_map(|(number, by)| Action::Cancel { number, by }),
        5 => (0..24u8, 0..40i64, 1..5i64, by, 0..12u8).prop_map(
            |(number, start, lasts, by, luck)| Action::Move { number,
                start: start * 15,
                lasts: lasts * 15,
                by,
                refused: luck == 0,
            }
        ),
        1 => (0..24u8, 0..200i64).prop_map(|(number, after)| Action::Expire { number, after }),
        2 => prop_oneof![1..100i64, 1..2000i64].prop_map(|minutes| Action::Wait { minutes }),
    ];
    prop::collection::vec(action, 1..40)
}

/// A page's limits, as a command carries them.
fn limits_of(page: &Page) -> Vec<CountLimit> {
    let limit = |(from, until, most): &(i64, i64, u32)| CountLimit {
        from: at(*from),
        until: at(*until),
        most: *most,
    };
    page.limits.iter().map(limit).collect()
}

fn command(number: u8, action: &Action, model: &Model) -> Option<Command> {
    match action {
        Action::Book { page, start, lasts, contact, key: same, body, refused } => {
            let page = &PAGES[*page];
            let mut asked = book(number, *start, start + lasts).by(&format!("contact{contact}@example.com"));
            asked.booking.page = page.name.to_owned();
            asked.booking.buffer =
                Buffer { before_minutes: page.before_minutes, after_minutes: page.after_minutes };
            asked.booking.change_until_minutes = 20;
            asked.key = same.map(|same| key(&format!("key {same}"), &format!("body {body}")));
            asked.verdict = refused.then_some(Refusal::SlotNotOffered);
            asked.capacity = page.capacity;
            asked.limits = limits_of(page);
            asked.contact_limit = page.contact_limit;
            Some(Command::Book(Box::new(asked)))
        }
        Action::Cancel { number, by } => {
            Some(Command::Cancel(Cancel { id: id(*number), by: *by, reason: Some("Ill".to_owned()) }))
        }
        Action::Move { number, start, lasts, by, refused } => {
            let page = model.page_of(*number);
            Some(Command::Reschedule(Reschedule {
                id: id(*number),
                by: *by,
                verdict: refused.then_some(Refusal::SlotNotOffered),
                start: at(*start),
                end: at(start + lasts),
                buffer: Buffer { before_minutes: page.before_minutes, after_minutes: page.after_minutes },
                capacity: page.capacity,
                limits: limits_of(page),
            }))
        }
        Action::Expire { .. } | Action::Wait { .. } => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_replies_as_the_model_does(actions in actions()) {
        let (mut sql, mut model, mut now) = (Memory::migrated(), Model::default(), -120);
        for (number, action) in (0u8..).zip(&actions) {
            match action {
                Action::Wait { minutes } => {
                    now += minutes;
                    // The alarm comes, or is late: to whoever asks it makes no difference.
                    if minutes % 2 == 0 {
                        apply(&mut sql, &Command::Expire, at(now)).unwrap();
                    }
                }
                Action::Expire { number, after } => {
                    // What is dead stays dead.
                    let alive = |held: &&mut Modelled| held.dead_from.is_none_or(|minute| now < minute);
                    let mut held = model.bookings.iter_mut().filter(alive);
                    if let Some(held) = held.find(|held| held.booking.id == id(*number)) {
                        held.dead_from = Some(now + after);
                        sql.expire(*number, at(now + after));
                    }
                }
                Action::Book { .. } | Action::Cancel { .. } | Action::Move { .. } => {}
            }
            if let Some(command) = command(number, action, &model) {
                let expected = match &command {
                    Command::Book(asked) => model.book(asked, now),
                    Command::Cancel(asked) => model.cancel(asked, now),
                    Command::Reschedule(asked) => model.reschedule(asked, now),
                    _ => Reply::Done,
                };
                let reply = apply(&mut sql, &command, at(now)).unwrap();
                prop_assert_eq!(reply, expected, "command {}: {:?}", number, action);
            }
            let claims = busy(&mut sql, -10_000, now);
            let sessions: BTreeMap<_, _> = claims
                .iter()
                .map(|claim| ((claim.start, claim.end, claim.page.clone()), claim.seats_taken))
                .collect();
            prop_assert_eq!(sessions.len(), claims.len(), "two claims of one session: {:?}", claims);
            prop_assert_eq!(sessions, model.sessions(now), "busy after command {}: {:?}", number, action);
            for (place, claim) in claims.iter().enumerate() {
                let other = claims[place + 1..].iter().find(|other| claims_in_the_way(claim, other));
                prop_assert!(other.is_none(), "two live claims conflict: {:?} and {:?}", claim, other);
            }
        }
    }
}

//! The ledger against a naive model, over random sequences of commands: a list of bookings, searched from end to end.
//!
//! The model knows nothing of claims, indexes or SQL, and says rule 6 in its own words. Replies, bookings and busy
//! times must be the same after every command, and no two live claims may be in each other's way, unless both are one
//! booking's.
//! `PROPTEST_CASES` makes the run longer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scheduling::booking::{Booking, Outcome, Party, Proposal, Status};
use scheduling::claim::{Claim, CountLimit};
use scheduling::definition::Buffer;
use scheduling::ledger::{
    Alike, Book, Cancel, CancelAlike, CancelledAlike, Command, Decide, Likeness, Reply, Reschedule, apply,
};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;

use crate::invites::invited;
use crate::support::{By, Memory, at, book, booking_at, busy, id, key};

/// An action on the ledger. Times are in minutes.
#[derive(Clone, Debug)]
enum Action {
    Book {
        page: usize,
        start: i64,
        lasts: i64,
        contact: u8,
        key: Option<u8>,
        body: u8,
        refused: bool,
        invite: Option<usize>,
        /// The status in which it waits for somebody, and for how many minutes.
        hold: Option<(Status, i64)>,
    },
    Cancel {
        number: u8,
        by: Party,
    },
    CancelAlike {
        number: u8,
    },
    Move {
        number: u8,
        start: i64,
        lasts: i64,
        by: Party,
        refused: bool,
    },
    /// Asks for the time where the booking is.
    Stay {
        number: u8,
        by: Party,
    },
    Decide {
        number: u8,
        accepts: bool,
        saw: Saw,
    },
    Wait {
        minutes: i64,
    },
}

/// The start that a host claims to have seen.
#[derive(Clone, Copy, Debug)]
enum Saw {
    Nothing,
    WhatIsAsked,
    SomethingElse,
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
    approval_within_minutes: Option<u32>,
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
        approval_within_minutes: None,
    },
    Page {
        name: "aiko/review",
        before_minutes: 30,
        after_minutes: 5,
        capacity: 1,
        limits: &[],
        contact_limit: Some(2),
        approval_within_minutes: Some(90),
    },
    Page {
        name: "aiko/group",
        before_minutes: 0,
        after_minutes: 0,
        capacity: 2,
        limits: &[(0, 600, 4)],
        contact_limit: None,
        approval_within_minutes: Some(400),
    },
];

/// Invitations, and how many bookings each takes.
const INVITES: [(&str, u32); 2] = [("once", 1), ("thrice", 3)];

#[derive(Default)]
struct Model {
    bookings: Vec<Modelled>,
    keys: Vec<(String, String, String, i64, Reply)>,
}

struct Modelled {
    booking: Booking,
    invite: Option<String>,
    /// The minute from which it no longer holds its time.
    dead_from: Option<i64>,
}

impl Modelled {
    fn is_live(&self, now: i64) -> bool {
        self.booking.status.is_live() && self.dead_from.is_none_or(|minute| now < minute)
    }

    fn proposal(&self, now: i64) -> Option<Proposal> {
        self.booking.proposed.filter(|proposal| at(now) < proposal.expires_at)
    }

    /// The booking as the ledger tells it.
    fn seen(&self, now: i64) -> Booking {
        Booking { proposed: self.proposal(now), ..self.booking.clone() }
    }
}

impl Model {
    fn live(&self, now: i64) -> impl Iterator<Item = &Booking> {
        self.bookings.iter().filter(move |held| held.is_live(now)).map(|held| &held.booking)
    }

    /// Each time that is held: a booking that asks for another time is at both.
    fn held(&self, now: i64) -> Vec<Booking> {
        let proposals = self.bookings.iter().filter_map(|held| {
            let Proposal { start, end, buffer, .. } = held.proposal(now)?;
            Some(Booking { start, end, buffer, ..held.booking.clone() })
        });
        self.live(now).cloned().chain(proposals).collect()
    }

    fn find(&mut self, id: &BookingId) -> Option<&mut Modelled> {
        self.bookings.iter_mut().find(|held| held.booking.id == *id)
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
        }
        if let Some(refusal) = self.why_not(asked, now) {
            return refused(refusal);
        }
        let dead_from = asked.expires_at.map(minute_of);
        let invite = asked.invited.as_ref().map(|invited| invited.id.clone());
        let held = Modelled { booking: booking.clone(), invite, dead_from };
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
        let used = |id: &String| {
            self.bookings.iter().filter(|held| held.is_live(now) && held.invite.as_ref() == Some(id)).count()
        };
        if asked.invited.as_ref().is_some_and(|invited| used(&invited.id) >= invited.uses as usize) {
            return Some(Refusal::LinkUsed);
        }
        // A booking is not in its own way.
        let mut others = self.held(now);
        others.retain(|other| other.id != booking.id);
        let started_within = |limit: &CountLimit| {
            let counted = |other: &&Booking| {
                other.page == booking.page && limit.from <= other.start && other.start < limit.until
            };
            others.iter().filter(counted).count()
        };
        if asked.limits.iter().any(|limit| started_within(limit) >= limit.most as usize) {
            return Some(Refusal::LimitReached);
        }
        let ahead = self
            .live(now)
            .filter(|other| other.visitor.contact == booking.visitor.contact && other.end > at(now))
            .count();
        if asked.contact_limit.is_some_and(|most| ahead >= most as usize) {
            return Some(Refusal::TooManyRequests);
        }
        let (together, others): (Vec<Booking>, Vec<Booking>) =
            others.into_iter().partition(|other| same_session(other, booking));
        let joins = !together.is_empty() && together.len() < asked.capacity as usize;
        let in_the_way = |other: &Booking| in_the_way(other, booking);
        let is_taken = others.iter().any(in_the_way) || !joins && together.iter().any(in_the_way);
        is_taken.then_some(Refusal::SlotTaken)
    }

    fn cancel(&mut self, asked: &Cancel, now: i64) -> Reply {
        let Some(held) = self.find(&asked.id) else { return refused(Refusal::NotFound) };
        let booking = &mut held.booking;
        if let Some(refusal) = settled(booking).or_else(|| too_late(booking, asked.by, now)) {
            return refused(refusal);
        }
        booking.status = Status::Cancelled;
        booking.outcome = Some(Outcome::Cancelled);
        booking.proposed = None;
        booking.sequence += 1;
        booking.cancel_reason.clone_from(&asked.reason);
        booking.changed_at = at(now);
        Reply::Changed { booking: Box::new(booking.clone()) }
    }

    /// By address. None of these contacts has another spelling.
    fn cancel_alike(&mut self, asked: &CancelAlike, now: i64) -> Reply {
        let CancelAlike { alike, reason } = asked;
        let email = self.find(&alike.booking).map(|held| held.booking.visitor.contact.email.clone());
        let is_meant = |booking: &Booking| {
            let contact = &booking.visitor.contact;
            booking.status.is_live() && booking.start > at(now) && Some(&contact.email) == email.as_ref()
        };
        let meant = self.bookings.iter().map(|held| &held.booking).filter(|booking| is_meant(booking));
        let ids: Vec<BookingId> = meant.map(|booking| booking.id.clone()).collect();
        for id in &ids {
            let (id, reason) = (id.clone(), reason.clone());
            self.cancel(&Cancel { id, by: Party::Host, reason, proves: false }, now);
        }
        let cancelled = u32::try_from(ids.len()).unwrap();
        Reply::CancelledAlike(CancelledAlike { cancelled, unconfirmed: 0, more: false })
    }

    fn reschedule(&mut self, asked: &Reschedule, now: i64) -> Reply {
        let Some(held) = self.find(&asked.id) else { return refused(Refusal::NotFound) };
        let stays = (held.booking.start, held.booking.end) == (asked.start, asked.end);
        if let Some(refusal) = settled(&held.booking) {
            return refused(refusal);
        }
        if let Some(refusal) = too_late(&held.booking, asked.by, now).filter(|_| !stays) {
            return refused(refusal);
        }
        let by_visitor = asked.by == Party::Visitor;
        let by_request = held.booking.terms.by_request || asked.approval_within_minutes.is_some();
        if by_visitor && by_request && !stays && held.booking.status == Status::AwaitingPayment {
            return refused(Refusal::NotPaid);
        }
        if !held.is_live(now) {
            return refused(Refusal::HoldExpired);
        }
        let proposal = held.proposal(now);
        if stays && by_visitor && proposal.is_some() {
            held.booking.proposed = None;
            held.booking.changed_at = at(now);
        }
        let asks = by_visitor && by_request && held.booking.status == Status::Confirmed;
        let known = proposal.is_some_and(|known| (known.start, known.end) == (asked.start, asked.end));
        if stays || asks && known {
            return Reply::Changed { booking: Box::new(held.booking.clone()) };
        }
        let mut wanted = book(0, 0, 1);
        wanted.booking = Booking {
            start: asked.start,
            end: asked.end,
            buffer: asked.buffer,
            proposed: None,
            sequence: held.booking.sequence + 1,
            changed_at: at(now),
            ..held.booking.clone()
        };
        (wanted.verdict, wanted.capacity) = (asked.verdict, asked.capacity);
        wanted.limits.clone_from(&asked.limits);
        if let Some(refusal) = self.why_not(&wanted, now) {
            return refused(refusal);
        }
        let Some(held) = self.find(&asked.id) else { return refused(Refusal::NotFound) };
        if asks {
            let within = i64::from(asked.approval_within_minutes.unwrap_or(48 * 60));
            let expires_at = [at(now + within), asked.start, held.booking.start].into_iter().min().unwrap();
            let Reschedule { start, end, buffer, .. } = *asked;
            held.booking.proposed = Some(Proposal { start, end, buffer, expires_at });
            held.booking.changed_at = at(now);
        } else {
            held.dead_from = held.dead_from.map(|minute| minute.min(minute_of(asked.start)));
            held.booking = wanted.booking;
        }
        Reply::Changed { booking: Box::new(held.booking.clone()) }
    }

    fn decide(&mut self, id: &BookingId, accepts: bool, saw: Option<DateTime<Utc>>, now: i64) -> Reply {
        let Some(held) = self.find(id) else { return refused(Refusal::NotFound) };
        let (is_live, proposal) = (held.is_live(now), held.proposal(now));
        let booking = &mut held.booking;
        let saw_another = |asked: DateTime<Utc>| saw.is_some_and(|saw| saw != asked);
        match (booking.status, booking.proposed) {
            (Status::Requested, _) => {
                if !is_live || booking.start <= at(now) || saw_another(booking.start) {
                    return refused(Refusal::HoldExpired);
                }
                booking.status = if accepts { Status::Confirmed } else { Status::Declined };
                held.dead_from = None;
            }
            (Status::Confirmed, Some(asked)) => {
                if proposal.is_none() || saw_another(asked.start) {
                    return refused(Refusal::HoldExpired);
                }
                if accepts {
                    (booking.start, booking.end, booking.buffer) = (asked.start, asked.end, asked.buffer);
                    booking.sequence += 1;
                }
                booking.proposed = None;
            }
            (Status::Cancelled, _) => return refused(Refusal::AlreadyCancelled),
            _ => return refused(Refusal::AlreadyDecided),
        }
        booking.changed_at = at(now);
        Reply::Changed { booking: Box::new(booking.clone()) }
    }

    /// The alarm came.
    fn expire(&mut self, now: i64) {
        for held in &mut self.bookings {
            let (is_dead, proposal) = (!held.is_live(now), held.proposal(now));
            let booking = &mut held.booking;
            if is_dead && booking.status.is_live() {
                booking.status = Status::Expired;
            } else if booking.proposed.is_some() && proposal.is_none() {
                booking.proposed = None;
            } else {
                continue;
            }
            booking.changed_at = at(now);
        }
    }

    fn with_number(&self, number: u8) -> Option<&Modelled> {
        self.bookings.iter().find(|held| held.booking.id == id(number))
    }

    /// The page of a booking, on whose terms it is moved; any, if there is no such booking.
    fn page_of(&self, number: u8) -> &'static Page {
        let page = self
            .with_number(number)
            .and_then(|held| PAGES.iter().find(|page| page.name == held.booking.page));
        page.unwrap_or(&PAGES[0])
    }

    /// The times that are held, those of one session together: start, end and page with whose they are.
    fn sessions(&self, now: i64) -> BTreeMap<(i64, i64, String), BTreeSet<BookingId>> {
        let mut sessions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for booking in self.held(now) {
            let session = (booking.start.timestamp(), booking.end.timestamp(), booking.page.clone());
            sessions.entry(session).or_default().insert(booking.id);
        }
        sessions
    }
}

/// The reason why a booking is past every change.
fn settled(booking: &Booking) -> Option<Refusal> {
    match booking.status {
        Status::Cancelled => Some(Refusal::AlreadyCancelled),
        Status::Declined | Status::Expired => Some(Refusal::AlreadyDecided),
        Status::AwaitingConfirmation | Status::Requested | Status::AwaitingPayment | Status::Confirmed => {
            None
        }
    }
}

fn too_late(booking: &Booking, by: Party, now: i64) -> Option<Refusal> {
    let over_from = if by == Party::Host { booking.end } else { booking.start };
    if at(now) >= over_from {
        return Some(Refusal::AlreadyOver);
    }
    let minutes_left = (booking.start - at(now)).num_minutes();
    let is_late = by == Party::Visitor && minutes_left <= i64::from(booking.terms.change_until_minutes);
    is_late.then_some(Refusal::ChangeTooLate)
}

fn minute_of(instant: DateTime<Utc>) -> i64 {
    (instant - at(0)).num_minutes()
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

fn session(claim: &Claim) -> (i64, i64, String) {
    (claim.start, claim.end, claim.page.clone())
}

/// The same rule for two claims, which are never each other's session.
fn claims_in_the_way(one: &Claim, other: &Claim) -> bool {
    let (earlier, later) = if one.start <= other.start { (one, other) } else { (other, one) };
    later.start - earlier.end < earlier.after.max(later.before)
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let time = || (0..40i64, 1..5i64).prop_map(|(start, lasts)| (start * 15, lasts * 15));
    let waits = (prop::sample::select(vec![Status::Requested, Status::AwaitingPayment]), 0..400i64);
    let key = (prop::option::weighted(0.3, 0..3u8), 0..2u8);
    let invite = prop::option::weighted(0.4, 0..INVITES.len());
    let booked = (0..3usize, time(), 0..3u8, key, 0..12u8, prop::option::weighted(0.4, waits), invite)
        .prop_map(|(page, (start, lasts), contact, (key, body), luck, hold, invite)| Action::Book {
            page,
            start,
            lasts,
            contact,
            key,
            body,
            refused: luck == 0,
            invite,
            hold,
        });
    let by = prop::sample::select(vec![Party::Visitor, Party::Host]);
    let saw = prop::sample::select(vec![Saw::Nothing, Saw::WhatIsAsked, Saw::SomethingElse]);
    let action = prop_oneof![
        12 => booked,
        4 => (0..24u8, by.clone()).prop_map(|(number, by)| Action::Cancel { number, by }),
        1 => (0..24u8).prop_map(|number| Action::CancelAlike { number }),
        8 => (0..24u8, time(), by.clone(), 0..12u8).prop_map(
            |(number, (start, lasts), by, luck)| Action::Move { number, start, lasts, by, refused: luck == 0 }
        ),
        1 => (0..24u8, by).prop_map(|(number, by)| Action::Stay { number, by }),
        6 => (0..24u8, any::<bool>(), saw).prop_map(|(number, accepts, saw)| Action::Decide { number, accepts, saw }),
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

fn command(number: u8, action: &Action, model: &Model, now: i64) -> Option<Command> {
    match action {
        Action::Book { page, start, lasts, contact, key: same, body, refused, invite, hold } => {
            let page = &PAGES[*page];
            let mut asked = book(number, *start, start + lasts).by(&format!("contact{contact}@example.com"));
            asked.booking.page = page.name.to_owned();
            asked.booking.buffer =
                Buffer { before_minutes: page.before_minutes, after_minutes: page.after_minutes };
            asked.booking.terms.change_until_minutes = 20;
            asked.key = same.map(|same| key(&format!("key {same}"), &format!("body {body}")));
            asked.verdict = refused.then_some(Refusal::SlotNotOffered);
            asked.capacity = page.capacity;
            asked.limits = limits_of(page);
            asked.contact_limit = page.contact_limit;
            asked.invited = invite.map(|which| invited(INVITES[which].0, INVITES[which].1));
            if let Some((status, minutes)) = hold {
                (asked.booking.status, asked.expires_at) = (*status, Some(at(now + minutes)));
                asked.booking.terms.by_request = *status == Status::Requested;
            }
            Some(Command::Book(Box::new(asked), None))
        }
        Action::Cancel { number, by } => Some(Command::Cancel(
            Cancel { id: id(*number), by: *by, reason: Some("Ill".to_owned()), proves: false },
            None,
        )),
        Action::CancelAlike { number } => {
            let alike = Alike { booking: id(*number), by: Likeness::Email, made_until: at(now) };
            let reason = Some("Ill".to_owned());
            Some(Command::CancelAlike(CancelAlike { alike, reason }, None))
        }
        Action::Move { number, start, lasts, by, refused } => {
            let (start, end) = (at(*start), at(start + lasts));
            Some(Command::Reschedule(to(model, *number, (start, end), *by, *refused), None))
        }
        Action::Stay { number, by } => {
            let (start, end) = model.with_number(*number)?.booking.time();
            Some(Command::Reschedule(to(model, *number, (start, end), *by, false), None))
        }
        Action::Decide { number, accepts, saw } => {
            let held = model.with_number(*number);
            let asked =
                held.map(|held| held.booking.proposed.map_or(held.booking.start, |asked| asked.start));
            let start = match saw {
                Saw::Nothing => None,
                Saw::WhatIsAsked => asked,
                Saw::SomethingElse => Some(at(7)),
            };
            Some(Command::Decide(Decide { id: id(*number), accepts: *accepts, start }, None))
        }
        Action::Wait { .. } => None,
    }
}

/// A move on the terms of the booking's page.
fn to(
    model: &Model,
    number: u8,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    by: Party,
    refused: bool,
) -> Reschedule {
    let page = model.page_of(number);
    Reschedule {
        id: id(number),
        by,
        from: None,
        verdict: refused.then_some(Refusal::SlotNotOffered),
        start,
        end,
        buffer: Buffer { before_minutes: page.before_minutes, after_minutes: page.after_minutes },
        capacity: page.capacity,
        limits: limits_of(page),
        approval_within_minutes: page.approval_within_minutes,
        stranger: None,
        proves: false,
        calendars: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_replies_as_the_model_does(actions in actions()) {
        let (mut sql, mut model, mut now) = (Memory::migrated(), Model::default(), -120);
        for (number, action) in (0u8..).zip(&actions) {
            if let Action::Wait { minutes } = action {
                let until = now + minutes;
                // The ledger looks at its clock twice a day at least: a clock that seems to jump is doubted.
                while now < until {
                    now = until.min(now + 12 * 60);
                    apply(&mut sql, &Command::Settle { attempts: Vec::new() }, at(now)).unwrap();
                }
                // The alarm comes, or is late: to anyone who asks, it makes no difference.
                if minutes % 2 == 0 {
                    apply(&mut sql, &Command::Expire(None), at(now)).unwrap();
                    model.expire(now);
                }
            }
            if let Some(command) = command(number, action, &model, now) {
                let expected = match &command {
                    Command::Book(asked, _) => model.book(asked, now),
                    Command::Cancel(asked, _) => model.cancel(asked, now),
                    Command::CancelAlike(asked, _) => model.cancel_alike(asked, now),
                    Command::Reschedule(asked, _) => model.reschedule(asked, now),
                    Command::Decide(asked, _) => model.decide(&asked.id, asked.accepts, asked.start, now),
                    _ => Reply::Done,
                };
                let reply = apply(&mut sql, &command, at(now)).unwrap();
                prop_assert_eq!(reply, expected, "command {}: {:?}", number, action);
            }
            for held in &model.bookings {
                let seen = booking_at(&mut sql, &held.booking.id, at(now));
                prop_assert_eq!(seen, Some(held.seen(now)), "after command {}: {:?}", number, action);
            }
            let claims = busy(&mut sql, -10_000, now);
            let taken: BTreeMap<_, _> = claims.iter().map(|claim| (session(claim), claim.seats_taken)).collect();
            prop_assert_eq!(taken.len(), claims.len(), "two claims of one session: {:?}", claims);
            let sessions = model.sessions(now);
            let count = |held_by: &BTreeSet<BookingId>| u32::try_from(held_by.len()).unwrap();
            let expected: BTreeMap<_, _> =
                sessions.iter().map(|(session, held_by)| (session.clone(), count(held_by))).collect();
            prop_assert_eq!(taken, expected, "busy after command {}: {:?}", number, action);
            for (place, claim) in claims.iter().enumerate() {
                let one_bookings = |other: &Claim| {
                    let held_by = &sessions[&session(claim)];
                    held_by.len() == 1 && *held_by == sessions[&session(other)]
                };
                let mut others = claims[place + 1..].iter();
                let other = others.find(|other| claims_in_the_way(claim, other) && !one_bookings(other));
                prop_assert!(other.is_none(), "two live claims conflict: {:?} and {:?}", claim, other);
            }
        }
    }
}

//! Which delivery is tried next, so that a receiver that hangs or fails delays nobody else.
//!
//! Each receiver has a lane of its own, and lanes take turns. Of all attempts that are under way, one lane has a share
//! at most, and while its receiver fails, one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use scheduling::booking::Booking;
use scheduling::outbox::{Destination, Due, Payload, Queue};

/// Attempts that are under way to one receiver at most.
const MOST_OF_LANE: usize = 4;
/// Deliveries that wait in one lane. What is due beyond them is left for later, or put off where the receiver takes
/// nothing.
const MOST_WAITING: usize = 256;

/// Deliveries that are known to be due, and attempts that are under way.
#[derive(Debug)]
pub(super) struct Dispatch {
    most_under_way: usize,
    under_way: usize,
    lanes: BTreeMap<String, Lane>,
    /// Lanes that something waits in, in the order of their turns.
    turns: VecDeque<String>,
    /// What was taken up and is not settled yet, by ledger.
    taken_up: BTreeMap<String, BTreeSet<i64>>,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Job>,
    under_way: usize,
    failing: bool,
    /// Its receiver took the last attempt that ended.
    proven: bool,
}

/// An attempt to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Whose delivery it is.
    pub ledger: String,
    /// Its number there.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// What it says.
    pub payload: Payload,
    /// Where it goes.
    pub destination: Destination,
    /// For a calendar's copy: the booking as it is now.
    pub booking: Option<Box<Booking>>,
    /// For an email to the host: the booking's copy in their calendar was given up, or refused.
    pub is_copy_parked: bool,
}

impl Job {
    /// Whose lane it waits in.
    pub fn lane(&self) -> Cow<'_, str> {
        lane(&self.ledger, &self.destination)
    }
}

/// All mail goes through the same provider, but what one host calls a calendar is not what another one does.
fn lane<'a>(ledger: &str, destination: &'a Destination) -> Cow<'a, str> {
    match destination {
        Destination::Calendar(copy) => format!("{ledger}: {}", copy.calendar).into(),
        other => other.receiver().into(),
    }
}

/// What of a ledger's due deliveries does not wait in a lane.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Aside {
    /// Records, and what goes to other ledgers, to be written together.
    pub(super) records: Vec<Due>,
    /// Put off, as their lanes are full.
    pub(super) postponed: Vec<i64>,
}

impl Dispatch {
    /// With so many attempts under way at once, at most.
    pub(super) fn new(most_under_way: usize) -> Self {
        Self {
            most_under_way,
            under_way: 0,
            lanes: BTreeMap::new(),
            turns: VecDeque::new(),
            taken_up: BTreeMap::new(),
        }
    }

    /// Takes up what a ledger says is due. What is taken up already is passed over.
    pub(super) fn take_up(&mut self, ledger: &str, due: Vec<Due>) -> Aside {
        let mut aside = Aside::default();
        let known = self.taken_up.entry(ledger.to_owned()).or_default();
        for due in due {
            if !known.insert(due.number) {
                continue;
            }
            if due.destination.queue() == Queue::Record {
                aside.records.push(due);
                continue;
            }
            let name = lane(ledger, &due.destination).into_owned();
            let lane = self.lanes.entry(name.clone()).or_default();
            if lane.waiting.len() >= MOST_WAITING {
                if lane.proven {
                    known.remove(&due.number);
                } else {
                    aside.postponed.push(due.number);
                }
                continue;
            }
            if lane.waiting.is_empty() {
                self.turns.push_back(name);
            }
            lane.waiting.push_back(Job {
                ledger: ledger.to_owned(),
                number: due.number,
                id: due.id,
                payload: due.payload,
                destination: due.destination,
                booking: due.booking,
                is_copy_parked: due.is_copy_parked,
            });
        }
        aside
    }

    /// The next attempt to make, if one can be made now. It is under way until [`Dispatch::ended`].
    pub(super) fn next_job(&mut self) -> Option<Job> {
        if self.under_way >= self.most_under_way {
            return None;
        }
        for _ in 0..self.turns.len() {
            let name = self.turns.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&name) else { continue };
            let share = if lane.failing { 1 } else { MOST_OF_LANE };
            let job = if lane.under_way < share { lane.waiting.pop_front() } else { None };
            lane.under_way += usize::from(job.is_some());
            if !lane.waiting.is_empty() {
                self.turns.push_back(name);
            }
            if job.is_some() {
                self.under_way += 1;
                return job;
            }
        }
        None
    }

    /// An attempt of that lane ended.
    pub(super) fn ended(&mut self, name: &str, taken: bool) {
        self.under_way -= 1;
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.under_way -= 1;
        (lane.failing, lane.proven) = (!taken, taken);
        if taken && lane.under_way == 0 && lane.waiting.is_empty() {
            self.lanes.remove(name);
        }
    }

    /// The ledger has settled those: it will not say that they are due, unless they are again.
    pub(super) fn settled(&mut self, ledger: &str, numbers: impl IntoIterator<Item = i64>) {
        let Some(known) = self.taken_up.get_mut(ledger) else { return };
        for number in numbers {
            known.remove(&number);
        }
        if known.is_empty() {
            self.taken_up.remove(ledger);
        }
    }

    /// How many of a ledger's deliveries are taken up and not settled.
    pub(super) fn taken_up(&self, ledger: &str) -> usize {
        self.taken_up.get(ledger).map_or(0, BTreeSet::len)
    }

    /// Their numbers.
    pub(super) fn numbers_taken_up(&self, ledger: &str) -> Vec<i64> {
        self.taken_up.get(ledger).into_iter().flatten().copied().collect()
    }

    /// Whether anything waits in a lane.
    pub(super) fn is_waiting(&self) -> bool {
        !self.turns.is_empty()
    }

    /// How many attempts are under way.
    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use scheduling::definition::Webhook;
    use scheduling::outbox::CalendarCopy;

    use super::*;

    fn due(number: i64, url: &str) -> Due {
        let webhook = Webhook { url: url.to_owned(), secret: Vec::new(), events: Vec::new() };
        Due {
            number,
            id: number.to_string(),
            destination: Destination::Webhook(webhook),
            payload: Payload::Booking,
            booking: None,
            event_count: 0,
            is_copy_parked: false,
        }
    }

    fn started(dispatch: &mut Dispatch) -> Vec<i64> {
        std::iter::from_fn(|| dispatch.next_job()).map(|job| job.number).collect()
    }

    #[test]
    fn receivers_take_turns_and_none_has_all_attempts() {
        let mut dispatch = Dispatch::new(6);
        let slow = (1..=9).map(|number| due(number, "slow"));
        dispatch.take_up("aiko", slow.chain([due(10, "quick"), due(11, "quick")]).collect());
        assert_eq!(started(&mut dispatch), [1, 10, 2, 11, 3, 4]);
        dispatch.ended("quick", true);
        dispatch.take_up("jonas", vec![due(1, "other")]);
        assert_eq!(started(&mut dispatch), [1], "jonas's, as the slow one has its share");
    }

    #[test]
    fn a_receiver_that_fails_gets_one_attempt_at_a_time() {
        let mut dispatch = Dispatch::new(6);
        dispatch.take_up("aiko", (1..=9).map(|number| due(number, "down")).collect());
        assert_eq!(started(&mut dispatch), [1, 2, 3, 4]);
        for _ in 0..4 {
            dispatch.ended("down", false);
        }
        assert_eq!(started(&mut dispatch), [5]);
        dispatch.ended("down", true);
        assert_eq!(started(&mut dispatch), [6, 7, 8, 9]);
        assert_eq!(dispatch.under_way(), 4);
    }

    #[test]
    fn a_calendar_that_hangs_delays_no_other() {
        let mut dispatch = Dispatch::new(16);
        let copies = |calendar: &str| {
            let copy = CalendarCopy { calendar: calendar.to_owned() };
            let due = |number| Due { destination: Destination::Calendar(copy.clone()), ..due(number, "") };
            (1..=9).map(due).collect::<Vec<_>>()
        };
        dispatch.take_up("aiko", copies("work"));
        assert_eq!(started(&mut dispatch), [1, 2, 3, 4]);
        dispatch.take_up("jonas", copies("work"));
        assert_eq!(started(&mut dispatch), [1, 2, 3, 4]);
    }

    #[test]
    fn what_is_taken_up_is_not_taken_up_again_until_it_is_settled() {
        let mut dispatch = Dispatch::new(6);
        dispatch.take_up("aiko", vec![due(1, "one")]);
        dispatch.take_up("aiko", vec![due(1, "one"), due(2, "one")]);
        assert_eq!(started(&mut dispatch), [1, 2]);
        assert_eq!(dispatch.taken_up("aiko"), 2);
        dispatch.settled("aiko", [1]);
        dispatch.take_up("aiko", vec![due(1, "one"), due(2, "one")]);
        assert_eq!(started(&mut dispatch), [1], "replayed");
    }

    #[test]
    fn a_full_lane_puts_the_rest_off() {
        let mut dispatch = Dispatch::new(6);
        let aside = dispatch.take_up("aiko", (1..=300).map(|number| due(number, "down")).collect());
        assert_eq!(aside.postponed, (257..=300).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_lane_whose_receiver_takes_all_leaves_the_rest_for_later() {
        let mut dispatch = Dispatch::new(6);
        dispatch.take_up("aiko", vec![due(1, "quick"), due(2, "quick")]);
        dispatch.next_job().unwrap();
        dispatch.ended("quick", true);
        let aside = dispatch.take_up("aiko", (1..=300).map(|number| due(number, "quick")).collect());
        assert_eq!(aside, Aside::default());
        assert_eq!(
            dispatch.taken_up("aiko"),
            257,
            "the one that ended and is not settled, and those that wait"
        );
    }

    #[test]
    fn records_stand_aside() {
        let mut dispatch = Dispatch::new(6);
        let record = Due { destination: Destination::Record, ..due(1, "") };
        let aside = dispatch.take_up("aiko", vec![record.clone()]);
        assert_eq!(aside, Aside { records: vec![record], postponed: Vec::new() });
        assert_eq!(started(&mut dispatch), [0; 0]);
    }
}

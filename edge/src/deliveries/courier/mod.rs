//! The courier: which delivery is carried when, for one ledger or for thousands, without I/O and without a clock.
//!
//! An adapter drives it, and only carries. It calls, in this order and over and over:
//!
//! 1. [`Courier::wake`] whenever a ledger says when it wants to be woken: after each commit, and at the start, for
//!    every ledger that may have something due.
//! 2. [`Courier::poll`] until it gives no further [`Errand`]. Errands may run side by side, and end in any order.
//! 3. For each errand that has ended, the one call that belongs to it: [`Courier::loaded`], [`Courier::expired`],
//!    [`Courier::attempted`], [`Courier::recorded`], [`Courier::settled`], [`Courier::calendar_read`]; or
//!    [`Courier::failed`] where the ledger could not be read or written. Then 2 again.
//! 4. [`Courier::poll_wake`], when nothing is left to begin: the instant at which 2 has something new to give, if
//!    nothing ends before that.
//!
//! An adapter that may make only so many requests at a time says so with [`Courier::begin_round`].
//!
//! Nothing that must not be lost is here. What an attempt came to is settled in the ledger; whatever is lost with the
//! process before that is due again, under the same id.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::calendar::Known;
use scheduling::ledger::DueNow;
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due};

use crate::deliveries::dispatch::{Dispatch, Job};

/// How much a courier does at once, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Attempts that are under way at once.
    pub under_way: usize,
    /// Notices that are asked for at once, of one ledger.
    pub loaded: u32,
    /// Records that are asked for at once, of one ledger, and deliveries to other ledgers.
    pub records: u32,
    /// Deliveries of one ledger that are taken up at once.
    pub taken_up: usize,
    /// The least time from one loading of a ledger to the next: one that is written to all the time always has
    /// something new.
    pub load_every: TimeDelta,
    /// The least time from one writing of a ledger's records to the next.
    pub records_every: TimeDelta,
    /// How long outcomes are gathered: each settling is a commit.
    pub settle_every: TimeDelta,
    /// Outcomes of one ledger that are settled at once, however short the while.
    pub settle_at: usize,
    /// The pause while more is due than can be taken up.
    pub full_pause: TimeDelta,
    /// The pause after a ledger could not be read or written.
    pub fault_pause: TimeDelta,
}

/// Calendars that are read at once.
const MOST_READINGS: usize = 4;

/// What the adapter has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Ask a ledger what is due ([`scheduling::ledger::Question::due`]). Ends with [`Courier::loaded`].
    Load {
        /// The ledger.
        ledger: String,
        /// Notices, at most.
        most: u32,
        /// Records, at most.
        records: u32,
        /// Numbers that are taken up already.
        except: Vec<i64>,
    },
    /// Have a ledger end what has expired ([`scheduling::ledger::Order::expire`]). Ends with [`Courier::expired`].
    Expire {
        /// The ledger.
        ledger: String,
    },
    /// Make an attempt. Ends with [`Courier::attempted`].
    Attempt(Job),
    /// Write records, and tell other ledgers. Ends with [`Courier::recorded`].
    Record {
        /// The ledger.
        ledger: String,
        /// Its deliveries.
        due: Vec<Due>,
    },
    /// Read a calendar, and have its ledger note what came of it ([`scheduling::ledger::Order::note_busy`]). Ends with
    /// [`Courier::calendar_read`].
    Read {
        /// The ledger.
        ledger: String,
        /// The calendar, as it was read last.
        calendar: Box<Known>,
    },
    /// Have a ledger note what attempts came to ([`scheduling::ledger::Order::settle`]). Ends with
    /// [`Courier::settled`].
    Settle {
        /// The ledger.
        ledger: String,
        /// The attempts.
        attempts: Vec<Attempt>,
    },
}

/// What the courier knows of one ledger.
#[derive(Debug, Default)]
struct Round {
    /// When it is to be loaded.
    load_at: Option<DateTime<Utc>>,
    /// It is being loaded.
    loading: bool,
    /// It was not loaded before that instant.
    not_before: Option<DateTime<Utc>>,
    /// Its dead seats are to be ended first.
    expire: bool,
    /// From when on its records may be written again.
    records_at: Option<DateTime<Utc>>,
    /// Its records are being written: one writing at a time.
    recording: bool,
    /// Records that were loaded, and wait for being written.
    records: Vec<Due>,
    /// What attempts came to, not yet handed out to be settled.
    outcomes: Vec<Attempt>,
}

/// Deliveries on their way.
#[derive(Debug)]
pub struct Courier {
    pace: Pace,
    dispatch: Dispatch,
    rounds: HashMap<String, Round>,
    /// Ledgers in the order in which they are to be loaded.
    agenda: BTreeSet<(DateTime<Utc>, String)>,
    /// Ledgers with outcomes.
    unsettled: BTreeSet<String>,
    /// Since when there have been outcomes that nobody has taken to be settled.
    unsettled_since: Option<DateTime<Utc>>,
    /// Ledgers with so many outcomes that they are settled at once.
    full: Vec<String>,
    /// Ledgers with records to write.
    unrecorded: BTreeSet<String>,
    recording: usize,
    /// Calendars that wait for being read, with their ledgers.
    unread: VecDeque<(String, Known)>,
    /// Those, and the ones that are being read: ledgers and names.
    to_read: BTreeSet<String>,
    reading: usize,
    /// Ledgers that are ending what has expired.
    expiring: usize,
    /// Requests that are left in this round; `None` for any number.
    requests: Option<usize>,
}

impl Courier {
    /// A courier with nothing to carry yet.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            dispatch: Dispatch::new(pace.under_way),
            rounds: HashMap::new(),
            agenda: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            unsettled_since: None,
            full: Vec::new(),
            unrecorded: BTreeSet::new(),
            recording: 0,
            unread: VecDeque::new(),
            to_read: BTreeSet::new(),
            reading: 0,
            expiring: 0,
            requests: None,
        }
    }

    /// A new round, of so many requests at most. Without one, there is no bound.
    pub fn begin_round(&mut self, requests: usize) {
        self.requests = Some(requests);
    }

    /// Whether the round's requests are used up.
    pub fn is_spent(&self) -> bool {
        self.requests == Some(0)
    }

    /// Whether no errand that waits for something is under way: no attempt, no record, no calendar, and nothing that
    /// expires.
    pub fn is_idle(&self) -> bool {
        self.dispatch.under_way() == 0 && self.recording == 0 && self.reading == 0 && self.expiring == 0
    }

    /// A ledger wants to be woken then; `None` for not at all.
    pub fn wake(&mut self, ledger: &str, at: Option<DateTime<Utc>>) {
        let round = self.rounds.entry(ledger.to_owned()).or_default();
        if let Some(before) = std::mem::replace(&mut round.load_at, at) {
            self.agenda.remove(&(before, ledger.to_owned()));
        }
        if let Some(at) = at {
            self.agenda.insert((at, ledger.to_owned()));
        }
    }

    /// Wakes it then, unless it is to be woken before that.
    fn wake_by(&mut self, ledger: &str, at: DateTime<Utc>) {
        let known = self.rounds.get(ledger).and_then(|round| round.load_at);
        if known.is_none_or(|known| at < known) {
            self.wake(ledger, Some(at));
        }
    }

    /// The next errand, if one can be begun now.
    pub fn poll(&mut self, now: DateTime<Utc>) -> Option<Errand> {
        if let Some(errand) = self.next_settling(now) {
            return Some(errand);
        }
        if self.is_spent() {
            return None;
        }
        self.next_loading(now)
            .or_else(|| self.next_recording())
            .or_else(|| self.next_attempt())
            .or_else(|| self.next_reading())
    }

    fn next_settling(&mut self, now: DateTime<Utc>) -> Option<Errand> {
        let pace = self.pace;
        // A clock that was set back makes nothing wait for the hours that it lost.
        let is_late = |since| since + pace.settle_every <= now || since > now + pace.fault_pause;
        let is_late = self.unsettled_since.is_some_and(is_late);
        loop {
            let ledger = if is_late { self.unsettled.first().cloned() } else { self.full.pop() }?;
            self.unsettled.remove(&ledger);
            if self.unsettled.is_empty() {
                self.unsettled_since = None;
                self.full.clear();
            }
            let attempts = std::mem::take(&mut self.rounds.get_mut(&ledger)?.outcomes);
            if !attempts.is_empty() {
                return Some(Errand::Settle { ledger, attempts });
            }
        }
    }

    fn next_loading(&mut self, now: DateTime<Utc>) -> Option<Errand> {
        loop {
            let (at, ledger) = self.agenda.first()?.clone();
            if at > now {
                return None;
            }
            self.wake(&ledger, None);
            let (load_every, taken_up) = (self.pace.load_every, self.dispatch.taken_up(&ledger));
            let round = self.rounds.get_mut(&ledger)?;
            if let Some(at) = round.not_before.filter(|at| *at > now && *at <= now + load_every) {
                self.wake(&ledger, Some(at));
            } else if round.loading || taken_up + self.pace.loaded as usize > self.pace.taken_up {
                self.wake(&ledger, Some(now + self.pace.full_pause));
            } else {
                return Some(self.load(ledger, now));
            }
        }
    }

    fn load(&mut self, ledger: String, now: DateTime<Utc>) -> Errand {
        let except = self.dispatch.numbers_taken_up(&ledger);
        let pace = self.pace;
        let round = self.rounds.entry(ledger.clone()).or_default();
        round.loading = true;
        if std::mem::take(&mut round.expire) {
            self.expiring += 1;
            return Errand::Expire { ledger };
        }
        round.not_before = Some(now + pace.load_every);
        let may_record = !round.recording && round.records_at.is_none_or(|at| at <= now);
        let records = if may_record { pace.records } else { 0 };
        Errand::Load { ledger, most: pace.loaded, records, except }
    }

    fn next_recording(&mut self) -> Option<Errand> {
        let ledger = self.unrecorded.pop_first()?;
        let round = self.rounds.get_mut(&ledger)?;
        let due = std::mem::take(&mut round.records);
        round.recording = true;
        self.recording += 1;
        // One for each, and one for what is busy.
        self.spend(due.len() + 1);
        Some(Errand::Record { ledger, due })
    }

    fn next_attempt(&mut self) -> Option<Errand> {
        let job = self.dispatch.next_job()?;
        // A mail asks its recipient's ledger first.
        self.spend(if matches!(job.destination, Destination::Mail(_)) { 2 } else { 1 });
        Some(Errand::Attempt(job))
    }

    fn next_reading(&mut self) -> Option<Errand> {
        if self.reading >= MOST_READINGS {
            return None;
        }
        let (ledger, known) = self.unread.pop_front()?;
        self.reading += 1;
        self.spend(1);
        Some(Errand::Read { ledger, calendar: Box::new(known) })
    }

    fn spend(&mut self, requests: usize) {
        self.requests = self.requests.map(|left| left.saturating_sub(requests));
    }

    /// A ledger said what is due. What is taken up is asked for again when it is settled, as the ledger then says when
    /// it wants to be woken.
    pub fn loaded(&mut self, ledger: &str, found: DueNow, now: DateTime<Utc>) {
        let DueNow { due, calendars, expired, next_at } = found;
        let pace = self.pace;
        let round = self.rounds.entry(ledger.to_owned()).or_default();
        round.loading = false;
        if expired {
            (round.expire, round.not_before) = (true, None);
            self.wake(ledger, Some(now));
            return;
        }
        for known in calendars {
            if self.to_read.insert(reading(ledger, &known.name)) {
                self.unread.push_back((ledger.to_owned(), known));
            }
        }
        let round = self.rounds.entry(ledger.to_owned()).or_default();
        // Those that may not have been asked for.
        let records_at = round.records_at.filter(|at| *at > now);
        for at in next_at.into_iter().chain(records_at) {
            self.wake_by(ledger, at);
        }
        let taken_up = self.dispatch.taken_up(ledger);
        let may_be_more = due.len() >= pace.loaded as usize;
        let aside = self.dispatch.take_up(ledger, due);
        if may_be_more {
            let grew = self.dispatch.taken_up(ledger) > taken_up;
            self.wake_by(ledger, if grew { now } else { now + pace.full_pause });
        }
        for number in aside.postponed {
            let outcome = AttemptOutcome::Postponed;
            self.note(ledger, Attempt { number, outcome, jitter: spread(number) }, now);
        }
        if !aside.records.is_empty() {
            let round = self.rounds.entry(ledger.to_owned()).or_default();
            round.records.extend(aside.records);
            round.records_at = Some(now + pace.records_every);
            self.unrecorded.insert(ledger.to_owned());
        }
    }

    /// A ledger ended what had expired. It is asked at once what is due now.
    pub fn expired(&mut self, ledger: &str, now: DateTime<Utc>) {
        self.expiring = self.expiring.saturating_sub(1);
        self.rounds.entry(ledger.to_owned()).or_default().loading = false;
        self.wake(ledger, Some(now));
    }

    /// An attempt ended. `jitter`, 0 to 999, spreads the next attempts of many.
    pub fn attempted(&mut self, job: &Job, outcome: AttemptOutcome, jitter: u16, now: DateTime<Utc>) {
        // One that ended, or is held, says nothing against its receiver.
        let is_well = outcome.is_taken()
            || matches!(outcome, AttemptOutcome::Ended { .. } | AttemptOutcome::Held { .. });
        self.dispatch.ended(&job.lane(), is_well);
        self.note(&job.ledger, Attempt { number: job.number, outcome, jitter }, now);
    }

    /// Records were written, or could not be. The next ones wait for the usual while, and for `longer`.
    pub fn recorded(&mut self, ledger: &str, attempts: Vec<Attempt>, longer: TimeDelta, now: DateTime<Utc>) {
        self.recording = self.recording.saturating_sub(1);
        let round = self.rounds.entry(ledger.to_owned()).or_default();
        round.recording = false;
        round.records_at = round.records_at.max(Some(now + self.pace.records_every + longer));
        for attempt in attempts {
            self.note(ledger, attempt, now);
        }
    }

    /// A calendar was read, and its ledger has noted what came of it.
    pub fn calendar_read(&mut self, ledger: &str, calendar: &str) {
        self.reading = self.reading.saturating_sub(1);
        self.to_read.remove(&reading(ledger, calendar));
    }

    /// A ledger noted what attempts came to: it will not say that they are due, unless they are again.
    pub fn settled(&mut self, ledger: &str, attempts: &[Attempt]) {
        self.dispatch.settled(ledger, attempts.iter().map(|attempt| attempt.number));
    }

    /// A ledger could not be read or written. It is asked again after a pause; what attempts came to is kept until
    /// then.
    pub fn failed(&mut self, errand: Errand, now: DateTime<Utc>) {
        let pace = self.pace;
        if matches!(errand, Errand::Expire { .. }) {
            self.expiring = self.expiring.saturating_sub(1);
        }
        match errand {
            Errand::Load { ledger, .. } | Errand::Expire { ledger } => {
                self.rounds.entry(ledger.clone()).or_default().loading = false;
                self.wake_by(&ledger, now + pace.fault_pause);
            }
            Errand::Settle { ledger, attempts } => {
                for attempt in attempts {
                    self.note(&ledger, attempt, now + pace.fault_pause);
                }
            }
            Errand::Read { ledger, calendar } => {
                self.calendar_read(&ledger, &calendar.name);
                self.wake_by(&ledger, now + pace.fault_pause);
            }
            // What they came to says how they failed.
            Errand::Attempt(_) | Errand::Record { .. } => {}
        }
    }

    fn note(&mut self, ledger: &str, attempt: Attempt, at: DateTime<Utc>) {
        let outcomes = &mut self.rounds.entry(ledger.to_owned()).or_default().outcomes;
        outcomes.push(attempt);
        if outcomes.len() == self.pace.settle_at {
            self.full.push(ledger.to_owned());
        }
        self.unsettled.insert(ledger.to_owned());
        self.unsettled_since.get_or_insert(at);
    }

    /// The instant at which [`Courier::poll`] has something new to give, if nothing ends before; `None` for never.
    pub fn poll_wake(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let load = self.agenda.first().map(|(at, _)| *at);
        let settle = self.unsettled_since.map(|since| since + self.pace.settle_every);
        let left = (self.is_spent() && self.is_waiting()).then(|| {
            let is_full = self.dispatch.under_way() >= self.pace.under_way;
            if is_full { now + self.pace.full_pause } else { now }
        });
        [load, settle, left].into_iter().flatten().min()
    }

    /// Whether something waits that only a new round's requests can carry.
    fn is_waiting(&self) -> bool {
        self.dispatch.is_waiting() || !self.unrecorded.is_empty() || !self.unread.is_empty()
    }
}

/// A jitter for what was not tried: neighbours get different ones.
fn spread(number: i64) -> u16 {
    u16::try_from(number.wrapping_mul(389).rem_euclid(1000)).unwrap_or(0)
}

/// A reading of a calendar, among those of all ledgers.
fn reading(ledger: &str, calendar: &str) -> String {
    format!("{ledger}/{calendar}")
}

#[cfg(test)]
mod tests;

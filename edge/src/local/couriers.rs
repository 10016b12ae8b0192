//! What carries deliveries out in this process: one task that knows when which ledger wants to be woken, and that has
//! attempts made side by side.
//!
//! It keeps nothing: whatever is lost with the process is due again when the ledgers are looked through at the next start.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use scheduling::ledger::{Answer, Attempt, AttemptOutcome, Command, Destination, Due, Query};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::app::App;
use super::clock::Clock;
use super::postman::LocalPostman;
use super::receivers::Receivers;
use super::store::shared::{CONTACTS, Wake};
use crate::call::unexpected_answer;
use crate::deliveries::{Dispatch, Job, attempt, attempted, booking_records, handed_over, to_other_ledger};
use crate::{Fault, Stop};

/// Attempts that are under way at once.
const MOST_UNDER_WAY: usize = 16;
/// Notices that are asked for at once, of one ledger.
const MOST_LOADED: u32 = 64;
/// Records that are written at once, of one ledger.
const MOST_RECORDS: u32 = 250;
/// A ledger is asked this often at most: one that is written to all the time has something new at every turn.
const LOAD_EVERY: TimeDelta = TimeDelta::milliseconds(200);
/// Deliveries of one ledger that are taken up at once.
const MOST_TAKEN_UP: usize = 512;
/// How attempts went is settled together for a while: each settling is a commit.
const SETTLE_EVERY: Duration = Duration::from_millis(200);
/// So many are settled at once, however short the while.
const SETTLE_AT: usize = 64;
/// A ledger's records are written this often at most.
const RECORDS_EVERY: TimeDelta = TimeDelta::seconds(1);
/// The pause while more is due than is taken up.
const FULL_PAUSE: TimeDelta = TimeDelta::milliseconds(200);
/// The pause after a ledger could not be read or written.
const PAUSE: TimeDelta = TimeDelta::seconds(2);
/// How long attempts under way may take when the process ends.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries deliveries out until `ending` says so; then lets what is under way finish, and settles it.
pub(super) async fn run(
    app: Arc<App>,
    mut wakes: mpsc::UnboundedReceiver<Wake>,
    mut ending: watch::Receiver<bool>,
) {
    let mut couriers = Couriers {
        receivers: Receivers::new(app.clock, app.options.private_webhooks),
        app,
        dispatch: Dispatch::new(MOST_UNDER_WAY),
        agenda: Agenda::default(),
        busy: BTreeSet::new(),
        unsettled: HashMap::new(),
        settled_at: Clock::instant(),
        load_at: HashMap::new(),
        records_at: HashMap::new(),
        tasks: JoinSet::new(),
    };
    couriers.look_through();
    while !*ending.borrow() {
        let pause = couriers.step();
        tokio::select! {
            _ = ending.changed() => {}
            Some((ledger, at)) = wakes.recv() => {
                couriers.agenda.set(ledger, at);
                while let Ok((ledger, at)) = wakes.try_recv() {
                    couriers.agenda.set(ledger, at);
                }
            }
            Some(done) = couriers.tasks.join_next() => couriers.note(done.ok()),
            () = tokio::time::sleep(pause) => {}
        }
    }
    couriers.end().await;
}

/// When each ledger wants to be woken.
#[derive(Default)]
struct Agenda {
    of_ledger: HashMap<String, DateTime<Utc>>,
    in_order: BTreeSet<(DateTime<Utc>, String)>,
}

impl Agenda {
    fn set(&mut self, ledger: String, at: Option<DateTime<Utc>>) {
        if let Some(before) = self.of_ledger.remove(&ledger) {
            self.in_order.remove(&(before, ledger.clone()));
        }
        if let Some(at) = at {
            self.of_ledger.insert(ledger.clone(), at);
            self.in_order.insert((at, ledger));
        }
    }

    /// Wakes it then, unless it is to be woken before that.
    fn set_earlier(&mut self, ledger: &str, at: DateTime<Utc>) {
        if self.of_ledger.get(ledger).is_none_or(|known| at < *known) {
            self.set(ledger.to_owned(), Some(at));
        }
    }

    fn first(&self) -> Option<DateTime<Utc>> {
        self.in_order.first().map(|(at, _)| *at)
    }

    fn take_due(&mut self, now: DateTime<Utc>) -> Option<String> {
        let (at, ledger) = self.in_order.first()?.clone();
        if at > now {
            return None;
        }
        self.set(ledger.clone(), None);
        Some(ledger)
    }
}

struct Couriers {
    app: Arc<App>,
    receivers: Receivers,
    dispatch: Dispatch,
    agenda: Agenda,
    /// Ledgers that are being asked what is due.
    busy: BTreeSet<String>,
    /// How attempts went, by ledger.
    unsettled: HashMap<String, Vec<Attempt>>,
    settled_at: Instant,
    /// From when on a ledger may be asked again.
    load_at: HashMap<String, DateTime<Utc>>,
    /// From when on a ledger's records may be written again.
    records_at: HashMap<String, DateTime<Utc>>,
    tasks: JoinSet<Done>,
}

/// What a ledger says is due.
struct Found {
    due: Vec<Due>,
    /// There may be more.
    more: bool,
    next_at: Option<DateTime<Utc>>,
}

/// What a task came to.
enum Done {
    Loaded { ledger: String, found: Option<Found> },
    Attempted { job: Job, outcome: AttemptOutcome },
    Recorded { ledger: String, attempts: Vec<Attempt> },
    Settled { ledger: String, attempts: Vec<Attempt>, settled: bool },
}

impl Couriers {
    /// After a crash, what was due is in the ledgers' files.
    fn look_through(&mut self) {
        let now = self.app.clock.now();
        for ledger in self.app.ledgers.names() {
            self.agenda.set(ledger, Some(now));
        }
    }

    /// Begins all that can be begun. Returns how long to wait for something to happen.
    fn step(&mut self) -> Duration {
        let now = self.app.clock.now();
        let mut put_back = Vec::new();
        while let Some(ledger) = self.agenda.take_due(now) {
            if let Some(at) = self.load_at.get(&ledger).copied().filter(|at| *at > now) {
                put_back.push((ledger, at));
            } else if self.dispatch.taken_up(&ledger) >= MOST_TAKEN_UP || !self.busy.insert(ledger.clone()) {
                put_back.push((ledger, now + FULL_PAUSE));
            } else {
                self.load(ledger, now);
            }
        }
        for (ledger, at) in put_back {
            self.agenda.set_earlier(&ledger, at);
        }
        while let Some(job) = self.dispatch.next_job() {
            let postman = LocalPostman { app: Arc::clone(&self.app), receivers: self.receivers.clone() };
            self.tasks.spawn(async move {
                let outcome = attempt(&postman, &job).await;
                Done::Attempted { job, outcome }
            });
        }
        let elapsed = Clock::instant() - self.settled_at;
        if elapsed >= SETTLE_EVERY || self.unsettled.values().any(|attempts| attempts.len() >= SETTLE_AT) {
            self.settle();
        }
        let until_settling = if self.unsettled.is_empty() { SETTLE_EVERY * 300 } else { SETTLE_EVERY };
        let until_waking = self.agenda.first().and_then(|at| (at - now).to_std().ok());
        until_waking.unwrap_or(until_settling).min(until_settling)
    }

    /// Asks a ledger what is due, and has it end what has expired.
    fn load(&mut self, ledger: String, now: DateTime<Utc>) {
        self.load_at.retain(|_, at| *at > now);
        self.load_at.insert(ledger.clone(), now + LOAD_EVERY);
        self.records_at.retain(|_, at| *at > now);
        let app = Arc::clone(&self.app);
        let records = if self.records_at.contains_key(&ledger) { 0 } else { MOST_RECORDS };
        let except = self.dispatch.numbers_taken_up(&ledger);
        self.tasks.spawn(async move {
            let found = find_due(&app, &ledger, Query::Due { most: MOST_LOADED, records, except }).await;
            let found = found.map_err(|stop| app.report_stop(stop)).ok();
            Done::Loaded { ledger, found }
        });
    }

    fn note(&mut self, done: Option<Done>) {
        // A task that panicked has said so; what it carried is due again at the next start.
        let Some(done) = done else { return };
        match done {
            Done::Loaded { ledger, found } => {
                self.busy.remove(&ledger);
                match found {
                    Some(found) => self.take_up(&ledger, found),
                    None => self.agenda.set_earlier(&ledger, self.app.clock.now() + PAUSE),
                }
            }
            Done::Attempted { job, outcome } => {
                self.dispatch.ended(job.lane(), outcome == AttemptOutcome::Taken);
                let attempt = attempted(&self.receivers, job.number, outcome);
                self.unsettled.entry(job.ledger).or_default().push(attempt);
            }
            Done::Settled { ledger, attempts, settled: true } => {
                self.dispatch.settled(&ledger, attempts.iter().map(|attempt| attempt.number));
            }
            Done::Recorded { ledger, attempts } | Done::Settled { ledger, attempts, settled: false } => {
                self.unsettled.entry(ledger).or_default().extend(attempts);
            }
        }
    }

    /// Takes up what is due. What is taken up is asked for again when it is settled, as the ledger then says when it wants to be woken.
    fn take_up(&mut self, ledger: &str, Found { due, more, next_at }: Found) {
        let now = self.app.clock.now();
        if let Some(at) = next_at {
            self.agenda.set_earlier(ledger, at);
        }
        // Those that were not asked for.
        if let Some(at) = self.records_at.get(ledger).copied() {
            self.agenda.set_earlier(ledger, at);
        }
        let taken_up = self.dispatch.taken_up(ledger);
        let aside = self.dispatch.take_up(ledger, due);
        if more {
            let grew = self.dispatch.taken_up(ledger) > taken_up;
            self.agenda.set_earlier(ledger, if grew { now } else { now + FULL_PAUSE });
        }
        for number in aside.postponed {
            let attempt = attempted(&self.receivers, number, AttemptOutcome::Postponed);
            self.unsettled.entry(ledger.to_owned()).or_default().push(attempt);
        }
        if !aside.records.is_empty() {
            self.records_at.insert(ledger.to_owned(), now + RECORDS_EVERY);
            self.record(ledger.to_owned(), aside.records);
        }
    }

    /// Writes records, and tells other ledgers, of one ledger at a time.
    fn record(&mut self, ledger: String, due: Vec<Due>) {
        let (app, receivers) = (Arc::clone(&self.app), self.receivers.clone());
        self.tasks.spawn(async move {
            let (due, others): (Vec<Due>, Vec<Due>) =
                due.into_iter().partition(|due| due.destination == Destination::Record);
            // All at once, so that they share a commit.
            let others = join_all(others.into_iter().map(|due| async {
                let number = due.number;
                attempted(&receivers, number, hand_over(&app, due).await)
            }));
            let (written, mut attempts) = tokio::join!(write_records(&app, &due), others);
            let outcome = match written {
                Ok(()) => AttemptOutcome::Taken,
                Err(reason) => AttemptOutcome::Failed { reason, retry_after_seconds: None },
            };
            attempts.extend(due.iter().map(|due| attempted(&receivers, due.number, outcome.clone())));
            Done::Recorded { ledger, attempts }
        });
    }

    fn settle(&mut self) {
        self.settled_at = Clock::instant();
        for (ledger, attempts) in self.unsettled.drain() {
            let app = Arc::clone(&self.app);
            self.tasks.spawn(async move {
                let command = Command::Settle { attempts: attempts.clone() };
                let settled = match app.ledgers.apply(&ledger, command).await {
                    Ok(_) => true,
                    Err(stop) => {
                        app.report_stop(stop);
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        false
                    }
                };
                Done::Settled { ledger, attempts, settled }
            });
        }
    }

    async fn end(&mut self) {
        let finish = async {
            while let Some(done) = self.tasks.join_next().await {
                let settled = matches!(done, Ok(Done::Settled { .. }));
                self.note(done.ok());
                if !settled {
                    self.settle();
                }
            }
        };
        let _ = tokio::time::timeout(END_TIMEOUT, finish).await;
    }
}

/// What is due in a ledger, after what expired has been ended.
async fn find_due(app: &App, ledger: &str, query: Query) -> Result<Found, Stop> {
    loop {
        match app.ledgers.answer(ledger, query.clone()).await? {
            Answer::Due { expired: true, .. } => {
                app.ledgers.apply(ledger, Command::Expire).await?;
            }
            Answer::Due { due, next_at, .. } => {
                return Ok(Found { more: due.len() >= MOST_LOADED as usize, due, next_at });
            }
            _ => return Err(unexpected_answer().into()),
        }
    }
}

/// Has another ledger told.
async fn hand_over(app: &App, due: Due) -> AttemptOutcome {
    match to_other_ledger(due, |_| CONTACTS.to_owned()) {
        Some((ledger, command)) => handed_over(app.ledgers.apply(&ledger, command).await),
        None => AttemptOutcome::Taken,
    }
}

/// Writes the records of bookings. What is busy needs none here, where the ledger itself is as near.
async fn write_records(app: &Arc<App>, due: &[Due]) -> Result<(), String> {
    if due.is_empty() {
        return Ok(());
    }
    let records = booking_records(due);
    let erases = due.iter().filter_map(|due| due.booking.as_ref()).any(|booking| booking.contact.is_erased());
    let _permit = app.record_writer.acquire().await;
    let app = Arc::clone(app);
    let written = tokio::task::spawn_blocking(move || {
        app.records.write(&records, erases).map_err(|cause| {
            let text = cause.to_string();
            app.report(&Fault::Ledger { ledger: "records".to_owned(), cause });
            text
        })
    });
    written.await.unwrap_or_else(|_| Err("writing was cut off".to_owned()))
}

#[cfg(test)]
impl App {
    /// Carries deliveries out, for as long as the test's runtime lives.
    pub(crate) fn carry_out(self: &Arc<Self>) {
        let (end, ending) = tokio::sync::watch::channel(false);
        if let Some(wakes) = self.take_wakes() {
            let couriers = run(Arc::clone(self), wakes, ending);
            tokio::spawn(async move {
                couriers.await;
                drop(end);
            });
        }
    }
}

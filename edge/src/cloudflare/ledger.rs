//! A ledger as a Durable Object: one for each host, the only writer of that host's time and of its keys in KV.
//!
//! An error or a panic stores nothing, as every command runs in one `transactionSync`. The alarm is set in the same turn as
//! the writes, to the earliest instant at which something is due, and never pushed back by what comes later.

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::FuturesUnordered;
use js_sys::futures::JsFuture;
use scheduling::ledger::{self, Answer, Attempt, AttemptOutcome, Command, Destination, Due, Query, Reply};
use scheduling::sql::SqlFault;
use serde::{Deserialize, Serialize};
use worker::{Delay, DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::clock::Clock;
use super::receivers::Receivers;
use super::sql::Storage;
use crate::deliveries::{Dispatch, Job, attempt, attempted, busy_since, records_of};

/// Attempts that are under way at once: an invocation has six connections.
const MOST_UNDER_WAY: usize = 6;
/// Requests that one alarm makes at most: an invocation has fifty.
const MOST_REQUESTS: usize = 40;
/// Bookings whose records one alarm writes at most.
const MOST_RECORDS: usize = 20;
/// Deliveries that are asked for at once.
const MOST_LOADED: u32 = 64;
/// How often it is asked what has become due while attempts are under way.
const TICK: Duration = Duration::from_millis(500);
/// KV takes one write a second of each key.
const RECORDS_EVERY: TimeDelta = TimeDelta::seconds(1);
/// The next alarm is set before the first attempt, so that whatever breaks off is gone on with.
const SAFETY: TimeDelta = TimeDelta::seconds(60);

/// What the Worker asks of a ledger.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    Apply(Command),
    Answer(Query),
}

/// What a ledger tells the Worker.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Replied(Reply),
    Answered(Answer),
    Failed(String),
}

/// A ledger.
#[durable_object(alarm)]
pub struct Ledger {
    state: State,
    env: Env,
    migrated: Cell<bool>,
    /// When the alarm rings, as far as this instance knows.
    armed: Cell<Option<DateTime<Utc>>>,
    /// From when on records may be written again.
    records_at: Cell<DateTime<Utc>>,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            migrated: Cell::new(false),
            armed: Cell::new(None),
            records_at: Cell::new(DateTime::UNIX_EPOCH),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        let told = match serde_json::from_slice(&bytes) {
            Ok(asked) => self.tell(asked),
            Err(cause) => (Told::Failed(format!("it cannot read what it is asked: {cause}")), None),
        };
        let (told, arming) = told;
        if let Some(arming) = arming {
            JsFuture::from(arming).await?;
        }
        Response::ok(serde_json::to_string(&told)?)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.armed.set(None);
        let now = self.now();
        self.arm(Some(now + SAFETY)).await;
        let next = match self.carry_out().await {
            Ok(next) => next,
            Err(fault) => {
                console_error!("a ledger's alarm failed: {fault}");
                Some(now + SAFETY)
            }
        };
        self.arm(next).await;
        Response::empty()
    }
}

impl Ledger {
    fn now(&self) -> DateTime<Utc> {
        Clock::of(&self.env).now()
    }

    /// Carries out what is asked, in one turn of the object; with the alarm that was set in it.
    fn tell(&self, asked: Asked) -> (Told, Option<js_sys::Promise>) {
        let told = match asked {
            Asked::Apply(command) => match self.apply(&command) {
                Ok(reply) => return (Told::Replied(reply), self.arm_earlier()),
                Err(fault) => Err(fault),
            },
            Asked::Answer(query) => self.answer(&query).map(Told::Answered),
        };
        (told.unwrap_or_else(|fault| Told::Failed(fault.to_string())), None)
    }

    fn sql(&self) -> Result<Storage, SqlFault> {
        let mut storage = Storage::of(&self.state);
        if !self.migrated.get() {
            ledger::migrate(&mut storage)?;
            self.migrated.set(true);
        }
        Ok(storage)
    }

    fn apply(&self, command: &Command) -> Result<Reply, SqlFault> {
        ledger::apply(&mut self.sql()?, command, self.now())
    }

    fn answer(&self, query: &Query) -> Result<Answer, SqlFault> {
        ledger::answer(&mut self.sql()?, query, self.now())
    }

    /// Sets the alarm to when the ledger wants to be woken, unless it rings before that.
    fn arm_earlier(&self) -> Option<js_sys::Promise> {
        let wanted = self.sql().and_then(|mut sql| ledger::wake_at(&mut sql)).unwrap_or(Some(self.now()))?;
        if self.armed.get().is_some_and(|armed| armed <= wanted) {
            return None;
        }
        self.begin_arming(Some(wanted))
    }

    fn begin_arming(&self, at: Option<DateTime<Utc>>) -> Option<js_sys::Promise> {
        let milliseconds = at.map(|at| Clock::of(&self.env).platform_milliseconds(at));
        match Storage::of(&self.state).wake(milliseconds) {
            Ok(arming) => {
                self.armed.set(at);
                Some(arming)
            }
            Err(cause) => {
                console_error!("a ledger's alarm cannot be set: {cause}");
                None
            }
        }
    }

    async fn arm(&self, at: Option<DateTime<Utc>>) {
        if let Some(arming) = self.begin_arming(at)
            && JsFuture::from(arming).await.is_err()
        {
            self.armed.set(None);
        }
    }

    /// Makes the attempts that are due, as many as one invocation may. Returns when to go on.
    async fn carry_out(&self) -> Result<Option<DateTime<Utc>>, SqlFault> {
        let mut round = Round {
            ledger: self,
            receivers: Receivers { env: &self.env },
            dispatch: Dispatch::new(MOST_UNDER_WAY),
            requests: 0,
            more: true,
            next_at: None,
            under_way: FuturesUnordered::new(),
        };
        loop {
            round.load()?;
            round.start();
            if round.under_way.is_empty() {
                return Ok(round.next_at());
            }
            let tick = std::pin::pin!(Delay::from(TICK));
            match select(round.under_way.next(), tick).await {
                Either::Left((done, _)) => round.note(done.into_iter().collect())?,
                Either::Right(_) => round.more = true,
            }
        }
    }
}

/// What one alarm does.
struct Round<'a> {
    ledger: &'a Ledger,
    receivers: Receivers<'a>,
    dispatch: Dispatch,
    /// Requests made.
    requests: usize,
    /// Whether to ask what is due.
    more: bool,
    next_at: Option<DateTime<Utc>>,
    under_way: FuturesUnordered<LocalBoxFuture<'a, Done>>,
}

enum Done {
    Attempted { job: Job, outcome: AttemptOutcome },
    Recorded { due: Vec<Due>, outcome: AttemptOutcome },
}

/// The one ledger that is in sight here.
const OWN: &str = "";

impl<'a> Round<'a> {
    fn load(&mut self) -> Result<(), SqlFault> {
        if !self.more || self.requests >= MOST_REQUESTS {
            return Ok(());
        }
        let most = MOST_LOADED + u32::try_from(self.dispatch.taken_up(OWN)).unwrap_or(0);
        let mut answer = self.ledger.answer(&Query::Due { most })?;
        if let Answer::Due { expired: true, .. } = answer {
            self.ledger.apply(&Command::Expire)?;
            answer = self.ledger.answer(&Query::Due { most })?;
        }
        let Answer::Due { mut due, next_at, .. } = answer else { return Ok(()) };
        self.more = false;
        self.next_at = next_at;
        let mut records = 0;
        let may_record = self.ledger.records_at.get() <= self.ledger.now();
        due.retain(|due| {
            let is_record = due.destination == Destination::Record;
            records += usize::from(is_record);
            !is_record || (may_record && records <= MOST_RECORDS)
        });
        let aside = self.dispatch.take_up(OWN, due);
        let postponed = aside.postponed.iter();
        let attempts: Vec<Attempt> =
            postponed.map(|number| attempted(&self.receivers, *number, AttemptOutcome::Postponed)).collect();
        self.settle(attempts)?;
        if !aside.records.is_empty() {
            self.record(aside.records);
        }
        Ok(())
    }

    fn start(&mut self) {
        while self.requests < MOST_REQUESTS
            && self.under_way.len() < MOST_UNDER_WAY
            && let Some(job) = self.dispatch.next_job()
        {
            self.requests += 1;
            let env = &self.ledger.env;
            self.under_way.push(Box::pin(async move {
                let outcome = attempt(&Receivers { env }, &job).await;
                Done::Attempted { job, outcome }
            }));
        }
    }

    /// Writes records: those of bookings, then what is busy. Each as it is now.
    fn record(&mut self, due: Vec<Due>) {
        let ledger = self.ledger;
        ledger.records_at.set(ledger.now() + RECORDS_EVERY);
        self.requests += due.len() + 1;
        self.under_way.push(Box::pin(async move {
            let outcome = match ledger.write_records(&due).await {
                Ok(()) => AttemptOutcome::Taken,
                Err(reason) => AttemptOutcome::Failed { reason, retry_after_seconds: None },
            };
            Done::Recorded { due, outcome }
        }));
    }

    fn note(&mut self, done: Vec<Done>) -> Result<(), SqlFault> {
        let mut attempts = Vec::new();
        for done in done {
            match done {
                Done::Attempted { job, outcome } => {
                    self.dispatch.ended(&job.webhook.url, outcome == AttemptOutcome::Taken);
                    attempts.push(attempted(&self.receivers, job.number, outcome));
                }
                Done::Recorded { due, outcome } => {
                    let attempt = |due: &Due| attempted(&self.receivers, due.number, outcome.clone());
                    attempts.extend(due.iter().map(attempt));
                }
            }
        }
        self.settle(attempts)
    }

    fn settle(&mut self, attempts: Vec<Attempt>) -> Result<(), SqlFault> {
        if attempts.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i64> = attempts.iter().map(|attempt| attempt.number).collect();
        self.ledger.apply(&Command::Settle { attempts })?;
        self.dispatch.settled(OWN, numbers);
        // Whatever was put off is due at another time now, and what waited behind the bound comes into sight.
        self.more = true;
        Ok(())
    }

    /// When to go on: at once where requests ran out, when records may be written again, or when something is due.
    fn next_at(&self) -> Option<DateTime<Utc>> {
        let now = self.ledger.now();
        let Ok(Answer::Due { due, next_at, .. }) = self.ledger.answer(&Query::Due { most: 1 }) else {
            return Some(now + SAFETY);
        };
        let left = due.first().map(|due| match due.destination {
            Destination::Record if self.requests < MOST_REQUESTS => self.ledger.records_at.get().max(now),
            _ => now,
        });
        left.into_iter().chain(next_at).min()
    }
}

impl Ledger {
    async fn write_records(&self, due: &[Due]) -> Result<(), String> {
        let Some(name) =
            due.iter().find_map(|due| due.booking.as_ref()).map(|booking| booking.id.ledger().to_owned())
        else {
            return Ok(());
        };
        let query = Query::Busy { from: busy_since(self.now()) };
        let Ok(Answer::Busy { claims }) = self.answer(&query) else {
            return Err("the ledger cannot be read".to_owned());
        };
        let kv = self.env.kv("KV").map_err(|cause| cause.to_string())?;
        for record in records_of(&name, due, &claims) {
            let put = kv.put(&record.key, record.value).map_err(|cause| cause.to_string())?;
            put.execute().await.map_err(|cause| cause.to_string())?;
        }
        Ok(())
    }
}

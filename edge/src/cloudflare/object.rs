//! A ledger as a Durable Object: one for each host, the only writer of that host's time and of its keys in KV; and one for each
//! contact.
//!
//! An error or a panic stores nothing, as every command runs in one `transactionSync`. The alarm is set in the same turn as
//! the writes, to the earliest instant at which something is due, and never pushed back by what comes later.

#![allow(missing_docs, reason = "the macro makes methods that only JavaScript calls")]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all, select};
use js_sys::futures::{JsFuture, spawn_local};
use scheduling::ledger::{self, Answer, AttemptOutcome, Command, Destination, Due, Query, Reply};
use scheduling::sql::SqlFault;
use serde::{Deserialize, Serialize};
use worker::{Delay, DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::bindings::clock::Clock;
use super::bindings::sql::Storage;
use super::receivers::Receivers;
use super::{apply, contact_ledger};
use crate::deliveries::{
    Dispatch, Job, attempt, attempted, booking_records, busy_record, busy_since, handed_over, to_other_ledger,
};

/// Attempts that are under way at once: an invocation has six connections.
const MOST_UNDER_WAY: usize = 6;
/// Requests that one alarm makes at most: an invocation has fifty.
const MOST_REQUESTS: usize = 40;
/// Records that one alarm writes at most, and other ledgers that it tells.
const MOST_RECORDS: u32 = 20;
/// Notices that are asked for at once.
const MOST_LOADED: u32 = 64;
/// Deliveries that are taken up at once.
const MOST_TAKEN_UP: usize = 256;
/// The pause while every connection is taken.
const FULL_PAUSE: TimeDelta = TimeDelta::milliseconds(500);
/// The one ledger that is in sight here.
const OWN: &str = "";
/// How often it is asked what has become due while attempts are under way.
const TICK: Duration = Duration::from_millis(500);
/// KV takes one write a second of each key.
const RECORDS_EVERY: TimeDelta = TimeDelta::seconds(1);
/// So many claims, written with the records of bookings, make the pause a second longer.
const CLAIMS_A_SECOND: i64 = 500;
/// The next alarm is set before the first attempt: what is cut off goes on so much later, at the latest.
const SAFETY: TimeDelta = TimeDelta::seconds(10);

/// What the Worker asks of a ledger.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    Apply(Command),
    Answer(Query),
    /// To look whether something is due, whatever it knows of its alarm.
    Wake,
}

/// What a ledger tells the Worker.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Replied(Reply),
    Answered(Answer),
    Woken,
    Failed(String),
}

/// A ledger.
#[durable_object(alarm)]
pub struct Ledger {
    object: Rc<Object>,
}

/// One object's life. Attempts that an alarm has begun hold it, as they may outlast that alarm.
struct Object {
    state: State,
    env: Env,
    migrated: Cell<bool>,
    /// When the alarm rings, as far as this instance knows.
    armed: Cell<Option<DateTime<Utc>>>,
    /// From when on records may be written again.
    records_at: Cell<DateTime<Utc>>,
    dispatch: RefCell<Dispatch>,
    /// Whether records are being written: one write at a time.
    recording: Cell<bool>,
    /// Rung when an attempt has ended.
    bell: Bell,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: Rc::new(Object {
                state,
                env,
                migrated: Cell::new(false),
                armed: Cell::new(None),
                records_at: Cell::new(DateTime::UNIX_EPOCH),
                dispatch: RefCell::new(Dispatch::new(MOST_UNDER_WAY)),
                recording: Cell::new(false),
                bell: Bell::default(),
            }),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        let (told, arming) = match serde_json::from_slice(&bytes) {
            Ok(asked) => self.object.tell(asked),
            Err(cause) => (Told::Failed(format!("it cannot read the request: {cause}")), None),
        };
        if let Some(arming) = arming {
            JsFuture::from(arming).await?;
        }
        Response::ok(serde_json::to_string(&told)?)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        let object = &self.object;
        object.armed.set(None);
        object.arm(Some(object.now() + SAFETY)).await;
        let next = match Object::carry_out(object).await {
            Ok(next) => next,
            Err(fault) => {
                console_error!("a ledger's alarm failed: {fault}");
                Some(object.now() + SAFETY)
            }
        };
        object.arm(next).await;
        Response::empty()
    }
}

impl Object {
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
            Asked::Wake => {
                self.armed.set(None);
                return (Told::Woken, self.arm_earlier());
            }
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

    /// Begins the attempts that are due, as many as one alarm may, and waits while there may be more. Returns when to go on.
    ///
    /// When its requests are used up, it leaves what is under way to itself, so that a receiver that hangs delays no other.
    async fn carry_out(object: &Rc<Self>) -> Result<Option<DateTime<Utc>>, SqlFault> {
        let mut requests = 0;
        loop {
            requests += Self::begin_records(object, object.load()?);
            while requests < MOST_REQUESTS
                && let Some(job) = object.next_job()
            {
                requests += 1;
                Self::begin_attempt(object, job);
            }
            let idle = object.dispatch.borrow().under_way() == 0 && !object.recording.get();
            if idle || requests >= MOST_REQUESTS {
                return object.next_at();
            }
            let tick = pin!(Delay::from(TICK));
            select(object.bell.rung(), tick).await;
        }
    }

    /// Takes up what is due. Returns the records among it.
    fn load(&self) -> Result<Vec<Due>, SqlFault> {
        let taken_up = self.dispatch.borrow().taken_up(OWN);
        // What is read and cannot be taken up is read for nothing, at the end of every attempt.
        if taken_up + MOST_LOADED as usize > MOST_TAKEN_UP {
            return Ok(Vec::new());
        }
        let may_record = !self.recording.get() && self.records_at.get() <= self.now();
        let records = if may_record { MOST_RECORDS } else { 0 };
        let query = Query::Due { most: MOST_LOADED, records, except: self.numbers_taken_up() };
        let mut answer = self.answer(&query)?;
        if let Answer::Due { expired: true, .. } = answer {
            self.apply(&Command::Expire)?;
            answer = self.answer(&query)?;
        }
        let Answer::Due { due, .. } = answer else { return Ok(Vec::new()) };
        let aside = self.dispatch.borrow_mut().take_up(OWN, due);
        self.settle(aside.postponed.iter().map(|number| (*number, AttemptOutcome::Postponed)).collect());
        Ok(aside.records)
    }

    fn numbers_taken_up(&self) -> Vec<i64> {
        self.dispatch.borrow().numbers_taken_up(OWN)
    }

    fn next_job(&self) -> Option<Job> {
        self.dispatch.borrow_mut().next_job()
    }

    fn begin_attempt(object: &Rc<Self>, job: Job) {
        let object = Rc::clone(object);
        spawn_local(async move {
            let outcome = attempt(&Receivers { env: &object.env }, &job).await;
            object.dispatch.borrow_mut().ended(job.lane(), outcome == AttemptOutcome::Taken);
            object.settle(vec![(job.number, outcome)]);
            object.bell.ring();
        });
    }

    /// Writes records: those of bookings, then what is busy; and tells other ledgers. Returns how many requests that takes.
    fn begin_records(object: &Rc<Self>, due: Vec<Due>) -> usize {
        if due.is_empty() {
            return 0;
        }
        let requests = due.len() + 1;
        object.recording.set(true);
        let object = Rc::clone(object);
        spawn_local(async move {
            let (records, others): (Vec<Due>, Vec<Due>) =
                due.into_iter().partition(|due| due.destination == Destination::Record);
            let told = join_all(others.into_iter().map(|due| object.hand_over(due)));
            let (mut outcomes, written) = join(told, object.write_records(&records)).await;
            let written = match written {
                Ok(()) => AttemptOutcome::Taken,
                Err(reason) => AttemptOutcome::Failed { reason, retry_after_seconds: None },
            };
            outcomes.extend(records.iter().map(|due| (due.number, written.clone())));
            object.recording.set(false);
            object.records_at.set(object.records_at.get().max(object.now() + RECORDS_EVERY));
            object.settle(outcomes);
            object.bell.ring();
        });
        requests
    }

    /// Notes how attempts went, by their numbers. What cannot be noted is tried again by a later alarm, under the same id.
    fn settle(&self, outcomes: Vec<(i64, AttemptOutcome)>) {
        if outcomes.is_empty() {
            return;
        }
        let receivers = Receivers { env: &self.env };
        let numbers: Vec<i64> = outcomes.iter().map(|(number, _)| *number).collect();
        let attempts =
            outcomes.into_iter().map(|(number, outcome)| attempted(&receivers, number, outcome)).collect();
        if let Err(fault) = self.apply(&Command::Settle { attempts }) {
            console_error!("a ledger cannot record its deliveries: {fault}");
        }
        self.dispatch.borrow_mut().settled(OWN, numbers);
    }

    /// When to go on: at once where more can be begun, when records may be written again, or when something becomes due.
    fn next_at(&self) -> Result<Option<DateTime<Utc>>, SqlFault> {
        let now = self.now();
        let query = Query::Due { most: 1, records: 1, except: self.numbers_taken_up() };
        let Answer::Due { due, next_at, .. } = self.answer(&query)? else {
            return Ok(Some(now + SAFETY));
        };
        let dispatch = self.dispatch.borrow();
        let left = due.iter().map(|due| {
            if !due.destination.takes_notices() {
                self.records_at.get().max(now)
            } else if dispatch.under_way() < MOST_UNDER_WAY {
                now
            } else {
                now + FULL_PAUSE
            }
        });
        Ok(left.chain(next_at).min())
    }

    /// Has another ledger told.
    async fn hand_over(&self, due: Due) -> (i64, AttemptOutcome) {
        let number = due.number;
        let outcome = match to_other_ledger(due, contact_ledger) {
            Some((ledger, command)) => handed_over(apply(&self.env, &ledger, command, None).await),
            None => AttemptOutcome::Taken,
        };
        (number, outcome)
    }

    async fn write_records(&self, due: &[Due]) -> Result<(), String> {
        let Some(booking) = due.iter().find_map(|due| due.booking.as_ref()) else { return Ok(()) };
        let query = Query::Busy { from: busy_since(self.now()), except: None };
        let Ok(Answer::Busy { claims }) = self.answer(&query) else {
            return Err("the ledger cannot be read".to_owned());
        };
        let kv = self.env.kv("KV").map_err(|cause| cause.to_string())?;
        let busy = busy_record(booking.id.ledger(), &claims);
        // The more there is to write, the less often: a host with thousands of bookings ahead can wait for that.
        let claims = i64::try_from(claims.len()).unwrap_or(i64::MAX);
        self.records_at.set(self.now() + RECORDS_EVERY + TimeDelta::seconds(claims / CLAIMS_A_SECOND));
        for record in booking_records(due).into_iter().chain([busy]) {
            let put = kv.put(&record.key, record.value).map_err(|cause| cause.to_string())?;
            put.execute().await.map_err(|cause| cause.to_string())?;
        }
        Ok(())
    }
}

/// Wakes the one task that waits for it.
#[derive(Default)]
struct Bell {
    rung: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Bell {
    fn ring(&self) {
        self.rung.set(true);
        if let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.wake();
        }
    }

    /// Done when it was rung since the last time.
    fn rung(&self) -> impl Future<Output = ()> + Unpin {
        poll_fn(|context| {
            if self.rung.replace(false) {
                return Poll::Ready(());
            }
            *self.waiting.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
    }
}

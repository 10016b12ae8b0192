//! The courier's errands in a Durable Object: begun by its alarm, as many as one invocation may.
//!
//! When the alarm's requests are used up, it leaves what is under way to itself, so that a receiver that hangs delays
//! no other. The next alarm goes on.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all, select};
use js_sys::futures::spawn_local;
use scheduling::calendar::Known;
use scheduling::ledger::{Command, Question};
use scheduling::outbox::{Attempt, AttemptOutcome, Destination, Due};
use worker::{Delay, console_error};

use super::bindings::clock::Clock;
use super::ledgers::{apply, contact_ledger};
use super::object::{Object, SAFETY};
use super::platform::Cloudflare;
use crate::Clock as _;
use crate::deliveries::{
    Errand, Job, Pace, Record, attempt, attempted, booking_records, busy_record, busy_since, calendar_news,
    handed_over, read_calendar, to_other_ledger, with_subscribers,
};

/// An invocation has six connections. Settling is a write to the object's own storage, so nothing is gathered.
pub(super) const PACE: Pace = Pace {
    under_way: 6,
    loaded: 64,
    records: 20,
    taken_up: 256,
    load_every: TimeDelta::zero(),
    // KV takes one write a second of each key.
    records_every: TimeDelta::seconds(1),
    settle_every: TimeDelta::zero(),
    settle_at: 1,
    full_pause: TimeDelta::milliseconds(500),
    fault_pause: SAFETY,
};
/// The one ledger that is in sight here.
pub(super) const OWN: &str = "";
/// Requests that one alarm makes at most: an invocation has fifty.
const MOST_REQUESTS: usize = 40;
/// How often it is asked what has become due while errands are under way.
const TICK: Duration = Duration::from_millis(500);
/// So many claims, written with the records of bookings, make the pause a second longer.
const CLAIMS_A_SECOND: i64 = 500;

impl Object {
    /// Begins the errands of one alarm, and waits while there may be more. Returns when to go on.
    pub(super) async fn carry_out(self: &Rc<Self>) -> Option<DateTime<Utc>> {
        self.courier.borrow_mut().begin_round(MOST_REQUESTS);
        self.courier.borrow_mut().wake(OWN, Some(self.now()));
        let unshown = self.unshown.take();
        if let Some(ledger) = unshown {
            self.show_busy(&ledger).await;
        }
        loop {
            self.begin_errands();
            let (is_idle, is_spent) = {
                let courier = self.courier.borrow();
                (courier.is_idle(), courier.is_spent())
            };
            if is_idle || is_spent {
                let next = self.courier.borrow().poll_wake(self.now());
                // What is under way beyond the alarm is looked after, should the object not live to see its end.
                let safety = (!is_idle).then(|| self.now() + SAFETY);
                return next.into_iter().chain(safety).min();
            }
            let tick = pin!(Delay::from(TICK));
            select(self.bell.rung(), tick).await;
        }
    }

    /// Begins all that can be begun now.
    fn begin_errands(self: &Rc<Self>) {
        loop {
            let errand = self.courier.borrow_mut().poll(self.now());
            match errand {
                Some(Errand::Attempt(job)) => self.begin_attempt(job),
                Some(Errand::Record { ledger, due }) => self.begin_records(ledger, due),
                Some(Errand::Expire { ledger }) => self.begin_expiring(ledger),
                Some(Errand::Read { ledger, calendar }) => self.begin_reading(ledger, calendar),
                Some(errand) => self.run_at_once(errand),
                None => break,
            }
        }
    }

    /// Runs an errand to the object's own storage, which waits for nothing.
    fn run_at_once(&self, errand: Errand) {
        let ran = match &errand {
            Errand::Load { ledger, most, records, except } => {
                let found = self.ask(Question::due(*most, *records, except.clone()));
                found.map(|found| self.courier.borrow_mut().loaded(ledger, found, self.now()))
            }
            Errand::Settle { ledger, attempts } => {
                let settled = self.apply(&Command::Settle { attempts: attempts.clone() });
                settled.map(|_| self.courier.borrow_mut().settled(ledger, attempts))
            }
            Errand::Expire { .. } | Errand::Attempt(_) | Errand::Record { .. } | Errand::Read { .. } => {
                Ok(())
            }
        };
        if let Err(fault) = ran {
            console_error!("a ledger cannot carry its deliveries: {fault}");
            self.courier.borrow_mut().failed(errand, self.now());
        }
    }

    fn begin_attempt(self: &Rc<Self>, job: Job) {
        let object = Rc::clone(self);
        spawn_local(async move {
            let outcome = match Cloudflare::of(object.env.clone()) {
                Ok(platform) => attempt(&platform, &job).await,
                Err(fault) => AttemptOutcome::Failed { reason: fault.to_string(), retry_after_seconds: None },
            };
            let jitter = object.clock().jitter();
            object.courier.borrow_mut().attempted(&job, outcome, jitter, object.now());
            object.errand_ended();
        });
    }

    /// Has the ledger do what the clock asks for, with the subscribers of today.
    fn begin_expiring(self: &Rc<Self>, ledger: String) {
        let object = Rc::clone(self);
        spawn_local(async move {
            let command = match object.own_name() {
                Some(name) => object.with_subscribers(&name, Command::Expire(None)).await,
                None => Command::Expire(None),
            };
            match object.apply(&command) {
                Ok(_) => object.courier.borrow_mut().expired(&ledger, object.now()),
                Err(fault) => {
                    console_error!("a ledger cannot carry its deliveries: {fault}");
                    object.courier.borrow_mut().failed(Errand::Expire { ledger }, object.now());
                }
            }
            object.errand_ended();
        });
    }

    /// Reads a calendar, has the ledger note it, and shows what is busy now.
    fn begin_reading(self: &Rc<Self>, ledger: String, calendar: Box<Known>) {
        let object = Rc::clone(self);
        spawn_local(async move {
            let noted = match Cloudflare::of(object.env.clone()) {
                Ok(platform) => read_calendar(&platform, &calendar).await,
                Err(fault) => {
                    console_error!("a calendar cannot be read: {fault}");
                    object.courier.borrow_mut().failed(Errand::Read { ledger, calendar }, object.now());
                    return object.errand_ended();
                }
            };
            if let Some(news) = calendar_news(&noted, Some(&calendar)) {
                console_error!("{news}");
            }
            let command = Command::NoteBusy(Box::new(noted), None);
            let command = object.with_subscribers(&calendar.ledger, command).await;
            match object.apply(&command) {
                Ok(_) => {
                    object.show_busy(&calendar.ledger).await;
                    object.courier.borrow_mut().calendar_read(&ledger, &calendar.name);
                }
                Err(fault) => {
                    console_error!("a ledger cannot note a calendar: {fault}");
                    object.courier.borrow_mut().failed(Errand::Read { ledger, calendar }, object.now());
                }
            }
            object.errand_ended();
        });
    }

    /// Writes records: those of bookings, then what is busy; and tells other ledgers.
    fn begin_records(self: &Rc<Self>, ledger: String, due: Vec<Due>) {
        let object = Rc::clone(self);
        spawn_local(async move {
            let (records, others): (Vec<Due>, Vec<Due>) =
                due.into_iter().partition(|due| due.destination == Destination::Record);
            let told = join_all(others.into_iter().map(|due| object.hand_over(due)));
            let (mut attempts, written) = join(told, object.write_records(&records)).await;
            let (outcome, longer) = match written {
                Ok(longer) => (AttemptOutcome::Taken, longer),
                Err(reason) => {
                    (AttemptOutcome::Failed { reason, retry_after_seconds: None }, TimeDelta::zero())
                }
            };
            let settled = |due: &Due| attempted(&object.clock(), due.number, outcome.clone());
            attempts.extend(records.iter().map(settled));
            object.courier.borrow_mut().recorded(&ledger, attempts, longer, object.now());
            object.errand_ended();
        });
    }

    /// Settles what ended; within an alarm, more can be begun.
    fn errand_ended(self: &Rc<Self>) {
        self.begin_errands();
        self.bell.ring();
    }

    fn clock(&self) -> Clock {
        Clock::of(&self.env)
    }

    /// A command as it goes to a ledger. Where the platform cannot be had, those hear of it who were noted last.
    async fn with_subscribers(&self, ledger: &str, command: Command) -> Command {
        match Cloudflare::of(self.env.clone()) {
            Ok(platform) => with_subscribers(&platform, ledger, command).await,
            Err(_) => command,
        }
    }

    /// Has another ledger told.
    async fn hand_over(&self, due: Due) -> Attempt {
        let number = due.number;
        let outcome = match to_other_ledger(due, contact_ledger) {
            Some((ledger, command)) => {
                let command = self.with_subscribers(&ledger, command).await;
                handed_over(apply(&self.env, &ledger, command, None).await)
            }
            None => AttemptOutcome::Taken,
        };
        attempted(&self.clock(), number, outcome)
    }

    /// Writes the records. Returns how much longer than usual to wait before the next ones: the more there is to write,
    /// the less often, as a host with thousands of bookings ahead can wait for that.
    async fn write_records(&self, due: &[Due]) -> Result<TimeDelta, String> {
        let Some(booking) = due.iter().find_map(|due| due.booking.as_ref()) else {
            return Ok(TimeDelta::zero());
        };
        let (busy, claims) = self.busy_record(booking.id.ledger())?;
        self.put(booking_records(due).into_iter().chain([busy])).await?;
        Ok(TimeDelta::seconds(i64::try_from(claims).unwrap_or(i64::MAX) / CLAIMS_A_SECOND))
    }

    /// Writes what is busy, after a calendar was read. Where that fails, it lags behind until the next time.
    async fn show_busy(&self, ledger: &str) {
        let written = match self.busy_record(ledger) {
            Ok((busy, _)) => self.put([busy]).await,
            Err(cause) => Err(cause),
        };
        if let Err(cause) = written {
            console_error!("what is busy cannot be written to KV: {cause}");
        }
    }

    /// The record of what is busy, and the number of claims in it.
    fn busy_record(&self, ledger: &str) -> Result<(Record, usize), String> {
        let taken = self.ask(Question::busy(busy_since(self.now()), None));
        let taken = taken.map_err(|_| "the ledger cannot be read".to_owned())?;
        Ok((busy_record(ledger, &taken), taken.claims.len()))
    }

    async fn put(&self, records: impl IntoIterator<Item = Record>) -> Result<(), String> {
        let kv = self.env.kv("KV").map_err(|cause| cause.to_string())?;
        for record in records {
            let put = kv.put(&record.key, record.value).map_err(|cause| cause.to_string())?;
            put.execute().await.map_err(|cause| cause.to_string())?;
        }
        Ok(())
    }
}

/// Wakes the one task that waits for it.
#[derive(Default)]
pub(super) struct Bell {
    rung: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Bell {
    pub(super) fn ring(&self) {
        self.rung.set(true);
        if let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.wake();
        }
    }

    /// Done when it was rung since the last time.
    pub(super) fn rung(&self) -> impl Future<Output = ()> + Unpin {
        poll_fn(|context| {
            if self.rung.replace(false) {
                return Poll::Ready(());
            }
            *self.waiting.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
    }
}

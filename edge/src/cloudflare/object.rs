//! A ledger as a Durable Object: one for each host, the only writer of that host's time and of its keys in KV; and one
//! for each contact.
//!
//! An error or a panic stores nothing, as every command runs in one `transactionSync`. The alarm is set in the same
//! turn as the writes, to the earliest instant at which something is due, and never pushed back by what comes later.

#![allow(missing_docs, reason = "the macro makes methods that only JavaScript calls")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use js_sys::futures::JsFuture;
use scheduling::json;
use scheduling::ledger::{self, Answer, Command, Query, Question, Reply};
use scheduling::sql::SqlFault;
use worker::{Delay, DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::bindings::clock::Clock;
use super::bindings::sql::Storage;
use super::courier::{Bell, OWN, PACE};
use super::ledgers::{Asked, Told};
use crate::deliveries::Courier;

/// The next alarm is set before the first attempt: what is cut off goes on so much later, at the latest.
pub(super) const SAFETY: TimeDelta = TimeDelta::seconds(10);

/// A reading that is not noted in that time gives its turn away: longer than a visitor waits for one.
const LONGEST_TURN: TimeDelta = TimeDelta::seconds(3);
/// How often those who wait for a turn look.
const TURN_TICK: Duration = Duration::from_millis(50);

/// A ledger.
#[durable_object(alarm)]
pub struct Ledger {
    object: Rc<Object>,
}

/// One object's life. Attempts that an alarm has begun hold it, as they may outlast that alarm.
pub(super) struct Object {
    state: State,
    pub(super) env: Env,
    migrated: Cell<bool>,
    /// When the alarm rings, as far as this instance knows.
    armed: Cell<Option<DateTime<Utc>>>,
    pub(super) courier: RefCell<Courier>,
    /// The ledger's name, while what its calendars say is to be shown: readings that visitors waited for.
    pub(super) unshown: RefCell<Option<String>>,
    /// The calendars that a visitor's request reads, and until when it may.
    turns: RefCell<Vec<(String, DateTime<Utc>)>>,
    /// Rung when an errand has ended.
    pub(super) bell: Bell,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: Rc::new(Object {
                state,
                env,
                migrated: Cell::new(false),
                armed: Cell::new(None),
                courier: RefCell::new(Courier::new(PACE)),
                unshown: RefCell::new(None),
                turns: RefCell::default(),
                bell: Bell::default(),
            }),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        let (told, arming) = match json::from_slice(&bytes) {
            Ok(asked) => self.object.tell(asked).await,
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
        let next = object.carry_out().await;
        object.arm(next).await;
        Response::empty()
    }
}

impl Object {
    pub(super) fn now(&self) -> DateTime<Utc> {
        Clock::of(&self.env).now()
    }

    /// Waits until it is the caller's turn to read a calendar. Returns whether somebody else read it meanwhile.
    async fn turn(&self, calendar: String) -> bool {
        let mut waited = false;
        while !self.has_turn(&calendar, waited) {
            waited = true;
            Delay::from(TURN_TICK).await;
        }
        waited
    }

    /// Whether nobody else reads a calendar. Then the caller does, unless what was read while it waited will do.
    fn has_turn(&self, calendar: &str, waited: bool) -> bool {
        let now = self.now();
        let mut turns = self.turns.borrow_mut();
        turns.retain(|(_, until)| now < *until);
        if turns.iter().any(|(held, _)| held == calendar) {
            return false;
        }
        if !waited || !self.is_fresh(calendar) {
            turns.push((calendar.to_owned(), now + LONGEST_TURN));
        }
        true
    }

    fn is_fresh(&self, calendar: &str) -> bool {
        let known = self.ask(Question::calendars()).unwrap_or_default();
        known.iter().any(|known| known.name == calendar && known.is_fresh(self.now()))
    }

    /// Carries out what is asked, in one turn of the object, but for a wait; with the alarm that was set in it.
    async fn tell(&self, asked: Asked) -> (Told, Option<js_sys::Promise>) {
        let told = match asked {
            Asked::Apply(command) => match self.apply(&command) {
                Ok(reply) => {
                    self.hear_reading(&command);
                    return (Told::Replied(reply), self.arm_earlier());
                }
                Err(fault) => Err(fault),
            },
            Asked::Turn(calendar) => Ok(Told::Turn { waited: self.turn(calendar).await }),
            Asked::Answer(query) => self.answer(&query).map(Told::Answered),
            Asked::Wake => {
                self.armed.set(None);
                if let Ok(mut sql) = self.sql() {
                    self.hear_wake(&mut sql);
                }
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

    /// Runs a command. The courier hears when the ledger wants to be woken now.
    pub(super) fn apply(&self, command: &Command) -> Result<Reply, SqlFault> {
        let mut sql = self.sql()?;
        let reply = ledger::apply(&mut sql, command, self.now())?;
        self.hear_wake(&mut sql);
        Ok(reply)
    }

    /// The ledger's name, where it has a booking.
    pub(super) fn own_name(&self) -> Option<String> {
        ledger::own_name(&mut self.sql().ok()?).ok()?
    }

    /// What a calendar says is to be shown soon, and whoever waits for it need not read it.
    fn hear_reading(&self, command: &Command) {
        if let Command::NoteBusy(noted, _) = command {
            self.turns.borrow_mut().retain(|(calendar, _)| *calendar != noted.calendar);
            self.unshown.replace(Some(noted.ledger.clone()));
            self.courier.borrow_mut().wake(OWN, Some(self.now()));
        }
    }

    /// What cannot be read now is asked for at once.
    fn hear_wake(&self, sql: &mut Storage) {
        let wake_at = ledger::wake_at(sql).unwrap_or(Some(self.now()));
        self.courier.borrow_mut().wake(OWN, wake_at);
    }

    fn answer(&self, query: &Query) -> Result<Answer, SqlFault> {
        ledger::answer(&mut self.sql()?, query, self.now())
    }

    pub(super) fn ask<T>(&self, question: Question<T>) -> Result<T, SqlFault> {
        let (query, reading) = question.send();
        Ok(reading.read(self.answer(&query)?)?)
    }

    /// Sets the alarm to when there is something to carry, unless it rings before that.
    fn arm_earlier(&self) -> Option<js_sys::Promise> {
        let wanted = self.courier.borrow().poll_wake(self.now())?;
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
}

//! A database in memory, and short ways to say what is booked.

use std::cell::RefCell;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::StatementStatus;
use rusqlite::types::Value as Column;
use scheduling::booking::{Booking, Contact, Outcome, Party, Place, Status, Visitor};
use scheduling::claim::Claim;
use scheduling::definition::{Buffer, Webhook};
use scheduling::ledger::{
    Book, Cancel, Command, Decide, IdempotencyKey, Order, Question, RecordOutcome, Reply, Reschedule,
    Session, Today, answer, apply, migrate,
};
use scheduling::outbox::Subscribers;
use scheduling::refusal::Refusal;
use scheduling::sql::{Row, Sql, SqlFault, Value};
use scheduling::token::BookingId;

/// A database in memory. It can be told to fail at its n-th statement, as a full disk would.
pub(crate) struct Memory {
    connection: rusqlite::Connection,
    /// Statements run so far.
    pub(crate) statements: usize,
    /// Counted from 1 at the moment of setting; that statement fails.
    fails_at: Option<usize>,
    /// The statements that were compiled anew.
    pub(crate) compiled_anew: RefCell<Vec<String>>,
    /// The statements that were run, if a test wants to know them.
    pub(crate) record: Option<Vec<(String, Vec<Value>)>>,
    /// Who hears of what is booked, as the content says when it is booked. What is done later has nobody beside it, so
    /// that those hear of it who were noted.
    pub(crate) today: Today,
}

impl Memory {
    /// Without any table.
    pub(crate) fn empty() -> Self {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.set_prepared_statement_cache_capacity(300);
        Self {
            connection,
            statements: 0,
            fails_at: None,
            compiled_anew: RefCell::default(),
            record: None,
            today: None,
        }
    }

    /// With the ledger's tables.
    pub(crate) fn migrated() -> Self {
        let mut memory = Self::empty();
        migrate(&mut memory).unwrap();
        memory
    }

    /// Lets the n-th statement from here on fail, counted from 1.
    pub(crate) fn fail_at(&mut self, n: usize) {
        self.statements = 0;
        self.fails_at = Some(n);
    }

    /// Lets no statement fail any more.
    pub(crate) fn heal(&mut self) {
        self.fails_at = None;
    }

    /// All rows of all tables, as text: two ledgers with the same dump hold the same. When the clock was looked at last
    /// is not among them.
    pub(crate) fn dump(&mut self) -> Vec<String> {
        let named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'clock' ORDER BY name";
        let tables = self.run(named, &[]).unwrap();
        let mut dump = Vec::new();
        for table in &tables {
            let Value::Text(table) = &table[0] else { panic!("{table:?}") };
            let rows = self.run(&format!("SELECT * FROM {table} ORDER BY 1, 2"), &[]);
            let rows = rows.or_else(|_| self.run(&format!("SELECT * FROM {table}"), &[])).unwrap();
            dump.extend(rows.iter().map(|row| format!("{table}: {row:?}")));
        }
        dump
    }

    /// The one number that a statement selects.
    pub(crate) fn number(&mut self, statement: &str) -> i64 {
        match self.run(statement, &[]).unwrap()[0][0] {
            Value::Integer(number) => number,
            ref other => panic!("not a number: {other:?}"),
        }
    }

    /// Lets a booking's seats die at an instant, as a hold's do.
    pub(crate) fn expire(&mut self, number: u8, instant: DateTime<Utc>) {
        let parameters = [Value::Integer(instant.timestamp()), Value::Text(id(number).to_string())];
        self.run("UPDATE seat SET expires_at_seconds = ?1 WHERE booking_id = ?2", &parameters).unwrap();
    }

    /// Refuses every write from here on, as a read-only connection does.
    pub(crate) fn set_read_only(&mut self) {
        self.connection.execute_batch("PRAGMA query_only = ON").unwrap();
    }

    /// Runs a statement as an alarm or a later version would.
    pub(crate) fn set(&mut self, statement: &str) {
        self.run(statement, &[]).unwrap();
    }

    fn rows(&self, statement: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Row>> {
        assert!(parameters.len() <= 100, "a Durable Object takes a hundred parameters: {statement}");
        let mut prepared = self.connection.prepare_cached(statement)?;
        assert_eq!(prepared.parameter_count(), parameters.len(), "parameters of {statement}");
        let count = prepared.column_count();
        let parameters = parameters.iter().map(|value| match value {
            Value::Null => Column::Null,
            Value::Integer(number) => {
                assert!(number.abs() < 1 << 53, "a Durable Object's numbers end there: {number}");
                #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                let as_object_binds_it = *number as f64;
                Column::Real(as_object_binds_it)
            }
            Value::Text(text) => Column::Text(text.clone()),
        });
        let rows = prepared.query_map(rusqlite::params_from_iter(parameters), |row| {
            (0..count)
                .map(|index| {
                    Ok(match row.get(index)? {
                        Column::Null => Value::Null,
                        Column::Integer(number) => Value::Integer(number),
                        #[expect(clippy::cast_possible_truncation, reason = "it is whole")]
                        Column::Real(number) if number.fract() == 0.0 => Value::Integer(number as i64),
                        Column::Text(text) => Value::Text(text),
                        other => panic!("the ledger stores no {other:?}"),
                    })
                })
                .collect()
        })?;
        let rows: rusqlite::Result<Vec<Row>> = rows.collect();
        let again = prepared.reset_status(StatementStatus::RePrepare);
        if again > 0 {
            self.compiled_anew.borrow_mut().push(statement.to_owned());
        }
        rows
    }
}

impl Sql for Memory {
    fn run(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let first_word = statement.split_whitespace().next().unwrap_or_default();
        assert!(
            !["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA"].contains(&first_word),
            "a Durable Object refuses {first_word}"
        );
        self.statements += 1;
        if self.fails_at == Some(self.statements) {
            return Err(SqlFault::Full("as the test asked for".to_owned()));
        }
        if let Some(record) = &mut self.record {
            record.push((statement.to_owned(), parameters.to_vec()));
        }
        self.rows(statement, parameters).map_err(|error| SqlFault::Other(error.to_string()))
    }

    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        self.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let outcome = work(self);
        self.connection.execute_batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        outcome
    }
}

/// Tuesday 2026-12-01, 09:00 UTC: minute 0 of every test.
pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_115_600, 0).unwrap() + TimeDelta::minutes(minute)
}

/// Builders that read as sentences.
pub(crate) trait By {
    /// The same, by another contact.
    fn by(self, email: &str) -> Self;
}

impl By for Book {
    fn by(mut self, email: &str) -> Self {
        email.clone_into(&mut self.booking.visitor.contact.email);
        self
    }
}

/// A booking of `aiko/intro` by `sam@example.com` with that number in its id, from minute to minute. Nothing speaks
/// against it.
pub(crate) fn book(number: u8, from: i64, until: i64) -> Book {
    let sample: Booking = serde_json::from_str(include_str!("../booking.json")).unwrap();
    let contact = Contact { name: "Sam".to_owned(), email: "sam@example.com".to_owned() };
    Book {
        key: None,
        verdict: None,
        booking: Booking {
            id: id(number),
            start: at(from),
            end: at(until),
            visitor: Visitor { contact, ..sample.visitor },
            location: Place::Phone("+81 3 0000 0000".to_owned()),
            created_at: at(-1000),
            changed_at: at(-1000),
            ..sample
        },
        capacity: 1,
        expires_at: None,
        limits: Vec::new(),
        contact_limit: None,
        contact_key: None,
        stranger: None,
        calendars: None,
        invited: None,
    }
}

/// The id of the booking with that number.
pub(crate) fn id(number: u8) -> BookingId {
    BookingId::new("aiko", [number; 16])
}

/// An idempotency key, and the hash of the body that it came with.
pub(crate) fn key(key: &str, body_hash: &str) -> IdempotencyKey {
    IdempotencyKey { key: key.to_owned(), body_hash: body_hash.to_owned() }
}

/// The ledger's answer to a question, which must not fail.
pub(crate) fn ask<T>(sql: &mut Memory, question: Question<T>, now: DateTime<Utc>) -> T {
    let (query, reading) = question.send();
    reading.read(answer(sql, &query, now).unwrap()).unwrap()
}

/// The ledger's reply to an order, which must not fail.
pub(crate) fn order<T>(sql: &mut Memory, order: Order<T>, now: DateTime<Utc>) -> T {
    let (command, reading) = order.send();
    reading.read(apply(sql, &command, now).unwrap()).unwrap()
}

/// The ledger's reply to a booking at that minute, which must not fail.
pub(crate) fn reply_to(sql: &mut Memory, book: &Book, minute: i64) -> Reply {
    let command = Command::Book(Box::new(book.clone()), sql.today.clone());
    apply(sql, &command, at(minute)).unwrap()
}

/// Books, and must succeed.
#[track_caller]
pub(crate) fn must_book(sql: &mut Memory, book: &Book, minute: i64) -> Booking {
    match reply_to(sql, book, minute) {
        Reply::Booked { booking } => *booking,
        other => panic!("not booked: {other:?}"),
    }
}

/// Books, and must be refused for that reason, with nothing written.
#[track_caller]
pub(crate) fn must_refuse(sql: &mut Memory, book: &Book, minute: i64, refusal: Refusal) {
    let before = sql.dump();
    assert_eq!(reply_to(sql, book, minute), Reply::Refused { refusal });
    assert_eq!(sql.dump(), before, "a refusal writes nothing");
}

/// The ledger's reply to a cancellation at that minute.
pub(crate) fn cancel(sql: &mut Memory, number: u8, by: Party, minute: i64) -> Reply {
    cancel_at(sql, &id(number), by, at(minute))
}

/// The ledger's reply to a cancellation at that instant.
pub(crate) fn cancel_at(sql: &mut Memory, id: &BookingId, by: Party, now: DateTime<Utc>) -> Reply {
    let cancel = Cancel { id: id.clone(), by, reason: Some("Ill".to_owned()), proves: false };
    apply(sql, &Command::Cancel(cancel, None), now).unwrap()
}

/// The ledger's reply when the host says at that minute how it went.
pub(crate) fn record_outcome(sql: &mut Memory, number: u8, outcome: Option<Outcome>, minute: i64) -> Reply {
    let record = RecordOutcome { id: id(number), outcome, associations: None };
    apply(sql, &Command::RecordOutcome(record, None), at(minute)).unwrap()
}

/// A move of the booking with that number by its visitor, from minute to minute. Nothing speaks against it.
pub(crate) fn reschedule(number: u8, from: i64, until: i64) -> Reschedule {
    Reschedule {
        id: id(number),
        by: Party::Visitor,
        from: None,
        verdict: None,
        start: at(from),
        end: at(until),
        buffer: Buffer::default(),
        capacity: 1,
        limits: Vec::new(),
        approval_within_minutes: None,
        stranger: None,
        proves: false,
        calendars: None,
    }
}

/// The ledger's reply to a host's answer at that minute, whatever is asked for.
pub(crate) fn decide(sql: &mut Memory, number: u8, accepts: bool, minute: i64) -> Reply {
    let decide = Command::Decide(Decide { id: id(number), accepts, start: None }, None);
    apply(sql, &decide, at(minute)).unwrap()
}

/// The ledger's reply to a move at that minute.
pub(crate) fn reply_to_move(sql: &mut Memory, asked: &Reschedule, minute: i64) -> Reply {
    apply(sql, &Command::Reschedule(asked.clone(), None), at(minute)).unwrap()
}

/// Moves, and must succeed.
#[track_caller]
pub(crate) fn must_move(sql: &mut Memory, asked: &Reschedule, minute: i64) -> Booking {
    match reply_to_move(sql, asked, minute) {
        Reply::Changed { booking } => *booking,
        other => panic!("not moved: {other:?}"),
    }
}

/// Moves, and must be refused for that reason, with nothing written.
#[track_caller]
pub(crate) fn must_stay(sql: &mut Memory, asked: &Reschedule, minute: i64, refusal: Refusal) {
    let before = sql.dump();
    assert_eq!(reply_to_move(sql, asked, minute), Reply::Refused { refusal });
    assert_eq!(sql.dump(), before, "a refusal writes nothing");
}

/// The claims that are live at that minute.
pub(crate) fn busy(sql: &mut Memory, from: i64, minute: i64) -> Vec<Claim> {
    ask(sql, Question::busy(at(from), None), at(minute)).claims
}

/// The booking as the ledger has it.
pub(crate) fn booking_of(sql: &mut Memory, number: u8) -> Option<Booking> {
    booking_at(sql, &id(number), at(0))
}

/// The booking as the ledger shows it at an instant.
pub(crate) fn booking_at(sql: &mut Memory, id: &BookingId, now: DateTime<Utc>) -> Option<Booking> {
    ask(sql, Question::booking(id.clone()), now).map(|booking| *booking)
}

/// The bookings that a query lists.
pub(crate) fn bookings(
    sql: &mut Memory,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    status: Option<Status>,
    most: u32,
) -> Vec<Booking> {
    ask(sql, Question::bookings((from, until), status, None, most), at(0))
}

/// A session of a device.
pub(crate) fn device(digest: &str, key_version: u32, expires_at: i64) -> Session {
    Session {
        digest: digest.to_owned(),
        key_version,
        browser: Some("Safari".to_owned()),
        system: None,
        opened_at: at(0),
        expires_at: at(expires_at),
    }
}

/// An endpoint that takes those events.
pub(crate) fn webhook(url: &str, events: &[&str]) -> Webhook {
    Webhook {
        url: url.to_owned(),
        secret: vec!["HOOK_SECRET".to_owned()],
        events: events.iter().map(|event| (*event).to_owned()).collect(),
    }
}

/// The subscribers of a day: mailboxes and endpoints.
#[expect(clippy::unnecessary_wraps, reason = "as commands carry them")]
pub(crate) fn subscribers(mailboxes: &[Party], webhooks: &[Webhook]) -> Today {
    Some(Box::new(Subscribers {
        folder: "aiko".to_owned(),
        host: book(0, 0, 1).booking.noted,
        mailboxes: mailboxes.to_vec(),
        webhooks: webhooks.to_vec(),
        keep_contacts_minutes: None,
        rooms: [].into(),
    }))
}

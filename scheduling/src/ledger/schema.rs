//! The tables of a ledger, as numbered migrations: one that has run is never changed, another is added.
//!
//! A *claim* takes time; a *seat* ties one booking to one claim, and is dead from the instant that it expires; a *booking* is
//! the visitor's record; a *delivery* is a notice that must go out. All times are seconds since 1970.

use crate::sql::{Sql, SqlFault, Value};

/// Each migration is a list of statements that run in one transaction.
const MIGRATIONS: &[&[&str]] = &[&[
    "CREATE TABLE booking (
        id TEXT PRIMARY KEY,
        page TEXT NOT NULL,
        status TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        contact_email TEXT NOT NULL,
        record TEXT NOT NULL,
        destinations TEXT NOT NULL
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX booking_by_start ON booking (start_seconds)",
    "CREATE INDEX booking_by_contact ON booking (contact_email, end_seconds)",
    "CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        page TEXT NOT NULL,
        start_seconds INTEGER NOT NULL,
        end_seconds INTEGER NOT NULL,
        before_seconds INTEGER NOT NULL,
        after_seconds INTEGER NOT NULL,
        capacity INTEGER NOT NULL
    ) STRICT",
    "CREATE INDEX claim_by_start ON claim (start_seconds)",
    "CREATE TABLE seat (
        claim_id INTEGER NOT NULL REFERENCES claim (id),
        booking_id TEXT NOT NULL REFERENCES booking (id),
        expires_at_seconds INTEGER,
        PRIMARY KEY (claim_id, booking_id)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX seat_by_booking ON seat (booking_id)",
    "CREATE TABLE idempotency_key (
        page TEXT NOT NULL,
        key TEXT NOT NULL,
        body_hash TEXT NOT NULL,
        reply TEXT NOT NULL,
        made_at_seconds INTEGER NOT NULL,
        PRIMARY KEY (page, key)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX idempotency_key_by_age ON idempotency_key (made_at_seconds)",
    "CREATE TABLE delivery (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        booking_id TEXT NOT NULL REFERENCES booking (id),
        event TEXT NOT NULL,
        destination TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        next_attempt_at_seconds INTEGER NOT NULL
    ) STRICT",
    "CREATE INDEX delivery_by_next_attempt ON delivery (state, next_attempt_at_seconds)",
]];

/// Brings a ledger's tables up to date: each migration that has not run yet, in a transaction of its own.
pub fn migrate(sql: &mut dyn Sql) -> Result<(), SqlFault> {
    sql.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY) STRICT", &[])?;
    let rows = sql.run("SELECT COALESCE(MAX(number), 0) FROM migration", &[])?;
    let Some(Value::Integer(done)) = rows.first().and_then(|row| row.first()) else {
        return Err(SqlFault::Corrupt("the table of migrations cannot be read".to_owned()));
    };
    for (number, statements) in (1i64..).zip(MIGRATIONS).filter(|(number, _)| number > done) {
        let mut failed = None;
        let outcome = sql.transact(&mut |sql| {
            for statement in *statements {
                sql.run(statement, &[]).inspect_err(|fault| failed = Some(fault.to_string()))?;
            }
            sql.run("INSERT INTO migration (number) VALUES (?1)", &[Value::Integer(number)]).map(|_| ())
        });
        outcome.map_err(|fault| match failed {
            Some(cause) => SqlFault::Migration { number, cause },
            None => fault,
        })?;
    }
    Ok(())
}

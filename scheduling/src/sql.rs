//! The database as the ledger sees it: it runs a statement, and several in one transaction.
//!
//! Statements are limited to those that rusqlite and a Durable Object's SQL both accept: no transaction statements,
//! `?1` to `?100`, integers below 2^53.
//!
//! Where SQLite looks at a parameter to choose its plan, as it does at `LIMIT ?1`, it compiles the statement anew with
//! each value. So that statements are compiled once, it is written `+?1`, which SQLite does not look into.

/// A value of a column or parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A whole number, below 2^53 either way.
    Integer(i64),
    /// Text.
    Text(String),
}

/// One row of an answer, column by column.
pub type Row = Vec<Value>;

/// The store failed: a fault of ours, never the visitor's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlFault {
    /// The disk is full, or the quota is spent.
    #[error("the disk is full: {0}")]
    Full(String),
    /// Another process holds the database.
    #[error("the database is locked: {0}")]
    Locked(String),
    /// The file is not a sound database.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A migration failed; the old data is untouched.
    #[error("migration {number} failed: {cause}")]
    Migration {
        /// Its number.
        number: i64,
        /// The engine's message.
        cause: String,
    },
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

/// A database. Implemented over rusqlite and over a Durable Object's SQL.
pub trait Sql {
    /// Runs one statement and returns its rows, all of them.
    fn run(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault>;

    /// Runs `work` in one transaction: committed when it returns `Ok`, rolled back when it returns `Err`. Results leave
    /// it in captured variables.
    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault>;
}

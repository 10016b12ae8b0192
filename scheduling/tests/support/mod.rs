//! What the ledger's tests share: a database in memory, and commands in few words.

use rusqlite::types::Value as SqliteValue;
use rusqlite::{Connection, params_from_iter};
use scheduling::sql::{Row, Sql, SqlFault, Value};

/// A ledger's database in memory, over rusqlite.
pub(crate) struct Memory(pub(crate) Connection);

impl Memory {
    /// A new ledger with all its tables.
    pub(crate) fn new() -> Self {
        let mut memory = Self(Connection::open_in_memory().unwrap());
        scheduling::ledger::migrate(&mut memory).unwrap();
        memory
    }
}

impl Sql for Memory {
    fn run(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let parameters = parameters.iter().map(|value| match value {
            Value::Null => SqliteValue::Null,
            Value::Integer(number) => SqliteValue::Integer(*number),
            Value::Text(text) => SqliteValue::Text(text.clone()),
        });
        let fault = |cause: rusqlite::Error| SqlFault::Other(cause.to_string());
        let mut statement = self.0.prepare_cached(statement).map_err(fault)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(parameters), |row| {
            (0..columns)
                .map(|column| {
                    Ok(match row.get::<_, SqliteValue>(column)? {
                        SqliteValue::Null => Value::Null,
                        SqliteValue::Integer(number) => Value::Integer(number),
                        SqliteValue::Text(text) => Value::Text(text),
                        other => panic!("the ledger holds no {other:?}"),
                    })
                })
                .collect()
        });
        rows.map_err(fault)?.collect::<Result<_, _>>().map_err(fault)
    }

    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        self.0.execute_batch("BEGIN").unwrap();
        let outcome = work(self);
        self.0.execute_batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        outcome
    }
}

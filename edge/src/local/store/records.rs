//! The records of a data directory: one table, `records.sqlite3`. Other programs read it; nothing here is decided by
//! it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use scheduling::sql::{Sql, SqlFault, Value};

use super::sqlite::Database;
use crate::deliveries::Record;
use crate::local::locked::locked;

/// The table, opened at the first record.
pub(in crate::local) struct Records {
    path: PathBuf,
    database: Mutex<Option<Database>>,
}

impl Records {
    pub(in crate::local) fn of(data: &Path) -> Self {
        Self { path: data.join("records.sqlite3"), database: Mutex::default() }
    }

    /// Writes records over their earlier versions: all, or none. If that erases somebody, nothing is left of the
    /// earlier versions.
    pub(in crate::local) fn write(&self, records: &[Record], erases: bool) -> Result<(), SqlFault> {
        let mut kept = locked(&self.database);
        let mut database = match kept.take() {
            Some(database) => {
                database.check_in_place()?;
                database
            }
            None => self.open()?,
        };
        database.transact(&mut |sql| {
            let statement = "INSERT OR REPLACE INTO record (key, value) VALUES (?1, ?2)";
            records.iter().try_for_each(|record| {
                let parameters = [Value::Text(record.key.clone()), Value::Text(record.value.clone())];
                sql.run(statement, &parameters).map(|_| ())
            })
        })?;
        let is_empty = !erases || database.empty_log()?;
        database.check_in_place()?;
        database.note_place();
        *kept = Some(database);
        if is_empty { Ok(()) } else { Err(SqlFault::Locked("somebody reads the records".to_owned())) }
    }

    /// Closes the table. A later record opens it again.
    pub(in crate::local) fn close(&self) -> Result<(), SqlFault> {
        locked(&self.database).take().map_or(Ok(()), Database::close)
    }

    fn open(&self) -> Result<Database, SqlFault> {
        let mut database = Database::open(&self.path)?;
        let table = "CREATE TABLE IF NOT EXISTS record (key TEXT PRIMARY KEY, value TEXT NOT NULL) \
             STRICT, WITHOUT ROWID";
        database.run(table, &[])?;
        Ok(database)
    }
}

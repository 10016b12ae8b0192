//! SQLite as the ledger's database: the way files are opened, and the meaning of their errors.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};
use scheduling::sql::{Row, Sql, SqlFault, Value};

use super::in_place::InPlace;
use super::{is_out_of_handles, private};

/// The wait for another process that holds a file.
const LOCK_WAIT: Duration = Duration::from_secs(1);
/// Statements that stay compiled, for each connection.
const KEPT_STATEMENTS: usize = 64;

/// One connection to one file.
pub(in crate::local) struct Database {
    connection: Connection,
    place: InPlace,
}

impl Database {
    /// Opens a file to write to, and makes it if there is none, for nobody else to read. What is committed outlasts a
    /// power cut.
    pub(in crate::local) fn open(path: &Path) -> Result<Self, SqlFault> {
        private::make_file(path).map_err(|cause| {
            if is_out_of_handles(&cause) { too_many_files(path, &cause) } else { unopened(path, &cause) }
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut database = Self::connect(path, flags)?;
        // A booking touches some fifteen pages of tables and indexes, each written whole at the commit: with small
        // ones, that is less to write.
        let configure = "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -512; \
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 4194304;";
        database.connection.execute_batch(configure).map_err(|cause| fault(path, &cause))?;
        database.place.note();
        Ok(database)
    }

    /// A fault if the file is no longer the one that was opened, or has lost some of it.
    pub(in crate::local) fn check_in_place(&self) -> Result<(), SqlFault> {
        self.place.check()
    }

    /// Notes how the file is, after a commit.
    pub(in crate::local) fn note_place(&mut self) {
        self.place.note();
    }

    /// Closes a file that is no longer in place, so that nothing is written over what is there now. Where the log alone
    /// is gone, what it held is saved.
    pub(in crate::local) fn abandon(mut self) {
        if self.place.file_is_in_place().unwrap_or(false) {
            let _ = self.empty_log();
        } else {
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }

    /// Opens a file only to read from it.
    pub(in crate::local) fn open_read_only(path: &Path) -> Result<Self, SqlFault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Self::connect(path, flags)?;
        let configure = "PRAGMA query_only = ON; PRAGMA cache_size = -256;";
        database.connection.execute_batch(configure).map_err(|cause| fault(path, &cause))?;
        Ok(database)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, SqlFault> {
        let connection = Connection::open_with_flags(path, flags).map_err(|cause| fault(path, &cause))?;
        connection.busy_timeout(LOCK_WAIT).map_err(|cause| fault(path, &cause))?;
        // Otherwise, SQLite compiles a statement again whenever a bound value changes that its plan may depend on, even
        // that of a LIMIT.
        let stable_plans = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        connection.set_db_config(stable_plans, true).map_err(|cause| fault(path, &cause))?;
        connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        Ok(Self { connection, place: InPlace::of(path) })
    }

    /// Begins a transaction around several commands. Takes the file's write lock at once.
    pub(in crate::local) fn begin(&mut self) -> Result<(), SqlFault> {
        self.execute("BEGIN IMMEDIATE")
    }

    /// Commits the transaction: when this returns, it lasts.
    pub(in crate::local) fn commit(&mut self) -> Result<(), SqlFault> {
        self.execute("COMMIT")
    }

    /// Undoes the transaction.
    pub(in crate::local) fn roll_back(&mut self) -> Result<(), SqlFault> {
        self.execute("ROLLBACK")
    }

    /// Returns true if a transaction is open. SQLite gives one up by itself after some errors.
    pub(in crate::local) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Rows changed since the connection was opened.
    pub(in crate::local) fn changes(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Writes everything back into the file itself, and empties the log beside it, which holds what was deleted.
    /// Returns true if that was possible: it is not while somebody reads.
    pub(in crate::local) fn empty_log(&mut self) -> Result<bool, SqlFault> {
        let rows = self.run("PRAGMA wal_checkpoint(TRUNCATE)", &[])?;
        Ok(rows.first().and_then(|row| row.first()) == Some(&Value::Integer(0)))
    }

    /// Writes everything back into the file itself, and closes it.
    pub(in crate::local) fn close(mut self) -> Result<(), SqlFault> {
        self.empty_log()?;
        self.connection.close().map_err(|(connection, cause)| fault_of(&connection, &cause))
    }

    fn execute(&mut self, statement: &str) -> Result<(), SqlFault> {
        let executed =
            self.connection.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
        executed.map(|_| ()).map_err(|cause| fault_of(&self.connection, &cause))
    }

    /// Runs `work` between two statements; if it fails, others undo it.
    fn enclose(
        &mut self,
        [begin, end]: [&str; 2],
        undo: &[&str],
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        self.execute(begin)?;
        let done = work(self).and_then(|()| self.execute(end));
        if done.is_err() && self.in_transaction() {
            for statement in undo {
                self.execute(statement)?;
            }
        }
        done
    }
}

impl Sql for Database {
    fn run(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let connection = &self.connection;
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = connection.prepare_cached(statement)?;
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(parameters.iter().map(Parameter)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|column| read_value(row.get_ref(column)?));
                found.push(values.collect::<rusqlite::Result<Row>>()?);
            }
            Ok(found)
        };
        read().map_err(|cause| fault_of(connection, &cause))
    }

    /// Within [`Database::begin`], a savepoint: a command that fails does not affect the rest of its batch.
    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        if self.in_transaction() {
            self.enclose(["SAVEPOINT work", "RELEASE work"], &["ROLLBACK TO work", "RELEASE work"], work)
        } else {
            self.enclose(["BEGIN IMMEDIATE", "COMMIT"], &["ROLLBACK"], work)
        }
    }
}

/// A parameter as rusqlite takes it.
struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn read_value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(_) => Ok(Value::Text(value.as_str()?.to_owned())),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(rusqlite::Error::InvalidQuery),
    }
}

fn fault_of(connection: &Connection, cause: &rusqlite::Error) -> SqlFault {
    fault(Path::new(connection.path().unwrap_or_default()), cause)
}

/// SQLite says no more than that it could not open a file. If no other file can be opened either, ownership is not why.
fn unopened(path: &Path, cause: &dyn std::fmt::Display) -> SqlFault {
    match File::open(path.parent().unwrap_or(path)) {
        Err(too_many) if is_out_of_handles(&too_many) => too_many_files(path, &too_many),
        _ => SqlFault::Other(format!(
            "{} cannot be opened for writing ({cause}). Check who owns it and its folder.",
            path.display()
        )),
    }
}

fn too_many_files(path: &Path, cause: &std::io::Error) -> SqlFault {
    SqlFault::Other(format!(
        "{} cannot be opened: too many files are open ({cause}). Raise the limit, as docs/self-host.md explains under \
         Connections.",
        path.display()
    ))
}

/// The meaning of an error, with the file and what an operator can do about it.
fn fault(path: &Path, cause: &rusqlite::Error) -> SqlFault {
    let file = path.display();
    match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            SqlFault::Full(format!("{file} cannot grow ({cause}). Free some space."))
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => SqlFault::Locked(format!(
            "another process is using {file} ({cause}). Stop that process: only Daymark may write to it."
        )),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => SqlFault::Corrupt(format!(
            "{file} is damaged ({cause}). Stop Daymark, move the file away with its -wal and -shm files, and restore \
             a backup."
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            unopened(path, cause)
        }
        Some(ErrorCode::SystemIoFailure) => {
            SqlFault::Other(format!("{file} cannot be read or written ({cause}). Check the disk."))
        }
        _ => SqlFault::Other(format!("{file}: {cause}")),
    }
}

//! The ledger's rows, and the values that they mean. A row that cannot be read back is damage, and is never guessed at.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sql::{Row, Sql, SqlFault, Value};

/// The first number of an answer that has one row.
pub(super) fn count(sql: &mut dyn Sql, statement: &str, parameters: &[Value]) -> Result<i64, SqlFault> {
    let rows = sql.run(statement, parameters)?;
    rows.first().map_or_else(|| Err(unreadable("an answer without a row")), |row| read_integer(row, 0))
}

/// The instant in the first row of an answer, if there is one.
pub(super) fn first_instant(
    sql: &mut dyn Sql,
    statement: &str,
    parameters: &[Value],
) -> Result<Option<DateTime<Utc>>, SqlFault> {
    let rows = sql.run(statement, parameters)?;
    let instant = rows.first().map(|row| read_optional_integer(row, 0)).transpose()?;
    Ok(instant.flatten().and_then(|instant| DateTime::from_timestamp(instant, 0)))
}

pub(super) fn read_integer(row: &Row, column: usize) -> Result<i64, SqlFault> {
    match row.get(column) {
        Some(Value::Integer(number)) => Ok(*number),
        other => Err(unreadable(format!("column {column} holds {other:?} instead of a number"))),
    }
}

pub(super) fn read_optional_integer(row: &Row, column: usize) -> Result<Option<i64>, SqlFault> {
    if row.get(column) == Some(&Value::Null) { Ok(None) } else { read_integer(row, column).map(Some) }
}

pub(super) fn read_instant(row: &Row, column: usize) -> Result<DateTime<Utc>, SqlFault> {
    let seconds = read_integer(row, column)?;
    DateTime::from_timestamp(seconds, 0)
        .ok_or_else(|| unreadable(format!("column {column} holds no time: {seconds}")))
}

pub(super) fn read_u32(row: &Row, column: usize) -> Result<u32, SqlFault> {
    u32::try_from(read_integer(row, column)?).map_err(unreadable)
}

pub(super) fn read_text(row: &Row, column: usize) -> Result<&str, SqlFault> {
    match row.get(column) {
        Some(Value::Text(text)) => Ok(text),
        other => Err(unreadable(format!("column {column} holds {other:?} instead of text"))),
    }
}

pub(super) fn read_optional_text(row: &Row, column: usize) -> Result<Option<String>, SqlFault> {
    if row.get(column) == Some(&Value::Null) {
        Ok(None)
    } else {
        read_text(row, column).map(|text| Some(text.to_owned()))
    }
}

pub(super) fn read_json<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, SqlFault> {
    crate::json::from_str(read_text(row, column)?).map_err(unreadable)
}

pub(super) fn json(value: &impl Serialize) -> Result<Value, SqlFault> {
    in_json(value).map(Value::Text)
}

pub(super) fn in_json(value: &impl Serialize) -> Result<String, SqlFault> {
    serde_json::to_string(value).map_err(|cause| SqlFault::Other(cause.to_string()))
}

pub(super) fn text(value: impl Display) -> Value {
    Value::Text(value.to_string())
}

pub(super) fn seconds(instant: DateTime<Utc>) -> Value {
    Value::Integer(instant.timestamp())
}

pub(super) fn number_of<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

pub(super) fn unreadable(cause: impl Display) -> SqlFault {
    SqlFault::Corrupt(cause.to_string())
}

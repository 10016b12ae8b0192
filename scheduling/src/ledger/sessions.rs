//! A host's sessions: devices that have shown the host's key. What a device holds is not kept, only its digest.

use chrono::{DateTime, Utc};

use super::columns::{read_integer, read_u32, seconds, unreadable};
use super::messages::{Reply, Session};
use super::steady;
use crate::sql::{Sql, SqlFault, Value};

/// Opens a session, and forgets those that are over: expired, or begun with a key that has been revoked since.
pub(super) fn open(sql: &mut dyn Sql, session: &Session, now: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let version = Value::Integer(session.key_version.into());
    let over = "DELETE FROM session WHERE expires_at_seconds <= ?1 OR key_version <> ?2";
    let steady = seconds(steady::time(sql, now)?);
    sql.run(over, &[steady, version.clone()])?;
    let digest = Value::Text(session.digest.clone());
    let statement = "INSERT INTO session (digest, key_version, expires_at_seconds) VALUES (?1, ?2, ?3)";
    sql.run(statement, &[digest, version, seconds(session.expires_at)])?;
    Ok(Reply::Done)
}

/// Lets a session last longer. A session that was ended in the meantime stays ended.
pub(super) fn renew(sql: &mut dyn Sql, digest: &str, expires_at: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let statement = "UPDATE session SET expires_at_seconds = ?2 WHERE digest = ?1";
    sql.run(statement, &[Value::Text(digest.to_owned()), seconds(expires_at)])?;
    Ok(Reply::Done)
}

/// Ends one session, or all of them.
pub(super) fn end(sql: &mut dyn Sql, digest: Option<&str>) -> Result<Reply, SqlFault> {
    match digest {
        Some(digest) => {
            sql.run("DELETE FROM session WHERE digest = ?1", &[Value::Text(digest.to_owned())])?;
        }
        None => {
            sql.run("DELETE FROM session", &[])?;
        }
    }
    Ok(Reply::Done)
}

/// The session of that digest, while it lasts.
pub(super) fn find(sql: &mut dyn Sql, digest: &str, now: DateTime<Utc>) -> Result<Option<Session>, SqlFault> {
    let statement =
        "SELECT key_version, expires_at_seconds FROM session WHERE digest = ?1 AND expires_at_seconds > ?2";
    let rows = sql.run(statement, &[Value::Text(digest.to_owned()), seconds(now)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let expires_at = DateTime::from_timestamp(read_integer(row, 1)?, 0)
        .ok_or_else(|| unreadable("a session expires at no time"))?;
    Ok(Some(Session { digest: digest.to_owned(), key_version: read_u32(row, 0)?, expires_at }))
}

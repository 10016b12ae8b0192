//! A host's sessions: devices that have shown the host's key, or a link. What a device holds is not kept, only its
//! digest.

use chrono::{DateTime, Utc};

use super::columns::{read_instant, read_optional_text, read_text, read_u32, seconds, text};
use super::device::{Ending, Session};
use super::messages::Reply;
use super::{sign_in_links, steady};
use crate::refusal::Refusal;
use crate::sign_in_link::SignInLink;
use crate::sql::{Row, Sql, SqlFault, Value};

/// Devices that a host is signed in on at once: one more signs out the one that was seen longest ago.
const MOST: i64 = 100;

/// Opens a session, and forgets those that are over: expired, or begun with a key that has been revoked since. A link
/// opens only one.
pub(super) fn open(
    sql: &mut dyn Sql,
    session: &Session,
    link: Option<&SignInLink>,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    if let Some(link) = link
        && !sign_in_links::use_up(sql, link, now)?
    {
        return Ok(Reply::Refused { refusal: Refusal::LinkUsed });
    }
    let version = Value::Integer(session.key_version.into());
    let over = "DELETE FROM session WHERE expires_at_seconds <= ?1 OR key_version <> ?2 OR digest IN
        (SELECT digest FROM session ORDER BY expires_at_seconds DESC, digest LIMIT -1 OFFSET ?3)";
    let steady = seconds(steady::time(sql, now)?);
    sql.run(over, &[steady, version.clone(), Value::Integer(MOST - 1)])?;
    let statement = "INSERT INTO session
            (digest, key_version, browser, system, opened_at_seconds, expires_at_seconds)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let name = |name: &Option<String>| name.as_deref().map_or(Value::Null, text);
    let parameters = [
        text(&session.digest),
        version,
        name(&session.browser),
        name(&session.system),
        seconds(session.opened_at),
        seconds(session.expires_at),
    ];
    sql.run(statement, &parameters)?;
    Ok(Reply::Done)
}

/// Lets a session last longer. A session that was ended in the meantime stays ended.
pub(super) fn renew(sql: &mut dyn Sql, digest: &str, expires_at: DateTime<Utc>) -> Result<Reply, SqlFault> {
    let statement = "UPDATE session SET expires_at_seconds = ?2 WHERE digest = ?1";
    sql.run(statement, &[text(digest), seconds(expires_at)])?;
    Ok(Reply::Done)
}

/// Ends one session, the others, or all of them.
pub(super) fn end(sql: &mut dyn Sql, ending: &Ending) -> Result<Reply, SqlFault> {
    match ending {
        Ending::One(digest) => sql.run("DELETE FROM session WHERE digest = ?1", &[text(digest)])?,
        Ending::Others(digest) => sql.run("DELETE FROM session WHERE digest <> ?1", &[text(digest)])?,
        Ending::All => sql.run("DELETE FROM session", &[])?,
    };
    Ok(Reply::Done)
}

const COLUMNS: &str = "digest, key_version, browser, system, opened_at_seconds, expires_at_seconds";

/// The session of that digest, while it lasts.
pub(super) fn find(sql: &mut dyn Sql, digest: &str, now: DateTime<Utc>) -> Result<Option<Session>, SqlFault> {
    let statement = format!("SELECT {COLUMNS} FROM session WHERE digest = ?1 AND expires_at_seconds > ?2");
    sql.run(&statement, &[text(digest), seconds(now)])?.first().map(read).transpose()
}

/// All that last, the one that was seen last first.
pub(super) fn all(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<Vec<Session>, SqlFault> {
    let statement = format!(
        "SELECT {COLUMNS} FROM session WHERE expires_at_seconds > ?1 ORDER BY expires_at_seconds DESC, digest"
    );
    sql.run(&statement, &[seconds(now)])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Session, SqlFault> {
    Ok(Session {
        digest: read_text(row, 0)?.to_owned(),
        key_version: read_u32(row, 1)?,
        browser: read_optional_text(row, 2)?,
        system: read_optional_text(row, 3)?,
        opened_at: read_instant(row, 4)?,
        expires_at: read_instant(row, 5)?,
    })
}

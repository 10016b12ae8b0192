//! Links that sign the host in: each works once, and few are sent by email.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{read_integer, seconds, text};
use super::messages::Reply;
use super::{outbox_rows, steady};
use crate::outbox::{Delivery, Destination, Payload, SIGN_IN, SignInMail};
use crate::sign_in_link::SignInLink;
use crate::sql::{Sql, SqlFault};

/// Links that are sent in any hour. Anyone can ask for one, and the host gets the email.
const MOST_AN_HOUR: i64 = 3;
/// The same, in any day.
const MOST_A_DAY: i64 = 10;

/// Uses a link up. Returns false if it was used already.
pub(super) fn use_up(sql: &mut dyn Sql, link: &SignInLink, now: DateTime<Utc>) -> Result<bool, SqlFault> {
    let statement =
        "INSERT INTO sign_in_link (nonce, made_at_seconds, is_sent, is_used) VALUES (?1, ?2, 0, 1)
        ON CONFLICT (nonce) DO UPDATE SET is_used = 1 WHERE is_used = 0 RETURNING nonce";
    let used = sql.run(statement, &[text(&link.nonce), seconds(link.made_at)])?;
    if used.is_empty() {
        return Ok(false);
    }
    forget_old(sql, now)?;
    Ok(true)
}

/// Has a link sent to the host, unless enough were. Whoever asks is not told which.
pub(super) fn send(
    sql: &mut dyn Sql,
    ledger: &str,
    link: &SignInLink,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    forget_old(sql, now)?;
    // Those of a time to come are of a clock that was wrong.
    let sent = "SELECT COUNT(*), COUNT(*) FILTER (WHERE made_at_seconds > ?1) FROM sign_in_link
        WHERE is_sent = 1 AND made_at_seconds > ?2 AND made_at_seconds <= ?3";
    let parameters = [seconds(now - TimeDelta::hours(1)), seconds(now - TimeDelta::days(1)), seconds(now)];
    let rows = sql.run(sent, &parameters)?;
    if let Some(row) = rows.first()
        && (read_integer(row, 0)? >= MOST_A_DAY || read_integer(row, 1)? >= MOST_AN_HOUR)
    {
        return Ok(Reply::Done);
    }
    let statement =
        "INSERT INTO sign_in_link (nonce, made_at_seconds, is_sent, is_used) VALUES (?1, ?2, 1, 0)";
    sql.run(statement, &[text(&link.nonce), seconds(link.made_at)])?;
    let delivery = Delivery {
        id: format!("{ledger}.{}.sign-in", link.nonce),
        booking: None,
        event: SIGN_IN,
        destination: Destination::SignIn(SignInMail {}),
        payload: Payload::SignIn(link.clone()),
        next_attempt_at: now,
    };
    outbox_rows::insert(sql, &[delivery], now)?;
    Ok(Reply::Done)
}

/// By now, none of them works, whatever is known of it.
fn forget_old(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "DELETE FROM sign_in_link WHERE made_at_seconds <= ?1";
    let steady = steady::time(sql, now)?;
    sql.run(statement, &[seconds(steady - TimeDelta::days(1))]).map(|_| ())
}

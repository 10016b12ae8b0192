//! The emails that left to a contact, by their ids alone: they are counted, and it is known which bookings it was told
//! of. They outlast the contact, so that erasing one does not make room for more.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::columns::{read_instant, read_integer, read_text, seconds, text, unreadable};
use crate::ledger::messages::Reply;
use crate::ledger::steady;
use crate::outbox::{Admission, Known, MailAsk};
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Emails that are forgotten with each that is admitted, at most: more than are added.
const MOST_FORGOTTEN: i64 = 16;

/// Says whether an email may leave now, and counts it.
pub(in crate::ledger) fn admit(
    sql: &mut dyn Sql,
    ask: &MailAsk,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let (admission, counts) = ask.decide(&known(sql, ask, now)?, now);
    let is_noted = match admission {
        Admission::Admitted => true,
        Admission::Waits { .. } => false,
        // Whatever told of the booking, and is on its way yet, does not leave any more.
        Admission::Undone => ask.ends(),
    };
    if is_noted {
        let steady = steady::time(sql, now)?;
        forget(sql, steady)?;
        note(sql, ask, counts, now)?;
    }
    Ok(Reply::Mail { admission })
}

/// The ledgers of the hosts of whose bookings an address was told.
pub(in crate::ledger) fn told_ledgers(sql: &mut dyn Sql, key: &str) -> Result<Vec<String>, SqlFault> {
    let rows = sql.run("SELECT booking_id FROM contact_mail WHERE contact_key = ?1", &[text(key)])?;
    let mut ledgers = BTreeSet::new();
    for row in &rows {
        let id = BookingId::parse(read_text(row, 0)?);
        let id = id.ok_or_else(|| unreadable("an email's booking has no booking's id"))?;
        ledgers.insert(id.ledger().to_owned());
    }
    Ok(ledgers.into_iter().collect())
}

fn known(sql: &mut dyn Sql, ask: &MailAsk, now: DateTime<Utc>) -> Result<Vec<Known>, SqlFault> {
    let statement = "SELECT mail_id, booking_id, at_seconds, ends, counts FROM contact_mail
        WHERE contact_key = +?1 AND (at_seconds > +?2 OR booking_id = +?3) ORDER BY at_seconds, mail_id";
    let parameters = [text(&ask.key), seconds(now - TimeDelta::days(1)), text(&ask.booking)];
    sql.run(statement, &parameters)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Known, SqlFault> {
    Ok(Known {
        mail: read_text(row, 0)?.to_owned(),
        booking: read_text(row, 1)?.to_owned(),
        at: read_instant(row, 2)?,
        ends: read_integer(row, 3)? != 0,
        counts: read_integer(row, 4)? != 0,
    })
}

fn note(sql: &mut dyn Sql, ask: &MailAsk, counts: bool, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "INSERT OR REPLACE INTO contact_mail
            (contact_key, mail_id, booking_id, at_seconds, ends, counts, until_seconds)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let parameters = [
        text(&ask.key),
        text(&ask.mail),
        text(&ask.booking),
        seconds(now),
        Value::Integer(ask.ends().into()),
        Value::Integer(counts.into()),
        seconds(ask.known_until.max(now + TimeDelta::days(1))),
    ];
    sql.run(statement, &parameters).map(|_| ())
}

/// Forgets a few that say nothing any more: they left longer than a day ago, and nothing can happen to their bookings.
fn forget(sql: &mut dyn Sql, steady: DateTime<Utc>) -> Result<(), SqlFault> {
    let statement = "DELETE FROM contact_mail WHERE (contact_key, mail_id) IN
        (SELECT contact_key, mail_id FROM contact_mail WHERE until_seconds <= ?1 LIMIT +?2)";
    sql.run(statement, &[seconds(steady), Value::Integer(MOST_FORGOTTEN)]).map(|_| ())
}

//! Bookings that are like one of them, within the ledger's transaction: a host who was sent many of them cancels them
//! together.

use chrono::{DateTime, Utc};

use super::change;
use crate::booking::{Booking, Change, Party, Status};
use crate::ledger::alike::{Alike, CancelAlike, CancelledAlike, Likeness};
use crate::ledger::columns::{read_optional_text, read_text, seconds, text};
use crate::ledger::messages::{Reply, Today};
use crate::ledger::store::{self, STORED, StoredBooking};
use crate::sql::{Sql, SqlFault, Value};

/// Bookings that are cancelled in one transaction, at most.
const MOST_TOGETHER: u32 = 64;

/// The bookings that are like one, by start.
pub(in crate::ledger) fn alike(
    sql: &mut dyn Sql,
    alike: &Alike,
    most: u32,
    now: DateTime<Utc>,
) -> Result<Vec<Booking>, SqlFault> {
    Ok(find(sql, alike, most, now)?.into_iter().map(|stored| stored.booking).collect())
}

/// Cancels them, each as if its host had cancelled it alone. Those that are left are the next command's.
pub(in crate::ledger) fn cancel_alike(
    sql: &mut dyn Sql,
    command: &CancelAlike,
    today: &Today,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    let change = Change::Cancel { by: Party::Host, reason: command.reason.clone() };
    let mut found = find(sql, &command.alike, MOST_TOGETHER + 1, now)?;
    let more = found.len() > MOST_TOGETHER as usize;
    found.truncate(MOST_TOGETHER as usize);
    let mut done = CancelledAlike { cancelled: 0, unconfirmed: 0, more };
    for stored in &found {
        if change::end(sql, stored, &change, today, now)?.is_err() {
            continue;
        }
        if stored.booking.status == Status::AwaitingConfirmation {
            done.unconfirmed += 1;
        } else {
            done.cancelled += 1;
        }
    }
    Ok(Reply::CancelledAlike(done))
}

fn find(
    sql: &mut dyn Sql,
    alike: &Alike,
    most: u32,
    now: DateTime<Utc>,
) -> Result<Vec<StoredBooking>, SqlFault> {
    let Some((condition, shared)) = condition(sql, alike)? else { return Ok(Vec::new()) };
    let statement = format!(
        "SELECT {STORED} FROM booking
        WHERE start_seconds > ?1 AND made_at_seconds <= ?2 AND {condition}
            AND status IN ('awaiting_confirmation', 'requested', 'awaiting_payment', 'confirmed')
        ORDER BY start_seconds, id LIMIT +?3"
    );
    let parameters = [seconds(now), seconds(alike.made_until), Value::Integer(most.into()), shared];
    sql.run(&statement, &parameters)?.iter().map(store::read_stored).collect()
}

/// The condition in SQL, and what they have in common as its parameter ?4; `None` where that is not known.
fn condition(sql: &mut dyn Sql, alike: &Alike) -> Result<Option<(&'static str, Value)>, SqlFault> {
    let statement = "SELECT counted_email, network FROM booking WHERE id = ?1";
    let rows = sql.run(statement, &[text(&alike.booking)])?;
    let Some(row) = rows.first() else { return Ok(None) };
    // Nobody's, once it is erased.
    let email = Some(read_text(row, 0)?).filter(|email| !email.is_empty());
    Ok(match alike.by {
        Likeness::Email => email.map(|email| ("counted_email = ?4", text(email))),
        Likeness::Domain => email
            .and_then(|email| email.rfind('@').map(|at| &email[at..]))
            .map(|domain| ("substr(counted_email, -length(?4)) = ?4", text(domain))),
        Likeness::Network => read_optional_text(row, 1)?.map(|network| ("network = ?4", text(network))),
    })
}

//! The subscribers as they were noted last: one row, written only where it differs, for when the host is gone from the
//! content.

use std::borrow::Cow;

use super::columns::{json, read_json};
use super::messages::Today;
use crate::booking::HostNoted;
use crate::outbox::Subscribers;
use crate::sql::{Sql, SqlFault};

/// Who hears of the ledger's bookings: today's subscribers, who are noted; or those noted last, where there are none
/// today.
pub(super) fn of_today<'a>(
    sql: &mut dyn Sql,
    today: &'a Today,
    host: &HostNoted,
) -> Result<Cow<'a, Subscribers>, SqlFault> {
    Ok(if_any(sql, today)?.unwrap_or_else(|| Cow::Owned(Subscribers::none(host))))
}

/// The same; `None` where there are none today, and none was ever noted.
pub(super) fn if_any<'a>(
    sql: &mut dyn Sql,
    today: &'a Today,
) -> Result<Option<Cow<'a, Subscribers>>, SqlFault> {
    if let Some(subscribers) = today {
        let statement = "INSERT INTO subscribers (number, noted) VALUES (1, ?1)
            ON CONFLICT (number) DO UPDATE SET noted = ?1 WHERE noted <> ?1";
        sql.run(statement, &[json(subscribers)?])?;
        return Ok(Some(Cow::Borrowed(subscribers)));
    }
    let rows = sql.run("SELECT noted FROM subscribers", &[])?;
    let noted: Option<Subscribers> = rows.first().map(|row| read_json(row, 0)).transpose()?;
    Ok(noted.map(Cow::Owned))
}

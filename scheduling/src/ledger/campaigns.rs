//! How often each campaign has led to a booking.

use serde::{Deserialize, Serialize};

use super::columns::{read_integer, read_optional_text};
use crate::booking::Status;
use crate::sql::{Sql, SqlFault, Value};

/// A campaign, by what its links say, and the bookings that came by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// `utm_campaign`.
    pub campaign: Option<String>,
    /// `utm_source`.
    pub source: Option<String>,
    /// `utm_medium`.
    pub medium: Option<String>,
    /// All bookings and requests but those that nobody confirmed, paid or answered, and those that were declined.
    pub bookings: i64,
    /// Those of them that were cancelled later.
    pub cancelled: i64,
}

/// The campaigns of all bookings here, those with most first. All bookings are read: what is asked for once in a while
/// needs no index.
pub(super) fn of_bookings(sql: &mut dyn Sql, most: u32) -> Result<Vec<Campaign>, SqlFault> {
    let parameter = |name: &str| format!("json_extract(record, '$.origin.tracking.{name}')");
    let [campaign, source, medium] = ["utm_campaign", "utm_source", "utm_medium"].map(parameter);
    let [confirmed, requested, cancelled] =
        [Status::Confirmed, Status::Requested, Status::Cancelled].map(Status::name);
    let statement = format!(
        "SELECT {campaign} AS campaign, {source} AS source, {medium} AS medium, COUNT(*) AS bookings,
            SUM(status = '{cancelled}')
        FROM booking
        WHERE status IN ('{confirmed}', '{requested}', '{cancelled}')
            AND COALESCE({campaign}, {source}, {medium}) IS NOT NULL
        GROUP BY campaign, source, medium
        ORDER BY bookings DESC, campaign, source, medium LIMIT +?1"
    );
    let rows = sql.run(&statement, &[Value::Integer(most.into())])?;
    let read = |row| {
        Ok(Campaign {
            campaign: read_optional_text(row, 0)?,
            source: read_optional_text(row, 1)?,
            medium: read_optional_text(row, 2)?,
            bookings: read_integer(row, 3)?,
            cancelled: read_integer(row, 4)?,
        })
    };
    rows.iter().map(read).collect()
}

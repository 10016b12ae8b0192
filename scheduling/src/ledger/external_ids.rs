//! External ids in a ledger: noted, found in both directions, and forgotten with the visitor.

use chrono::DateTime;

use super::columns::{json, read_integer, read_optional_text, read_text, seconds, text, unreadable};
use super::messages::Reply;
use super::store;
use crate::external_id::ExternalId;
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

/// Notes an external id of a booking, over an earlier one of its system and kind. An older note does nothing. Refused
/// if the booking is not here, or its contact is erased: then the object elsewhere must go, too.
pub(super) fn note(sql: &mut dyn Sql, noted: &ExternalId) -> Result<Reply, SqlFault> {
    let stored = store::booking(sql, &noted.booking)?;
    if stored.is_none_or(|stored| stored.booking.visitor.contact.is_erased()) {
        return Ok(Reply::Refused { refusal: Refusal::NotFound });
    }
    let statement =
        "INSERT INTO external_id (booking_id, system, kind, external_id, version, changed_at_seconds)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (booking_id, system, kind) DO UPDATE SET external_id = excluded.external_id,
        version = excluded.version, changed_at_seconds = excluded.changed_at_seconds
        WHERE changed_at_seconds <= excluded.changed_at_seconds";
    let parameters = [
        text(&noted.booking),
        text(&noted.system),
        text(&noted.kind),
        text(&noted.id),
        noted.version.as_ref().map_or(Value::Null, text),
        seconds(noted.changed_at),
    ];
    sql.run(statement, &parameters)?;
    Ok(Reply::Done)
}

/// Forgets a booking's external id in one system, where the object is gone.
pub(super) fn forget(
    sql: &mut dyn Sql,
    booking: &BookingId,
    system: &str,
    kind: &str,
) -> Result<Reply, SqlFault> {
    let statement = "DELETE FROM external_id WHERE booking_id = ?1 AND system = ?2 AND kind = ?3";
    sql.run(statement, &[text(booking), text(system), text(kind)])?;
    Ok(Reply::Done)
}

/// Forgets all external ids of some bookings.
pub(super) fn forget_all(sql: &mut dyn Sql, bookings: &[&BookingId]) -> Result<(), SqlFault> {
    let statement = "DELETE FROM external_id WHERE booking_id IN (SELECT value FROM json_each(?1))";
    sql.run(statement, &[json(&bookings)?]).map(|_| ())
}

/// All external ids of a booking, by system and kind.
pub(super) fn of_booking(sql: &mut dyn Sql, booking: &BookingId) -> Result<Vec<ExternalId>, SqlFault> {
    let statement =
        "SELECT booking_id, system, kind, external_id, version, changed_at_seconds FROM external_id
        WHERE booking_id = ?1 ORDER BY system, kind";
    sql.run(statement, &[text(booking)])?.iter().map(read).collect()
}

/// The bookings that an external id belongs to, by their ids.
pub(super) fn called(
    sql: &mut dyn Sql,
    system: &str,
    kind: &str,
    id: &str,
) -> Result<Vec<ExternalId>, SqlFault> {
    let statement =
        "SELECT booking_id, system, kind, external_id, version, changed_at_seconds FROM external_id
        WHERE system = ?1 AND kind = ?2 AND external_id = ?3 ORDER BY booking_id";
    sql.run(statement, &[text(system), text(kind), text(id)])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ExternalId, SqlFault> {
    let booking = BookingId::parse(read_text(row, 0)?);
    let changed_at = DateTime::from_timestamp(read_integer(row, 5)?, 0);
    Ok(ExternalId {
        booking: booking.ok_or_else(|| unreadable("an external id belongs to no booking's id"))?,
        system: read_text(row, 1)?.to_owned(),
        kind: read_text(row, 2)?.to_owned(),
        id: read_text(row, 3)?.to_owned(),
        version: read_optional_text(row, 4)?,
        changed_at: changed_at.ok_or_else(|| unreadable("an external id changed at no time"))?,
    })
}

//! Invitations in a ledger: which bookings were made with one, and which were withdrawn. Of one that nobody has used,
//! nothing is here.

use chrono::{DateTime, Utc};

use super::columns::{read_integer, read_u32, seconds, text, unreadable};
use super::messages::{InviteUse, Invited, Reply};
use super::steady;
use crate::refusal::Refusal;
use crate::sql::{Sql, SqlFault};
use crate::token::BookingId;

/// The live bookings that were made with an invitation: each that holds its time, or has had it. What was cancelled,
/// declined or has expired gives its use back.
const LIVE: &str = "SELECT COUNT(*) FROM invite_use JOIN booking ON booking.id = invite_use.booking_id
    WHERE invite_use.invite = ?1 AND EXISTS (SELECT 1 FROM seat WHERE seat.booking_id = booking.id
        AND (seat.expires_at_seconds IS NULL OR seat.expires_at_seconds > ?2))";

/// How an invitation stands.
pub(super) fn uses(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<InviteUse, SqlFault> {
    let statement = format!(
        "SELECT ({LIVE}), EXISTS (SELECT 1 FROM withdrawn_invite WHERE withdrawn_invite.invite = ?1)"
    );
    let rows = sql.run(&statement, &[text(id), seconds(now)])?;
    let row = rows.first().ok_or_else(|| unreadable("an answer without a row"))?;
    Ok(InviteUse { live: read_u32(row, 0)?, is_withdrawn: read_integer(row, 1)? != 0 })
}

/// Why nobody can be booked with an invitation any more; `None` where one more booking can be.
pub(super) fn refusal(
    sql: &mut dyn Sql,
    invited: &Invited,
    now: DateTime<Utc>,
) -> Result<Option<Refusal>, SqlFault> {
    let standing = uses(sql, &invited.id, now)?;
    Ok(standing.is_used_up(invited.uses).then_some(Refusal::LinkUsed))
}

/// Notes that a booking was made with an invitation.
pub(super) fn note(
    sql: &mut dyn Sql,
    invited: &Invited,
    booking: &BookingId,
    now: DateTime<Utc>,
) -> Result<(), SqlFault> {
    forget_old(sql, now)?;
    let statement = "INSERT INTO invite_use (invite, booking_id, until_seconds) VALUES (?1, ?2, ?3)";
    let parameters = [text(&invited.id), text(booking), seconds(invited.expires)];
    sql.run(statement, &parameters).map(|_| ())
}

/// Withdraws an invitation: nobody can use it from now on. Bookings that were made with it stay.
pub(super) fn withdraw(
    sql: &mut dyn Sql,
    id: &str,
    expires: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Reply, SqlFault> {
    forget_old(sql, now)?;
    let statement = "INSERT OR IGNORE INTO withdrawn_invite (invite, until_seconds) VALUES (?1, ?2)";
    sql.run(statement, &[text(id), seconds(expires)])?;
    Ok(Reply::Done)
}

/// What has expired works no more, whatever is known of it.
fn forget_old(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    let steady = steady::time(sql, now)?;
    for statement in [
        "DELETE FROM invite_use WHERE until_seconds <= ?1",
        "DELETE FROM withdrawn_invite WHERE until_seconds <= ?1",
    ] {
        sql.run(statement, &[seconds(steady)])?;
    }
    Ok(())
}

//! Strangers in the ledger: what they hold, and which addresses have proven themselves here.
//!
//! A host's ledger knows by itself who has: its own bookings say so, and nothing else is kept of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{read_integer, seconds, text, unreadable};
use super::messages::Book;
use crate::booking::Booking;
use crate::definition::slug_of;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::strangers::{Course, Held, Meeting, Stranger};
use crate::token::BookingId;

/// What is known of the address that a booking was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Somebody pressed a button behind a link that only an email to it carries.
    Given,
    /// Nobody has, and the booking was taken all the same.
    Missing,
    /// Nobody has, but the host has invited whoever booked: that is not a stranger.
    Invited,
    /// It is asked for: the booking stands once it is confirmed by the link in its email.
    Asked,
}

impl Proof {
    /// The name, as SQL holds it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Proof::Given => "given",
            Proof::Missing => "missing",
            Proof::Invited => "invited",
            Proof::Asked => "asked",
        }
    }
}

/// Bookings to come that an address is believed to have made because it has proven itself before. Anybody can type it:
/// what comes after these counts as a stranger's.
const BELIEVED_AHEAD: i64 = 3;

/// What is known of the address of whoever books; `None` if the booking is refused for it.
pub(super) fn proof(
    sql: &mut dyn Sql,
    command: &Book,
    now: DateTime<Utc>,
) -> Result<Option<Proof>, SqlFault> {
    let unasked = if command.invited.is_some() { Proof::Invited } else { Proof::Missing };
    let Some(stranger) = &command.stranger else { return Ok(Some(unasked)) };
    let address = address(sql, &command.booking, now)?;
    if address.is_proven && address.ahead < BELIEVED_AHEAD {
        return Ok(Some(Proof::Given));
    }
    // What others made in somebody's name keeps nobody out who confirms by email.
    let has_many = command.contact_limit.is_some_and(|most| address.ahead >= i64::from(most));
    if unasked == Proof::Invited && !has_many {
        return Ok(Some(unasked));
    }
    let held = held(sql, &command.booking, stranger, now)?;
    let course = if has_many {
        stranger.course_beyond(&held)
    } else {
        stranger.course(&held, &meeting(&command.booking), gap_of(&command.booking))
    };
    Ok(match course {
        Course::Taken => Some(unasked),
        Course::Asked => Some(Proof::Asked),
        Course::Refused => None,
    })
}

/// Whether a booking may be moved to where it now is: a stranger's only within the share. One that was made with an
/// invitation is not a stranger's.
pub(super) fn may_move(
    sql: &mut dyn Sql,
    moved: &Booking,
    stranger: &Stranger,
    now: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    if address(sql, moved, now)?.is_proven {
        return Ok(true);
    }
    let held = held(sql, moved, stranger, now)?;
    Ok(stranger.has_room(&held.meetings, &meeting(moved), gap_of(moved)))
}

/// Notes that the address of a booking has proven itself. Others of it that wait to be confirmed still do.
pub(super) fn prove(sql: &mut dyn Sql, id: &BookingId) -> Result<(), SqlFault> {
    let statement =
        "UPDATE booking SET proof = 'given' WHERE id = ?1 AND proof <> 'given' OR proof IN ('missing', 'invited')
        AND counted_email = (SELECT counted_email FROM booking WHERE id = ?1 AND counted_email <> '')";
    sql.run(statement, &[text(id)]).map(|_| ())
}

/// The longer of a booking's buffers, in seconds: the gap to its like.
fn gap_of(booking: &Booking) -> i64 {
    i64::from(booking.buffer.before_minutes.max(booking.buffer.after_minutes)) * 60
}

fn meeting(booking: &Booking) -> Meeting {
    Meeting { start: booking.start.timestamp(), end: booking.end.timestamp(), is_here: true }
}

/// What is known of an address.
struct Address {
    /// It has proven itself, or the booking was made with an invitation.
    is_proven: bool,
    /// Its bookings that are still to come.
    ahead: i64,
}

fn address(sql: &mut dyn Sql, booking: &Booking, now: DateTime<Utc>) -> Result<Address, SqlFault> {
    let statement = "SELECT COALESCE(MAX(proof = 'given' OR proof = 'invited' AND id = ?3), 0),
            COALESCE(SUM(start_seconds > ?2 AND id <> ?3 AND status IN ('requested', 'awaiting_payment', 'confirmed')), 0)
        FROM booking WHERE counted_email = ?1 AND counted_email <> ''";
    let parameters = [text(booking.visitor.contact.counted_email()), seconds(now), text(&booking.id)];
    let rows = sql.run(statement, &parameters)?;
    let row = rows.first().ok_or_else(|| unreadable("an answer without a row"))?;
    Ok(Address { is_proven: read_integer(row, 0)? != 0, ahead: read_integer(row, 1)? })
}

/// What strangers hold; `?1` is the page's own name, as its folder may be renamed. Where nobody can prove anything,
/// only those of the same network count.
const COUNT: &str = "
    SELECT COALESCE(SUM(proof = 'missing' AND substr(page, instr(page, '/') + 1) = ?1 AND made_at_seconds > ?2), 0),
        COALESCE(SUM(proof = 'asked' AND network IS ?3 AND status = 'awaiting_confirmation'), 0),
        COALESCE(SUM(proof = 'asked' AND network IS ?3 AND made_at_seconds > ?2), 0)
    FROM booking WHERE proof <> 'given' AND start_seconds > ?4 AND id <> ?5 AND (?6 OR network IS ?3)";
const MEETINGS: &str =
    "SELECT start_seconds, end_seconds, substr(page, instr(page, '/') + 1) = ?1 FROM booking
    WHERE proof = 'missing' AND start_seconds > ?2 AND id <> ?3 AND (?4 OR network IS ?5)
        AND status IN ('requested', 'awaiting_payment', 'confirmed')";

fn held(
    sql: &mut dyn Sql,
    booking: &Booking,
    stranger: &Stranger,
    now: DateTime<Utc>,
) -> Result<Held, SqlFault> {
    let network = || stranger.network.as_ref().map_or(Value::Null, text);
    let can_prove = || Value::Integer(stranger.can_prove.into());
    let (page, id, hour_ago) = (slug_of(&booking.page), &booking.id, now - TimeDelta::hours(1));
    let parameters = [text(page), seconds(hour_ago), network(), seconds(now), text(id), can_prove()];
    let rows = sql.run(COUNT, &parameters)?;
    let row = rows.first().ok_or_else(|| unreadable("an answer without a row"))?;
    let parameters = [text(page), seconds(now), text(id), can_prove(), network()];
    let read = |row: &Row| {
        let [start, end, is_here] = [0, 1, 2].map(|column| read_integer(row, column));
        Ok(Meeting { start: start?, end: end?, is_here: is_here? != 0 })
    };
    Ok(Held {
        meetings: sql.run(MEETINGS, &parameters)?.iter().map(read).collect::<Result<_, SqlFault>>()?,
        made_lately: read_integer(row, 0)?,
        waiting: read_integer(row, 1)?,
        asked_lately: read_integer(row, 2)?,
    })
}

//! Strangers in the ledger: what they hold, and which addresses have proven themselves here.
//!
//! A host's ledger knows by itself who has: its own bookings say so, and nothing else is kept of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::{read_integer, seconds, text, unreadable};
use super::messages::Book;
use crate::booking::Booking;
use crate::sql::{Sql, SqlFault, Value};
use crate::strangers::{Course, Held, Share, Stranger};
use crate::token::BookingId;

/// What is known of the address that a booking was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Somebody pressed a button behind a link that only an email to it carries.
    Given,
    /// Nobody has, and the booking was taken all the same.
    Missing,
    /// It is asked for: the booking stands once it is confirmed by the link in its email.
    Asked,
}

impl Proof {
    /// The name, as SQL holds it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Proof::Given => "given",
            Proof::Missing => "missing",
            Proof::Asked => "asked",
        }
    }
}

/// What is known of the address of whoever books; `None` if the booking is refused for it.
pub(super) fn proof(
    sql: &mut dyn Sql,
    command: &Book,
    now: DateTime<Utc>,
) -> Result<Option<Proof>, SqlFault> {
    let Some(stranger) = &command.stranger else { return Ok(Some(Proof::Missing)) };
    let (is_proven, held) = look(sql, &command.booking, stranger, now)?;
    if is_proven {
        return Ok(Some(Proof::Given));
    }
    Ok(match stranger.course(&held, starts_taken(&command.booking, &stranger.share)) {
        Course::Taken => Some(Proof::Missing),
        Course::Asked => Some(Proof::Asked),
        Course::Refused => None,
    })
}

/// Whether a booking may be moved to where it now is: a stranger's only within the share.
pub(super) fn may_move(
    sql: &mut dyn Sql,
    moved: &Booking,
    stranger: &Stranger,
    now: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    let (is_proven, held) = look(sql, moved, stranger, now)?;
    Ok(is_proven || stranger.share.has_room(&held, starts_taken(moved, &stranger.share)))
}

/// Notes that the address of a booking has proven itself. Others of it that wait to be confirmed still do.
pub(super) fn prove(sql: &mut dyn Sql, id: &BookingId) -> Result<(), SqlFault> {
    let statement =
        "UPDATE booking SET proof = 'given' WHERE id = ?1 AND proof <> 'given' OR proof = 'missing'
        AND counted_email = (SELECT counted_email FROM booking WHERE id = ?1 AND counted_email <> '')";
    sql.run(statement, &[text(id)]).map(|_| ())
}

/// The longer of a booking's buffers, in seconds: the gap to its like.
fn gap_of(booking: &Booking) -> i64 {
    i64::from(booking.buffer.before_minutes.max(booking.buffer.after_minutes)) * 60
}

fn starts_taken(booking: &Booking, share: &Share) -> i64 {
    share.starts_taken((booking.end - booking.start).num_seconds(), gap_of(booking))
}

/// Whether the address has proven itself, and what strangers hold. Where nobody can, only those of the same network
/// count. Starts are counted as [`Share::starts_taken`] does; the gap is that of the booking's page. In a Durable Object
/// every number comes as a float, so what is divided is cast.
const LOOK: &str = "
    WITH unproven AS (
        SELECT page = ?2 AS is_here, proof = 'missing' AS counts, proof = 'asked' AND network IS ?3 AS is_asked,
            status = 'awaiting_confirmation' AS waits, made_at_seconds > ?12 AS is_of_late,
            end_seconds - start_seconds AS lasts, proof = 'missing' AND start_seconds >= ?4 AND start_seconds < ?5
                AND status IN ('requested', 'awaiting_payment', 'confirmed') AS holds
        FROM booking WHERE proof <> 'given' AND start_seconds > ?6 AND id <> ?7 AND (?8 OR network IS ?3))
    SELECT EXISTS (SELECT 1 FROM booking WHERE counted_email = ?1 AND counted_email <> '' AND proof = 'given'),
        COALESCE(SUM(holds * (?9 + CAST(lasts + ?10 + ?11 - 1 AS INTEGER) / CAST(?11 AS INTEGER))), 0),
        COALESCE(SUM(holds AND is_here), 0),
        COALESCE(SUM(counts AND is_here AND is_of_late), 0),
        COALESCE(SUM(is_asked AND waits), 0),
        COALESCE(SUM(is_asked AND is_of_late), 0)
    FROM unproven";

fn look(
    sql: &mut dyn Sql,
    booking: &Booking,
    stranger: &Stranger,
    now: DateTime<Utc>,
) -> Result<(bool, Held), SqlFault> {
    let Stranger { share, network, can_prove } = stranger;
    let gap = gap_of(booking);
    let parameters = [
        text(booking.visitor.contact.counted_email()),
        text(&booking.page),
        network.as_ref().map_or(Value::Null, text),
        seconds(share.from),
        seconds(share.until),
        seconds(now),
        text(&booking.id),
        Value::Integer((*can_prove).into()),
        Value::Integer(share.starts_before(gap)),
        Value::Integer(gap),
        Value::Integer(share.every()),
        seconds(now - TimeDelta::hours(1)),
    ];
    let rows = sql.run(LOOK, &parameters)?;
    let row = rows.first().ok_or_else(|| unreadable("an answer without a row"))?;
    let held = Held {
        starts: read_integer(row, 1)?,
        bookings: read_integer(row, 2)?,
        made_lately: read_integer(row, 3)?,
        waiting: read_integer(row, 4)?,
        asked_lately: read_integer(row, 5)?,
    };
    Ok((read_integer(row, 0)? != 0, held))
}

//! The time by which old things may be forgotten: not that of a clock that has just been set anew.
//!
//! A machine's clock may be wrong for a while, by a day or by years. Nothing that is lost for good follows from such a
//! time: the ledger notes when it saw the clock last, and where the clock has gone back, or ahead by more than a
//! night's rest, it goes on with the time before until the clock has run on steadily for a while.

use chrono::{DateTime, Utc};

use super::columns::{read_integer, read_optional_integer, seconds, unreadable};
use crate::sql::{Sql, SqlFault, Value};

/// A clock that has jumped is believed after it has run on for so long, in seconds.
const DOUBTED_SECONDS: i64 = 12 * 3600;
/// A clock may go ahead by this from one look to the next, in seconds: a quiet ledger is not looked at for hours.
const MOST_AHEAD_SECONDS: i64 = 13 * 3600;
/// A clock may go back by this, in seconds.
const MOST_BACK_SECONDS: i64 = 3600;
/// How often a clock that runs on is noted, in seconds.
const NOTED_EVERY_SECONDS: i64 = 60;

/// What a ledger knows of its clock.
struct Seen {
    /// When it was looked at last.
    last: i64,
    /// The time before the jump that is still doubted, and the time right after it.
    jump: Option<(i64, i64)>,
}

/// The time by which old things may be forgotten. Only reads.
pub(super) fn time(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<DateTime<Utc>, SqlFault> {
    believed(read(sql)?.as_ref(), now)
}

fn believed(seen: Option<&Seen>, now: DateTime<Utc>) -> Result<DateTime<Utc>, SqlFault> {
    let jump = seen.and_then(|seen| seen.jump_at(now.timestamp()));
    let Some((before, _)) = jump else { return Ok(now) };
    let before = DateTime::from_timestamp(before, 0).ok_or_else(|| unreadable("a clock shows no time"))?;
    Ok(before.min(now))
}

/// The same, after noting how the clock is.
pub(super) fn observe(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<DateTime<Utc>, SqlFault> {
    let seen = read(sql)?;
    let time = believed(seen.as_ref(), now)?;
    let at = now.timestamp();
    let jump = seen.as_ref().and_then(|seen| seen.jump_at(at));
    let is_noted =
        seen.is_some_and(|seen| seen.jump == jump && (0..NOTED_EVERY_SECONDS).contains(&(at - seen.last)));
    if !is_noted {
        let of_jump = |part: Option<i64>| part.map_or(Value::Null, Value::Integer);
        let statement =
            "INSERT OR REPLACE INTO clock (number, last_seconds, before_jump_seconds, jumped_at_seconds)
            VALUES (1, ?1, ?2, ?3)";
        let parameters =
            [seconds(now), of_jump(jump.map(|(before, _)| before)), of_jump(jump.map(|(_, at)| at))];
        sql.run(statement, &parameters)?;
    }
    Ok(time)
}

/// Notes how the clock is where it has jumped: of a ledger that has nothing to settle, nobody else does.
pub(super) fn heed(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), SqlFault> {
    if time(sql, now)? != now {
        observe(sql, now)?;
    }
    Ok(())
}

/// An instant that something waits for, or, where the clock is doubted, the one from which it no longer is: in SQL.
pub(super) fn not_before_trusted(instant: &str) -> String {
    format!("max({instant}, COALESCE((SELECT jumped_at_seconds + {DOUBTED_SECONDS} FROM clock), 0))")
}

fn read(sql: &mut dyn Sql) -> Result<Option<Seen>, SqlFault> {
    let rows = sql.run("SELECT last_seconds, before_jump_seconds, jumped_at_seconds FROM clock", &[])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let jump = read_optional_integer(row, 1)?.zip(read_optional_integer(row, 2)?);
    Ok(Some(Seen { last: read_integer(row, 0)?, jump }))
}

impl Seen {
    /// The jump that is doubted at an instant: the time before it, and right after it.
    fn jump_at(&self, now: i64) -> Option<(i64, i64)> {
        let doubted = |at: i64| self.jump.filter(|(_, jumped_at)| at - jumped_at < DOUBTED_SECONDS);
        if (-MOST_BACK_SECONDS..=MOST_AHEAD_SECONDS).contains(&(now - self.last)) {
            return doubted(now);
        }
        Some((doubted(self.last).map_or(self.last, |(before, _)| before), now))
    }
}

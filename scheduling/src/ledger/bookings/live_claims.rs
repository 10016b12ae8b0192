//! The claims that are live: read for conflicts, for limits and for availability.

use chrono::{DateTime, Utc};

use crate::availability::LONGEST_MEETING_MINUTES;
use crate::booking::Booking;
use crate::claim::{Claim, CountLimit, conflicts};
use crate::definition::{Buffer, LONGEST_BUFFER_MINUTES, is_same_page};
use crate::ledger::columns::{read_integer, read_optional_integer, read_text, read_u32};
use crate::refusal::Refusal;
use crate::sql::{Row, Sql, SqlFault, Value};
use crate::token::BookingId;

const LONGEST_MEETING_SECONDS: i64 = LONGEST_MEETING_MINUTES as i64 * 60;
const LONGEST_BUFFER_SECONDS: i64 = LONGEST_BUFFER_MINUTES as i64 * 60;

/// Later than any instant that can be booked, and below 2^53.
const FOREVER: i64 = 1 << 52;

/// Dead seats do not count, and a claim without a live one is not there: the inner join says both. What lies within ?1
/// and ?2 is read no further than needs be: what a meeting from ?5 until ?6 cannot touch, both sides' buffers added up
/// (?7 before and ?8 after it), and what starts in no limit's stretch, from ?9 until before ?10, does not leave the
/// database. Seats of the booking ?11 do not count either: nobody is in their own way.
const LIVE_CLAIMS: &str = "
    SELECT claim.id, claim.page, claim.start_seconds, claim.end_seconds, claim.before_seconds, claim.after_seconds,
           claim.capacity, count(*),
           CASE WHEN count(seat.expires_at_seconds) = count(*) THEN max(seat.expires_at_seconds) END
    FROM claim JOIN seat ON seat.claim_id = claim.id
    WHERE claim.start_seconds > ?1 AND claim.start_seconds < ?2 AND claim.end_seconds > ?3
      AND (seat.expires_at_seconds IS NULL OR seat.expires_at_seconds > ?4) AND seat.booking_id <> ?11
      AND ((claim.end_seconds + claim.after_seconds + ?7 > ?5 AND claim.start_seconds - claim.before_seconds - ?8 < ?6)
           OR (claim.start_seconds >= ?9 AND claim.start_seconds < ?10))
    GROUP BY claim.start_seconds, claim.id
    ORDER BY claim.start_seconds, claim.id";

/// The claims that are live now and end after an instant, by start; as if one booking were not there, where one is
/// named.
pub(in crate::ledger) fn claims_ending_after(
    sql: &mut dyn Sql,
    from: DateTime<Utc>,
    except: Option<&BookingId>,
    now: DateTime<Utc>,
) -> Result<Vec<Claim>, SqlFault> {
    let from = from.timestamp();
    let bounds = [from - LONGEST_MEETING_SECONDS, FOREVER, from];
    Ok(Live::read(
        sql,
        bounds,
        now,
        &Near { start: from, end: FOREVER, before: 0, after: 0, counted: [0, 0], except },
    )?
    .claims)
}

/// Whether another meeting is in the way of a booking at its time.
pub(in crate::ledger) fn is_taken(
    sql: &mut dyn Sql,
    booking: &Booking,
    now: DateTime<Utc>,
) -> Result<bool, SqlFault> {
    let wish = Wish { booking, capacity: u32::MAX, limits: &[] };
    Ok(Live::around(sql, &wish, now)?.seating(&wish).is_err())
}

/// How a booking can have its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seating {
    /// In a claim of its own.
    NewClaim,
    /// In the claim of that id: a group session with room.
    Joins(i64),
}

/// A booking at the time that it is to have. Where it has a time already, that one is not in its way, and not counted.
pub(super) struct Wish<'a> {
    pub(super) booking: &'a Booking,
    pub(super) capacity: u32,
    pub(super) limits: &'a [CountLimit],
}

/// Live claims, and the number of each one's row.
pub(super) struct Live {
    claims: Vec<Claim>,
    claim_ids: Vec<i64>,
}

/// What a read is about, in seconds: a meeting with its buffers, and the stretch that limits count.
struct Near<'a> {
    start: i64,
    end: i64,
    before: i64,
    after: i64,
    counted: [i64; 2],
    /// The booking whose seats are passed over.
    except: Option<&'a BookingId>,
}

impl Live {
    /// All that can be in a booking's way, and all that its limits count, in one statement.
    pub(super) fn around(sql: &mut dyn Sql, wish: &Wish<'_>, now: DateTime<Utc>) -> Result<Self, SqlFault> {
        // What is in the way ends less than the longest buffer before the start, and lasts a day at most.
        let first = wish.booking.start.timestamp() - LONGEST_BUFFER_SECONDS - LONGEST_MEETING_SECONDS;
        let last = wish.booking.end.timestamp() + LONGEST_BUFFER_SECONDS;
        let counted_from = wish.limits.iter().map(|limit| limit.from.timestamp()).min();
        let counted_until = wish.limits.iter().map(|limit| limit.until.timestamp()).max();
        let first = counted_from.map_or(first, |from| first.min(from - 1));
        let last = counted_until.map_or(last, |until| last.max(until));
        let near = Near {
            start: wish.booking.start.timestamp(),
            end: wish.booking.end.timestamp(),
            before: i64::from(wish.booking.buffer.before_minutes) * 60,
            after: i64::from(wish.booking.buffer.after_minutes) * 60,
            counted: [counted_from.unwrap_or(0), counted_until.unwrap_or(0)],
            except: Some(&wish.booking.id),
        };
        Self::read(sql, [first, last, first], now, &near)
    }

    /// Whether one of the page's limits is reached.
    pub(super) fn limit_reached(&self, wish: &Wish<'_>) -> bool {
        wish.limits.iter().any(|limit| limit.is_reached(&wish.booking.page, &self.claims))
    }

    /// Where the booking can sit, if its time is not taken.
    pub(super) fn seating(&self, wish: &Wish<'_>) -> Result<Seating, Refusal> {
        let (start, end) = (wish.booking.start.timestamp(), wish.booking.end.timestamp());
        let joined = self.claims.iter().zip(&self.claim_ids).find(|(claim, _)| {
            is_same_page(&claim.page, &wish.booking.page)
                && (claim.start, claim.end) == (start, end)
                && claim.seats_taken < claim.capacity.min(wish.capacity)
        });
        // A claim that is joined stays as it was made, buffers too.
        let (seating, buffer) = match joined {
            Some((claim, id)) => (Seating::Joins(*id), buffer_of(claim)),
            None => (Seating::NewClaim, wish.booking.buffer),
        };
        let in_the_way = |(claim, id): (&Claim, &i64)| {
            seating != Seating::Joins(*id) && conflicts(claim, start, end, &buffer)
        };
        if self.claims.iter().zip(&self.claim_ids).any(in_the_way) {
            return Err(Refusal::SlotTaken);
        }
        Ok(seating)
    }

    /// The claims that start after the first instant and before the second, and end after the third.
    fn read(
        sql: &mut dyn Sql,
        bounds: [i64; 3],
        now: DateTime<Utc>,
        near: &Near<'_>,
    ) -> Result<Self, SqlFault> {
        let [starts_after, starts_before, ends_after] = bounds;
        let [counted_from, counted_until] = near.counted;
        let parameters = [
            starts_after,
            starts_before,
            ends_after,
            now.timestamp(),
            near.start,
            near.end,
            near.before,
            near.after,
            counted_from,
            counted_until,
        ];
        let except = Value::Text(near.except.map_or_else(String::new, BookingId::to_string));
        let parameters: Vec<Value> = parameters.map(Value::Integer).into_iter().chain([except]).collect();
        let rows = sql.run(LIVE_CLAIMS, &parameters)?;
        let claims = rows.iter().map(read_claim).collect::<Result<_, _>>()?;
        let claim_ids = rows.iter().map(|row| read_integer(row, 0)).collect::<Result<_, _>>()?;
        Ok(Self { claims, claim_ids })
    }
}

fn read_claim(row: &Row) -> Result<Claim, SqlFault> {
    Ok(Claim {
        page: read_text(row, 1)?.to_owned(),
        start: read_integer(row, 2)?,
        end: read_integer(row, 3)?,
        before: read_integer(row, 4)?,
        after: read_integer(row, 5)?,
        capacity: read_u32(row, 6)?,
        seats_taken: read_u32(row, 7)?,
        expires_at: read_optional_integer(row, 8)?,
        calendar: None,
    })
}

fn buffer_of(claim: &Claim) -> Buffer {
    let minutes = |seconds: i64| u32::try_from(seconds / 60).unwrap_or(LONGEST_BUFFER_MINUTES);
    Buffer { before_minutes: minutes(claim.before), after_minutes: minutes(claim.after) }
}

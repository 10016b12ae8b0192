//! The free times nearest to one that cannot be had.

use chrono::{DateTime, TimeDelta};
use scheduling::availability::Query;
use scheduling::booking::Booking;
use scheduling::order::sorted;
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;

use crate::calendars;
use crate::call::platform::Platform;
use crate::call::{Call, FoundMeeting};
use crate::offer::starts::starts;

/// Refusals after which another time may do.
pub(crate) const OTHER_TIME_MAY_DO: [Refusal; 5] = [
    Refusal::SlotTaken,
    Refusal::SlotNotOffered,
    Refusal::NoticeTooShort,
    Refusal::OutsideWindow,
    Refusal::LimitReached,
];
/// The most times that are offered.
const MOST: usize = 5;
/// Days before and after that are searched first, one after the other; then the whole window.
const DAYS_AROUND: [i64; 2] = [3, 14];

/// The free starts of that length nearest to `start`, in seconds since 1970: those of its date in `zone` first, then
/// those of other dates; each in order of time. For a booking that is to be moved, its own place is free, but is not an
/// alternative. Empty if the ledger cannot be asked: the refusal holds without them.
pub(crate) async fn near<P: Platform>(
    call: &Call<'_, P>,
    found: &FoundMeeting,
    start: i64,
    duration_minutes: u32,
    zone: &Zone,
    moved: Option<&Booking>,
) -> Vec<i64> {
    let Some(meeting) = found.meeting() else { return Vec::new() };
    let Ok(taken) = call.claims(found, moved.map(|booking| &booking.id)).await else { return Vec::new() };
    let (taken, _) = calendars::listed(call.platform, found, taken, call.now);
    let own = moved.map(|booking| booking.start.timestamp());
    let rules = &meeting.rules;
    let date = DateTime::from_timestamp(start, 0).map(|instant| rules.time_zone.to_wall_time(instant).date());
    let around = |days: i64| {
        let date = date?;
        let days = TimeDelta::days(days);
        Some((date.checked_sub_signed(days)?, date.checked_add_signed(days)?))
    };
    let mut free = Vec::new();
    for dates in DAYS_AROUND.map(around).into_iter().flatten().map(Some).chain([None]) {
        let query =
            Query { now: call.now, with_notice: true, dates, page: &meeting.page, claims: &taken.claims };
        free = starts(&rules.windows(&query), rules.start_every_minutes, duration_minutes);
        free.retain(|start| Some(*start) != own);
        if free.len() >= MOST {
            break;
        }
    }
    nearest(free, start, zone)
}

fn nearest(free: Vec<i64>, start: i64, zone: &Zone) -> Vec<i64> {
    let date_of =
        |instant| DateTime::from_timestamp(instant, 0).map(|instant| zone.to_wall_time(instant).date());
    let date = date_of(start);
    let (of_date, others): (Vec<i64>, Vec<i64>) = free.into_iter().partition(|free| date_of(*free) == date);
    let in_order = |starts: Vec<i64>, most: usize| {
        let by_distance = starts.into_iter().map(|free| ((free - start).abs(), free)).collect();
        let nearest = sorted(by_distance).into_iter().take(most).map(|(_, free)| (free, 0)).collect();
        sorted(nearest).into_iter().map(|(free, _)| free).collect::<Vec<i64>>()
    };
    let mut nearest = in_order(of_date, MOST);
    nearest.extend(in_order(others, MOST - nearest.len()));
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    #[track_caller]
    fn check(zone: &str, free: &[i64], start: i64, expected: &[i64]) {
        let free = free.iter().map(|hours| hours * HOUR).collect();
        let expected: Vec<i64> = expected.iter().map(|hours| hours * HOUR).collect();
        assert_eq!(nearest(free, start * HOUR, &Zone::named(zone).unwrap()), expected);
    }

    #[test]
    fn those_of_the_same_date_come_first() {
        let tomorrow = DAY / HOUR;
        check("UTC", &[9, 10, 16, 20, tomorrow, tomorrow + 1], 23, &[9, 10, 16, 20, tomorrow]);
        check("UTC", &[8, 9, 10, 11, 12, 13, 14], 11, &[9, 10, 11, 12, 13]);
        check("UTC", &[tomorrow + 9, 9], 30, &[tomorrow + 9, 9]);
        check("UTC", &[], 11, &[]);
    }

    #[test]
    fn the_date_is_the_visitors() {
        // 14:00 and 16:00 in UTC are 23:00 and 01:00 in Tokyo: two dates.
        check("UTC", &[14, 17, 18, 19, 20, 21], 16, &[14, 17, 18, 19, 20]);
        check("Asia/Tokyo", &[14, 17, 18, 19, 20, 21], 16, &[17, 18, 19, 20, 21]);
    }
}

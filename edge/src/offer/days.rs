//! All free times of a page, day by day, as many as one page can show.

use chrono::{DateTime, NaiveDate, TimeDelta};
use scheduling::availability::Query;
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;
use scheduling::zone::Zone;

use crate::calendars;
use crate::call::platform::Platform;
use crate::call::stop::Stop;
use crate::call::{Call, FoundMeeting};
use crate::offer::starts::starts;

/// Days that are shown at once.
const DAYS_SHOWN: i64 = 28;
/// The number of times from which no further day begins.
const MOST_TIMES: usize = 400;

/// All free starts of meetings of that length, in seconds since 1970; the place of a booking that is to be moved is
/// free.
pub(crate) async fn free<P: Platform>(
    call: &Call<'_, P>,
    found: &FoundMeeting,
    duration_minutes: u32,
    moved: Option<&BookingId>,
) -> Result<Vec<i64>, Stop> {
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let taken = call.claims(found, moved).await?;
    let (taken, _) = calendars::listed(call.platform, found, taken, call.now);
    let query =
        Query { now: call.now, with_notice: true, dates: None, page: &meeting.page, claims: &taken.claims };
    Ok(starts(&meeting.rules.windows(&query), meeting.rules.start_every_minutes, duration_minutes))
}

/// A date, and the starts that are free on it.
pub(crate) type Day = (NaiveDate, Vec<i64>);

/// The days of one page, and the first days of the pages before and after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) days: Vec<Day>,
    pub(crate) earlier: Option<NaiveDate>,
    pub(crate) later: Option<NaiveDate>,
}

impl Shown {
    /// The days of a zone on which there are free starts, from a date on.
    pub(crate) fn of(free: &[i64], zone: &Zone, from: Option<NaiveDate>) -> Self {
        let mut all: Vec<Day> = Vec::new();
        for start in free {
            let date = zone.to_wall_time(DateTime::from_timestamp(*start, 0).unwrap_or_default()).date();
            // Where the clock is put back over midnight, a date comes again.
            match all.iter_mut().rev().find(|(known, _)| *known <= date) {
                Some((known, starts)) if *known == date => starts.push(*start),
                _ => all.push((date, vec![*start])),
            }
        }
        let ends = all.first().zip(all.last()).map(|((first, _), (last, _))| (*first, *last));
        let Some((first, last)) = ends else { return Self { days: all, earlier: None, later: None } };
        // From the next date that has times, so that no page is empty.
        let asked = from.unwrap_or(first).clamp(first, last);
        let mut days = all.split_off(all.iter().position(|(date, _)| *date >= asked).unwrap_or_default());
        let from = days.first().map_or(last, |(date, _)| *date);
        let before = from + TimeDelta::days(DAYS_SHOWN);
        let mut count = 0;
        let mut is_beyond = |date: NaiveDate, starts: &[i64]| {
            let full = count >= MOST_TIMES;
            count += starts.len();
            full || date >= before
        };
        let later = days.iter().position(|(date, starts)| is_beyond(*date, starts));
        let later = later.and_then(|at| days.drain(at..).next()).map(|(date, _)| date);
        let earlier = (!all.is_empty()).then(|| (from - TimeDelta::days(DAYS_SHOWN)).max(first));
        Self { days, earlier, later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    /// Free starts on those days of January 1970 in UTC, each at so many hours from midnight on: which days are shown
    /// from a day on?
    #[track_caller]
    fn check(days: &[i64], hours: i64, from: Option<u32>, expected: (&[i64], Option<u32>, Option<u32>)) {
        let on_day = |day: &i64| {
            let midnight = (day - 1) * 24;
            (midnight..midnight + hours).map(|hour| hour * HOUR).collect::<Vec<i64>>()
        };
        let free: Vec<i64> = days.iter().flat_map(on_day).collect();
        let date =
            |day: u32| NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + TimeDelta::days(i64::from(day) - 1);
        let shown = Shown::of(&free, &Zone::UTC, from.map(date));
        let expected = Shown {
            days: expected.0.iter().map(|day| (date(u32::try_from(*day).unwrap()), on_day(day))).collect(),
            earlier: expected.1.map(date),
            later: expected.2.map(date),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn four_weeks_are_shown_at_once() {
        check(&[2, 3, 29, 30, 60], 2, None, (&[2, 3, 29], None, Some(30)));
        check(&[2, 3, 29, 30, 60], 2, Some(30), (&[30], Some(2), Some(60)));
        check(&[2, 3, 29, 30, 60], 2, Some(60), (&[60], Some(32), None));
        check(&[2, 3, 29, 30, 60], 2, Some(32), (&[60], Some(32), None));
        check(&[2, 3], 2, Some(1), (&[2, 3], None, None));
        check(&[2, 3], 2, Some(90), (&[3], Some(2), None));
        check(&[], 2, Some(90), (&[], None, None));
    }

    #[test]
    fn a_page_stays_small() {
        let days: Vec<i64> = (1..=28).collect();
        check(&days, 24, None, (&days[..17], None, Some(18)));
        check(&days, 24, Some(18), (&days[17..], Some(1), None));
    }

    #[test]
    fn days_are_the_visitors() {
        let free = [14 * HOUR, 16 * HOUR];
        let shown = Shown::of(&free, &Zone::named("Asia/Tokyo").unwrap(), None);
        let days: Vec<String> = shown.days.iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!(days, ["1970-01-01", "1970-01-02"]);
    }
}

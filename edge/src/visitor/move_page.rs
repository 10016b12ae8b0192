//! `GET /booking/{id}/{token}?move`: the times that a booking can be moved to, as a form. Opening it changes nothing.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use scheduling::availability::Query;
use scheduling::booking::{Booking, Party};
use scheduling::locale::LocaleWords;
use scheduling::paths;
use scheduling::refusal::Refusal;
use scheduling::zone::Zone;

use crate::calendars;
use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::today::as_of_today;
use crate::form::start::parse_date;
use crate::offer::booked_page;
use crate::offer::starts::{minutes_of, starts};
use crate::page::details::details;
use crate::page::shell::Fields;
use crate::page::{answer, links};
use crate::visitor::booking_page;
use scheduling::when;

/// Days that are shown at once.
const DAYS_SHOWN: i64 = 28;
/// The number of times from which no further day begins.
const MOST_TIMES: usize = 400;

pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let from = call.parameter("from").unwrap_or_default();
    show(call, booking, token, &from, None).await
}

/// The times from a date on; above them, the reason why the last choice was refused. Anything but a date begins at the
/// first.
pub(crate) async fn show<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    from: &str,
    refused: Option<&Refused>,
) -> Response {
    let (free, by_request) = match free_starts(call, booking).await {
        Ok(offer) => offer,
        Err(stop) => {
            let refused = call.refused(stop);
            return booking_page::show(call, booking, token, Some(&refused)).await;
        }
    };
    let shown = Shown::of(&free, &booking.visitor.time_zone, parse_date(from));
    let booking = as_of_today(call.platform, booking).await;
    let fields = fields(call, &booking, token, &shown, refused).flag("by_request", by_request);
    answer::page_or_message(call, "move.html", &fields, refused).await
}

/// All starts that the booking can have, its own among them if it is still offered; and true if the host has to agree.
async fn free_starts<P: Platform>(call: &Call<'_, P>, booking: &Booking) -> Result<(Vec<i64>, bool), Stop> {
    let found = booked_page::page_of(call, booking).await?;
    let meeting = found.meeting().ok_or(Refusal::UnknownPage)?;
    let taken = call.claims(&found, Some(&booking.id)).await?;
    let (taken, _) = calendars::listed(call.platform, &found, taken, call.now);
    let query =
        Query { now: call.now, with_notice: true, dates: None, page: &meeting.page, claims: &taken.claims };
    let windows = meeting.rules.windows(&query);
    let free = starts(&windows, meeting.rules.start_every_minutes, minutes_of(booking));
    Ok((free, booking.moves_by_request(meeting.approval_within_minutes.is_some())))
}

/// A date, and the starts that are free on it.
type Day = (NaiveDate, Vec<i64>);

/// The days of one page, and the first days of the pages before and after it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    days: Vec<Day>,
    earlier: Option<NaiveDate>,
    later: Option<NaiveDate>,
}

impl Shown {
    /// The days of a zone on which there are free starts, from a date on.
    fn of(free: &[i64], zone: &Zone, from: Option<NaiveDate>) -> Self {
        let mut all: Vec<Day> = Vec::new();
        for start in free {
            let date = zone.to_wall_time(instant(*start)).date();
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

fn fields<P: Platform>(
    call: &Call<'_, P>,
    booking: &Booking,
    token: &str,
    shown: &Shown,
    refused: Option<&Refused>,
) -> Fields {
    let words = call.words();
    let path = links::path_with(booking, token);
    let link = |date: Option<NaiveDate>| date.map(|date| format!("{path}?move&from={date}"));
    let choosable = |start: &&i64| **start != booking.start.timestamp() && !is_asked(booking, **start);
    // After a time was taken: those near it, above all others.
    let near = refused.and_then(|refused| refused.alternatives.as_deref()).unwrap_or_default();
    let first = near.iter().chain(shown.days.iter().flat_map(|(_, starts)| starts)).find(choosable).copied();
    let first_of_days = first.filter(|_| near.is_empty());
    let offer = |start: &i64| {
        time(words, booking, *start, first)
            .text("label", when::start(words, &booking.visitor.time_zone, instant(*start)))
    };
    let offers = Fields::default().list("times", near.iter().map(offer).collect());
    let day = |(date, starts): &Day| {
        let label = words.dates.format(&words.dates.date_full, date.and_time(NaiveTime::MIN));
        let times = starts.iter().map(|start| time(words, booking, *start, first_of_days)).collect();
        Fields::default().text("day", label).list("times", times)
    };
    details(words, booking, Party::Visitor, call.now)
        .text("title", words.message("endpoint.move.title", &[]))
        .list("problem", answer::problem(words, refused))
        .list("offers", if near.is_empty() { Vec::new() } else { vec![offers] })
        .list("days", shown.days.iter().map(day).collect())
        .flag("refund_lost", booking_page::is_too_late_for_refund(call, booking))
        .text("in_zone", words.place(&booking.visitor.time_zone))
        .optional("earlier", link(shown.earlier))
        .optional("later", link(shown.later))
        .flag("choosable", first.is_some())
        .flag("more", shown.earlier.or(shown.later).is_some())
        .text("from", shown.days.first().map_or_else(String::new, |(date, _)| date.to_string()))
        .text("back_path", path)
        .text("move_path", paths::reschedule(&booking.id))
        .text("token", token)
}

/// One time, with the host's beside it if that differs.
fn time(words: &LocaleWords, booking: &Booking, start: i64, first: Option<i64>) -> Fields {
    let (at, host_zone) = (instant(start), &booking.noted.time_zone);
    let differs = booking.visitor.time_zone.offset_seconds(at) != host_zone.offset_seconds(at);
    Fields::default()
        .text("value", start.to_string())
        .text("time", when::time(words, &booking.visitor.time_zone, at))
        .flag("night", when::is_night(&booking.visitor.time_zone, at))
        .optional("host", differs.then(|| host_time(words, booking, at)))
        .flag("host_night", when::is_night(host_zone, at))
        .flag("first", first == Some(start))
        .flag("current", start == booking.start.timestamp())
        .flag("asked", is_asked(booking, start))
        .flag("fixed", start == booking.start.timestamp() || is_asked(booking, start))
}

/// Returns true if a start waits for the host's answer already.
fn is_asked(booking: &Booking, start: i64) -> bool {
    booking.proposed.is_some_and(|proposal| proposal.start.timestamp() == start)
}

/// A time on the host's clock; with its weekday, if that differs there.
fn host_time(words: &LocaleWords, booking: &Booking, at: DateTime<Utc>) -> String {
    let zone = &booking.noted.time_zone;
    let wall = zone.to_wall_time(at);
    let time = words.dates.format(&words.dates.time, wall);
    let place = words.place(zone);
    if wall.date() == booking.visitor.time_zone.to_wall_time(at).date() {
        return words.message("endpoint.move.host_time", &[("time", &time), ("zone", &place)]);
    }
    let weekday = words.dates.format("{weekday_short}", wall);
    words.message("endpoint.move.host_time_on", &[("weekday", &weekday), ("time", &time), ("zone", &place)])
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
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

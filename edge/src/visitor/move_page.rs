//! `GET /booking/{id}/{token}?move`: the times that a booking can be moved to, as a form. Opening it changes nothing.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use scheduling::booking::{Booking, Party};
use scheduling::locale::LocaleWords;
use scheduling::paths;
use scheduling::refusal::Refusal;

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::today::as_of_today;
use crate::form::start::parse_date;
use crate::offer::booked_page;
use crate::offer::days::{self, Day, Shown};
use crate::offer::starts::minutes_of;
use crate::page::details::details;
use crate::page::shell::Fields;
use crate::page::{answer, links};
use crate::visitor::booking_page;
use scheduling::when;

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
    let free = days::free(call, &found, minutes_of(booking), Some(&booking.id)).await?;
    Ok((free, booking.moves_by_request(meeting.approval_within_minutes.is_some())))
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

//! What a page costs, and until when there is money back, in words.

use scheduling::definition::{Meeting, RefundUntil};
use scheduling::money::Money;

use crate::render::theme::words::Words;

/// What a duration costs.
pub(crate) fn of_duration(words: &Words, meeting: &Meeting, minutes: u32) -> String {
    let free = || words.flat.message("page.price.free", &[]);
    meeting.prices.get(&minutes).map_or_else(free, |money| words.flat.money(money))
}

/// True if durations cost differently.
pub(crate) fn differs(meeting: &Meeting) -> bool {
    let mut prices = meeting.rules.durations_minutes.iter().map(|minutes| meeting.prices.get(minutes));
    let first = prices.next();
    prices.any(|price| Some(price) != first)
}

/// What a page costs, by duration where that differs: `¥5,000`, or `¥5,000 or ¥9,000`. `None` for a page that costs
/// nothing.
pub(crate) fn of_page(words: &Words, meeting: &Meeting) -> Option<String> {
    if meeting.prices.is_empty() {
        return None;
    }
    let mut durations = meeting.rules.durations_minutes.clone();
    durations.sort_unstable();
    let mut prices: Vec<String> = Vec::new();
    for price in durations.into_iter().map(|minutes| of_duration(words, meeting, minutes)) {
        if !prices.contains(&price) {
            prices.push(price);
        }
    }
    let last = prices.pop()?;
    if prices.is_empty() {
        return Some(last);
    }
    let others = prices.join(&words.flat.message("page.price.separator", &[]));
    Some(words.flat.message("page.price.several", &[("others", &others), ("last", &last)]))
}

/// The least and the most that a page costs, where it costs anything; the least is `None` where a duration is free.
pub(crate) fn range(meeting: &Meeting) -> Option<(Option<Money>, Money)> {
    let prices = meeting.rules.durations_minutes.iter().map(|minutes| meeting.prices.get(minutes).copied());
    let amount = |price: &Option<Money>| price.map_or(0, |money| money.amount);
    let least = prices.clone().min_by_key(amount)?;
    Some((least, prices.max_by_key(amount)??))
}

/// Until when there is money back, in a sentence; `None` for a page that costs nothing. Nobody can cancel later than
/// the page lets visitors change a booking.
pub(crate) fn refund(words: &Words, meeting: &Meeting) -> Option<String> {
    if meeting.prices.is_empty() {
        return None;
    }
    let minutes = match meeting.refund_until {
        RefundUntil::Never => return Some(words.flat.message("page.price.refund.never", &[])),
        RefundUntil::Always => meeting.change_until_minutes,
        RefundUntil::Minutes(minutes) => minutes.max(meeting.change_until_minutes),
    };
    if minutes == 0 {
        return Some(words.flat.message("page.price.refund.always", &[]));
    }
    Some(words.flat.message("page.price.refund.until", &[("time", &span(words, minutes))]))
}

/// A length of time: in days from two on, in hours, or in minutes.
fn span(words: &Words, minutes: u32) -> String {
    const HOUR: u32 = 60;
    const DAY: u32 = 24 * HOUR;
    if minutes > DAY && minutes.is_multiple_of(DAY) {
        words.flat.plural("page.price.days", u64::from(minutes / DAY))
    } else if minutes.is_multiple_of(HOUR) {
        words.flat.plural("page.price.hours", u64::from(minutes / HOUR))
    } else {
        words.minutes(minutes)
    }
}

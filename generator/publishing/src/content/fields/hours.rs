//! `[hours]` and `[[dates]]`: opening hours as authors write them.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use scheduling::hours::{DAY_MINUTES, DatedHours, Opening, WeeklyHours, merge_touching};

use super::values::{DATE_HELP, parse_date};
use crate::content::toml::keys::{DATES, HOURS};
use crate::content::toml::reader::{Placed, Reader, Value};
use crate::content::toml::suggest::{listed, nearest};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads `[hours]`: keys are a day, a range of days, or a list of them; a day may stand in one only.
pub(crate) fn weekly(reader: &mut Reader<'_>, value: &Value<'_>) -> WeeklyHours {
    let mut hours = WeeklyHours::default();
    let mut keys: [Option<(String, usize)>; 7] = Default::default();
    for (key, openings) in reader.entries(value, &HOURS) {
        let days = days_of(reader, &key);
        let openings = openings_of(reader, &openings);
        for day in days {
            if let Some((other, line)) = &keys[day] {
                let message = format!("`{}` is in two keys of the hours", DAYS[day]);
                let help = format!("it is also in `{other}` on line {line}; a day can be in only one key");
                reader.mistake(key.span.clone(), message).help(help);
            } else {
                keys[day] = Some((key.value.to_owned(), reader.line_of(&key.span)));
                hours.0[day].clone_from(&openings);
            }
        }
    }
    hours
}

/// Reads `[[dates]]`: sorted, and no date in two of them.
pub(crate) fn dated(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<DatedHours> {
    let mut dates: Vec<Placed<DatedHours>> = Vec::new();
    for section in reader.sections(value, &DATES) {
        let range = reader.required(&section, "date").and_then(|value| date_range(reader, &value));
        let hours = reader.required(&section, "hours").map(|value| openings_of(reader, &value));
        if let (Some(range), Some(hours)) = (range, hours) {
            let (first, last) = range.value;
            dates.push(Placed::new(DatedHours { first, last, hours }, range.span));
        }
    }
    dates.sort_by_key(|dated| (dated.value.first, dated.span.start));
    let mut reaching: Option<&Placed<DatedHours>> = None;
    for dated in &dates {
        if let Some(earlier) = reaching.filter(|earlier| dated.value.first <= earlier.value.last) {
            refuse_twice(reader, earlier, dated);
        }
        if reaching.is_none_or(|earlier| dated.value.last > earlier.value.last) {
            reaching = Some(dated);
        }
    }
    dates.into_iter().map(|dated| dated.value).collect()
}

fn refuse_twice(reader: &mut Reader<'_>, one: &Placed<DatedHours>, other: &Placed<DatedHours>) {
    let (first, second) = if one.span.start < other.span.start { (one, other) } else { (other, one) };
    let line = reader.line_of(&first.span);
    let date = other.value.first;
    reader
        .mistake(second.span.clone(), format!("{date} is in two `[[dates]]`"))
        .help(format!("it is also in the one on line {line}; keep one of the two"));
}

/// The days that a key of `[hours]` names; Monday is 0.
fn days_of(reader: &mut Reader<'_>, key: &Placed<&str>) -> Vec<usize> {
    let mut days = Vec::new();
    for part in key.value.split(',') {
        let part = part.trim();
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (day_of(reader, key, first), day_of(reader, key, last)) else {
            continue;
        };
        if first > last {
            let range = |first: usize, last: usize| {
                if first == last { DAYS[first].to_owned() } else { format!("{}-{}", DAYS[first], DAYS[last]) }
            };
            reader.mistake(key.span.clone(), format!("`{part}` ends before it begins")).help(format!(
                "a week begins on Monday here: `\"{},{}\"`",
                range(0, last),
                range(first, 6)
            ));
            continue;
        }
        for day in first..=last {
            if !days.contains(&day) {
                days.push(day);
            }
        }
    }
    days
}

fn day_of(reader: &mut Reader<'_>, key: &Placed<&str>, word: &str) -> Option<usize> {
    let word = word.trim();
    let index = DAYS.iter().position(|day| *day == word);
    if index.is_none() {
        let lower = word.to_lowercase();
        let likely = lower.get(..3).and_then(|start| DAYS.into_iter().find(|day| *day == start));
        let diagnostic = reader.mistake(key.span.clone(), format!("`{word}` is not a day"));
        if let Some(likely) = likely.or_else(|| nearest(word, DAYS.into_iter())) {
            diagnostic.label(format!("did you mean `{likely}`?"));
        }
        diagnostic.help(format!(
            "days are {}; write several as `mon-fri` or `\"mon,wed\"`",
            listed(DAYS.into_iter(), "and")
        ));
    }
    index
}

/// A list of openings: sorted, and merged where they touch. Those that overlap are a mistake.
fn openings_of(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<Opening> {
    let mut openings: Vec<Placed<Opening>> = Vec::new();
    for text in reader.texts(value) {
        match parse_opening(text.value) {
            Ok(opening) => openings.push(Placed::new(opening, text.span)),
            Err(wrong) => wrong.explain(reader, text.value, text.span),
        }
    }
    openings.sort_by_key(|opening| (opening.value, opening.span.start));
    for pair in openings.windows(2) {
        if pair[1].value.start < pair[0].value.end {
            let (written, other) = if pair[0].span.start > pair[1].span.start {
                (&pair[0], &pair[1])
            } else {
                (&pair[1], &pair[0])
            };
            let message = format!("`{}` overlaps `{}`", show(written.value), show(other.value));
            let help = format!("to open throughout, write `\"{}\"`", show(joined(&pair[0], &pair[1])));
            reader.mistake(written.span.clone(), message).help(help);
        }
    }
    merge_touching(openings.into_iter().map(|opening| opening.value).collect())
}

fn joined(one: &Placed<Opening>, other: &Placed<Opening>) -> Opening {
    Opening { start: one.value.start.min(other.value.start), end: one.value.end.max(other.value.end) }
}

/// An error in an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrongOpening {
    /// Not two times with a hyphen between them; the closest that is, where it can be told.
    Malformed(Option<Opening>),
    /// It ends where it begins.
    Empty,
    /// It ends before it begins.
    Backwards(Opening),
}

impl WrongOpening {
    fn explain(self, reader: &mut Reader<'_>, text: &str, span: Range<usize>) {
        match self {
            Self::Malformed(meant) => {
                let diagnostic = reader.mistake(span, format!("`{text}` is not a time range"));
                if let Some(meant) = meant {
                    diagnostic.label(format!("did you mean `{}`?", show(meant)));
                }
                diagnostic.help(
                    "write two times of day with two-digit hours and a hyphen between them: `09:00-17:30`, up to `24:00`",
                );
            }
            Self::Empty => {
                reader
                    .mistake(span, format!("`{text}` ends when it begins"))
                    .help("write `00:00-24:00` for the whole day, or an empty list for a day off: `[]`");
            }
            Self::Backwards(Opening { start, end: 0 }) => {
                reader.mistake(span, format!("`{text}` ends before it begins")).help(format!(
                    "write midnight at the end of a day as `24:00`: `{}-24:00`",
                    show_time(start)
                ));
            }
            Self::Backwards(Opening { start, end }) => {
                let evening = Opening { start, end: DAY_MINUTES };
                let morning = Opening { start: 0, end };
                reader.mistake(span, format!("`{text}` ends before it begins")).help(format!(
                    "split hours that run past midnight: `{}` on this day, `{}` on the next",
                    show(evening),
                    show(morning)
                ));
            }
        }
    }
}

fn parse_opening(text: &str) -> Result<Opening, WrongOpening> {
    let strict = text.split_once('-').and_then(|(start, end)| Some((parse_time(start)?, parse_time(end)?)));
    let Some((start, end)) = strict.filter(|(start, _)| *start < DAY_MINUTES) else {
        return Err(WrongOpening::Malformed(lenient(text)));
    };
    match start.cmp(&end) {
        std::cmp::Ordering::Less => Ok(Opening { start, end }),
        std::cmp::Ordering::Equal => Err(WrongOpening::Empty),
        std::cmp::Ordering::Greater => Err(WrongOpening::Backwards(Opening { start, end })),
    }
}

/// Minutes since midnight of `HH:MM`, to `24:00`.
fn parse_time(text: &str) -> Option<u16> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let &[h1, h0, b':', m1, m0] = text.as_bytes() else { return None };
    let (hour, minute) = (digit(h1)? * 10 + digit(h0)?, digit(m1)? * 10 + digit(m0)?);
    (minute < 60 && hour * 60 + minute <= DAY_MINUTES).then_some(hour * 60 + minute)
}

/// The opening probably meant by times that lack a digit, have other hyphens, spaces, or `am` and `pm`.
fn lenient(text: &str) -> Option<Opening> {
    let plain = text.replace(['–', '—', '−', '~', '〜'], "-").replace(" to ", "-");
    let (start, end) = plain.split_once('-')?;
    let opening = Opening { start: lenient_time(start)?, end: lenient_time(end)? };
    (opening.start < opening.end).then_some(opening)
}

fn lenient_time(text: &str) -> Option<u16> {
    let text = text.trim().to_lowercase();
    let (text, afternoon) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(false)),
        (_, Some(rest)) => (rest.trim(), Some(true)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = text.split_once([':', '.', 'h']).unwrap_or((text, "00"));
    let hour: u16 = hour.parse().ok()?;
    let minute: u16 = if minute.is_empty() { 0 } else { minute.parse().ok()? };
    let hour = match afternoon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        None => hour,
    };
    (hour <= 24 && minute < 60).then(|| hour * 60 + minute).filter(|minutes| *minutes <= DAY_MINUTES)
}

/// An opening as authors write it.
fn show(opening: Opening) -> String {
    format!("{}-{}", show_time(opening.start), show_time(opening.end))
}

fn show_time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Reads `2026-12-24`, or `2026-12-29..2027-01-03` with both dates included.
fn date_range(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Placed<(NaiveDate, NaiveDate)>> {
    let text = reader.text_or_date(value)?;
    let (first, last) = text.value.split_once("..").unwrap_or((&text.value, &text.value));
    let mut dates = [first, last].map(|date| Some((date.trim(), parse_date(date.trim()))));
    if first == last {
        dates[1] = None;
    }
    for (written, parsed) in dates.into_iter().flatten() {
        if parsed.is_none() {
            reader
                .mistake(text.span.clone(), format!("`{written}` is not a date"))
                .help(DATE_HELP)
                .help("write several days in a row as `2026-12-29..2027-01-03`, both included");
            return None;
        }
    }
    let (first, last) = (parse_date(first.trim())?, parse_date(last.trim())?);
    if first > last {
        reader
            .mistake(text.span, format!("`{}` ends before it begins", text.value))
            .help(format!("put the earlier date first: `{last}..{first}`"));
        return None;
    }
    Some(Placed::new((first, last), text.span))
}

/// The longest that a meeting can last from an opening's start, in minutes, on the dates that the week's hours hold
/// for; openings that touch over midnight are one.
pub(crate) fn longest_of_week(hours: &WeeklyHours) -> u32 {
    let starts = (0..7).flat_map(|day| hours.0[day].iter().map(move |opening| (day, *opening)));
    starts.map(|(day, opening)| open_from(day, opening, |day| &hours.0[day % 7])).max().unwrap_or(0)
}

/// The longest that a meeting can last from an opening's start, in minutes, on dates with hours of their own.
pub(crate) fn longest_of_dates(dated: &DatedHours, hours_on: impl Fn(NaiveDate) -> Vec<Opening>) -> u32 {
    let lengths = dated.hours.iter().map(|opening| {
        let length = u32::from(opening.end - opening.start);
        let runs_on = opening.end == DAY_MINUTES && opening.start > 0;
        let next = dated.last.checked_add_days(Days::new(1)).filter(|_| runs_on);
        let after =
            next.map(&hours_on).and_then(|openings| openings.into_iter().find(|next| next.start == 0));
        length + after.map_or(0, |next| u32::from(next.end))
    });
    let within = (dated.first < dated.last).then(|| {
        let whole = [dated.hours.clone(), dated.hours.clone()];
        let starts = dated.hours.iter();
        starts.map(|opening| open_from(0, *opening, |day| &whole[day % 2])).max().unwrap_or(0)
    });
    lengths.chain(within).max().unwrap_or(0)
}

/// The open time from an opening's start, through adjoining openings of the next days; at most two days.
fn open_from<'h>(day: usize, opening: Opening, hours_of: impl Fn(usize) -> &'h Vec<Opening>) -> u32 {
    let mut length = u32::from(opening.end - opening.start);
    let mut end = opening.end;
    for next in 1..=2 {
        let Some(after) = hours_of(day + next).first().filter(|next| end == DAY_MINUTES && next.start == 0)
        else {
            break;
        };
        length += u32::from(after.end);
        end = after.end;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(u16, u16), WrongOpening>) {
        assert_eq!(parse_opening(text), expected.map(Opening::from), "{text}");
    }

    fn malformed(meant: Option<(u16, u16)>) -> Result<(u16, u16), WrongOpening> {
        Err(WrongOpening::Malformed(meant.map(Opening::from)))
    }

    #[test]
    fn openings_are_two_times_of_day() {
        check("09:00-17:30", Ok((540, 1050)));
        check("00:00-24:00", Ok((0, 1440)));
        check("23:59-24:00", Ok((1439, 1440)));
        check("09:00-09:00", Err(WrongOpening::Empty));
        check("22:00-02:00", Err(WrongOpening::Backwards(Opening { start: 1320, end: 120 })));
        check("24:00-24:00", malformed(None));
        check("24:01-02:00", malformed(None));
        check("09:00-24:01", malformed(None));
        check("", malformed(None));
        check("-", malformed(None));
        check("٠٩:٠٠-١٢:٠٠", malformed(None));
    }

    #[test]
    fn what_was_meant_is_proposed() {
        check("9-5", malformed(None));
        check("9-17", malformed(Some((540, 1020))));
        check("9am - 5:30pm", malformed(Some((540, 1050))));
        check("12am-12pm", malformed(Some((0, 720))));
        check("13pm-14pm", malformed(None));
        check("09h00-12h30", malformed(Some((540, 750))));
        check("09:00〜12:00", malformed(Some((540, 720))));
        check("09:00 to 12:00", malformed(Some((540, 720))));
    }

    #[track_caller]
    fn check_longest(days: &[(usize, u16, u16)], expected: u32) {
        let mut hours = WeeklyHours::default();
        for (day, start, end) in days {
            hours.0[*day].push(Opening { start: *start, end: *end });
        }
        assert_eq!(longest_of_week(&hours), expected);
    }

    #[test]
    fn openings_that_touch_over_midnight_are_one() {
        check_longest(&[], 0);
        check_longest(&[(0, 540, 720), (0, 780, 1050)], 270);
        check_longest(&[(2, 1260, 1440), (3, 0, 90)], 270);
        check_longest(&[(6, 1260, 1440), (0, 0, 90)], 270);
        check_longest(&[(2, 1260, 1439), (3, 0, 90)], 179);
        check_longest(&[(2, 1260, 1440), (4, 0, 90)], 180);
        check_longest(&[(0, 0, 1440), (1, 0, 1440), (2, 0, 1440)], 4320);
    }
}

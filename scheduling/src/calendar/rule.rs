//! A recurrence rule, read (RFC 5545, 3.3.10).

use super::moments::Moment;

/// The length of a rule's interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday, Monday being 0, and which of them: `-1` is the last, `0` is each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weekday {
    pub(super) weekday: i32,
    pub(super) nth: i32,
}

/// A rule that can be expanded. Lists are in order, without repetition; an empty one limits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) count: Option<u32>,
    /// A day, an instant or a wall time: the last at which a start can be.
    pub(super) until: Option<Moment>,
    pub(super) months: Vec<i32>,
    pub(super) month_days: Vec<i32>,
    pub(super) year_days: Vec<i32>,
    pub(super) weeks: Vec<i32>,
    pub(super) weekdays: Vec<Weekday>,
    pub(super) hours: Vec<i32>,
    pub(super) minutes: Vec<i32>,
    pub(super) seconds: Vec<i32>,
    pub(super) positions: Vec<i32>,
    pub(super) week_start: i32,
}

impl Rule {
    /// Reads a rule; `None` if it cannot be expanded: a part is unknown, out of range or stands twice, or it follows
    /// another calendar (RFC 7529). Parts whose names begin with `X-` mean nothing.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut rule = Self {
            frequency: Frequency::Secondly,
            interval: 1,
            count: None,
            until: None,
            months: vec![],
            month_days: vec![],
            year_days: vec![],
            weeks: vec![],
            weekdays: vec![],
            hours: vec![],
            minutes: vec![],
            seconds: vec![],
            positions: vec![],
            week_start: 0,
        };
        let mut known: Vec<String> = Vec::with_capacity(6);
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=')?;
            let key = key.trim().to_ascii_uppercase();
            if known.contains(&key) {
                return None;
            }
            rule.set(&key, value.trim())?;
            known.push(key);
        }
        known.iter().any(|key| key == "FREQ").then_some(rule).filter(Self::is_sound)
    }

    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "FREQ" => self.frequency = read_frequency(value)?,
            "INTERVAL" => self.interval = i64::from(number(value).filter(|interval| *interval > 0)?),
            "COUNT" => self.count = Some(u32::try_from(number(value).filter(|count| *count > 0)?).ok()?),
            "UNTIL" => self.until = Some(Moment::read(value)?),
            "BYMONTH" => self.months = list(value, 1, 12, false)?,
            "BYMONTHDAY" => self.month_days = list(value, 1, 31, true)?,
            "BYYEARDAY" => self.year_days = list(value, 1, 366, true)?,
            "BYWEEKNO" => self.weeks = list(value, 1, 53, true)?,
            "BYDAY" => self.weekdays = collected(value, read_weekday)?,
            "BYHOUR" => self.hours = list(value, 0, 23, false)?,
            "BYMINUTE" => self.minutes = list(value, 0, 59, false)?,
            // A second 60 is one that is put in, and counts as the one before it.
            "BYSECOND" => {
                self.seconds = list(value, 0, 60, false)?.into_iter().map(|second| second.min(59)).collect();
                self.seconds.dedup();
            }
            "BYSETPOS" => self.positions = list(value, 1, 366, true)?,
            "WKST" => self.week_start = read_weekday(value).filter(|day| day.nth == 0)?.weekday,
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => {}
            _ if key.starts_with("X-") => {}
            _ => return None,
        }
        Some(())
    }

    /// Which weekday of a week in a year is a question without an answer; which of a day or a week, one that some
    /// programs put, and each is meant.
    fn is_sound(&self) -> bool {
        let is_counted = self.weekdays.iter().any(|day| day.nth != 0);
        !(is_counted && self.frequency == Frequency::Yearly && !self.weeks.is_empty())
    }

    /// True if the rule says more than its frequency, its interval and its end.
    pub(super) fn has_parts(&self) -> bool {
        let lists = [
            &self.months,
            &self.month_days,
            &self.year_days,
            &self.weeks,
            &self.hours,
            &self.minutes,
            &self.seconds,
            &self.positions,
        ];
        !self.weekdays.is_empty() || lists.iter().any(|list| !list.is_empty())
    }

    /// The seconds from one start to the next, of a rule that is finer than days and has no parts.
    pub(super) fn step(&self) -> Option<i64> {
        let unit = self.frequency.seconds()?;
        (!self.has_parts()).then(|| self.interval * unit)
    }
}

impl Frequency {
    /// The seconds of an interval that is shorter than a day.
    pub(super) fn seconds(self) -> Option<i64> {
        match self {
            Frequency::Secondly => Some(1),
            Frequency::Minutely => Some(60),
            Frequency::Hourly => Some(3600),
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => None,
        }
    }
}

fn read_frequency(word: &str) -> Option<Frequency> {
    Some(match word.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

/// `MO`, `2TU`, `-1FR`.
fn read_weekday(text: &str) -> Option<Weekday> {
    let text = text.trim();
    let begins = text.len().checked_sub(2)?;
    let name = text.get(begins..)?.to_ascii_uppercase();
    let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|own| *own == name)?;
    let nth = match text.get(..begins)? {
        "" => 0,
        nth => number(nth).filter(|nth| (1..=53).contains(&nth.abs()))?,
    };
    Some(Weekday { nth, weekday: i32::try_from(weekday).ok()? })
}

/// Numbers from `least` to `most`; below zero, too, where they count from the end.
fn list(text: &str, least: i32, most: i32, from_end: bool) -> Option<Vec<i32>> {
    let sound =
        |number: &i32| (least..=most).contains(number) || (from_end && (least..=most).contains(&-number));
    collected(text, |part| number(part).filter(sound))
}

/// What stands between commas, in order and once each, however often it is said.
fn collected<T: Ord>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let one = read(part.trim())?;
        if let Err(place) = all.binary_search(&one) {
            all.insert(place, one);
        }
    }
    Some(all)
}

/// A number of at most nine digits.
fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sound = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_expanded_is_no_rule() {
        for text in [
            "",
            "COUNT=3",
            "FREQ=FORTNIGHTLY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=9999999999",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;UNTIL=soon",
            "FREQ=MONTHLY;BYDAY=0TH",
            "FREQ=MONTHLY;BYDAY=54TH",
            "FREQ=MONTHLY;BYDAY=",
            "FREQ=MONTHLY;BYDAY=ÄÖ",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTH=5L",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
            "FREQ=YEARLY;BYWEEKNO=54",
            "FREQ=YEARLY;BYYEARDAY=-367",
            "FREQ=DAILY;BYHOUR=24",
            "FREQ=DAILY;BYMINUTE=60",
            "FREQ=DAILY;BYSETPOS=0",
            "FREQ=DAILY;WKST=1MO",
            "FREQ=MONTHLY;BYEASTER=1",
            "RSCALE=CHINESE;FREQ=YEARLY",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
        ] {
            assert_eq!(Rule::read(text), None, "{text}");
        }
    }

    #[test]
    fn parts_are_read_in_any_order_and_case() {
        let rule =
            Rule::read("interval=2;byday=fr, -1mo ;FREQ=monthly;wkst=SU;X-WHO=me;BYSECOND=60,59;").unwrap();
        assert_eq!((rule.frequency, rule.interval, rule.week_start), (Frequency::Monthly, 2, 6));
        assert_eq!(rule.weekdays, [Weekday { weekday: 0, nth: -1 }, Weekday { weekday: 4, nth: 0 }]);
        assert_eq!(rule.seconds, [59]);
        assert!(Rule::read("FREQ=YEARLY;RSCALE=Gregorian;SKIP=OMIT").is_some());
        assert!(Rule::read("FREQ=MONTHLY;BYDAY=6SA").is_some(), "which never is, and no error");
    }
}

//! An event, as its properties are read: only what its time depends on (RFC 5545, 3.6.1).

use crate::token::BookingId;

use super::key::{Key, key};
use super::marks::{Free, Marks};
use super::moments::{Duration, Moment};
use super::property::{Name, Property};
use super::question::Question;
use super::rule::Rule;
use super::zones::Zones;

/// One VEVENT.
#[derive(Debug)]
pub(super) struct Event {
    /// `None` where there is no UID: then it is like no other.
    pub(super) key: Option<Key>,
    /// The number of its VCALENDAR.
    pub(super) calendar: u32,
    /// SEQUENCE, then DTSTAMP: of two events with one key, the higher one counts.
    pub(super) version: (i32, i64),
    pub(super) starts: Moment,
    pub(super) ends: Ends,
    /// The start of the occurrence that it stands for.
    pub(super) stands_for: Option<Moment>,
    /// It stands for all later ones, too (RANGE=THISANDFUTURE).
    pub(super) and_later: bool,
    pub(super) blocks: bool,
    /// Seconds on the way, before it begins.
    pub(super) travel: i32,
    /// The booking of ours that it is.
    pub(super) booking: Option<Box<BookingId>>,
    pub(super) series: Option<Box<Series>>,
}

impl Event {
    /// A period of somebody's free/busy answer (RFC 5545, 3.6.4).
    pub(super) fn of_period(calendar: u32, starts: Moment, ends: Ends) -> Self {
        let (starts, ends) = in_one_zone(starts, ends);
        Self::alone(calendar, starts, ends)
    }

    /// An event that is like no other, and takes its time.
    pub(super) fn alone(calendar: u32, starts: Moment, ends: Ends) -> Self {
        Self {
            key: None,
            calendar,
            version: (0, i64::MIN),
            starts,
            ends,
            stands_for: None,
            and_later: false,
            blocks: true,
            travel: 0,
            booking: None,
            series: None,
        }
    }
}

/// The end of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Not said: a whole day ends with itself, a time at once.
    Open,
    At(Moment),
    After(Duration),
}

/// What makes a series of an event.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// The event, for who must be told about it.
    pub(super) event: Option<Key>,
    pub(super) rules: Vec<Rule>,
    /// A rule or a date of it cannot be expanded.
    pub(super) is_unknown: bool,
    /// Starts, some with ends of their own.
    pub(super) dates: Vec<(Moment, Option<Ends>)>,
    /// Starts at which it is not.
    pub(super) except: Vec<Moment>,
}

/// An event whose properties come one by one.
#[derive(Debug)]
pub(super) struct Draft {
    key: Option<Key>,
    booking: Option<Box<BookingId>>,
    version: (i32, i64),
    starts: Option<Moment>,
    ends: Ends,
    stands_for: Option<Moment>,
    and_later: bool,
    is_override: bool,
    travel: i32,
    series: Option<Box<Series>>,
    marks: Marks,
    is_broken: bool,
}

/// What an event came to.
#[derive(Debug)]
pub(super) enum Drafted {
    Event(Box<Event>, Option<Free>),
    /// The host has said that it is to be left out.
    LeftOut,
    /// When it is cannot be read, and it takes no time.
    FreeAnyway(Free),
    /// When it is cannot be read: which event, where it can be left out, and when it begins, if that can be read.
    Unreadable(Option<Key>, Option<Moment>),
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            key: None,
            booking: None,
            version: (0, i64::MIN),
            starts: None,
            ends: Ends::Open,
            stands_for: None,
            and_later: false,
            is_override: false,
            travel: 0,
            series: None,
            marks: Marks::default(),
            is_broken: false,
        }
    }

    /// A property that matters cannot be read, or the end of the event is missing.
    pub(super) fn damage(&mut self) {
        self.is_broken = true;
    }

    /// A line of it was too long.
    pub(super) fn lose(&mut self, name: Name) {
        match name {
            Name::Rule | Name::Dates => self.series().is_unknown = true,
            Name::Starts | Name::Ends | Name::Duration | Name::RecurrenceId => self.damage(),
            _ => {}
        }
    }

    pub(super) fn set(&mut self, property: &Property<'_>, zones: &mut Zones, question: &Question) {
        match property.name {
            Name::Uid if self.key.is_none() && !property.value.is_empty() => {
                self.key = Some(key(property.value));
                self.booking = BookingId::parse(property.value).map(Box::new);
            }
            Name::Sequence => self.version.0 = property.value.parse().unwrap_or(0),
            Name::Stamp => self.version.1 = stamp(property.value),
            Name::Starts => match moment(property, property.value, zones) {
                Some(starts) if self.starts.is_none_or(|other| other == starts) => self.starts = Some(starts),
                _ => self.damage(),
            },
            Name::Ends => match moment(property, property.value, zones) {
                // The end decides, where a duration stands beside it.
                Some(ends) if !matches!(self.ends, Ends::At(other) if other != ends) => {
                    self.ends = Ends::At(ends);
                }
                _ => self.damage(),
            },
            Name::Duration => match Duration::read(property.value) {
                Some(duration) if self.ends == Ends::Open => self.ends = Ends::After(duration),
                Some(_) => {}
                None => self.damage(),
            },
            Name::RecurrenceId => {
                self.is_override = true;
                self.stands_for = moment(property, property.value, zones);
                self.and_later = property.parameter_is("RANGE", "THISANDFUTURE");
            }
            Name::Rule => match Rule::read(property.value) {
                Some(rule) => self.series().rules.push(rule),
                None => self.series().is_unknown = true,
            },
            Name::Dates => self.set_dates(property, zones),
            Name::ExceptDates => {
                let dates: Vec<_> =
                    property.list().filter_map(|date| moment(property, date, zones)).collect();
                self.series().except.extend(dates);
            }
            Name::Travel => {
                let travel = Duration::read(property.value).filter(|travel| !travel.is_negative);
                self.travel = travel.and_then(|travel| i32::try_from(travel.nominal()).ok()).unwrap_or(0);
            }
            _ => self.marks.set(property, question),
        }
    }

    fn set_dates(&mut self, property: &Property<'_>, zones: &mut Zones) {
        for date in property.list() {
            let (start, end) = match date.split_once('/') {
                Some((start, end)) => (start, Some(end)),
                None => (date, None),
            };
            let ends = end.map(|end| match Duration::read(end) {
                Some(duration) => Some(Ends::After(duration)),
                None => moment(property, end, zones).map(Ends::At),
            });
            let start = moment(property, start, zones);
            match (start, ends) {
                (Some(start), None) => self.series().dates.push((start, None)),
                (Some(start), Some(Some(ends))) => {
                    let (start, ends) = in_one_zone(start, ends);
                    self.series().dates.push((start, Some(ends)));
                }
                _ => self.series().is_unknown = true,
            }
        }
    }

    fn series(&mut self) -> &mut Series {
        self.series.get_or_insert_default()
    }

    /// Ends the event.
    pub(super) fn finish(self, calendar: u32, question: &Question) -> Drafted {
        // What is left out of our own bookings would seem to be deleted.
        let event = self.key.filter(|_| self.booking.is_none());
        if event.is_some_and(|event| question.leaves_out(event)) {
            return Drafted::LeftOut;
        }
        let free = self.marks.free(self.starts.is_some_and(Moment::is_day), question);
        let Some(starts) = self.starts.filter(|_| !self.is_broken) else {
            return free.map_or(Drafted::Unreadable(event, self.starts), Drafted::FreeAnyway);
        };
        let (starts, ends) = in_one_zone(starts, self.ends);
        let mut series = self.series;
        if let Some(series) = &mut series {
            series.event = event;
        }
        let event = Event {
            // An override of nobody knows which occurrence is an event of its own.
            key: self.key.filter(|_| self.is_override == self.stands_for.is_some()),
            calendar,
            version: self.version,
            starts,
            ends,
            stands_for: self.stands_for,
            and_later: self.and_later,
            blocks: free.is_none(),
            travel: self.travel,
            booking: self.booking,
            series,
        };
        Drafted::Event(Box::new(event), free)
    }
}

/// A start or an end that names no zone is in the zone of the other.
fn in_one_zone(starts: Moment, ends: Ends) -> (Moment, Ends) {
    match (starts, ends) {
        (Moment::Zoned(_, zone), Ends::At(Moment::Floating(wall))) => {
            (starts, Ends::At(Moment::Zoned(wall, zone)))
        }
        (Moment::Utc(_), Ends::At(Moment::Floating(wall))) => (starts, Ends::At(Moment::Utc(wall.0))),
        (Moment::Floating(wall), Ends::At(Moment::Zoned(_, zone))) => (Moment::Zoned(wall, zone), ends),
        (Moment::Floating(wall), Ends::At(Moment::Utc(_))) => (Moment::Utc(wall.0), ends),
        _ => (starts, ends),
    }
}

fn stamp(value: &str) -> i64 {
    match Moment::read(value) {
        Some(Moment::Utc(instant)) => instant,
        Some(Moment::Floating(wall)) => wall.0,
        _ => i64::MIN,
    }
}

/// A moment with the zone that its property names. A day has none, and an instant needs none.
fn moment(property: &Property<'_>, value: &str, zones: &mut Zones) -> Option<Moment> {
    let moment = match Moment::read(value)? {
        Moment::Floating(wall) => match property.parameter("TZID") {
            Some(name) => Moment::Zoned(wall, zones.name(name)),
            None => Moment::Floating(wall),
        },
        moment => moment,
    };
    let is_of_days = property.parameter_is("VALUE", "DATE");
    Some(match moment {
        Moment::Zoned(wall, _) | Moment::Floating(wall) if is_of_days => Moment::Day(wall.day()),
        moment => moment,
    })
}

//! The components of a text, and the events in them (RFC 5545, 3.4 and 3.6).

use super::answer::{Skipped, Unreadable};
use super::event::{Draft, Drafted, Ends, Event};
use super::key::Key;
use super::lines::Line;
use super::marks::Free;
use super::moments::{Duration, Moment};
use super::observances::Definition;
use super::property::{Name, Property};
use super::question::Question;
use super::zones::Zones;

/// The most events of one text; ten megabytes hold fewer, as a rule.
const MOST_EVENTS: u32 = 50_000;
/// The most events that are told to be unreadable.
const MOST_UNREADABLE: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Component {
    Calendar,
    Event,
    FreeBusy,
    Zone,
    Observance,
    Other,
}

/// An event of which it is not known when it is.
#[derive(Debug)]
pub(super) struct Unplaced {
    /// Which, where it can be left out.
    pub(super) event: Option<Key>,
    /// When it begins, if that can be read, and the number of its VCALENDAR.
    pub(super) starts: Option<(Moment, u32)>,
}

/// What was read of a text.
#[derive(Debug)]
pub(super) struct Components {
    pub(super) question: Question,
    pub(super) zones: Zones,
    pub(super) events: Vec<Event>,
    pub(super) unreadable: Vec<Unplaced>,
    pub(super) skipped: Skipped,
    pub(super) count: u32,
    pub(super) newest_stamp: Option<i64>,
    pub(super) refresh_seconds: Option<i64>,
    failure: Option<Unreadable>,
    calendar: u32,
    open: Vec<Component>,
    draft: Option<Draft>,
    definition: Option<Definition>,
}

impl Components {
    pub(super) fn new(question: Question) -> Self {
        Self {
            question,
            zones: Zones::new(),
            events: vec![],
            unreadable: vec![],
            skipped: Skipped::default(),
            count: 0,
            newest_stamp: None,
            refresh_seconds: None,
            failure: Some(Unreadable::NotACalendar),
            calendar: 0,
            open: vec![],
            draft: None,
            definition: None,
        }
    }

    /// Takes the next line.
    pub(super) fn take(&mut self, line: Line<'_>) {
        match line {
            Line::Whole(name, line) => {
                let line = String::from_utf8_lossy(line);
                match Property::read(name, &line) {
                    Some(property) => self.take_property(&property),
                    None => self.skipped.lines += 1,
                }
            }
            Line::TooLong(name) => {
                if let (Some(Component::Event), Some(draft)) = (self.open.last(), &mut self.draft) {
                    draft.lose(name);
                }
                if let Some(definition) = &mut self.definition {
                    definition.damage();
                }
                if self.open.last() == Some(&Component::FreeBusy) {
                    self.tell_unreadable(None, None);
                }
                self.skipped.lines += 1;
            }
            Line::Nameless => self.skipped.lines += 1,
        }
    }

    /// Ends the text. An error if it is none, or not whole.
    pub(super) fn finish(&mut self) -> Result<(), Unreadable> {
        match self.failure {
            Some(failure) => Err(failure),
            None if self.open.is_empty() => Ok(()),
            None => Err(Unreadable::CutOff),
        }
    }

    fn take_property(&mut self, property: &Property<'_>) {
        match property.name {
            Name::Begin => return self.begin(property),
            Name::End => return self.end(property),
            _ => {}
        }
        match (self.open.last(), &mut self.draft, &mut self.definition) {
            (Some(Component::Event), Some(draft), _) => draft.set(property, &mut self.zones, &self.question),
            (Some(Component::Zone), _, Some(definition)) => definition.set(property),
            (Some(Component::Observance), _, Some(definition)) => definition.set_observance(property),
            (Some(Component::FreeBusy), ..) if property.name == Name::FreeBusy => self.take_periods(property),
            (Some(Component::Calendar), ..) => match property.name {
                Name::CalendarZone => self.zones.calendar_is_in(property.value),
                Name::Refresh => {
                    let refresh = Duration::read(property.value).map(Duration::nominal);
                    self.refresh_seconds = self.refresh_seconds.max(refresh.filter(|refresh| *refresh > 0));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn begin(&mut self, property: &Property<'_>) {
        let parent = self.open.last().copied();
        let component = if property.is("VCALENDAR") {
            self.begin_calendar();
            Component::Calendar
        } else if property.is("VEVENT") {
            self.return_to_calendar();
            self.draft = Some(Draft::new());
            Component::Event
        } else if property.is("VFREEBUSY") {
            self.return_to_calendar();
            Component::FreeBusy
        } else if property.is("VTIMEZONE") {
            self.return_to_calendar();
            self.definition = Some(Definition::default());
            Component::Zone
        } else if parent == Some(Component::Zone) && (property.is("STANDARD") || property.is("DAYLIGHT")) {
            self.definition.get_or_insert_default().begin();
            Component::Observance
        } else {
            self.skipped.components += u32::from(parent == Some(Component::Calendar));
            Component::Other
        };
        self.open.push(component);
    }

    /// Begins a calendar.
    pub(super) fn begin_calendar(&mut self) {
        if !self.open.is_empty() {
            // The one before has no end.
            self.fail(Unreadable::CutOff);
            self.open.clear();
        }
        if self.failure == Some(Unreadable::NotACalendar) {
            self.failure = None;
        }
        self.calendar = self.zones.next_calendar();
    }

    /// What begins now stands in a calendar: what is open inside it has no end.
    fn return_to_calendar(&mut self) {
        match self.open.iter().position(|open| *open == Component::Calendar) {
            Some(calendar) => self.close_down_to(calendar + 1),
            None => self.fail(Unreadable::CutOff),
        }
    }

    fn end(&mut self, property: &Property<'_>) {
        let ended = |open: &Component| match open {
            Component::Calendar => property.is("VCALENDAR"),
            Component::Event => property.is("VEVENT"),
            Component::FreeBusy => property.is("VFREEBUSY"),
            Component::Zone => property.is("VTIMEZONE"),
            Component::Observance => property.is("STANDARD") || property.is("DAYLIGHT"),
            Component::Other => {
                !["VCALENDAR", "VEVENT", "VFREEBUSY", "VTIMEZONE"].iter().any(|name| property.is(name))
            }
        };
        let Some(place) = self.open.iter().rposition(ended) else {
            self.skipped.lines += 1;
            return;
        };
        let is_whole = place + 1 == self.open.len();
        self.close_down_to(place + 1);
        match self.open.pop() {
            Some(Component::Event) => self.end_event(is_whole),
            Some(Component::Zone) => {
                let mut definition = self.definition.take().unwrap_or_default();
                if !is_whole {
                    definition.damage();
                }
                self.zones.define(definition);
            }
            _ => {}
        }
    }

    /// Closes what nobody has closed.
    fn close_down_to(&mut self, length: usize) {
        while self.open.len() > length {
            match self.open.pop() {
                Some(Component::Event) => self.end_event(false),
                Some(Component::Zone) => self.definition = None,
                Some(Component::FreeBusy) => self.tell_unreadable(None, None),
                _ => {}
            }
        }
    }

    fn end_event(&mut self, is_whole: bool) {
        let Some(mut draft) = self.draft.take() else { return };
        if !is_whole {
            draft.damage();
        }
        let drafted = draft.finish(self.calendar, &self.question);
        self.take_drafted(drafted);
    }

    /// Takes the next event.
    pub(super) fn take_drafted(&mut self, drafted: Drafted) {
        self.count += 1;
        match drafted {
            Drafted::Event(mut event, free) => {
                self.count_free(free);
                if free == Some(Free::Cancelled) {
                    // Its booking is nowhere in the calendar then.
                    event.booking = None;
                }
                self.push(*event);
            }
            Drafted::LeftOut => self.skipped.left_out += 1,
            Drafted::FreeAnyway(free) => {
                self.count_free(Some(free));
                self.skipped.unreadable += 1;
            }
            Drafted::Unreadable(event, starts) => self.tell_unreadable(event, starts),
        }
    }

    fn count_free(&mut self, free: Option<Free>) {
        let Some(free) = free else { return };
        *match free {
            Free::Cancelled => &mut self.skipped.cancelled,
            Free::Declined => &mut self.skipped.declined,
            Free::Marked => &mut self.skipped.free,
            Free::Tentative => &mut self.skipped.tentative,
            Free::WholeDay => &mut self.skipped.whole_days,
        } += 1;
    }

    /// Takes the periods of a VFREEBUSY, each as an event.
    fn take_periods(&mut self, property: &Property<'_>) {
        let is_free = property.parameter_is("FBTYPE", "FREE");
        let is_tentative = property.parameter_is("FBTYPE", "BUSY-TENTATIVE");
        if is_free || (is_tentative && !self.question.tentative_blocks) {
            *(if is_free { &mut self.skipped.free } else { &mut self.skipped.tentative }) += 1;
            return;
        }
        for period in property.list() {
            let read = |(start, end): (&str, &str)| {
                let ends = match Duration::read(end) {
                    Some(duration) => Ends::After(duration),
                    None => Ends::At(Moment::read(end)?),
                };
                Some((Moment::read(start)?, ends))
            };
            match period.split_once('/').and_then(read) {
                Some((starts, ends)) => self.push(Event::of_period(self.calendar, starts, ends)),
                None => self.tell_unreadable(None, None),
            }
        }
    }

    fn push(&mut self, event: Event) {
        if self.events.len() >= MOST_EVENTS as usize {
            self.fail(Unreadable::TooManyEvents(MOST_EVENTS));
            return;
        }
        self.newest_stamp = self.newest_stamp.max(Some(event.version.1).filter(|stamp| *stamp > i64::MIN));
        self.events.push(event);
    }

    fn tell_unreadable(&mut self, event: Option<Key>, starts: Option<Moment>) {
        if self.unreadable.len() < MOST_UNREADABLE {
            let starts = starts.map(|starts| (starts, self.calendar));
            self.unreadable.push(Unplaced { event, starts });
        }
    }

    /// The first failure is the one that is told.
    fn fail(&mut self, failure: Unreadable) {
        self.failure.get_or_insert(failure);
    }
}

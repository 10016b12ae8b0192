//! The zones of a text: what its names of them mean.
//!
//! A name of the IANA database comes before the text's own rules for it, which may be old; then come the rules of its
//! VTIMEZONE, then the place that this names, then the name in Windows. (A number in X-MICROSOFT-CDO-TZID says no more
//! than those, and old Exchange alone has the table.) Names hold for their own VCALENDAR, and what
//! they mean may stand behind the events.

use std::collections::BTreeMap;

use crate::zone::Zone;

use super::budget::Budget;
use super::clock::Clock;
use super::lines::{Line, Lines};
use super::moments::{Moment, ZoneName};
use super::observances::Definition;
use super::property::{Name, Property, unescaped};
use super::windows;

/// The most names in one text, each once for every calendar in it, if it means no place; what comes after them is
/// unknown.
const MOST_NAMES: u32 = 10_000;
/// The most that these may mean: different names, or different rules.
const MOST_MEANINGS: usize = 200;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 255;
/// The name of all that have none of their own.
const NAMELESS: ZoneName = ZoneName(0);
/// Steps for the rules of all zones that a text has itself.
const STEPS: u32 = 100_000;

/// Names and definitions, as they are read.
#[derive(Debug)]
pub(super) struct Zones {
    /// The calendars of the text, each with the zone that it says it is in.
    calendars: Vec<Option<ZoneName>>,
    /// The names of places: they mean the same in all calendars.
    places: BTreeMap<String, ZoneName>,
    /// The other names in the last calendar.
    here: BTreeMap<String, ZoneName>,
    /// All names, by their numbers.
    names: Vec<(u32, String)>,
    /// The calendars with rules of their own, in order, each with the place of these among `definitions`.
    defined: Vec<(u32, usize)>,
    /// Rules, each once: a server has a calendar for every event, and the same rules in many.
    definitions: Vec<Definition>,
}

impl Zones {
    pub(super) fn new() -> Self {
        Self {
            calendars: vec![],
            places: BTreeMap::new(),
            here: BTreeMap::new(),
            names: vec![(u32::MAX, String::new())],
            defined: vec![],
            definitions: vec![],
        }
    }

    /// Begins the next calendar, and gives its number.
    pub(super) fn next_calendar(&mut self) -> u32 {
        self.here.clear();
        self.calendars.push(None);
        self.calendar()
    }

    fn calendar(&self) -> u32 {
        u32::try_from(self.calendars.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// The number of a name in this calendar.
    pub(super) fn name(&mut self, name: &str) -> ZoneName {
        let name = unescaped(name);
        let name = name.trim().trim_matches('"');
        if let Some(known) = self.places.get(name).or_else(|| self.here.get(name)) {
            return *known;
        }
        let Some(number) = u32::try_from(self.names.len()).ok().filter(|number| *number < MOST_NAMES) else {
            return NAMELESS;
        };
        if name.is_empty() || name.len() > LONGEST_NAME {
            return NAMELESS;
        }
        self.names.push((self.calendar(), name.to_owned()));
        let names = if place(name).is_some() { &mut self.places } else { &mut self.here };
        names.insert(name.to_owned(), ZoneName(number));
        ZoneName(number)
    }

    /// Notes the zone that the calendar says it is in.
    pub(super) fn calendar_is_in(&mut self, name: &str) {
        let name = self.name(name);
        if let Some(calendar) = self.calendars.last_mut() {
            *calendar = Some(name);
        }
    }

    pub(super) fn define(&mut self, definition: Definition) {
        // The database comes before these rules.
        if place(definition.name.trim()).is_some() {
            return;
        }
        let same = self.definitions.iter().position(|known| *known == definition);
        let number = same.unwrap_or(self.definitions.len());
        if number == MOST_MEANINGS || self.defined.len() == MOST_NAMES as usize {
            return;
        }
        if same.is_none() {
            self.definitions.push(definition);
        }
        self.defined.push((self.calendar(), number));
    }

    /// Finds out what every name means, until an instant. `calendar_zone` is the one that the host says it is in.
    pub(super) fn clocks(&self, calendar_zone: Option<&Zone>, host_zone: &Zone, until: i64) -> Clocks {
        let mut budget = Budget::new(STEPS);
        let host = Clock::of_zone(host_zone, until);
        let mut meanings: Vec<(_, _, Option<Clock>)> = Vec::new();
        let mut clock = |(calendar, name): &(u32, String)| {
            let own = self.own(*calendar, name);
            if let Some((.., known)) = meanings.iter().find(|known| known.0 == *name && known.1 == own) {
                return known.clone();
            }
            if meanings.len() == MOST_MEANINGS {
                return None;
            }
            let clock = self.clock(name, &own, until, &mut budget);
            meanings.push((name.clone(), own, clock.clone()));
            clock
        };
        let known: Vec<Option<Clock>> = self.names.iter().map(&mut clock).collect();
        let given = calendar_zone.map(|zone| Clock::of_zone(zone, until));
        let own = |name: ZoneName| known.get(name.0 as usize).cloned().flatten();
        let floating = |calendar: &Option<ZoneName>| {
            given.clone().or_else(|| calendar.and_then(own)).unwrap_or_else(|| host.clone())
        };
        let floating: Vec<Clock> = self.calendars.iter().map(floating).collect();
        let either = |calendar: u32| {
            let calendar = floating.get(calendar as usize).unwrap_or(&host);
            if *calendar == host { vec![host.clone()] } else { vec![calendar.clone(), host.clone()] }
        };
        let pairs = self.names.iter().zip(&known);
        let named = pairs.map(|((calendar, _), clock)| match clock {
            Some(clock) => vec![clock.clone()],
            None => either(*calendar),
        });
        Clocks {
            named: named.collect(),
            is_known: known.iter().map(Option::is_some).collect(),
            floating,
            utc: Clock::of_offset(0),
        }
    }

    /// The rules that a calendar has for a name itself, by their places among all.
    fn own(&self, calendar: u32, name: &str) -> Vec<usize> {
        let begins = self.defined.partition_point(|(of, _)| *of < calendar);
        let own = self.defined[begins..].iter().take_while(|(of, _)| *of == calendar);
        own.map(|(_, number)| *number).filter(|number| self.definitions[*number].is_named(name)).collect()
    }

    /// What a name means in a calendar that has these rules for it.
    fn clock(&self, name: &str, own: &[usize], until: i64, budget: &mut Budget) -> Option<Clock> {
        let of_zone = |zone: Zone| Clock::of_zone(&zone, until);
        if let Some(zone) = place(name) {
            return Some(of_zone(zone));
        }
        let definitions = || own.iter().map(|number| &self.definitions[*number]);
        definitions().find_map(|definition| definition.clock(until, budget)).or_else(|| {
            let location = |definition: &Definition| definition.location.as_deref().and_then(place);
            definitions().find_map(location).or_else(|| zone_named(name)).map(of_zone)
        })
    }
}

/// The zone of a text that says of a whole calendar where it is: a VTIMEZONE, as `CalDAV` has it (RFC 4791, 5.2.2).
/// `None` where it has no name that means a zone by itself.
pub fn zone_of(text: &str) -> Option<Zone> {
    let mut found = None;
    let mut look = |line: Line<'_>| {
        if let Line::Whole(name @ (Name::ZoneId | Name::Location), line) = line
            && let Some(property) = Property::read(name, &String::from_utf8_lossy(line))
        {
            found = found.take().or_else(|| zone_named(unescaped(property.value).trim_matches('"')));
        }
    };
    let mut lines = Lines::default();
    lines.push(text.as_bytes(), &mut look);
    lines.finish(&mut look);
    found
}

/// The zone of a name: of the IANA database, of Windows, or of an offset.
pub fn zone_named(name: &str) -> Option<Zone> {
    place(name).or_else(|| windows::zone(name)).or_else(|| Zone::read(name).ok())
}

/// The zone of an IANA name, as it is or behind a prefix: `/example.org/2026/Europe/Berlin`.
fn place(name: &str) -> Option<Zone> {
    let whole = Zone::named(name).or_else(|_| Zone::named(&name.replace(' ', "_"))).ok();
    let parts: Vec<&str> = name.split('/').collect();
    // A single word is the end of a name only behind what is clearly none of its parts.
    let least = if name.starts_with('/') || name.contains("://") { 1 } else { 2 };
    let ends = (least..=3.min(parts.len() - 1)).rev().map(|count| parts[parts.len() - count..].join("/"));
    whole.or_else(|| ends.into_iter().find_map(|end| Zone::named(&end).ok()))
}

/// The clocks that moments are read by: one, or where nobody knows the zone, the calendar's and the host's.
#[derive(Debug)]
pub(super) struct Clocks {
    named: Vec<Vec<Clock>>,
    is_known: Vec<bool>,
    floating: Vec<Clock>,
    utc: Clock,
}

impl Clocks {
    /// The clocks of a moment in a calendar.
    pub(super) fn of(&self, moment: Moment, calendar: u32) -> &[Clock] {
        match moment {
            Moment::Utc(_) => std::slice::from_ref(&self.utc),
            Moment::Zoned(_, name) => self.named.get(name.0 as usize).map_or(&[], Vec::as_slice),
            Moment::Floating(_) | Moment::Day(_) => std::slice::from_ref(self.floating(calendar)),
        }
    }

    /// The clock of a calendar's whole days, and of its times without a zone.
    pub(super) fn floating(&self, calendar: u32) -> &Clock {
        self.floating.get(calendar as usize).unwrap_or(&self.utc)
    }

    /// True if it is known which zone a moment is in.
    pub(super) fn know(&self, moment: Moment) -> bool {
        match moment {
            Moment::Zoned(_, name) => self.is_known.get(name.0 as usize).copied().unwrap_or(false),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_stripped_and_old_names_followed() {
        for (name, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/kiev", "Europe/Kyiv"),
            ("America/New York", "America/New_York"),
            ("/Europe/Vienna", "Europe/Vienna"),
            ("/softwarestudio.org/Olson_20011030_5/America/Chicago", "America/Chicago"),
            (
                "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Ushuaia",
                "America/Argentina/Ushuaia",
            ),
            ("tzone://Microsoft/Utc", "UTC"),
            ("/example.org/UTC", "UTC"),
        ] {
            assert_eq!(place(name).map(|zone| zone.name().to_owned()).as_deref(), Some(zone), "{name}");
        }
        for name in ["", "/", "Customized Time Zone", "tzone://Microsoft/Custom", "Some/Where", "Office/UTC"]
        {
            assert_eq!(place(name), None, "{name}");
        }
    }

    #[test]
    fn a_calendar_is_where_its_zone_has_a_name() {
        let zone = |lines: &str| {
            let text =
                format!("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\n{lines}\r\nEND:VTIMEZONE\r\nEND:VCALENDAR");
            zone_of(&text).map(|zone| zone.name().to_owned())
        };
        for (lines, expected) in [
            ("TZID:Europe/Berlin", Some("Europe/Berlin")),
            ("TZID:/example.org/Europe/\r\n Kiev", Some("Europe/Kyiv")),
            ("TZID:\"W. Europe Standard Time\"", Some("Europe/Berlin")),
            ("TZID:Home\r\nX-LIC-LOCATION:Asia/Tokyo", Some("Asia/Tokyo")),
            ("X-LIC-LOCATION:Asia/Tokyo\r\nTZID:Home", Some("Asia/Tokyo")),
            ("TZID:Home", None),
            ("TZID:", None),
        ] {
            assert_eq!(zone(lines).as_deref(), expected, "{lines}");
        }
        assert_eq!(zone_of(""), None);
        assert_eq!(zone_of("Europe/Berlin"), None);
    }
}

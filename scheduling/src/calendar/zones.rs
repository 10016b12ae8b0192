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
use super::moments::{Moment, ZoneName};
use super::observances::Definition;
use super::property::unescaped;
use super::windows;

/// The most names in one text; what comes after them is unknown.
const MOST_NAMES: u32 = 200;
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
    /// The names in the last calendar.
    here: BTreeMap<String, ZoneName>,
    /// All names, by their numbers.
    names: Vec<(u32, String)>,
    definitions: Vec<(u32, Definition)>,
}

impl Zones {
    pub(super) fn new() -> Self {
        Self {
            calendars: vec![],
            here: BTreeMap::new(),
            names: vec![(u32::MAX, String::new())],
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
        if let Some(known) = self.here.get(name) {
            return *known;
        }
        let Some(number) = u32::try_from(self.names.len()).ok().filter(|number| *number < MOST_NAMES) else {
            return NAMELESS;
        };
        if name.is_empty() || name.len() > LONGEST_NAME {
            return NAMELESS;
        }
        self.names.push((self.calendar(), name.to_owned()));
        self.here.insert(name.to_owned(), ZoneName(number));
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
        if self.definitions.len() < MOST_NAMES as usize {
            self.definitions.push((self.calendar(), definition));
        }
    }

    /// Finds out what every name means, until an instant. `calendar_zone` is the one that the host says it is in.
    pub(super) fn clocks(&self, calendar_zone: Option<&Zone>, host_zone: &Zone, until: i64) -> Clocks {
        let mut budget = Budget::new(STEPS);
        let host = Clock::of_zone(host_zone, until);
        let known: Vec<Option<Clock>> = self
            .names
            .iter()
            .map(|(calendar, name)| self.clock(*calendar, name, until, &mut budget))
            .collect();
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

    fn clock(&self, calendar: u32, name: &str, until: i64, budget: &mut Budget) -> Option<Clock> {
        let of_zone = |zone: Zone| Clock::of_zone(&zone, until);
        if let Some(zone) = place(name) {
            return Some(of_zone(zone));
        }
        let definitions = || {
            let own = |(of, definition): &&(u32, Definition)| *of == calendar && definition.is_named(name);
            self.definitions.iter().filter(own).map(|(_, definition)| definition)
        };
        definitions().find_map(|definition| definition.clock(until, budget)).or_else(|| {
            let location = |definition: &Definition| definition.location.as_deref().and_then(place);
            definitions()
                .find_map(location)
                .or_else(|| windows::zone(name))
                .or_else(|| Zone::read(name).ok())
                .map(of_zone)
        })
    }
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
}

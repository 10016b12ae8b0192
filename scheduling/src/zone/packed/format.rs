//! The packed database: its format, and what its reader (`mod.rs`) and its writer (`pack.rs`) must agree on.
//!
//! The writer is handed each zone of jiff's database as a TZif file (RFC 9636), and keeps what `Zone` can tell from
//! 1970 on: the IANA database promises nothing before. Earlier instants have the offset of 1970. Abbreviations such as
//! `CET` are not kept. Zones that then differ in nothing are one record.
//!
//! - The **file** is a field, the version of the database; a field, the names of its zones, one a line; and for each
//!   name its zone.
//! - A **zone** is the number 0 and a field, a record that has not come before; or the number of one that has, from 1.
//! - A **record** is a field, the rule that holds from the last change on, as in a TZif file's footer (a POSIX TZ
//!   string), with each abbreviation `ZZZ`; the number of its offsets, and the offsets; the number of its
//!   changes, and when each of them is; and for each a byte, the offset that it brings, from 0.
//! - An **offset** is a duration, local time minus UTC. The first one holds before the first change.
//! - **When a change is** is a duration: from what the clock showed at the change before to what it shows at this one,
//!   neither changed yet. The first counts from 1970 on the clock. Clocks are mostly changed at the same time of day:
//!   this repeats more than what is between the instants.
//! - A **duration** is a number. Its lowest bit is 1 if it counts seconds, 0 if quarter hours; the next is 1 if the
//!   duration is negative; the others are the count, less one if negative.
//! - A **field** is a number, how many bytes it has, and those bytes.
//! - A **number** has seven bits a byte, the lowest first; the highest bit is set in each byte but the last (unsigned
//!   LEB128).

/// A quarter of an hour, in seconds: nearly all changes and offsets are whole ones.
pub(super) const QUARTER_HOUR: i64 = 15 * 60;

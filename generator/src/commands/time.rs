//! Times as they are written on the command line.

use chrono::{DateTime, NaiveDateTime, Utc};
use scheduling::zone::{WallTime, Zone};

/// A time on the command line.
#[derive(Clone, Debug)]
pub struct Time {
    /// As it was written.
    pub(super) text: String,
    meant: Meant,
}

#[derive(Clone, Copy, Debug)]
enum Meant {
    Instant(DateTime<Utc>),
    Wall(NaiveDateTime),
}

impl Time {
    /// Reads one: a wall time, or one with an offset.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // In RFC 3339, and as times are printed here.
        let instant = || {
            let patterns = ["%+", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z"];
            let read = |pattern: &&str| DateTime::parse_from_str(text, pattern).ok();
            Some(Meant::Instant(patterns.iter().find_map(read)?.to_utc()))
        };
        let wall = || {
            let patterns = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"];
            patterns
                .iter()
                .find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok())
                .map(Meant::Wall)
        };
        let meant = instant().or_else(wall).ok_or(
            "write it as 2026-12-01T10:00, in the host's zone, or with an offset, as 2026-12-01T10:00:00Z",
        )?;
        Ok(Self { text: text.to_owned(), meant })
    }

    /// The instants that it means, in seconds since 1970: none or two where the zone's clocks are changed.
    pub(super) fn instants(&self, zone: &Zone) -> Vec<i64> {
        let wall = match self.meant {
            Meant::Instant(instant) => return vec![instant.timestamp()],
            Meant::Wall(wall) => wall,
        };
        match zone.at_wall_time(wall) {
            WallTime::Skipped => vec![],
            WallTime::Once(instant) => vec![instant.timestamp()],
            WallTime::Twice(first, second) => vec![first.timestamp(), second.timestamp()],
        }
    }
}

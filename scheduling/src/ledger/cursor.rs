//! A place in the list of a host's bookings, from which the list goes on.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::token::BookingId;

/// The place of a booking, by its start and id. Moving the booking leaves the place where it is: nothing else is passed
/// over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The booking's start, to the second.
    #[serde(with = "chrono::serde::ts_seconds", rename = "start_seconds")]
    pub start: DateTime<Utc>,
    /// The booking.
    pub id: BookingId,
}

impl Cursor {
    /// The place of a booking.
    pub fn of(booking: &Booking) -> Self {
        Self { start: booking.start, id: booking.id.clone() }
    }

    /// Reads what was written by `to_string`; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (seconds, id) = text.split_once('.')?;
        Some(Self { start: DateTime::from_timestamp(seconds.parse().ok()?, 0)?, id: BookingId::parse(id)? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.start.timestamp(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_is_written() {
        let id = BookingId::new("aiko", [1; 16]);
        for start in [1_796_083_200, 0, -86_400] {
            let cursor = Cursor { start: DateTime::from_timestamp(start, 0).unwrap(), id: id.clone() };
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for none in
            ["", ".", "1796083200", id.as_str(), "x.aiko.AQ", "99999999999999999999.aiko.AQ", "1.aiko.AQ"]
        {
            assert_eq!(Cursor::parse(none), None, "{none}");
        }
    }
}

//! The place of a page's meetings, and the names of rooms that nobody can guess.

use serde::{Deserialize, Serialize};

use super::words::Words;

/// What stands in a room's address for a name that nobody can guess.
pub const RANDOM: &str = "{random}";

/// Small letters and digits, without those that look like others: five bits each.
const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
/// 125 bits.
const NAME_LENGTH: usize = 25;

/// The place of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// A video call at this address (URL).
    Video(String),
    /// A video call in a room of each booking's own, at this address (URL) with a random name in place of [`RANDOM`].
    Room(String),
    /// A video call in a room of each booking's own, which the calendar makes that the booking is written to.
    CalendarRoom,
    /// The visitor calls this number.
    Phone(String),
    /// A place, as words.
    Address(String),
    /// The visitor names the place; these words ask for it.
    Ask(Words),
}

/// The address of a room, with a name made of random bytes.
pub(crate) fn room_at(pattern: &str, random: [u8; 16]) -> String {
    let bits = u128::from_be_bytes(random);
    let letter = |place: usize| char::from(LETTERS[(bits >> (5 * place)) as usize & 31]);
    pattern.replace(RANDOM, &(0..NAME_LENGTH).map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_room_is_made_of_all_of_its_randomness() {
        let name = |random: u128| room_at(RANDOM, random.to_be_bytes());
        assert_eq!(name(0), "2222222222222222222222222");
        assert_eq!(name(u128::MAX), "zzzzzzzzzzzzzzzzzzzzzzzzz");
        let mut names: Vec<String> = (0..125).map(|bit| name(1 << bit)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 125);
        assert!(LETTERS.iter().all(|letter| !b"01ilo".contains(letter) || *letter == b'i'));
    }

    #[test]
    fn a_room_has_its_name_where_the_pattern_wants_it() {
        let name = "2".repeat(25);
        for (pattern, expected) in [
            ("https://meet.example.com/{random}", format!("https://meet.example.com/{name}")),
            (
                "https://example.com/a-{random}?room={random}#x",
                format!("https://example.com/a-{name}?room={name}#x"),
            ),
        ] {
            assert_eq!(room_at(pattern, [0; 16]), expected);
        }
    }
}

//! The order of rooms as `tests/rooms.toml` has it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// All crates, by name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct House(pub(super) BTreeMap<String, Layout>);

/// The rooms of one crate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    /// The folder with its Cargo.toml.
    pub(super) folder: String,
    /// The crates of this repository that it depends on.
    pub(super) uses: Vec<String>,
    /// Floors from the ground up, each with its rooms: a file or a folder, as a path below `src` without `.rs`.
    pub(super) floors: Vec<Vec<String>>,
    /// Folders that never use each other, whatever their floors.
    #[serde(default)]
    pub(super) apart: Vec<[String; 2]>,
    /// Files that need each other, inside one room.
    #[serde(default)]
    pub(super) circles: Vec<Circle>,
}

/// Two files that need each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Circle {
    /// Their paths below `src`.
    pub(super) files: [String; 2],
    /// The reason why they are neither one file, nor two with an arrow one way.
    #[expect(dead_code, reason = "for readers; it must be there")]
    pub(super) reason: String,
}

/// A room, and the floor that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room<'a> {
    pub(super) name: &'a str,
    pub(super) floor: usize,
}

impl Layout {
    /// The room of a file: the most particular one that it lies in.
    pub(super) fn room_of(&self, file: &str) -> Option<Room<'_>> {
        self.rooms().filter(|room| lies_in(file, room.name)).max_by_key(|room| room.name.len())
    }

    /// Two files lie in folders that never use each other.
    pub(super) fn are_apart(&self, one: &str, other: &str) -> bool {
        self.apart.iter().any(|[here, there]| {
            (lies_in(one, here) && lies_in(other, there)) || (lies_in(one, there) && lies_in(other, here))
        })
    }

    /// Every room, from the ground up.
    pub(super) fn rooms(&self) -> impl Iterator<Item = Room<'_>> {
        let floors = self.floors.iter().enumerate();
        floors.flat_map(|(floor, names)| names.iter().map(move |name| Room { name, floor }))
    }
}

fn lies_in(file: &str, room: &str) -> bool {
    let key = file.trim_end_matches(".rs");
    key.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

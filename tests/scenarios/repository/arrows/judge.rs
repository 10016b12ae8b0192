//! Arrows held to the order of rooms.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::circles::Needs;
use super::drawing::{Arrow, Drawing};
use super::modules::{Modules, Sources};
use super::rooms::{Layout, Room};

/// All that is wrong with a crate, a line each.
pub(super) fn problems(crate_name: &str, layout: &Layout, sources: &Sources) -> Vec<String> {
    let modules = Modules::read(sources);
    let drawing = Drawing::of(crate_name, &modules);
    let files: Vec<&String> = sources.keys().filter(|file| !modules.for_tests.contains(*file)).collect();
    let mut problems = modules.problems.clone();
    problems.extend(homeless(layout, &files));
    problems.extend(drawing.strays.iter().cloned());
    problems.extend(wrong_ways(layout, &drawing.arrows));
    problems.extend(needs(layout, &drawing.arrows).problems(&layout.circles));
    problems.into_iter().map(|problem| format!("{}/src/{problem}", layout.folder)).collect()
}

/// Files without a room, and rooms without a file.
fn homeless(layout: &Layout, files: &[&String]) -> Vec<String> {
    let without = files.iter().filter(|file| layout.room_of(file).is_none());
    let mut problems: Vec<String> = without.map(|file| format!("{file} is in no room")).collect();
    let lived_in: BTreeSet<&str> = files.iter().filter_map(|file| Some(layout.room_of(file)?.name)).collect();
    let empty = layout.rooms().filter(|room| !lived_in.contains(room.name));
    problems.extend(empty.map(|room| format!("{} is a room without a file", room.name)));
    problems
}

/// Arrows up or sideways: the first from each file to each other.
fn wrong_ways(layout: &Layout, arrows: &BTreeSet<Arrow>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let wrong = arrows.iter().filter_map(|arrow| Some((arrow, wrong_way(layout, arrow)?)));
    wrong.filter(|(arrow, _)| seen.insert((&arrow.from, &arrow.to))).map(|(_, problem)| problem).collect()
}

fn wrong_way(layout: &Layout, arrow: &Arrow) -> Option<String> {
    let (from, to) = (layout.room_of(&arrow.from)?, layout.room_of(&arrow.to)?);
    let Arrow { from: file, line, path, .. } = arrow;
    let goes = |way: &str, Room { name, .. }: Room<'_>| {
        Some(format!("{file}:{line}: the room `{}` uses `{name}`, {way} it (`{path}`)", from.name))
    };
    if layout.are_apart(&arrow.from, &arrow.to) {
        return goes("apart from", to);
    }
    match from.floor.cmp(&to.floor) {
        Ordering::Equal if from != to => goes("beside", to),
        Ordering::Less => goes("above", to),
        Ordering::Equal | Ordering::Greater => None,
    }
}

/// The arrows within rooms.
fn needs<'a>(layout: &Layout, arrows: &'a BTreeSet<Arrow>) -> Needs<'a> {
    let is_within = |arrow: &&Arrow| layout.room_of(&arrow.from) == layout.room_of(&arrow.to);
    let mut needs = Needs::default();
    for arrow in arrows.iter().filter(|arrow| arrow.needs).filter(is_within) {
        needs.add(&arrow.from, &arrow.to);
    }
    needs
}

//! The order of rooms: which file may use which, read from the source itself and held to `tests/rooms.toml`.

mod circles;
mod drawing;
mod fixtures;
mod judge;
mod modules;
mod names;
mod resolve;
mod rooms;

use std::collections::BTreeSet;
use std::path::Path;

use walkdir::WalkDir;

use self::modules::Sources;
use self::rooms::House;
use super::{read, root};

fn house() -> House {
    toml::from_str(&read("tests/rooms.toml")).unwrap_or_else(|cause| panic!("tests/rooms.toml: {cause}"))
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Sources {
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|end| end == "rs"));
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
        (path, std::fs::read_to_string(entry.path()).unwrap())
    };
    files.map(read).collect()
}

#[test]
fn no_arrow_between_rooms_goes_up_or_sideways_and_no_files_go_in_circles() {
    let mut problems = Vec::new();
    for (name, layout) in &house().0 {
        let sources = sources(&root().join(&layout.folder).join("src"));
        assert!(!sources.is_empty(), "{} has no source", layout.folder);
        problems.extend(judge::problems(name, layout, &sources));
    }
    assert!(problems.is_empty(), "see tests/rooms.toml for the order of rooms\n{}", problems.join("\n"));
}

#[test]
fn no_crate_depends_on_one_that_it_should_not_know() {
    let house = house();
    for (name, layout) in &house.0 {
        let manifest: toml::Table = read(&format!("{}/Cargo.toml", layout.folder)).parse().unwrap();
        let known: BTreeSet<&str> = house.0.keys().map(String::as_str).chain(["acceptance"]).collect();
        let uses: BTreeSet<&str> =
            dependencies(&manifest).into_iter().filter(|dependency| known.contains(dependency)).collect();
        let may: BTreeSet<&str> = layout.uses.iter().map(String::as_str).collect();
        assert_eq!(uses, may, "{}/Cargo.toml, against `uses` of {name} in tests/rooms.toml", layout.folder);
    }
}

/// What a crate depends on when it is built for use: for every target, and by its build script, but not for its tests.
fn dependencies(manifest: &toml::Table) -> BTreeSet<&str> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    let tables = std::iter::once(manifest).chain(targets);
    let named = |table| {
        ["dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(move |name| toml::Table::get(table, name))
    };
    let keys = tables.flat_map(named).filter_map(toml::Value::as_table).flat_map(toml::Table::keys);
    keys.map(String::as_str).collect()
}

#[test]
fn each_member_of_the_workspace_that_is_shipped_has_its_rooms() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter();
    let members: BTreeSet<String> = members.map(|member| member.as_str().unwrap().to_owned()).collect();
    let mut expected: BTreeSet<String> = house().0.into_values().map(|layout| layout.folder).collect();
    expected.extend(["tests", "tests/fuzz"].map(str::to_owned));
    assert_eq!(members, expected);
}

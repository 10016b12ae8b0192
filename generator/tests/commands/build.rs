//! `build`: what is written, what is left alone, and what keeps a site from being published.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::desk::Desk;

#[test]
fn nothing_is_written_where_nothing_changed() {
    let desk = Desk::new();
    desk.run(&["build"]).answers("").ends_with_code(0);
    let before = files(&desk.path("dist"));
    let unchanged = before.len() - 2; // but the manifest and the lock
    desk.run(&["build"])
        .answers("")
        .tells(&format!("dist: 0 files written, {unchanged} unchanged\n"))
        .ends_with_code(0);
    assert_eq!(before, files(&desk.path("dist")));
}

#[test]
fn the_same_content_at_the_same_time_makes_the_same_bytes() {
    let desk = Desk::new();
    desk.run(&["build", "--output", "one"]).ends_with_code(0);
    desk.run(&["--output", "two"]).ends_with_code(0);
    assert_eq!(files(&desk.path("one")), files(&desk.path("two")));
}

#[test]
fn one_changed_page_changes_only_what_shows_it() {
    let desk = Desk::new();
    desk.run(&["build"]).ends_with_code(0);
    let before = files(&desk.path("dist"));
    let text = desk.read("content/aiko/intro.md").replace("A first conversation", "Our first conversation");
    let desk = desk.file("content/aiko/intro.md", &text);
    desk.run(&["build"]).ends_with_code(0);
    let after = files(&desk.path("dist"));
    let changed: Vec<&str> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "_edge/manifest.json",
            "aiko/index.html",
            "aiko/intro.md",
            "aiko/intro/index.html",
            "index.html",
            "llms.txt"
        ]
    );
}

#[test]
fn a_page_that_is_gone_takes_its_files_along() {
    let desk = Desk::new();
    desk.run(&["build"]).ends_with_code(0);
    fs::write(desk.path("dist/aiko/notes.txt"), "mine").expect("a file is written");
    fs::remove_dir_all(desk.path("content/jonas")).expect("a folder is removed");
    desk.run(&["build"]).ends_with_code(0);
    assert!(!desk.path("dist/jonas").exists());
    assert!(!desk.path("dist/_edge/hosts/jonas.json").exists());
    assert_eq!(desk.read("dist/aiko/notes.txt"), "mine");
}

#[test]
fn a_mistake_leaves_the_last_site_as_it_is() {
    let desk = Desk::new();
    desk.run(&["build"]).ends_with_code(0);
    let before = files(&desk.path("dist"));
    let text = desk.read("content/aiko/intro.md").replace("60d", "0d");
    let desk = desk.file("content/aiko/intro.md", &text.replace("start_every = 30", "start_evry = 30"));
    desk.run(&["build"]).answers("").ends_with_code(1);
    assert_eq!(before, files(&desk.path("dist")));
}

#[test]
fn a_file_that_no_build_made_is_in_the_way() {
    let desk = Desk::new().file("dist/index.html", "mine");
    desk.run(&["build"])
        .answers("")
        .tells("generator: dist/index.html is in the way, and was not made by a build. Move it away, or choose another folder with `--output`.\n")
        .ends_with_code(1);
    assert_eq!(desk.read("dist/index.html"), "mine");
}

#[test]
fn content_is_not_written_over() {
    Desk::new()
        .run(&["build", "--output", "content/dist"])
        .tells("generator: the output folder content/dist and the content folder content cannot contain one another. Choose another output folder with `--output`.\n")
        .ends_with_code(1);
}

#[test]
fn a_newcomer_is_told_how_to_begin() {
    Desk::empty()
        .run(&[])
        .tells("generator: there is no content in content. Start a site with `generator new host aiko`, or name another folder with `--content`.\n")
        .ends_with_code(1);
    Desk::new()
        .run_bare(&["build"])
        .tells("generator: there is no theme in site. Run this beside Daymark's `site` folder, or name that folder with `--theme`.\n")
        .ends_with_code(1);
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    let named = files.map(|entry| {
        let path = entry.path().strip_prefix(folder).expect("a path below").display().to_string();
        (path, fs::read(entry.path()).expect("a file"))
    });
    named.collect()
}

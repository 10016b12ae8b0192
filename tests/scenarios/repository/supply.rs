//! What builds and deploys the site is named so that nobody else can put something in its place.

use std::fs;

use crate::{read, root};

/// The files of the workflows, each with its text.
fn workflows() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn actions_are_named_by_their_commits() {
    let mut seen = 0;
    for (file, text) in workflows() {
        for action in
            text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            let commit =
                action.split(' ').next().and_then(|name| name.split_once('@')).map(|(_, commit)| commit);
            let is_commit = commit.is_some_and(|commit| {
                commit.len() == 40
                    && commit.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            });
            assert!(is_commit, "{file}: {action}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn what_sees_a_secret_comes_from_a_lock_file() {
    for (file, text) in workflows() {
        for line in text.lines().map(str::trim) {
            assert!(!line.contains("npx") && !line.contains("npm install"), "{file}: {line}");
            assert!(!line.contains("cargo install") || line.contains("--locked"), "{file}: {line}");
        }
    }
}

#[test]
fn advisories_are_looked_at_daily() {
    let text =
        workflows().into_iter().map(|(_, text)| text).find(|text| text.contains("deny check advisories"));
    let text = text.unwrap();
    assert!(text.contains("npm audit") && text.contains("schedule:"));
}

#[test]
fn the_unit_asks_for_handles_and_bounds_memory() {
    let unit = read("docs/daymark.service");
    for line in ["LimitNOFILE=4096", "MemoryMax=1G", "UMask=0077"] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
}

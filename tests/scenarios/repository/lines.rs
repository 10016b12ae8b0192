//! The length of lines: rustfmt holds code to 110 columns and leaves comments alone.

use std::path::Path;

use walkdir::WalkDir;

use super::root;

const MOST_COLUMNS: usize = 120;

/// Folders whose comments are held to it.
const FOLDERS: [&str; 7] =
    ["edge", "generator", "scheduling", "tests/benches", "tests/fuzz", "tests/harness", "tests/scenarios"];

#[test]
fn no_comment_runs_past_120_columns() {
    for folder in FOLDERS {
        let files = WalkDir::new(root().join(folder)).into_iter().map(Result::unwrap);
        let files: Vec<_> =
            files.filter(|entry| entry.path().extension().is_some_and(|end| end == "rs")).collect();
        assert!(!files.is_empty(), "{folder} has no Rust in it");
        let long: Vec<String> = files.iter().flat_map(|file| long_comments(file.path())).collect();
        assert!(long.is_empty(), "wrap these at {MOST_COLUMNS} columns:\n{}", long.join("\n"));
    }
}

fn long_comments(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().enumerate();
    let long =
        lines.filter(|(_, line)| line.trim_start().starts_with("//") && line.chars().count() > MOST_COLUMNS);
    long.map(|(number, _)| format!("{}:{}", path.display(), number + 1)).collect()
}

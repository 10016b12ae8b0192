//! Broken folders: each folder of `broken/` is content with mistakes, and its `expected.txt` is all that is said about
//! it.
//!
//! To add one, make the folder, run the test with `UPDATE_EXPECTED=1`, and read what was written.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_broken_folder_says_what_is_expected() {
    let mut wrong = Vec::new();
    let folders = folders();
    assert!(folders.len() >= 30, "only {} broken folders", folders.len());
    for folder in folders {
        let said = super::load_at(&folder).diagnostics.to_string();
        let path = folder.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&path, &said).expect("expected.txt is written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}\nsaid:\n{said}\nexpected:\n{expected}", folder.display()));
        }
        assert!(!said.is_empty(), "{} is not broken", folder.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_said_is_the_same_whenever_it_is_said() {
    for folder in folders() {
        assert_eq!(super::load_at(&folder).diagnostics, super::load_at(&folder).diagnostics);
    }
}

#[test]
fn a_site_is_made_exactly_where_there_is_no_mistake() {
    for folder in folders() {
        let loaded = super::load_at(&folder);
        assert_eq!(loaded.site.is_some(), loaded.diagnostics.mistakes() == 0, "{}", folder.display());
    }
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content/broken");
    let entries = fs::read_dir(root).expect("the broken folders");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    folders.sort();
    folders
}

//! The list of keys, the docs and the reader know the same keys.

use std::collections::BTreeSet;

use publishing::content::{FileKind, check_file, keys};

/// The docs' headings of the kinds of files that have a table of keys.
const HEADINGS: [(FileKind, &str); 4] = [
    (FileKind::Site, "## content/site.toml"),
    (FileKind::Host, "## content/&lt;host&gt;/host.toml"),
    (FileKind::Meeting, "## content/&lt;host&gt;/&lt;page&gt;.md"),
    (FileKind::Translation, "## content/&lt;host&gt;/&lt;page&gt;.&lt;locale&gt;.md"),
];

fn section(kind: FileKind) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let docs = std::fs::read_to_string(path).expect("the docs");
    let heading = HEADINGS.iter().find(|(of, _)| *of == kind).expect("a heading").1;
    let (_, after) = docs.split_once(&format!("{heading}\n")).expect("the section");
    after.split("\n## ").next().expect("its text").to_owned()
}

#[test]
fn the_docs_describe_every_key() {
    for (kind, path) in keys() {
        let section = section(kind);
        let words: BTreeSet<&str> = section.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for name in path.split('.').filter(|name| !name.starts_with('<')) {
            assert!(words.contains(name), "the docs lack `{name}` of `{path}` ({kind:?})");
        }
    }
}

#[test]
fn the_docs_describe_no_other_key() {
    for kind in [FileKind::Site, FileKind::Host, FileKind::Meeting] {
        let known: BTreeSet<String> =
            keys().into_iter().filter(|(of, _)| *of == kind).map(|(_, path)| path).collect();
        for row in section(kind).lines().filter(|line| line.starts_with("| `")) {
            let path = row.split('`').nth(1).expect("a key");
            let fits = |known: &String| known == path || known.starts_with(&format!("{path}."));
            assert!(known.iter().any(fits), "there is no key `{path}` ({kind:?})");
        }
    }
}

#[test]
fn every_key_is_read() {
    for (kind, path) in keys() {
        let top = path.split('.').next().expect("a name");
        let said = check_file(kind, around(kind, &format!("{top} = 1.5\n")).as_bytes()).to_string();
        assert!(!said.contains("unknown key"), "`{top}` is not known ({kind:?}): {said}");
        assert!(said.contains(&format!("`{top}` should be")), "`{top}` is not read ({kind:?}): {said}");
    }
}

fn around(kind: FileKind, key: &str) -> String {
    match kind {
        FileKind::Site | FileKind::Host => key.to_owned(),
        FileKind::Meeting | FileKind::Translation => format!("+++\n{key}+++\n"),
    }
}

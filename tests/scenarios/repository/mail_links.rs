//! Links that write to somebody: no template puts an address into one by itself, as text is more there than text.

use std::fs;

use walkdir::WalkDir;

use super::root;

/// The functions that write such links, with everything in an address that would be read as something else encoded.
const WRITERS: [&str; 2] = ["scheduling/src/mail/link.rs", "site/scripts/desk/pieces.js"];

/// The marks that begin a placeholder: of a shell, of a template, of a script, and of Rust.
const PLACEHOLDERS: [&str; 4] = ["mailto:⟦", "mailto:{{", "mailto:${", "mailto:{"];

#[test]
fn only_its_writers_put_an_address_into_a_link() {
    let mut found = Vec::new();
    for folder in ["site", "edge/src", "scheduling/src", "generator"] {
        let files = WalkDir::new(root().join(folder)).into_iter().map(Result::unwrap);
        for file in files.filter(|entry| entry.file_type().is_file()) {
            let text = fs::read_to_string(file.path()).unwrap_or_default();
            if PLACEHOLDERS.iter().any(|placeholder| text.contains(placeholder)) {
                found.push(file.path().strip_prefix(root()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    assert_eq!(found, WRITERS);
}

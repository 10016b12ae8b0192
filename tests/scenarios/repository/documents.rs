//! What the documents say of the code is true: the files are where they say, and hold what they say.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn each_step_of_the_walkthroughs_is_in_the_file_that_it_names() {
    let text = read("ARCHITECTURE.md");
    let mut steps = 0;
    for (path, after) in links(&text) {
        let code = read(&path);
        let Some(symbol) = after.strip_prefix(" `").and_then(|rest| rest.split('`').next()) else { continue };
        let defines = ["fn", "struct", "enum", "trait"].iter().any(|kind| {
            code.lines().any(|line| {
                line.split_once(&format!("{kind} {symbol}")).is_some_and(|(_, rest)| {
                    !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
                })
            })
        });
        assert!(defines, "ARCHITECTURE.md names `{symbol}` in {path}, which defines no such thing");
        steps += 1;
    }
    assert!(steps > 20, "only {steps} steps name what they lead to");
    assert!(text.lines().count() < 250, "ARCHITECTURE.md is to be read in one sitting");
}

#[test]
fn each_link_of_the_documents_leads_somewhere() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/configuration.md",
        "docs/contacts.md",
        "docs/deploy.md",
        "docs/host.md",
        "docs/self-host.md",
        "docs/webhooks.md",
    ] {
        let folder = Path::new(document).parent().unwrap();
        for (target, _) in links(&read(document)) {
            let path = root().join(folder).join(target.split('#').next().unwrap());
            assert!(path.exists(), "{document} links to {target}, which is not there");
        }
    }
    assert!(read("README.md").lines().count() < 150, "README.md is to be read in two minutes");
}

/// The relative targets of Markdown links, each with the text that follows it.
fn links(text: &str) -> Vec<(String, &str)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let relative = targets.filter(|(target, _)| !target.contains("://") && !target.starts_with('#'));
    relative.map(|(target, after)| (target.to_owned(), after)).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

//! The documents are true: the files are where they say, and hold what they say.

use std::fs;
use std::path::Path;

use super::{read, root};

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
    let documents = documents();
    assert!(documents.len() > 10, "only {documents:?}");
    for document in &documents {
        let folder = Path::new(document).parent().unwrap();
        for (target, _) in links(&read(document)) {
            let path = root().join(folder).join(target.split('#').next().unwrap());
            assert!(path.exists(), "{document} links to {target}, which is not there");
        }
    }
    assert!(read("README.md").lines().count() < 150, "README.md is to be read in two minutes");
}

#[test]
fn each_example_of_how_to_write_a_test_is_quoted_from_the_file_that_it_names() {
    let text = read("tests/README.md");
    let mut examples = 0;
    for (before, block) in
        text.split("```").collect::<Vec<_>>().chunks(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?)))
    {
        let (path, _) = links(before).pop().expect("a link before the example");
        let (_, example) = block.split_once('\n').expect("an example has lines");
        assert!(
            read(&format!("tests/{path}")).contains(example),
            "tests/README.md quotes this from {path}:\n{example}"
        );
        examples += 1;
    }
    assert!(examples >= 6, "an example for each boundary, not only {examples}");
}

/// Every Markdown file that is for readers: at the top, in `docs/`, and beside the tests.
fn documents() -> Vec<String> {
    let folders = ["", "docs/", "content/", "tests/", "tests/browser/"];
    let in_folder = |folder: &'static str| {
        let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let files = files.map(move |name| format!("{folder}{}", name.to_str().unwrap()));
        files.filter(|file| Path::new(file).extension().is_some_and(|end| end == "md"))
    };
    folders.into_iter().flat_map(in_folder).collect()
}

/// The relative targets of Markdown links, each with the text that follows it.
fn links(text: &str) -> Vec<(String, &str)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let relative = targets.filter(|(target, _)| !target.contains("://") && !target.starts_with('#'));
    relative.map(|(target, after)| (target.to_owned(), after)).collect()
}

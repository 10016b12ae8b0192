//! The documents are true: the files are where they say, and hold what they say.

use std::collections::{BTreeMap, BTreeSet};
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

/// No question and no tracking parameter can have such a name: content, scripts and documents agree on them.
#[test]
fn what_a_link_has_for_itself_is_the_same_everywhere() {
    let own: BTreeSet<&str> = scheduling::link::OWN.into_iter().collect();
    let scripts = read("site/scripts/visit.js") + &read("site/scripts/details/request.js");
    let in_scripts = ["const STATE = ", "const OWN = [...STATE, "].iter().flat_map(|constant| {
        let (_, list) = scripts.split_once(constant).unwrap();
        list.split_once(']').unwrap().0.split('\'').skip(1).step_by(2)
    });
    assert_eq!(in_scripts.collect::<BTreeSet<_>>(), own);
    let text = read("docs/configuration.md");
    let (_, list) = text.split_once("has for itself: ").unwrap();
    let named: BTreeSet<&str> = list.split_once('.').unwrap().0.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, own.into_iter().chain(scheduling::link::ASKED).collect());
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

/// Bindings that share a number would count together, and the Worker looks each up by its name.
#[test]
fn what_deploying_says_of_bindings_is_what_the_worker_needs() {
    let deployed: toml::Table = read("wrangler.toml").parse().unwrap();
    let text = read("docs/deploy.md");
    let blocks = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks: Vec<toml::Table> = blocks.map(|block| block.parse().unwrap()).collect();
    let previews: Vec<_> = blocks.iter().filter_map(|block| block.get("previews")?.as_table()).collect();
    let [preview] = previews[..] else { panic!("one block says what previews need: {previews:?}") };
    let mut numbers = BTreeSet::new();
    for table in [&deployed, preview] {
        for limit in bound(table, "ratelimits") {
            let number = limit["namespace_id"].as_str().unwrap();
            assert!(numbers.insert(number), "two bindings count under {number}");
        }
    }
    let names = |table, kind, key| -> BTreeMap<String, Option<toml::Value>> {
        let named = |one: &toml::Value| (one[key].as_str().unwrap().to_owned(), one.get("simple").cloned());
        bound(table, kind).iter().map(named).collect()
    };
    for (kind, key) in [("ratelimits", "name"), ("kv_namespaces", "binding")] {
        assert_eq!(names(preview, kind, key), names(&deployed, kind, key), "[previews] and wrangler.toml");
    }
    let ledgers = |table: &toml::Table| table["durable_objects"]["bindings"].clone();
    assert_eq!(ledgers(preview), ledgers(&deployed));
}

/// The bindings of a kind, of which there are some.
fn bound<'a>(table: &'a toml::Table, kind: &str) -> &'a [toml::Value] {
    let bound = table[kind].as_array().unwrap();
    assert!(!bound.is_empty(), "{kind}");
    bound
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

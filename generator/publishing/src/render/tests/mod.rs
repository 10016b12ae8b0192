//! Rendering from the outside: the sample site through the theme, and a tiny page whose whole HTML was reviewed.

mod keys;
mod size;
mod times;
mod words;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Job, THEME_TOKENS, Theme, plan};
use crate::content::{self, LoadOptions, Site};

/// A page that has a little of everything.
const TINY_PAGE: &str = r#"+++
title = "<Tea> & talk"
durations = [30, 60]
location = { ask = "Where?" }
from = "2026-12-01"
until = "2026-12-02"
listed = false

[[questions]]
id = "topic"
label = "About what?"
kind = "long_text"
required = true

[[questions]]
id = "cake"
label = "Cake?"
kind = "choice"
options = [{ id = "yes", label = "Yes" }]

[[questions]]
id = "agreed"
label = "I agree."
kind = "consent"
required = true
+++
Come **by**. <script>x</script>
"#;

fn now() -> DateTime<Utc> {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn theme() -> Theme {
    Theme::load(&root().join("site")).unwrap()
}

fn load(folder: &Path) -> Arc<Site> {
    let options = LoadOptions { now: now(), ..LoadOptions::default() };
    let loaded = content::load(folder, &options);
    Arc::new(loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
}

fn sample() -> Arc<Site> {
    load(&root().join("content"))
}

/// A site with one host and one page.
fn tiny(title: &str, name: &str, page: &str) -> Arc<Site> {
    let folder = tempfile::tempdir().unwrap();
    let site = format!("title = {title:?}\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n");
    let host = format!(
        "name = {name:?}\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n"
    );
    std::fs::create_dir(folder.path().join("aiko")).unwrap();
    for (file, text) in [("site.toml", site.as_str()), ("aiko/host.toml", &host), ("aiko/tea.md", page)] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    load(folder.path())
}

/// The text of a planned file.
fn render(jobs: &[Job], path: &str) -> String {
    let job = jobs.iter().find(|job| job.path == Path::new(path));
    let job = job.unwrap_or_else(|| panic!("{path} is not planned"));
    String::from_utf8((job.render)().unwrap()).unwrap()
}

#[test]
fn a_tiny_page_is_as_reviewed() {
    let site = tiny("Tea", "Aiko & co", TINY_PAGE);
    let html = render(&plan::jobs(&theme(), &site, now()), "aiko/tea/index.html");
    let html = without_digests(&html);
    let reviewed = root().join("generator/publishing/src/render/tests/meeting.html");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&reviewed, &html).unwrap();
    }
    let expected = std::fs::read_to_string(&reviewed).unwrap();
    assert_eq!(
        html, expected,
        "if the change is meant: UPDATE_EXPECTED=1 cargo test, and read the difference"
    );
}

/// HTML without the digests in the names of assets, which change with every style.
fn without_digests(html: &str) -> String {
    let mut parts = html.split("/assets/");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('.').unwrap();
        let (_, rest) = rest.split_once('.').unwrap();
        text.extend(["/assets/", name, ".DIGEST.", rest]);
    }
    text
}

#[test]
fn the_sample_site_is_rendered_alike_twice() {
    let render_all = |now| {
        let jobs = plan::jobs(&theme(), &sample(), now);
        let render = |job: &Job| (job.path.clone(), job.fingerprint, (job.render)().unwrap());
        let mut files: Vec<_> = jobs.iter().map(render).collect();
        files.sort();
        files
    };
    let files = render_all(now());
    assert_eq!(files, render_all(now()));
    assert_eq!(files, render_all(now() + chrono::TimeDelta::hours(2)), "a page depends on the date only");
    assert_ne!(files, render_all(now() + chrono::TimeDelta::days(1)));
}

#[test]
fn what_the_endpoint_reads_is_planned() {
    let jobs = plan::jobs(&theme(), &sample(), now());
    let site: scheduling::definition::SiteDefinition =
        serde_json::from_str(&render(&jobs, "_edge/site.json")).unwrap();
    assert_eq!(site.words["ja"].dates.weekdays_short[0], "月");
    let host: scheduling::definition::HostDefinition =
        serde_json::from_str(&render(&jobs, "_edge/hosts/aiko.json")).unwrap();
    assert_eq!(host, sample().hosts[0].definition);
    let shells: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&render(&jobs, "_edge/shells/ja.json")).unwrap();
    assert_eq!(
        shells.keys().collect::<Vec<_>>(),
        ["booking.html", "decide.html", "form.html", "mail.html", "mail.txt", "message.html", "move.html"]
    );
    assert!(shells["booking.html"].starts_with("<!doctype html>\n<html lang=\"ja\""));
}

#[test]
fn an_address_where_nothing_is_says_so_in_every_language() {
    let html = render(&plan::jobs(&theme(), &sample(), now()), "404.html");
    for part in [
        "<h1>Page not found</h1>",
        "href=\"/\">See all meetings</a>",
        "<article lang=\"ja\" dir=\"ltr\">",
        "<h2>ページが見つかりません</h2>",
        "href=\"/ja/\">面談の一覧へ</a>",
    ] {
        assert!(html.contains(part), "no {part} in {html}");
    }
    let below = render(&plan::jobs(&theme(), &sample(), now()), "ja/404.html");
    assert!(
        below.contains("<h1>ページが見つかりません</h1>") && below.contains("<article lang=\"en\""),
        "{below}"
    );
    let alone = render(&plan::jobs(&theme(), &tiny("Tea", "Aiko", TINY_PAGE), now()), "404.html");
    assert!(!alone.contains("<article"), "{alone}");
}

#[test]
fn lists_say_when_each_meeting_is_first_free() {
    for path in ["index.html", "aiko/index.html"] {
        let html = render(&plan::jobs(&theme(), &sample(), now()), path);
        assert!(html.contains("<span>Available from Tuesday 8 December</span>"), "{path}: {html}");
    }
}

#[test]
fn a_change_of_one_page_changes_that_page_and_the_lists() {
    let fingerprints = |site: &Arc<Site>| {
        let jobs = plan::jobs(&theme(), site, now());
        jobs.into_iter().map(|job| (job.path, job.fingerprint)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = sample();
    let mut after = (*before).clone();
    after.hosts[0].pages[0].description.insert("en".to_owned(), "Other words.".to_owned());
    let (before, after) = (fingerprints(&before), fingerprints(&Arc::new(after)));
    let changed: Vec<&str> = before
        .iter()
        .filter(|(path, fingerprint)| after[*path] != **fingerprint)
        .filter_map(|(path, _)| path.to_str())
        .collect();
    assert_eq!(
        changed,
        [
            "aiko/index.html",
            "aiko/intro/index.html",
            "index.html",
            "ja/aiko/index.html",
            "ja/aiko/intro/index.html",
            "ja/index.html"
        ]
    );
}

#[test]
fn a_site_sets_custom_properties_that_the_styles_have() {
    let styles = std::fs::read_to_string(root().join("site/styles/base.css")).unwrap();
    for token in THEME_TOKENS {
        assert!(styles.contains(&format!("    --{token}: ")), "{token} is in no style");
    }
    let mut site = (*sample()).clone();
    site.theme.insert("accent".to_owned(), "#123456;}body{display:none".to_owned());
    let jobs = plan::jobs(&theme(), &Arc::new(site), now());
    let style =
        jobs.iter().find(|job| job.path.extension().is_some_and(|extension| extension == "css")).unwrap();
    let style = String::from_utf8((style.render)().unwrap()).unwrap();
    assert!(style.ends_with(":root{--accent:#123456bodydisplay:none}"), "{style}");
}

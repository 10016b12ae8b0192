//! Rendering from the outside: the sample site through the theme, and a tiny page whose whole HTML was reviewed.

mod harness;
mod keys;
mod size;
mod times;
mod words;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use scheduling::definition::{HostDefinition, SiteDefinition};

use super::THEME_TOKENS;
use harness::{Trial, now, root};

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

#[test]
fn a_tiny_page_is_as_reviewed() {
    let html = without_digests(&Trial::of_page(TINY_PAGE).publish().read("aiko/tea/index.html"));
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
    let sample = |later| Trial::sample().at(now() + later).publish();
    let first = sample(TimeDelta::zero());
    let check = |later: TimeDelta, is_same: bool| {
        let other = sample(later);
        let same = (first.bytes(), first.fingerprints()) == (other.bytes(), other.fingerprints());
        assert_eq!(same, is_same, "{later} later: a page depends on the date only");
    };
    check(TimeDelta::zero(), true);
    check(TimeDelta::hours(2), true);
    check(TimeDelta::days(1), false);
}

#[test]
fn what_the_endpoint_reads_is_planned() {
    let sample = Trial::sample();
    let definition = sample.site().hosts[0].definition.clone();
    let dist = sample.publish();
    let site: SiteDefinition = dist.json("_edge/site.json");
    assert_eq!(site.words["ja"].dates.weekdays_short[0], "月");
    assert_eq!(dist.json::<HostDefinition>("_edge/hosts/aiko.json"), definition);
    let shells: BTreeMap<String, String> = dist.json("_edge/shells/ja.json");
    assert_eq!(
        shells.keys().collect::<Vec<_>>(),
        [
            "booking.html",
            "decide.html",
            "form.html",
            "mail.html",
            "mail.txt",
            "message.html",
            "move.html",
            "sign_in.html",
            "sign_in_mail.html",
            "sign_in_mail.txt"
        ]
    );
    assert!(shells["booking.html"].starts_with("<!doctype html>\n<html lang=\"ja\""));
}

#[test]
fn an_address_where_nothing_is_says_so_in_every_language() {
    let dist = Trial::sample().publish();
    dist.has("404.html", "<h1>Page not found</h1>")
        .has("404.html", "href=\"/\">See all meetings</a>")
        .has("404.html", "<article lang=\"ja\" dir=\"ltr\">")
        .has("404.html", "<h2>ページが見つかりません</h2>")
        .has("404.html", "href=\"/ja/\">面談の一覧へ</a>")
        .has("ja/404.html", "<h1>ページが見つかりません</h1>")
        .has("ja/404.html", "<article lang=\"en\"");
    Trial::of_page(TINY_PAGE).publish().lacks("404.html", "<article");
}

/// The day may be full, or over, when somebody reads the page: only the endpoint knows.
#[test]
fn lists_name_no_day_but_say_where_none_is_left() {
    let asked = "<p class=\"hint first\" data-first=\"aiko/review\" data-zone=\"Asia/Tokyo\"></p>";
    let dist = Trial::sample().publish();
    for list in ["index.html", "aiko/index.html", "ja/index.html", "ja/aiko/index.html"] {
        dist.has(list, asked).lacks(list, "December").lacks(list, "12月");
    }
    let over = Trial::sample().changed(|site| {
        for meeting in site.hosts[0].definition.meetings.values_mut() {
            meeting.rules.window.until = chrono::NaiveDate::from_ymd_opt(2026, 1, 1);
        }
    });
    let none = "<p class=\"hint first\">No free times at the moment</p>";
    over.publish()
        .has("index.html", none)
        .has("aiko/index.html", none)
        .lacks("aiko/index.html", "data-first");
}

#[test]
fn a_change_of_one_page_changes_that_page_and_the_lists() {
    let after = Trial::sample().changed(|site| {
        site.hosts[0].pages[0].description.insert("en".to_owned(), "Other words.".to_owned());
    });
    assert_eq!(
        Trial::sample().publish().changes_to(&after.publish()),
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
fn published_pages_carry_the_headers_that_served_ones_do() {
    let headers = Trial::sample().publish().read("_headers");
    for (name, value) in scheduling::web::protecting_headers(scheduling::web::Origin::Published, true) {
        assert!(headers.contains(&format!("\n  {name}: {value}\n")), "{name} is not in {headers}");
    }
}

#[test]
fn a_site_sets_custom_properties_that_the_styles_have() {
    let styles = std::fs::read_to_string(root().join("site/styles/base.css")).unwrap();
    for token in THEME_TOKENS {
        assert!(styles.contains(&format!("    --{token}: ")), "{token} is in no style");
    }
    let site = Trial::sample().changed(|site| {
        site.theme.insert("accent".to_owned(), "#123456;}body{display:none".to_owned());
    });
    let dist = site.publish();
    for path in dist.with_extension("css") {
        let style = dist.read(path);
        assert!(style.ends_with(":root{--accent:#123456bodydisplay:none}"), "{style}");
    }
}

//! The size of a meeting page: with its styles and script, it fits into what a server sends before it must wait for an
//! answer. The script of its second step comes later, once somebody comes near the form.

use std::fmt::Write as _;
use std::io::Write as _;

use chrono::{DateTime, Months, Utc};

use super::super::place;
use super::harness::{Dist, Trial, now};

/// Ten packets, as a new connection may send at once, less what their headers take.
const MOST_BYTES: usize = 14_600;

/// The most bytes of each script that pages by others load.
const MOST_SHARED_BYTES: [(&str, usize); 2] = [("embed.js", 2_048), ("known.js", 1_024)];

/// The level that the local server compresses pages at.
const LEVEL: u32 = 9;

/// A page's HTML, styles and script, compressed, in bytes.
fn sizes(dist: &Dist, path: &str) -> [usize; 3] {
    let html = dist.read(path);
    let linked = |before: &str| {
        let (_, path) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {path}"));
        dist.read(path.split('"').next().unwrap())
    };
    let style = linked("<link rel=\"stylesheet\" href=\"/");
    let script = linked("<script src=\"/");
    let later =
        ["data-details=\"/assets/", "property=\"og:image\" content=\"https://meet.example.com/assets/"];
    let later: usize = later.iter().map(|named| html.matches(named).count()).sum();
    let loaded = html.matches("/assets/").count() - later;
    assert_eq!(loaded, 2, "{path} loads more than one style and one script");
    [html, style, script].map(|part| compressed(&part))
}

fn compressed(text: &str) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(LEVEL));
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

/// Checks every page of the sample site in every locale, as published then.
#[track_caller]
fn check(now: DateTime<Utc>) {
    let sample = Trial::sample().at(now);
    let site = sample.site().clone();
    let dist = sample.publish();
    let mut table = String::from("  all  html style script\n");
    let mut most = 0;
    for host in &site.hosts {
        for page in &host.pages {
            for locale in page.description.keys() {
                let path = scheduling::paths::page(
                    &site.definition.locales,
                    locale,
                    &format!("{}/{}", host.definition.folder, page.slug),
                );
                let [html, style, script] = sizes(&dist, place::file(&path).to_str().unwrap());
                let all = html + style + script;
                most = most.max(all);
                writeln!(table, "{all:>5} {html:>5} {style:>5} {script:>6} {path}").unwrap();
            }
        }
    }
    assert!(most > 0, "no page was measured");
    assert!(most <= MOST_BYTES, "on {now}, {most} bytes are more than {MOST_BYTES}:\n{table}");
}

#[test]
fn a_sample_page_fits_into_one_round_trip() {
    check(now());
}

#[test]
fn scripts_for_pages_by_others_are_small() {
    let dist = Trial::sample().publish();
    for (name, most) in MOST_SHARED_BYTES {
        for path in [name.to_owned(), format!("ja/{name}")] {
            let bytes = compressed(&dist.read(&path));
            assert!(bytes <= most, "{path} has {bytes} bytes, more than {most}");
        }
    }
}

/// Holidays, and the lengths of dates, make a page larger on some days than on others.
#[test]
fn it_does_so_all_year() {
    for months in 1..=12 {
        check(now() + Months::new(months));
    }
}

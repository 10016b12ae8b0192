//! What a visitor loads: a meeting page, its styles and its script fit into what a server sends before it must wait for an answer.

use std::fmt::Write as _;
use std::io::Write as _;

use super::{Job, now, render, sample, theme};

/// Ten packets, as a new connection may send at once, less what their headers take.
const MOST_BYTES: usize = 14_600;

/// The level that the local server compresses pages at.
const LEVEL: u32 = 6;

/// A page's HTML, styles and script, compressed, in bytes.
fn sizes(jobs: &[Job], path: &str) -> [usize; 3] {
    let html = render(jobs, path);
    let linked = |before: &str| {
        let (_, path) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {path}"));
        render(jobs, path.split('"').next().unwrap())
    };
    let style = linked("<link rel=\"stylesheet\" href=\"/");
    let script = linked("<script src=\"/");
    assert_eq!(html.matches("/assets/").count(), 2, "{path} loads more than one style and one script");
    [html, style, script].map(|part| compressed(&part))
}

fn compressed(text: &str) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(LEVEL));
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[track_caller]
fn check(jobs: &[Job]) {
    let site = sample();
    let mut table = String::from(" all  html style script\n");
    let mut most = 0;
    for host in &site.hosts {
        for page in &host.pages {
            for locale in page.description.keys() {
                let folder = if *locale == site.definition.locales[0] { "" } else { &format!("{locale}/") };
                let path = format!("{folder}{}/{}/index.html", host.definition.folder, page.slug);
                let [html, style, script] = sizes(jobs, &path);
                let all = html + style + script;
                most = most.max(all);
                writeln!(table, "{all:>5} {html:>5} {style:>5} {script:>6} {path}").unwrap();
            }
        }
    }
    assert!(most > 0, "no page was measured");
    assert!(most <= MOST_BYTES, "{most} bytes are more than {MOST_BYTES}:\n{table}");
}

#[test]
fn a_sample_page_fits_into_one_round_trip() {
    check(&theme().plan(&sample(), now()));
}

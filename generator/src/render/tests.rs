//! What is rendered, from the outside.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Job, Theme};
use crate::content::{self, LoadOptions, Site};

const NOW: &str = "2026-11-24T03:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn theme() -> Theme {
    Theme::load(&root().join("site")).unwrap()
}

fn sample() -> Arc<Site> {
    let options = LoadOptions { now: now(), ..LoadOptions::default() };
    let loaded = content::load(&root().join("content"), &options);
    Arc::new(loaded.site.unwrap())
}

/// The text of a planned file.
fn render(jobs: &[Job], path: &str) -> String {
    let job = jobs.iter().find(|job| job.path == Path::new(path));
    let job = job.unwrap_or_else(|| panic!("{path} is not planned"));
    String::from_utf8((job.render)().unwrap()).unwrap()
}

#[test]
fn the_sample_site_is_rendered_alike_twice() {
    let render_all = || {
        let jobs = theme().plan(&sample(), now());
        let render = |job: &Job| (job.path.clone(), job.fingerprint, (job.render)().unwrap());
        let mut files: Vec<_> = jobs.iter().map(render).collect();
        files.sort();
        files
    };
    assert_eq!(render_all(), render_all());
}

#[test]
fn what_the_endpoint_reads_is_planned() {
    let jobs = theme().plan(&sample(), now());
    let site: scheduling::definition::SiteDefinition =
        serde_json::from_str(&render(&jobs, "_edge/site.json")).unwrap();
    assert_eq!(site.words["ja"].dates.weekdays_short[0], "月");
    let host: scheduling::definition::HostDefinition =
        serde_json::from_str(&render(&jobs, "_edge/hosts/aiko.json")).unwrap();
    assert_eq!(host, sample().hosts[0].definition);
}

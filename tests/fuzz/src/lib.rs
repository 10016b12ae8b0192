//! What the targets share: the sample site as the generator writes it, and how long an input may take.

#![expect(clippy::expect_used, reason = "what fails here is the fuzzer's own")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use edge::Shells;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use publishing::content::{LoadOptions, load};
use publishing::render::{Theme, plan};
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::token::Secrets;

/// The longest that an input may take.
const LONGEST: Duration = Duration::from_secs(1);

/// Runs an input.
///
/// # Panics
///
/// If it takes more than a second of the processor, whoever else has the machine meanwhile.
pub fn within_a_second(run: impl FnOnce()) {
    let spent = || {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells");
        let time = usage.user_time() + usage.system_time();
        Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default())
    };
    let before = spent();
    run();
    let took = spent().saturating_sub(before);
    assert!(took < LONGEST, "it takes {took:?}");
}

/// The time at which the endpoint is asked.
pub fn now() -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse().expect("a time")
}

/// The sample site.
#[derive(Debug)]
pub struct Sample {
    /// Its definition.
    pub site: Arc<SiteDefinition>,
    /// Its hosts.
    pub hosts: Vec<Arc<HostDefinition>>,
    /// Any secrets.
    pub secrets: Secrets,
    shells: Vec<(String, Arc<Shells>)>,
}

impl Sample {
    /// Reads and publishes it.
    ///
    /// # Panics
    ///
    /// If it is broken.
    pub fn build() -> Self {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let dist = std::env::temp_dir().join(format!("daymark-fuzz-{}", std::process::id()));
        let theme = Theme::load(format!("{root}/site").as_ref()).expect("the theme");
        let site =
            load(format!("{root}/content").as_ref(), &LoadOptions::default()).site.expect("the sample site");
        let site = Arc::new(site);
        publishing::output::write(&dist, &plan::jobs(&theme, &site, now())).expect("a folder for the site");
        let read = |path: String| std::fs::read(dist.join(path)).expect("a file of the site");
        let sample = Self {
            site: Arc::new(serde_json::from_slice(&read("_edge/site.json".to_owned())).expect("a site")),
            hosts: site.hosts.iter().map(|host| Arc::new(host.definition.clone())).collect(),
            shells: theme
                .locales()
                .into_iter()
                .map(|locale| {
                    let shells =
                        serde_json::from_slice(&read(format!("_edge/shells/{locale}.json"))).expect("shells");
                    (locale, Arc::new(shells))
                })
                .collect(),
            secrets: Secrets { current: vec![7; 32], previous: None },
        };
        std::fs::remove_dir_all(&dist).expect("the folder is ours");
        sample
    }

    /// The shells of one of the site's locales.
    ///
    /// # Panics
    ///
    /// If the site does not have it.
    pub fn shells(&self, locale: &str) -> Arc<Shells> {
        let mut shells = self.shells.iter();
        let of_locale = shells.find(|(code, _)| code == locale);
        Arc::clone(&of_locale.expect("only the site's locales are asked for").1)
    }
}

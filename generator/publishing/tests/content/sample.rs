//! The sample content: what a newcomer edits is sound, and reads as it is written.

use std::collections::BTreeMap;
use std::path::Path;

use publishing::content::{LoadOptions, Site, load};
use scheduling::definition::{Location, Meeting, QuestionKind};
use scheduling::hours::Opening;

fn sample() -> Site {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let loaded = super::load_at(&root);
    assert_eq!(loaded.diagnostics.to_string(), "");
    loaded.site.expect("a site")
}

fn meeting<'s>(site: &'s Site, host: usize, slug: &str) -> &'s Meeting {
    &site.hosts[host].definition.meetings[slug]
}

#[test]
fn the_site_is_read() {
    let site = sample();
    assert_eq!(site.definition.title, "Example & Co.");
    assert_eq!(site.definition.base_url, "https://meet.example.com");
    assert_eq!(site.definition.locales, ["en", "ja"]);
    assert_eq!(site.definition.hosts, ["aiko", "jonas"]);
    assert_eq!(site.definition.limits.bookings_per_minute, 20);
    assert_eq!(site.definition.limits.bookings_per_contact, 50);
    assert_eq!(site.theme, BTreeMap::from([("accent".to_owned(), "#0b6e63".to_owned())]));
    assert_eq!(site.privacy.expect("words").keys().collect::<Vec<_>>(), ["en", "ja"]);
}

#[test]
fn hosts_and_their_pages_are_read() {
    let site = sample();
    let slugs =
        |host: usize| site.hosts[host].pages.iter().map(|page| page.slug.as_str()).collect::<Vec<_>>();
    assert_eq!((slugs(0), slugs(1)), (vec!["intro", "review"], vec!["night", "support"]));
    let aiko = &site.hosts[0].definition;
    assert_eq!((aiko.folder.as_str(), aiko.ledger.as_str(), aiko.key_version), ("aiko", "aiko", 1));
    assert_eq!(aiko.time_zone.name(), "Asia/Tokyo");
    let page = &site.hosts[0].pages[0];
    assert!(page.listed && !page.draft);
    assert_eq!(page.sources, [Path::new("aiko/intro.md"), Path::new("aiko/intro.ja.md")]);
    assert!(page.description["en"].starts_with("A first conversation, without obligation."));
    assert!(page.description["ja"].starts_with("初回のご相談です。"));
}

#[test]
fn rules_are_resolved_from_page_and_host() {
    let site = sample();
    let intro = meeting(&site, 0, "intro");
    assert_eq!(intro.page, "aiko/intro");
    assert_eq!(intro.change_until_minutes, 120);
    let rules = &intro.rules;
    assert_eq!(rules.durations_minutes, [30, 15, 60]);
    assert_eq!((rules.start_every_minutes, rules.notice_minutes), (30, 240));
    assert_eq!((rules.window.days, rules.window.from, rules.window.until), (Some(60), None, None));
    assert_eq!((rules.buffer.before_minutes, rules.buffer.after_minutes), (0, 15));
    assert_eq!((rules.limit.per_day, rules.limit.per_week), (Some(6), None));
    assert_eq!(rules.host_hours.0[5], [Opening { start: 600, end: 720 }]);
    assert_eq!(rules.page_hours, None);
    assert_eq!(rules.host_dates.len(), 2);
    assert!(rules.host_dates[0].first < rules.host_dates[1].first);
    assert_eq!(rules.holidays.len(), 6);

    let night = &meeting(&site, 1, "night").rules;
    assert_eq!(meeting(&site, 1, "night").approval_within_minutes, Some(48 * 60));
    assert_eq!(night.start_every_minutes, 30, "the shortest duration, where the page says nothing");
    let hours = night.page_hours.as_ref().expect("hours of its own");
    assert_eq!(hours.0[2], [Opening { start: 1260, end: 1440 }]);
    assert_eq!(hours.0[3], [Opening { start: 0, end: 90 }, Opening { start: 1260, end: 1380 }]);
}

#[test]
fn words_are_read_in_every_locale() {
    let site = sample();
    let intro = meeting(&site, 0, "intro");
    assert_eq!(intro.title["ja"], "初回のご相談");
    let QuestionKind::Choice(options) = &intro.questions[1].kind else { panic!("a choice") };
    assert_eq!(
        (options[0].label["en"].as_str(), options[0].label["ja"].as_str()),
        ("From a friend", "知人の紹介")
    );
    assert!(intro.questions[0].required && !intro.questions[1].required);
    let Location::Ask(words) = &meeting(&site, 1, "night").location else { panic!("a question") };
    assert_eq!(words.keys().collect::<Vec<_>>(), ["en", "ja"]);
}

#[test]
fn the_address_can_be_given_instead() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let options = LoadOptions { base_url: Some("http://127.0.0.1:8787/".to_owned()), ..super::options() };
    let site = load(&root, &options).site.expect("a site");
    assert_eq!(site.definition.base_url, "http://127.0.0.1:8787");
}

//! Rendering from the outside: the sample site through the theme, and a tiny page whose whole HTML was reviewed.

mod harness;
mod keys;
mod links;
mod money;
mod prices;
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
fn a_picture_is_copied_under_a_name_that_changes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = root().join("generator/publishing/tests/content/pictures");
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("site.toml", b"title = \"Tea\"\nbase_url = \"https://meet.example.com\"\n");
    write("aiko/host.toml", b"name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n");
    for name in ["tea", "cake"] {
        let page = format!(
            "+++\ntitle = \"{name}\"\ndurations = [30]\nlocation = {{ ask = \"Where?\" }}\n+++\n![A desk](desk.jpg)\n\nWords.\n"
        );
        write(&format!("aiko/{name}.md"), page.as_bytes());
    }
    write(
        "aiko/coffee.md",
        b"+++\ntitle = \"coffee\"\ndurations = [30]\nlocation = { ask = \"Where?\" }\n+++\nWords.\n",
    );
    let publish = |picture: &str| {
        let bytes = std::fs::read(pictures.join(picture)).unwrap();
        write("aiko/desk.jpg", &bytes);
        let dist = Trial::of_folder(folder.path()).publish();
        let paths: Vec<String> =
            dist.with_extension("jpg").iter().map(|path| path.display().to_string()).collect();
        let [path] = paths.as_slice() else { panic!("{paths:?}") };
        assert_eq!(dist.bytes()[std::path::Path::new(path)], bytes);
        (dist, path.clone())
    };
    let (first, path) = publish("desk.jpg");
    for page in ["tea", "cake"] {
        first.has(
            &format!("aiko/{page}/index.html"),
            &format!("<img src=\"/{path}\" width=\"24\" height=\"16\" loading=\"lazy\" decoding=\"async\" alt=\"A desk\" />"),
        );
    }
    first.has(
        "aiko/tea/index.html",
        "<meta name=\"description\" property=\"og:description\" content=\"Words.\">",
    );
    let (second, other) = publish("on-its-side.jpg");
    second.has("aiko/tea/index.html", &format!("src=\"/{other}\" width=\"16\" height=\"24\""));
    assert_eq!(
        second.changes_to(&first),
        [
            "aiko/cake/index.html",
            "aiko/cake/oembed.json",
            "aiko/cake.md",
            "aiko/tea/index.html",
            "aiko/tea/oembed.json",
            "aiko/tea.md",
            other.as_str()
        ]
    );
    // What changes between reading and copying is never published under the name of what was read.
    std::fs::write(folder.path().join("aiko/desk.jpg"), b"another").unwrap();
    let fault = second.fault(&other);
    assert!(fault.ends_with("desk.jpg: it has changed meanwhile: build again"), "{fault}");
}

#[test]
fn phones_show_the_keys_that_a_question_needs() {
    let page = "+++\ntitle = \"Tea\"\ndurations = [30]\nlocation = { phone = \"+81 3 0000 0000\" }\n\
        [[questions]]\nid = \"seats\"\nlabel = \"Seats\"\nkind = \"number\"\n\
        [[questions]]\nid = \"desk\"\nlabel = \"Desk\"\nkind = \"phone\"\n+++\nTea.\n";
    Trial::of_page(page)
        .publish()
        .has("aiko/tea/index.html", "name=\"answers.seats\" inputmode=\"decimal\"")
        .has("aiko/tea/index.html", "name=\"answers.desk\" type=\"tel\" autocomplete=\"tel\"");
}

#[test]
fn what_lists_is_described_and_what_lists_nothing_is_not_to_be_found() {
    let sample = Trial::sample().publish();
    sample
        .has("index.html", "<meta name=\"description\" content=\"Choose a meeting with Example &amp; Co., then a time that suits you.\">")
        .has("index.html", "<meta property=\"og:title\" content=\"Example &amp; Co.\">")
        .has("index.html", "<meta property=\"og:description\" content=\"Choose a meeting with Example &amp; Co., then a time that suits you.\">")
        .has("index.html", "<link rel=\"canonical\" href=\"https://meet.example.com/\">")
        .has("ja/index.html", "<meta name=\"description\" content=\"Example &amp; Co.との面談を、ご都合のよい日時でご予約いただけます。\">")
        .has("aiko/index.html", "<meta name=\"description\" content=\"Choose a meeting with Aiko Tanaka, then a time that suits you.\">")
        .has("aiko/index.html", "<meta property=\"og:title\" content=\"Book a meeting with Aiko Tanaka\">")
        .has("ja/aiko/index.html", "<meta property=\"og:description\" content=\"Aiko Tanakaとの面談を、ご都合のよい日時でご予約いただけます。\">")
        .has("ja/aiko/index.html", "<link rel=\"alternate\" hreflang=\"en\" href=\"https://meet.example.com/aiko/\">")
        .has("sitemap.xml", "<loc>https://meet.example.com/aiko/</loc>")
        .lacks("index.html", "noindex")
        .lacks("aiko/index.html", "noindex");
    let unlisted = Trial::of_page(TINY_PAGE).publish();
    for page in ["index.html", "aiko/index.html"] {
        unlisted.has(page, "<meta name=\"robots\" content=\"noindex\">");
    }
    unlisted.lacks("sitemap.xml", "<url>");
    assert_eq!(unlisted.read("host/pages.json"), "{\"hosts\":[]}");
}

#[test]
fn desks_are_told_what_is_listed() {
    let pages: serde_json::Value =
        serde_json::from_str(&Trial::sample().publish().read("ja/host/pages.json")).unwrap();
    let names: Vec<&str> =
        pages["hosts"].as_array().unwrap().iter().map(|host| host["folder"].as_str().unwrap()).collect();
    assert_eq!(names, ["aiko", "jonas"]);
    assert_eq!(
        pages["hosts"][0]["pages"][0],
        serde_json::json!({
            "page": "aiko/intro",
            "title": "初回のご相談",
            "durations": [30, 15, 60],
            "invite_only": false,
            "links": {
                "en": "https://meet.example.com/aiko/intro/",
                "ja": "https://meet.example.com/ja/aiko/intro/",
            },
        })
    );
}

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

/// What changed in the content must be in the fingerprint of each file that says something else by it: else `serve` and
/// a second build would leave it as it was.
#[test]
fn a_file_that_says_something_else_has_another_fingerprint() {
    let first = Trial::sample().publish();
    let stripe = serde_json::json!({ "stripe": { "secret": "KEY", "webhook_secret": "HOOK", "url": "https://api.stripe.com" } });
    let others = [
        Trial::sample().changed(|site| {
            site.hosts[0].definition.payments = serde_json::from_value(stripe.clone()).unwrap();
        }),
        Trial::sample().changed(|site| {
            let meeting = site.hosts[0].definition.meetings.values_mut().next().unwrap();
            let price = serde_json::from_str(r#"{"amount":5000,"currency":"JPY"}"#).unwrap();
            meeting.prices =
                meeting.rules.durations_minutes.iter().map(|minutes| (*minutes, price)).collect();
        }),
        Trial::sample().changed(|site| {
            site.hosts[0].definition.meetings.values_mut().next().unwrap().invite_only = true;
        }),
        Trial::sample().changed(|site| site.hosts[0].definition.name = "Somebody Else".to_owned()),
        Trial::sample().changed(|site| site.definition.title = "Another title".to_owned()),
    ];
    let (bytes, fingerprints) = (first.bytes(), first.fingerprints());
    for (number, other) in others.into_iter().enumerate() {
        let other = other.publish();
        for (path, content) in other.bytes() {
            let differs = bytes.get(path) != Some(&content);
            let is_known = fingerprints.get(path) != other.fingerprints().get(path);
            assert!(!differs || is_known, "change {number}: {}", path.display());
        }
    }
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
            "ask.html",
            "booking.html",
            "calendar_mail.html",
            "calendar_mail.txt",
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
fn a_page_by_invitation_only_is_published_without_a_time() {
    let dist = Trial::of_page(&TINY_PAGE.replacen("listed = false", "invite_only = true", 1)).publish();
    let only = "This meeting is by invitation only. To see the times, open the link in your invitation, or paste it here.";
    dist.has("aiko/tea/index.html", &format!("<p class=\"lead\">{only}</p>"))
        .has("aiko/tea/index.html", "<div class=\"days\"></div>")
        .has("aiko/tea/index.html", "data-later=\"\"")
        .lacks("aiko/tea/index.html", "name=start")
        .has("aiko/index.html", "<p class=\"hint first\">By invitation only</p>")
        .lacks("aiko/index.html", "data-first");
}

/// Its description may be the same in both languages, or there may be none.
#[test]
fn a_page_is_published_in_a_language_in_which_it_has_no_description() {
    let site = "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\", \"ja\"]\n";
    let host = "name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n";
    let page = "+++\ntitle = \"Tea\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\n";
    for (description, shown) in [("Come **by**.\n", "Come <strong>by</strong>."), ("", "お茶")] {
        let page = format!("{page}{description}");
        let files = [
            ("aiko/host.toml", host),
            ("aiko/tea.md", &page),
            ("aiko/tea.ja.md", "+++\ntitle = \"お茶\"\n+++\n"),
        ];
        let dist = Trial::of_files(&[&[("site.toml", site)], &files[..]].concat()).publish();
        dist.has("ja/aiko/tea/index.html", "お茶</h1>")
            .has("ja/aiko/tea/index.html", shown)
            .has("ja/aiko/tea.md", "# お茶")
            .has("ja/aiko/index.html", "href=\"/ja/aiko/tea/\"");
    }
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
            "aiko/intro/oembed.json",
            "aiko/intro.md",
            "host/pages.json",
            "index.html",
            "ja/aiko/index.html",
            "ja/aiko/intro/index.html",
            "ja/aiko/intro/oembed.json",
            "ja/aiko/intro.md",
            "ja/host/pages.json",
            "ja/index.html",
            "ja/llms.txt",
            "llms.txt"
        ]
    );
}

#[test]
fn published_pages_carry_the_headers_that_served_ones_do() {
    let sample = Trial::sample();
    let served = sample.site().definition.served();
    let headers = sample.publish().read("_headers");
    for (name, value) in scheduling::web::protecting_headers(scheduling::web::Framing::Parents, &served) {
        assert!(headers.contains(&format!("\n  {name}: {value}\n")), "{name} is not in {headers}");
    }
    let policy = scheduling::web::content_policy(scheduling::web::Framing::Desk, &served);
    for desk in ["/host/*", "/ja/host/*"] {
        let rule = format!("\n{desk}\n  ! Content-Security-Policy\n  Content-Security-Policy: {policy}\n");
        assert!(headers.contains(&rule), "{desk} is not in {headers}");
    }
    for script in ["/embed.js", "/ja/embed.js", "/known.js", "/ja/known.js"] {
        let rule = format!("\n{script}\n  ! Cache-Control\n  Cache-Control: public, max-age=3600\n");
        assert!(headers.contains(&rule), "{script} is not in {headers}");
    }
}

#[test]
fn a_site_with_keys_of_turnstile_shows_it_in_its_forms_alone() {
    let site = "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\n";
    let keys = "[turnstile]\nsite_key = \"0x4AAA\"\nsecret = \"TURNSTILE_SECRET\"\n";
    let publish = |site: &str| {
        let host = "name = \"Aiko & co\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n";
        Trial::of_files(&[("site.toml", site), ("aiko/host.toml", host), ("aiko/tea.md", TINY_PAGE)])
            .publish()
    };
    let (with, without) = (publish(&format!("{site}{keys}")), publish(site));
    let widget = "<div class=\"cf-turnstile hint\" data-sitekey=\"0x4AAA\" data-action=\"book\" data-language=\"en\" data-theme=\"auto\" data-size=\"flexible\"></div>\n";
    let no_script = "<noscript><p class=\"lead\">To book here, please turn on JavaScript: this site checks that you are a person, and the check needs it. Or contact Aiko &amp; co directly.</p></noscript>";
    let page = "aiko/tea/index.html";
    with.has(page, widget).has(page, no_script).lacks(page, "api.js");
    assert_eq!(with.read(page).replace(widget, "").replace(no_script, ""), without.read(page));
    assert_eq!(with.read("aiko/index.html"), without.read("aiko/index.html"));
    let shell = |dist: &harness::Dist, name: &str| {
        dist.json::<BTreeMap<String, String>>("_edge/shells/en.json")[name].clone()
    };
    let script =
        "<script src=\"https://challenges.cloudflare.com/turnstile/v0/api.js\" async defer></script>";
    assert!(shell(&with, "form.html").contains(script));
    for name in ["form.html", "booking.html", "move.html"] {
        assert_eq!(shell(&with, name) == shell(&without, name), name != "form.html", "{name}");
        assert!(!shell(&without, name).contains("turnstile"), "{name}");
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

/// Whoever looks at a page knows no address of a room before they have booked.
#[test]
fn no_page_tells_where_rooms_are() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("site.toml", "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\n");
    write(
        "aiko/host.toml",
        "name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n",
    );
    write(
        "aiko/tea.md",
        "+++\ntitle = \"Tea\"\ndurations = [30]\nlocation = { video = \"https://rooms.example.com/{random}\" }\n+++\nWords.\n",
    );
    let dist = Trial::of_folder(folder.path()).publish();
    dist.has("aiko/tea/index.html", "Video call");
    for (path, bytes) in dist.bytes() {
        let told = String::from_utf8_lossy(&bytes).contains("rooms.example.com");
        assert_eq!(told, path.starts_with("_edge/hosts"), "{}", path.display());
    }
}
